"""A sheet of facts: captions and what is told, part by part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from xlsxwriter.worksheet import Worksheet

from rfm_service.domain.values import day_number
from rfm_service.drawing.columns import EXCEL_EPOCH
from rfm_service.drawing.counting import Fact, Part
from rfm_service.sheets.book import LINE_HEIGHT, Book, lines

CAPTION_WIDTH, TOLD_WIDTH = 36, 84
TITLE_HEIGHT = 26


def facts(book: Book, name: str, parts: Iterable[Part], note: str) -> None:
    """A sheet of that name, upright on paper; facts that bear a name can be called by formulas."""
    sheet = book.page(name, note)
    sheet.set_portrait()
    sheet.set_column(0, 0, CAPTION_WIDTH)
    sheet.set_column(1, 1, TOLD_WIDTH)
    row = 0
    for part in parts:
        sheet.set_row(row, TITLE_HEIGHT)
        sheet.write_string(row, 0, part.title, book.named["title"])
        row += 1
        for fact in part.facts:
            _write(book, sheet, row, fact)
            row += 1
        row += 1


def _write(book: Book, sheet: Worksheet, row: int, fact: Fact) -> None:
    sheet.write_string(row, 0, fact.caption, book.named["caption"])
    high = max(lines(fact.caption, CAPTION_WIDTH), lines(str(fact.told), TOLD_WIDTH))
    sheet.set_row(row, LINE_HEIGHT * high)
    match fact.told:
        case str():
            sheet.write_string(row, 1, fact.told, book.named["told"])
        case date():
            sheet.write_number(row, 1, day_number(fact.told) - EXCEL_EPOCH, book.named["told_day"])
        case int():
            sheet.write_number(row, 1, fact.told, book.named["told_number"])
        case _:
            sheet.write_number(row, 1, fact.told, book.named["told_money"])
    if fact.name:
        book.name(fact.name, sheet, (row, 1, row, 1))
