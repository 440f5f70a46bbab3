"""What must be translated: every text that the package asks the catalogues for.

`python -m tests.texts.msgids` prints, by language, the texts that a catalogue lacks, as entries ready to fill.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

import rfm_service
from rfm_service.dashboard.words import asked
from rfm_service.domain import errors
from rfm_service.texts.catalogue import LANGUAGES

PACKAGE = Path(rfm_service.__file__).parent
LOCALES = PACKAGE / "texts" / "locales"
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
ERRORS = frozenset(name for name, value in vars(errors).items()
                   if isinstance(value, type) and issubclass(value, errors.RfmError)) | {"TableError"}
OWN_TEMPLATE = frozenset({"NightFailed", "SettingsError"})
"""Errors whose sentence stands in their own class."""


class Msgid(NamedTuple):
    """A text and its plural ('' where it has none)."""

    one: str
    many: str = ""


def msgids() -> dict[Msgid, str]:
    """Every text of the package -> the first place that asks for it."""
    found: dict[Msgid, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for msgid, line in chain(texts_of(tree), _warnings_of(tree) if path.parent.name == "sources" else ()):
            found.setdefault(msgid, f"{path.relative_to(PACKAGE).as_posix()}:{line}")
    for path in sorted(PACKAGE.rglob("*.js")):
        said, plurals = asked(path.read_text(encoding="utf-8"))
        for msgid in (*map(Msgid, said), *(Msgid(*each) for each in plurals)):
            found.setdefault(msgid, path.relative_to(PACKAGE).as_posix())
    return found


def missing(language: str) -> dict[Msgid, str]:
    """The texts that the catalogue of a language lacks, in whole or in a plural form -> where they are used."""
    catalogue = read_po(BytesIO((LOCALES / f"{language}.po").read_bytes()), locale=language)
    filled = {message.id if isinstance(message.id, tuple) else (message.id, "") for message in catalogue
              if message.string and all(forms_of(message.string)) and not message.fuzzy}
    return {msgid: place for msgid, place in msgids().items() if tuple(msgid) not in filled}


def forms_of(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The plural forms of a catalogue entry; one where it has no plural."""
    return (string,) if isinstance(string, str) else tuple(string or ())


def texts_of(tree: ast.Module) -> Iterator[tuple[Msgid, int]]:
    named = _named(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from ((msgid, node.lineno) for msgid in texts_of_call(node, named))


def _warnings_of(tree: ast.Module) -> Iterator[tuple[Msgid, int]]:
    """What sources warn of is said to a person at the terminal too."""
    yield from ((Msgid(text), node.lineno) for node in ast.walk(tree)
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "log.warning"
                for text in _strings(node.args[0], {}))


def texts_of_call(call: ast.Call, named: Mapping[str, list[str]]) -> Iterator[Msgid]:
    strings = [_strings(argument, named) for argument in call.args]
    if not strings:
        return
    match _called(call.func):
        case "texts.plural" if len(strings) > 1:
            yield from map(Msgid, strings[0], strings[1])
        case "texts" | "speaker.say" | "Result" | "_tried" | "Unreadable" | "Rejected":
            yield from map(Msgid, strings[0])
        case "Remark" if len(strings) > 1:
            yield from map(Msgid, strings[1])
        case "super().__init__":
            yield from (Msgid(text) for text in strings[0] if "{" in text)
        case name if name.rpartition(".")[2] in ERRORS - OWN_TEMPLATE:
            yield from map(Msgid, strings[0])


def _called(function: ast.expr) -> str:
    """`texts`, `texts.plural` (also of an attribute or argument called texts), else the dotted name."""
    name = ast.unparse(function).removeprefix("self.")
    return name if not name.endswith((".texts", ".texts.plural")) else name[name.index("texts"):]


def _strings(node: ast.expr, named: Mapping[str, list[str]]) -> list[str]:
    """The texts that an expression can be: as written, one of two by a condition, or by the name of a constant."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            return _strings(one, named) + _strings(other, named)
        case ast.Name(id=name):
            return named.get(name, [])
    return []


def _named(tree: ast.Module) -> dict[str, list[str]]:
    """Names of a module, its functions' too -> the texts assigned to them."""
    named: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).extend(_strings(node.value, {}))
    return named


def entry(msgid: Msgid, place: str) -> str:
    """A catalogue entry to fill."""
    lines = [f"#: {place}", f"msgid {_quoted(msgid.one)}"]
    if msgid.many:
        lines += [f"msgid_plural {_quoted(msgid.many)}", 'msgstr[0] ""']
    else:
        lines.append('msgstr ""')
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


if __name__ == "__main__":
    for language in TRANSLATED:
        lacking = missing(language)
        print(f"# {language}: {len(lacking)} missing\n")
        print("\n\n".join(entry(msgid, place) for msgid, place in lacking.items()), "\n")
