"""RFM.xlsx: customers, segments, moves and the quality of the night for people who work in Excel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from rfm_service.analysis.value_sentences import unseen_sentence
from rfm_service.domain.findings import Findings
from rfm_service.domain.values import money
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, Kind, amounts, cells, days, labelled
from rfm_service.drawing.outlook import card_sentence, gate_sentence, method_sentence, outlook_sentence, verdict
from rfm_service.drawing.totals import by_segment, flows
from rfm_service.ports import Texts
from rfm_service.texts.catalogue import currency_symbol
from rfm_service.texts.labels import cause_labels, headings, label, segment_labels, tier_labels

MOST_ROWS = 1_048_575
MANY_ROWS = 20_000
HEADER_HEIGHT = 45
A4 = 9
BARS = {"type": "data_bar", "bar_solid": True, "bar_color": "#c9dced", "min_type": "num", "min_value": 0}
WHOLE = {"max_type": "num", "max_value": 1}
SHORT_DATE = 14
"""Excel's own number format: the short date as the reader's computer writes it."""

FORMATS: Mapping[Kind, Mapping[str, Any]] = {
    "text": {"indent": 1}, "number": {"num_format": "#,##0"}, "money": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"}, "day": {"num_format": SHORT_DATE, "align": "center"}}


@dataclass(frozen=True)
class Renderer:
    """Makes the workbook: text is never a formula, numbers and dates are real ones."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """RFM.xlsx with the sheets Customers, Segments, Moves, Forecast, Cohorts, ABC and XYZ, Groups, Data quality."""
        content = BytesIO()
        book = Book.opened(content, findings)
        _customers(book, findings, texts)
        _segments(book, findings, texts)
        book.sheet(texts("Moves"), _move_columns(findings, texts), _period(findings, texts))
        _forecast(book, findings, texts)
        book.sheet(texts("Cohorts"), value_tables.cohort_columns(findings, texts), texts(
            "A cohort: all whose first purchase ever fell into that month. The oldest one also holds older customers."))
        _classes(book, findings, texts)
        book.sheet(texts("Groups"), value_tables.attribute_columns(findings, texts), _period(findings, texts))
        _quality(book, findings, texts)
        book.workbook.close()
        return {"RFM.xlsx": content.getvalue()}


@dataclass(frozen=True)
class Book:
    """A workbook that is being written, and its formats."""

    workbook: Workbook
    header: Format
    note: Format
    cells: Mapping[Kind, Format]
    totals: Mapping[Kind, Format]

    @classmethod
    def opened(cls, content: BytesIO, findings: Findings) -> Book:
        """An empty workbook that bears the night's day as its date."""
        streamed = len(findings.snapshot) > MANY_ROWS
        workbook = Workbook(content, {
            "in_memory": not streamed, "constant_memory": streamed, "strings_to_formulas": False,
            "strings_to_urls": False, "strings_to_numbers": False})
        workbook.set_properties({"title": "RFM", "created": datetime.combine(findings.basis.as_of, time())})
        return cls(
            workbook,
            header=workbook.add_format({"bold": True, "text_wrap": True, "align": "center",
                                        "valign": "vcenter", "border": 1, "bg_color": "#eef3f8"}),
            note=workbook.add_format({"italic": True, "font_color": "#66727e", "text_wrap": True,
                                      "valign": "vcenter"}),
            cells={kind: workbook.add_format(dict(form)) for kind, form in FORMATS.items()},
            totals={kind: workbook.add_format({**form, "bold": True, "top": 1})
                    for kind, form in FORMATS.items()})

    def sheet(self, name: str, columns: Sequence[Column], note: str, warning: str = "") -> Worksheet:
        """A sheet with one table: frozen header and first column, filter, note and warning right of the header."""
        sheet = self.page(name, note)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        beside = len(columns) + 1
        sheet.set_column(beside, beside, 50)
        sheet.set_row(0, HEADER_HEIGHT)
        sheet.write_string(0, beside, f"{note}\n{warning}" if warning else note, self.note)
        last = self.table(sheet, 0, columns)
        sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.print_area(0, 0, max(last, 1) + 1, sum(column.printed for column in columns) - 1)
        return sheet

    def page(self, name: str, note: str) -> Worksheet:
        """An empty sheet, ready to print: A4 across, one page wide, the note on every page."""
        sheet = self.workbook.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_header("&L" + note.replace("&", "&&"))
        sheet.set_footer("&C&P / &N")
        return sheet

    def table(self, sheet: Worksheet, top: int, columns: Sequence[Column]) -> int:
        """Write headings and rows from row `top` down; the last row written."""
        sheet.set_row(top, HEADER_HEIGHT)
        for place, column in enumerate(columns):
            sheet.write_string(top, place, column.heading, self.header)
        writers = [self._writer(sheet, column.kind) for column in columns]
        row = top
        for row, values in enumerate(zip(*(column.values for column in columns), strict=True), start=top + 1):
            for place, value in enumerate(values):
                writers[place](row, place, value)
        return row

    def total(self, sheet: Worksheet, caption: str, columns: Sequence[Column]) -> None:
        """A line of sums under the table."""
        row = len(columns[0].values) + 1
        sheet.write_string(row, 0, caption, self.totals["text"])
        for place, column in enumerate(columns[1:], start=1):
            if column.adds:
                sheet.write_number(row, place, sum(column.values), self.totals[column.kind])

    def _writer(self, sheet: Worksheet, kind: Kind) -> Callable[[int, int, Any], object]:
        form = self.cells[kind]
        if kind == "text":
            return lambda row, place, value: sheet.write_string(row, place, value, form) if value else None
        return lambda row, place, value: None if value is None else sheet.write_number(row, place, value, form)


def _customers(book: Book, findings: Findings, texts: Texts) -> None:
    columns = _customer_columns(findings, texts)
    sheet = book.sheet(texts("Customers"), columns, _period(findings, texts), gate_sentence(findings.gate, texts))
    place = [column.kind for column in columns].index("money")
    sheet.conditional_format(1, place, max(len(columns[place].values), 1), place, dict(BARS))


def _segments(book: Book, findings: Findings, texts: Texts) -> None:
    columns = _segment_columns(findings, texts)
    sheet = book.sheet(texts("Segments"), columns, _period(findings, texts), gate_sentence(findings.gate, texts))
    book.total(sheet, texts("Total"), columns)
    for place, column in enumerate(columns):
        if column.kind == "share":
            sheet.conditional_format(1, place, max(len(column.values), 1), place, {**BARS, **WHOLE})


def _forecast(book: Book, findings: Findings, texts: Texts) -> None:
    """The forecast card: tonight's forecast in a sentence, and the last completed one against what happened."""
    sheet = book.page(texts("Forecast"), _period(findings, texts))
    told = [gate_sentence(findings.gate, texts), outlook_sentence(findings, texts), method_sentence(findings, texts),
            card_sentence(findings, texts), verdict(findings.card, texts) if findings.card else ""]
    row = _sentences(book, sheet, told)
    if findings.card:
        row = book.table(sheet, row + 1, value_tables.card_methods(findings, texts))
        _wide(sheet, columns := value_tables.card_segments(findings, texts))
        book.table(sheet, row + 2, columns)


def _classes(book: Book, findings: Findings, texts: Texts) -> None:
    """Classes beside segments, and what ABC cannot see."""
    sheet = book.page(texts("ABC and XYZ"), _period(findings, texts))
    row = _sentences(book, sheet, [unseen_sentence(findings.worth.unseen, texts)])
    _wide(sheet, columns := value_tables.class_columns(findings, texts))
    row = book.table(sheet, row + 1, columns)
    book.table(sheet, row + 2, value_tables.steadiness_columns(findings, texts))


def _sentences(book: Book, sheet: Worksheet, told: Sequence[str]) -> int:
    """Write sentences one below the other, the empty ones left out; the row after them."""
    said = [sentence for sentence in told if sentence]
    for row, sentence in enumerate(said):
        sheet.write_string(row, 0, sentence, book.cells["text"])
    return len(said)


def _wide(sheet: Worksheet, columns: Sequence[Column]) -> None:
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)


def _quality(book: Book, findings: Findings, texts: Texts) -> None:
    sheet = book.page(texts("Data quality"), _period(findings, texts))
    for place, width in enumerate((48, 44, 24)):
        sheet.set_column(place, place, width)
    facts = _facts(findings, texts)
    for row, (caption, value) in enumerate(facts):
        sheet.write_string(row, 0, caption)
        sheet.write_string(row, 1, value, book.cells["text"])
    rest = findings.quality.without_purchase
    named = headings(texts, currency_symbol(texts.language, findings.currency))
    top = len(facts) + 2
    sheet.write_string(top - 1, 0, texts("Customers with sale lines but no order that counts"))
    book.table(sheet, top, [
        Column(named["customer"], cells(rest["customer"])),
        Column(named["money"], amounts(rest["monetary"]), "money"),
        Column(named["customer_id"], cells(rest["customer_id"]))])


def _customer_columns(findings: Findings, texts: Texts) -> list[Column]:
    ranked = findings.snapshot.sort_values(["monetary", "customer_id"], ascending=[False, True])
    frame = ranked.head(MOST_ROWS)
    named = headings(texts, currency_symbol(texts.language, findings.currency))
    segments, tiers = segment_labels(texts), tier_labels(texts)
    return [
        Column(named["customer"], cells(frame["customer"]), width=35),
        Column(named["recency_days"], frame["recency_days"].tolist(), "number", 10),
        Column(named["frequency"], frame["frequency"].tolist(), "number", 10),
        Column(named["monetary"], amounts(frame["monetary"]), "money"),
        Column(named["order_interval_days"], frame["order_interval_days"].tolist(), "number", 14),
        Column(named["segment"], labelled(frame["segment"], segments)),
        Column(named["tier"], labelled(frame["tier"], tiers), width=18),
        Column(named["email"], cells(frame["email"]), width=25),
        *(Column(named[score], frame[score].tolist(), "number", 9) for score in ("r", "f", "m")),
        Column(named["previous_segment"], labelled(frame["previous_segment"], {**segments, "": ""})),
        *(Column(named[day], days(frame[day]), "day", 12)
          for day in ("first_purchase", "last_purchase")),
        Column(named["orders_returned"], frame["orders_returned"].tolist(), "number", 12),
        Column(named["manager"], cells(frame["manager"]), width=22),
        Column(named["customer_id"], cells(frame["customer_id"]), width=20),
        *(replace(column, printed=False) for column in value_tables.customer_columns(frame, findings, texts)),
    ]


def _segment_columns(findings: Findings, texts: Texts) -> list[Column]:
    groups = by_segment(findings)
    named = headings(texts, currency_symbol(texts.language, findings.currency))
    labels = segment_labels(texts)
    moved = flows(findings)
    return [
        Column(named["segment"], [label(labels, group.id) for group in groups], width=22),
        Column(named["customers"], [group.customers for group in groups], "number", 13),
        Column(named["share"], [group.share for group in groups], "share"),
        Column(named["money"], [money(group.money) for group in groups], "money", 20),
        Column(named["money_share"], [group.money_share for group in groups], "share"),
        Column(named["came"], [sum(flow.customers for flow in moved if flow.to_segment == group.id)
                               for group in groups], "number", 11),
        Column(named["left"], [sum(flow.customers for flow in moved if flow.from_segment == group.id)
                               for group in groups], "number", 11),
        *value_tables.segment_columns([group.id for group in groups], findings, texts),
    ]


def _move_columns(findings: Findings, texts: Texts) -> list[Column]:
    moves = findings.moves
    order = moves["monetary"].abs().sort_values(ascending=False, kind="stable").index
    frame = moves.loc[order].head(MOST_ROWS)
    named = headings(texts, currency_symbol(texts.language, findings.currency))
    segments, causes = segment_labels(texts), cause_labels(texts)
    return [
        Column(named["customer"], cells(frame["customer"]), width=35),
        Column(named["from_segment"], labelled(frame["from_segment"], segments), width=18),
        Column(named["to_segment"], labelled(frame["to_segment"], segments), width=18),
        Column(named["monetary"], amounts(frame["monetary"]), "money"),
        Column(named["cause"], labelled(frame["cause"], causes), width=40),
        Column(named["detail"], cells(frame["detail"]), width=60),
        Column(named["customer_id"], cells(frame["customer_id"]), width=20),
    ]


def _facts(findings: Findings, texts: Texts) -> list[tuple[str, str]]:
    quality, window = findings.quality, findings.basis.window
    through = findings.sales_through
    beyond = len(findings.snapshot) - MOST_ROWS
    facts = [
        (texts("Report of the day"), texts.day(findings.basis.as_of)),
        (texts("Data through"), texts.day(through) if through else "—"),
        (texts("Period"), f"{texts.day(window.first)} – {texts.day(window.last)}"),
        (texts("The last day is complete"), texts("yes") if findings.complete else texts("no")),
        (texts("Gift lines left out"), texts.number(quality.gifts)),
        (texts("Lines of own companies left out"), texts.number(quality.own_companies)),
        (texts("Lines without a customer left out"), texts.number(quality.no_customer)),
        (texts("Lines in quarantine"), texts.number(quality.quarantined)),
    ]
    if beyond > 0:
        facts.append((texts("Customers beyond the largest sheet of Excel"), texts.number(beyond)))
    return facts


def _period(findings: Findings, texts: Texts) -> str:
    window = findings.basis.window
    return texts.plural("All figures are for the period: {count} day ({first} – {last})",
                        "All figures are for the period: {count} days ({first} – {last})", window.days,
                        first=texts.day(window.first), last=texts.day(window.last))
