"""Launchers read as the systems read them, apart from the code that writes them."""

from __future__ import annotations

import re

HOSTILE = "a b & \"c\" 'd' %f %% %USERPROFILE% $HOME `id` \\ ; ~ # (ё) 中 !x! ^"
"""A folder of Linux that breaks what quotes carelessly."""
WINDOWS_HOSTILE = "C:\\Отдел & Ко\\100%  PATH%% %USERPROFILE% (1) ^x !y! 中 'z';=,\\"
"""A folder of Windows likewise."""


def entry(content: str) -> dict[str, str]:
    """The keys of a desktop entry: lines end with a line feed alone; the escapes of strings are undone."""
    head, *lines = content.split("\n")
    assert head == "[Desktop Entry]"
    found: dict[str, str] = {}
    for line in filter(None, lines):
        key, equal, value = line.partition("=")
        assert equal
        assert key not in found
        assert not re.search(r"(?<!\\)(\\\\)*\\(?![sntr\\])", value), value
        found[key] = re.sub(r"\\([sntr\\])", lambda told: {"s": " ", "n": "\n", "t": "\t", "r": "\r",
                                                          "\\": "\\"}[told[1]], value)
    return found


def argv(command: str) -> list[str]:
    """The arguments of an Exec value by the Desktop Entry Specification: quotes first, then field codes."""
    return [_expanded(each) for each in _unquoted(command)]


def _unquoted(command: str) -> list[str]:
    found, at = [], 0
    while at < len(command):
        if command[at] == '"':
            told = re.compile(r'"((?:[^"`$\\]|\\["`$\\])*)"(?= |$)', re.DOTALL).match(command, at)
            assert told, command[at:]
            found.append(re.sub(r'\\(["`$\\])', r"\1", told[1]))
        else:
            told = re.compile(r"""[^\s"'\\<>~|&;$*?#()`]+(?= |$)""").match(command, at)
            assert told, command[at:]
            found.append(told[0])
        at = told.end() + 1
    return found


def _expanded(argument: str) -> str:
    assert re.fullmatch(r"(?:[^%]|%%)*", argument, re.DOTALL), f"a field code in {argument!r}"
    return argument.replace("%%", "%")


def cmd_line(line: str, folder: str) -> tuple[list[str], str]:
    """A line of a batch file that lies in a folder, as cmd.exe takes it: the arguments, and what follows `||`."""
    parts = re.split(r"(%%|%~dp0)", line)
    assert not any("%" in part for part in parts[::2]), "a variable"
    expanded = "".join({"%%": "%", "%~dp0": folder}.get(part, part) for part in parts)
    pieces = expanded.split('"')
    # Outside of quotes nothing may mean anything but the one `||`.
    assert not re.search(r"[&<>^()]", "".join(pieces[::2]))
    assert "".join(pieces[::2]).count("|") == 2
    command, _, then = expanded.rpartition(" || ")
    assert then.count('"') == 0
    told = re.findall(r'"([^"]*)"|([^\s"]+)', command)
    assert not any(quoted.endswith("\\") for quoted, _ in told), "it would escape the quotation mark"
    return [quoted or bare for quoted, bare in told], then
