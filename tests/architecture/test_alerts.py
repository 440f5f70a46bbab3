"""Every sentence of a failure stands in the tables of docs, English and Russian, beside what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest

from rfm_service.texts.catalogue import Catalogue
from tests.architecture.reading import PACKAGE, ROOT
from tests.texts import msgids

USAGE = {"WrongUsage", "SettingsError", "NightFailed"}
"""Their sentences say all that there is to do, or hold another one."""


def sentences() -> dict[str, str]:
    """The sentences of all errors -> the module that says them."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = msgids._named(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _raised(call):
                for text in msgids._strings(call.args[0], named) if call.args else ():
                    # What begins small is put into a sentence.
                    if not text[0].islower():
                        found.setdefault(text, path.name)
    return found


def _raised(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in msgids.ERRORS - USAGE - {"TableError"}


def rows(page: str, heading: str) -> list[re.Pattern[str]]:
    """The beginnings of sentences in the first column under a heading, what is filled in written as `...`."""
    table = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    _, *lines = (line for line in table.splitlines() if line.startswith("| "))
    cells = [line.split(" | ")[0].removeprefix("| ") for line in lines]
    # A row of nothing but places to fill would stand for every sentence.
    return [re.compile(re.escape(said).replace(r"\.\.\.", ".*")) for cell in cells for said in cell.split("; ")
            if len(re.sub(r"\W", "", said)) > 5]


FILLED = {name: "X" for msgid in msgids.msgids() for name in re.findall(r"{(\w+)", msgid.one + msgid.many)}
"""Something for every place that a sentence may have."""
TABLES: dict[str, tuple[list[re.Pattern[str]], Callable[..., str]]] = {
    "en": (rows("operations.md", "What a failure sentence means"), str.format),
    "ru": (rows("ru/esli-noch-ne-udalas.md", "Что значит сообщение и что делать"), Catalogue("ru", "RUB"))}


@pytest.mark.parametrize("language", TABLES)
@pytest.mark.parametrize("sentence", sentences())
def test_a_sentence_is_in_the_table(sentence: str, language: str) -> None:
    table, texts = TABLES[language]
    told = texts(sentence, **FILLED)
    assert any(row.match(told) for row in table), f"the table of failures in docs, {language}: a row for {told!r}"


@pytest.mark.parametrize("language", TABLES)
def test_a_row_is_of_a_sentence(language: str) -> None:
    """No row speaks of what the program does not say any more."""
    table, texts = TABLES[language]
    said = [texts(msgid.one, **FILLED) for msgid in msgids.msgids()]
    assert [row.pattern for row in table if not any(row.match(each) for each in said)] == []
