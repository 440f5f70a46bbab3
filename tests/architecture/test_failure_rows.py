"""Every way in which 1C fails is shown by a test of the reading side whose name holds its row: `test_row_07_...`."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.architecture.reading import TESTS, modules

ROWS = (
    "no connection", "a read timeout, 502 or 504 of a proxy", "too little memory or disk in 1C", "no free licence",
    "the pool of sessions is exhausted", "maintenance", "the platform is being updated", "access is refused",
    "an entity is not published any more", "a web page in place of an answer", "an answer that breaks off",
    "a byte order mark or a wrong charset", "raw control characters", "an error in base64", "a huge answer",
    "a server that ignores paging", "rows that shift between pages", "documents entered late",
    "documents edited or posted anew", "documents un-posted, marked, deleted or moved", "returns and corrections",
    "numbers that begin anew every year", "identical lines of one document", "partners merged or renamed",
    "empty and impossible dates", "naive local time", "numbers as people write them",
    "columns missing, renamed or in another order", "an empty day that is true, and one that is an outage",
    "sales to nobody, to ourselves, and gifts", "a redirect", "429 or 503 with Retry-After",
    "a killed run, and two at once", "missed nights and a clock that jumps", "certificates and proxies of the company",
)
"""What happens, by row from 1 on."""

ROW = re.compile(r"_row_(\d\d)(?=_)")


def rows_of(name: str) -> set[int]:
    """The rows that the name of a test holds."""
    return {int(row) for row in ROW.findall(name)} if name.startswith("test_row_") else set()


@cache
def shown() -> dict[int, list[str]]:
    """Row -> the tests that show it; what the local 1C does is shown to nobody."""
    found: dict[int, list[str]] = {}
    for module in modules(TESTS):
        if not module.path.startswith("tests/emulator/"):
            for node in ast.walk(module.tree):
                for row in rows_of(node.name) if isinstance(node, ast.FunctionDef) else ():
                    found.setdefault(row, []).append(f"{module.path}::{node.name}")
    return found


def test_the_rows_of_a_name() -> None:
    assert rows_of("test_row_04_row_05_no_licence") == {4, 5}
    assert rows_of("test_row_12_and_13_bytes") == {12}
    assert rows_of("test_arrow_04_row_05_x") == rows_of("test_a_row_that_is_lost") == set()


@pytest.mark.parametrize("row", range(1, len(ROWS) + 1), ids=lambda row: f"{row:02} {ROWS[row - 1]}")
def test_a_row_has_its_test(row: int) -> None:
    assert shown().get(row), f"no test outside tests/emulator is named test_row_{row:02}_... ({ROWS[row - 1]})"


def test_no_test_names_a_row_that_is_none() -> None:
    assert shown().keys() == set(range(1, len(ROWS) + 1))
