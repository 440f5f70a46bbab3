"""The sheet Today: whom to contact, why and with what, and below it how that was reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from xlsxwriter.worksheet import Worksheet

from rfm_service.analysis.outreach.actions import actions
from rfm_service.analysis.outreach.reasons import reasons
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import BANDS
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, amounts, cells, days, labelled, shares
from rfm_service.drawing.period import period
from rfm_service.drawing.priority_words import band_words
from rfm_service.ports import Texts
from rfm_service.sheets.book import MOST_ROWS, Book, widen
from rfm_service.texts.outreach_labels import growth_labels, potential_labels, risk_tag_labels, value_tier_labels
from rfm_service.texts.plain import shortened

if TYPE_CHECKING:
    import pandas as pd

TOP = 2
"""Rows above the headings: what the list is, and what its colours mean."""
TITLE_HEIGHT, LEGEND_HEIGHT = 24, 33
RULED, LINE = {"type": "formula", "criteria": "=TRUE"}, {"bottom": 1, "bottom_color": "#d0d7de"}
"""Holds in every row: on paper a pale line under each leads the eye across."""
BAND_COLOURS = ("#f4a582", "#fddbc7", "#d1e5f0", "#eceff2")
"""From the most pressing band of priority down; told apart with every common kind of colour blindness."""
LONGEST_CUSTOMER, LONGEST_PRODUCT = 120, 60
FIRST = ("priority", "customer", "reason", "action", "phone", "favourite", "recency_days", "expected", "manager")
"""What a person needs; it is printed."""
BESIDE = ("last_purchase", "frequency", "value_tier", "risk_tag", "growth", "clv", "potential", "observed_returns",
          "last_contact", "channel", "email")
MACHINERY = ("personal_cycle", "category_cycle", "warning_line", "rhythm_line", "uplift", "margin", "return_rate",
             "touch_cost")
"""What a priority is made of; it can be folded away."""
OWN = ("priority", "customer", "reason", "action", "phone", "email", "favourite", "recency_days", "expected")
"""What a sales manager sees of his list."""


class Said(NamedTuple):
    """What stands above a list: its title, and on paper the note; and what is said where nobody is on it."""

    title: str
    note: str
    nobody: str


def today(book: Book, findings: Findings, texts: Texts) -> None:
    """Everybody who is to be contacted today, the most pressing first."""
    rows = findings.today.head(MOST_ROWS - TOP)
    nobody = texts("Nobody is to be contacted today: the sheet Customers says of each why.") if len(
        findings.snapshot) else texts("Nobody can be on the list yet: there are no orders in the period.")
    day_sheet(book, today_columns(rows, findings, texts), Said(_title(rows, findings, texts), period(
        findings, texts), nobody), texts, known="rfm_today")


def own_title(rows: pd.DataFrame, owner: str, findings: Findings, texts: Texts) -> Said:
    """What stands above the list of a sales manager."""
    return Said(_title(rows, findings, texts), owner, texts(
        "You have nobody to contact today: it was done lately, is agreed for later, or there is no reason. All your "
        "customers are on the sheet Customers."))


def _title(rows: pd.DataFrame, findings: Findings, texts: Texts) -> str:
    return texts("To contact on {day}: {customers}", day=texts.day(findings.basis.as_of + timedelta(days=1)),
                 customers=texts.plural("{count} customer", "{count} customers", len(rows)))


def today_columns(rows: pd.DataFrame, findings: Findings, texts: Texts) -> list[Column]:
    """First what a person needs, then what is known beside, last what the priority is made of."""
    known = _columns(rows, findings, texts)
    return [*(known[name] for name in FIRST), *(replace(known[name], printed=False) for name in BESIDE),
            *(replace(known[name], printed=False, folds=True) for name in MACHINERY),
            replace(known["customer_id"], printed=False)]


def own_columns(rows: pd.DataFrame, findings: Findings, texts: Texts) -> list[Column]:
    """What a sales manager sees of his rows of the list."""
    known = _columns(rows, findings, texts)
    return [known[name] for name in OWN]


def _columns(rows: pd.DataFrame, findings: Findings, texts: Texts) -> Mapping[str, Column]:
    named = value_tables.named(findings, texts)
    return {**_people(rows, findings, texts, named), **_standing(rows, texts, named), **_reckoning(rows, named)}


def _people(rows: pd.DataFrame, findings: Findings, texts: Texts, named: Mapping[str, str]) -> Mapping[str, Column]:
    """Who it is, why, and what to do."""
    short = rows.assign(favourite=[shortened(name, LONGEST_PRODUCT) for name in rows["favourite"].tolist()])
    return {
        "priority": Column(named["priority"], rows["priority"].tolist(), "score", 11),
        "customer": Column(named["customer"], [shortened(name, LONGEST_CUSTOMER) for name in
                                               rows["customer"].tolist()], width=27, wraps=True),
        "reason": Column(named["reason"], cells(reasons(rows, texts)), width=42, wraps=True),
        "action": Column(named["action"], cells(actions(short, findings.worklist.rules.actions, texts)), width=36,
                         wraps=True),
        "phone": Column(named["phone"], cells(rows["phone"]), width=19, wraps=True),
        "favourite": Column(named["favourite"], short["favourite"].tolist(), width=24, wraps=True),
        "expected": Column(named["expected"], amounts(rows["expected"]), "number", 15, bars="most"),
        "manager": Column(named["manager"], cells(rows["manager"]), width=17, wraps=True),
        "email": Column(named["email"], cells(rows["email"]), width=24, wraps=True),
        "channel": Column(named["channel"], cells(rows["channel"]), width=16),
        "customer_id": Column(named["customer_id"], cells(rows["customer_id"]), width=19)}


def _standing(rows: pd.DataFrame, texts: Texts, named: Mapping[str, str]) -> Mapping[str, Column]:
    """What is known of them."""
    return {
        "recency_days": Column(named["recency_days"], rows["recency_days"].tolist(), "number", 12),
        "frequency": Column(named["frequency"], rows["frequency"].tolist(), "number", 9),
        "clv": Column(named["clv"], rows["clv"].tolist(), "number", 15),
        "observed_returns": Column(named["observed_returns"], shares(rows["observed_returns"]), "share", 12),
        **{name: Column(named[name], days(rows[name]), "day", 13) for name in ("last_purchase", "last_contact")},
        **{name: Column(named[name], labelled(rows[name], labels), width=width) for name, labels, width in (
            ("value_tier", value_tier_labels(texts), 12), ("growth", growth_labels(texts), 25),
            ("potential", potential_labels(texts), 17), ("risk_tag", {**risk_tag_labels(texts), "": ""}, 26))}}


def _reckoning(rows: pd.DataFrame, named: Mapping[str, str]) -> Mapping[str, Column]:
    """What the priority is made of."""
    return {
        **{name: Column(named[name], [each or None for each in rows[name].tolist()], "number", 20)
           for name in ("personal_cycle", "category_cycle", "warning_line", "rhythm_line")},
        **{name: Column(named[name], amounts(rows[name]), "money", 14) for name in ("margin", "touch_cost")},
        "uplift": Column(named["uplift"], rows["uplift"].tolist(), "score", 15),
        "return_rate": Column(named["return_rate"], shares(rows["return_rate"]), "share", 15)}


def day_sheet(book: Book, columns: list[Column], said: Said, texts: Texts, *, known: str = "",
              to_fill: int = 0) -> Worksheet:
    """A sheet of whom to contact: title and colours above the table, two columns and the headings frozen.

    The last `to_fill` columns get their look elsewhere.
    """
    sheet = book.page(texts("Today"), said.note)
    widen(sheet, columns)
    _above(book, sheet, said.title, texts)
    last = max(book.table(sheet, TOP, columns), TOP + 1)
    if columns[0].values:
        _coloured(book, sheet, last)
        _ruled(book, sheet, last, columns[:len(columns) - to_fill])
    else:
        sheet.set_row(TOP + 1, TITLE_HEIGHT)
        sheet.write_string(TOP + 1, 0, said.nobody, book.cells["text"])
    sheet.autofilter(TOP, 0, last, len(columns) - 1)
    sheet.freeze_panes(TOP + 1, 2)
    sheet.repeat_rows(TOP)
    sheet.print_area(0, 0, last, sum(column.printed for column in columns) - 1)
    if known:
        book.name(known, sheet, (TOP, 0, last, len(columns) - 1))
    return sheet


def _above(book: Book, sheet: Worksheet, title: str, texts: Texts) -> None:
    sheet.set_row(0, TITLE_HEIGHT)
    sheet.write_string(0, 0, title, book.named["title"])
    sheet.set_row(1, LEGEND_HEIGHT)
    for place, (words, colour) in enumerate(zip(band_words(texts), BAND_COLOURS, strict=True), start=1):
        sheet.write_string(1, place, words, book.workbook.add_format(
            {"bg_color": colour, "indent": 1, "valign": "vcenter", "text_wrap": True}))


def _coloured(book: Book, sheet: Worksheet, last: int) -> None:
    """The priorities in the colours of their bands."""
    rules: list[dict[str, Any]] = [{"criteria": ">=", "value": border} for border in BANDS]
    rules.append({"criteria": "<", "value": BANDS[-1]})
    for rule, colour in zip(rules, BAND_COLOURS, strict=True):
        sheet.conditional_format(TOP + 1, 0, last, 0, {
            "type": "cell", **rule, "format": book.workbook.add_format({"bg_color": colour, **LINE}),
            "stop_if_true": True})


def _ruled(book: Book, sheet: Worksheet, last: int, columns: list[Column]) -> None:
    """A line under each row; where bars or colours are, LibreOffice would show one of both."""
    line = book.workbook.add_format(LINE)
    for place, column in enumerate(columns):
        if place and not column.bars:
            sheet.conditional_format(TOP + 1, place, last, place, {**RULED, "format": line})
