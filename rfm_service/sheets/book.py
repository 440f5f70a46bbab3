"""A workbook that is being written: sheets with tables, bars, charts and names, ready to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from rfm_service.drawing.columns import Bars, Column, Kind
from rfm_service.sheets.swift import Swift
from rfm_service.texts.plain import unmarked, wrapped

MOST_ROWS = 1_048_575
MANY_ROWS = 20_000
HEADER_HEIGHT, LINE_HEIGHT, HIGHEST_ROW = 45, 15, 409
INDENT = 2
A4 = 9
PALE, ACCENT, MUTED = "#c9dced", "#4477aa", "#66727e"
BARS = {"type": "data_bar", "bar_solid": True, "bar_color": PALE, "min_type": "num", "min_value": 0}
LENGTHS: Mapping[Bars, Mapping[str, object]] = {"most": {}, "whole": {"max_type": "num", "max_value": 1}}
SHORT_DATE = 14
"""Excel's own number format: the short date as the reader's computer writes it."""

FORMATS: Mapping[Kind, Mapping[str, Any]] = {
    "text": {"indent": 1}, "number": {"num_format": "#,##0"}, "money": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"}, "day": {"num_format": SHORT_DATE, "align": "center"},
    "score": {"num_format": "0.0", "align": "center"}}
NAMED = {"header": {"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1,
                    "bg_color": "#eef3f8"},
         "note": {"italic": True, "font_color": MUTED, "text_wrap": True, "valign": "vcenter"},
         "title": {"bold": True, "font_size": 13, "valign": "vcenter"},
         "wrapped": {"indent": 1, "text_wrap": True, "valign": "vcenter"},
         "caption": {"indent": 1, "valign": "top", "text_wrap": True},
         "told": {"indent": 1, "valign": "top", "text_wrap": True, "align": "left"},
         "told_day": {"indent": 1, "valign": "top", "align": "left", "num_format": SHORT_DATE},
         "told_number": {"indent": 1, "valign": "top", "align": "left", "num_format": "#,##0"},
         "told_money": {"indent": 1, "valign": "top", "align": "left", "num_format": "#,##0.00"}}


@dataclass(frozen=True)
class Book:
    """A workbook that is being written, and its formats."""

    workbook: Workbook
    named: Mapping[str, Format]
    cells: Mapping[Kind, Format]
    totals: Mapping[Kind, Format]

    @classmethod
    def opened(cls, content: BytesIO, as_of: date, rows: int) -> Book:
        """An empty workbook that bears the night's day as its date; one of many rows is not held in memory."""
        streamed = rows > MANY_ROWS
        workbook = Workbook(content, {
            "in_memory": not streamed, "constant_memory": streamed, "strings_to_formulas": False,
            "strings_to_urls": False, "strings_to_numbers": False})
        workbook.set_properties({"title": "RFM", "created": datetime.combine(as_of, time())})
        return cls(workbook, {name: workbook.add_format(form) for name, form in NAMED.items()},
                   {kind: workbook.add_format({**form, "valign": "vcenter"}) for kind, form in FORMATS.items()},
                   {kind: workbook.add_format({**form, "bold": True, "top": 1}) for kind, form in FORMATS.items()})

    def sheet(self, name: str, columns: Sequence[Column], note: str, warning: str = "", *,
              known: str = "") -> Worksheet:
        """A sheet with one table: frozen header and first column, filter, note and warning right of the header.

        `known`: the name by which formulas and pivot tables can call the table.
        """
        sheet = self.page(name, note)
        widen(sheet, columns)
        beside = len(columns) + 1
        sheet.set_column(beside, beside, 50)
        sheet.set_row(0, HEADER_HEIGHT)
        sheet.write_string(0, beside, f"{note}\n{warning}" if warning else note, self.named["note"])
        last = max(self.table(sheet, 0, columns), 1)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.print_area(0, 0, last + 1, sum(column.printed for column in columns) - 1)
        if known:
            self.name(known, sheet, (0, 0, last, len(columns) - 1))
        return sheet

    def page(self, name: str, note: str) -> Worksheet:
        """An empty sheet, ready to print: A4 across, one page wide, the note on every page."""
        sheet = self.workbook.add_worksheet(name, Swift)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.6)
        sheet.set_header("&L" + note.replace("&", "&&"))
        sheet.set_footer("&C&P / &N")
        return sheet

    def table(self, sheet: Worksheet, top: int, columns: Sequence[Column]) -> int:
        """Write headings and rows from row `top` down; the last row written."""
        sheet.set_row(top, HEADER_HEIGHT)
        for place, column in enumerate(columns):
            sheet.write_string(top, place, column.heading, self.named["header"])
        writers = [(place, sheet.put_text if column.kind == "text" else sheet.put_number,
                    self.named["wrapped"] if column.wraps else self.cells[column.kind])
                   for place, column in enumerate(columns)]
        wrapping = [(place, column.width) for place, column in enumerate(columns) if column.wraps]
        row = top
        values = (map(unmarked, column.values) if column.kind == "text" else column.values for column in columns)
        for row, cells in enumerate(zip(*values, strict=True), start=top + 1):
            if (high := max((lines(cells[place], width) for place, width in wrapping), default=1)) > 1:
                sheet.set_row(row, min(LINE_HEIGHT * high + 3, HIGHEST_ROW))
            for (place, write, form), value in zip(writers, cells, strict=True):
                if value is not None and value != "":
                    write(row, place, value, form)
        for place, column in enumerate(columns):
            if column.bars and row > top:
                sheet.conditional_format(top + 1, place, row, place, {**BARS, **LENGTHS[column.bars]})
        return row

    def total(self, sheet: Worksheet, caption: str, columns: Sequence[Column]) -> int:
        """A line of sums under the table; its row."""
        row = len(columns[0].values) + 1
        sheet.write_string(row, 0, caption, self.totals["text"])
        for place, column in enumerate(columns[1:], start=1):
            if column.adds:
                sheet.write_number(row, place, sum(column.values), self.totals[column.kind])
        return row

    def sentences(self, sheet: Worksheet, told: Iterable[str]) -> int:
        """Write sentences one below the other, the empty ones left out; the row after them."""
        said = [sentence for sentence in told if sentence]
        for row, sentence in enumerate(said):
            sheet.write_string(row, 0, sentence, self.cells["text"])
        return len(said)

    def name(self, known: str, sheet: Worksheet, area: tuple[int, int, int, int]) -> None:
        """Let formulas call an area (first row, first column, last row, last column) by a name."""
        self.workbook.define_name(known, f"={place(sheet, area)}")

    def chart(self, kind: Mapping[str, str], title: str, series: Mapping[str, object]) -> Chart:
        """A chart of one series in the colours of the house; its title says what it is."""
        chart = self.workbook.add_chart(kind)
        chart.add_series({"fill": {"color": ACCENT}, "gap": 40, **series})
        chart.set_title({"name": title, "overlay": False,
                         "name_font": {"size": 12, "bold": True, "color": "#1f2933"}})
        chart.set_legend({"none": True})
        return chart


def place(sheet: Worksheet, area: tuple[int, int, int, int]) -> str:
    """An area of a sheet as formulas write it."""
    quoted = sheet.get_name().replace("'", "''")
    return f"'{quoted}'!{xl_range_abs(*area)}"


def lines(text: str, width: int) -> int:
    """The lines that a text takes in a column; not all programs make a row as high as its text."""
    return wrapped(text, width - INDENT).count("\n") + 1


def widen(sheet: Worksheet, columns: Sequence[Column]) -> None:
    """Give each column its width."""
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width, None, {"level": 1} if column.folds else {})
