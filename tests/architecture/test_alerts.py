"""Every sentence of a failure stands in the table of docs/operations.md, beside what to do."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.reading import PACKAGE, ROOT
from tests.texts import msgids

USAGE = {"WrongUsage", "SettingsError", "NightFailed"}
"""Their sentences say all that there is to do, or hold another one."""
TABLE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


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


def rows() -> list[re.Pattern[str]]:
    """The beginnings of sentences in the first column, what is filled in written as `...`."""
    cells = [line.split(" | ")[0].removeprefix("| ") for line in TABLE.splitlines() if line.startswith("| ")]
    return [re.compile(re.escape(said).replace(r"\.\.\.", ".*")) for cell in cells for said in cell.split("; ")
            if said.strip("`. ")[:1].isupper() or said.startswith(("...", "`...", "1C"))]


ROWS = rows()


@pytest.mark.parametrize("sentence", sentences())
def test_a_sentence_is_in_the_table(sentence: str) -> None:
    told = re.sub(r"\{\w+\}", "X", sentence)
    # A row of nothing but places to fill would stand for every sentence.
    assert any(row.match(told) for row in ROWS if len(re.sub(r"\W|\.\*", "", row.pattern)) > 5), (
        f"docs/operations.md, What a failure sentence means: a row for {sentence!r}")
