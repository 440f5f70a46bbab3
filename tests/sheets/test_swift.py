from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from rfm_service.sheets.swift import Swift
from rfm_service.texts.plain import unmarked
from tests.renderers.findings import HOSTILE_NAMES

VALUES = (0, 1, -3, 0.1, 1 / 3, 9.2, 1e15, 123_456_789.12, 2**53,
          *(unmarked(name) for name in HOSTILE_NAMES if name.isprintable()),
          " края ", "_x000D_", "a & b < c > d \"'", "<r>&", "\u3000широкий пробел\u3000")
Value = str | int | float


def written(kind: type[Worksheet], values: list[Value], *, streamed: bool) -> bytes:
    content = BytesIO()
    book = Workbook(content, {"constant_memory": streamed, "in_memory": not streamed})
    sheet, form = book.add_worksheet("s", kind), book.add_format({"bold": True})
    for row, value in enumerate(values):
        for column in (0, 27, 800):
            ours = kind is Swift and column
            text, number = (sheet.put_text, sheet.put_number) if ours else (sheet.write_string, sheet.write_number)
            (text if isinstance(value, str) else number)(row, column, value, form if row % 3 else None)
    book.close()
    with zipfile.ZipFile(content) as parts:
        return parts.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("streamed", [False, True])
def test_the_bytes_are_those_of_the_library(streamed: bool) -> None:
    values = list(VALUES)
    assert written(Swift, values, streamed=streamed) == written(Worksheet, values, streamed=streamed)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.integers(-10**15, 10**15), st.floats(allow_nan=False, allow_infinity=False),
                          st.text(st.characters(codec="utf-8"), max_size=12).filter(
                              lambda text: not text.startswith("<r>"))), min_size=3, max_size=12))
def test_whatever_the_cells_hold(values: list[Value]) -> None:
    assert written(Swift, values, streamed=True) == written(Worksheet, values, streamed=True)
