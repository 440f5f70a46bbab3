"""Every case of the fault battery is shown by tests named `test_case_07_...` or marked `@pytest.mark.battery(7)`."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.architecture.reading import ROOT, TESTS, modules
from tests.conftest import cases_of

CASES = (
    "1C: connection refused", "1C: name not resolved", "1C: accepts and never answers", "1C: one byte every 2 s",
    "1C: 500 twice, then fine", "1C: 500 all night", "1C: 401", "1C: no free licence", "1C: maintenance",
    "1C: 429 and 503 with Retry-After", "1C: 200 with an HTML login page", "1C: redirect to a login page",
    "1C: body cut in the middle", "1C: answer over the byte cap; gzip bomb", "data: a column lacks",
    "data: columns in another order, extra columns", "data: BOM; a wrong charset", "data: numbers as text",
    "data: quantity 40,000; sum 1e15", "data: NaN, 1e400, a word in place of a number", "data: odd dates",
    "data: two identical lines in one document", "data: a document edited after it was stored",
    "data: a document unposted or deleted", "data: a late document on a second run of the same day",
    "data: empty answer for a period that has sales", "data: a third of the documents gone at once",
    "data: hostile names", "data: NUL, bell, lone surrogate, RTL marks in names", "data: hardly any customers",
    "own: SIGKILL during load", "own: SIGKILL during publish", "own: disk full at store, at render, at log",
    "own: a page of the warehouse damaged", "own: a second run at the same time", "own: machine off for 3 nights",
    "own: the clock jumps", "share: gone at publish, back an hour later", "share: read-only or full",
    "share: the file to replace is held open", "Telegram: down for two days",
    "Telegram: 401; 403 blocked; chat not found", "Telegram: 429 with retry_after",
    "Telegram: broken after it delivered", "Telegram: group migrated to a supergroup",
)
"""What happens, by case from 1 on."""


def claimed_by(function: ast.FunctionDef) -> set[int]:
    """The cases that a test is named by or marked with."""
    return cases_of(function.name) | {
        number.value for marker in function.decorator_list
        if isinstance(marker, ast.Call) and ast.unparse(marker.func) == "pytest.mark.battery"
        for number in marker.args if isinstance(number, ast.Constant) and isinstance(number.value, int)}


@cache
def claims() -> dict[int, list[str]]:
    """Case -> the tests that show it."""
    found: dict[int, list[str]] = {}
    for module in modules(TESTS):
        for node in ast.walk(module.tree):
            for case in claimed_by(node) if isinstance(node, ast.FunctionDef) else ():
                found.setdefault(case, []).append(f"{module.path}::{node.name}")
    return found


def told(case: int) -> str:
    """The row of the docs about a case."""
    lines = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if re.match(rf"\| {case} \|", line))


def test_there_are_45_cases() -> None:
    assert len(CASES) == 45
    assert claims().keys() <= set(range(1, 46))


def test_the_cases_of_a_name() -> None:
    assert cases_of("test_case_41_down") == cases_of("test_battery_41_down") == {41}
    assert cases_of("test_a_case_41_that_is_none") == cases_of("test_case_4") == set()


@pytest.mark.parametrize("case", range(1, 46), ids=lambda case: f"{case:02} {CASES[case - 1]}")
def test_a_case_has_its_test_and_the_docs_name_it(case: int) -> None:
    found = claims().get(case, [])
    assert found, f"no test is named test_case_{case:02}_... or marked battery({case}): {CASES[case - 1]}"
    named = {each.partition("::")[0].rpartition("/")[2] for each in found}
    assert any(f"`{name}`" in told(case) for name in named), f"docs/reliability.md names none of {sorted(named)}"
