"""The file to double-click that `init` writes: a night now, and its report in the browser."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rfm_service.domain.errors import RfmError
from rfm_service.ports import Texts
from rfm_service.texts.catalogue import LANGUAGES, Catalogue

WINDOWS, ELSEWHERE = "run-now.cmd", "run-now.desktop"
WAITING = '"$@" || { echo; echo "[Enter]"; read -r _; }'
"""A shell that runs the command it is given; after a failure its window stays until somebody has read it."""
RESERVED = re.compile(r"""[\s"'\\<>~|&;$*?#()`]""")
"""What the Desktop Entry Specification wants in quotes within Exec."""
ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"})


def write(settings: Path, system: str = sys.platform, python: str = sys.executable) -> list[Path]:
    """Write the launcher of this system beside the settings; nothing where there is one. Raises RfmError."""
    windows = system == "win32"
    path = settings.resolve().parent / (WINDOWS if windows else ELSEWHERE)
    # A name that is no text keeps its bytes; no such name can be run from a .cmd.
    content = (cmd(settings.name, python).encode(errors="replace") if windows
               else desktop(settings.resolve(), python).encode(errors="surrogateescape"))
    try:
        with path.open("xb") as file:
            file.write(content)
        if not windows:
            path.chmod(0o755)
    except FileExistsError:
        return []
    except OSError as error:
        raise RfmError("{path} cannot be written: {reason}.", path=str(path), reason=error.strerror or "?") from error
    return [path]


def cmd(name: str, python: str) -> str:
    """A batch file for the settings file of that name beside it, wherever the folder is moved to.

    It is ASCII up to `chcp`, after which it is read as UTF-8. In quotes only % means anything; `-P`: what lies in the
    current folder is no part of the program.
    """
    program, beside = (text.replace("%", "%%") for text in (python, name))
    return "\r\n".join((
        "@echo off", "setlocal DisableDelayedExpansion", "chcp 65001 >nul",
        f'"{program}" -P -m rfm_service run --open --settings "%~dp0{beside}" || pause', ""))


def desktop(settings: Path, python: str) -> str:
    """A desktop entry (freedesktop.org, version 1.5) for a settings file."""
    command = ("/bin/sh", "-c", WAITING, "rfm-service", python, "-P", "-m", "rfm_service", "run", "--open",
               "--settings", str(settings))
    names = {language: _name(Catalogue(language, "RUB")) for language in LANGUAGES}
    return "\n".join((
        "[Desktop Entry]", "Type=Application", "Version=1.5", f"Name={names['en']}",
        *(f"Name[{language}]={name}" for language, name in names.items() if language != "en"),
        f"Exec={' '.join(map(_argument, command)).translate(ESCAPED)}", "Terminal=true", "Categories=Office;", ""))


def _name(texts: Texts) -> str:
    return texts("RFM report now")


def _argument(text: str) -> str:
    """An argument of Exec: quoted where it must be, % doubled; the escapes of the file itself come on top."""
    doubled = text.replace("%", "%%")
    if text and not RESERVED.search(text):
        return doubled
    return '"' + re.sub(r'(["`$\\])', r"\\\1", doubled) + '"'
