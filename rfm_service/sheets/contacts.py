"""The list of a sales manager: whom to look after first, and columns to write down what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from xlsxwriter.worksheet import Worksheet

from rfm_service.domain.contacts import FORM, MACHINE_SHEET, owner_mark
from rfm_service.domain.findings import Findings, in_turn
from rfm_service.domain.outreach import OFF_LISTS
from rfm_service.domain.values import clean_name
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, amounts, cells, days, labelled
from rfm_service.drawing.totals import rise, segment_order
from rfm_service.ports import Texts
from rfm_service.sheets import today
from rfm_service.sheets.book import SHORT_DATE, Book
from rfm_service.texts.labels import outcome_labels, segment_advice, segment_labels
from rfm_service.texts.plain import plain, shortened

if TYPE_CHECKING:
    import pandas as pd

INPUT = {"type": "formula", "criteria": "=TRUE"}
LONGEST_NAME = 60
LATE_TIMES = 2
"""Class A is looked after once the silence is longer than so many usual intervals: the churn threshold has a floor."""
CONTACTED_BEFORE = timedelta(days=31)
"""A contact that a list is filled in with may lie so long before its night."""
LEAST_CHANCE = 0.15
"""Of whom is less likely than that to order in 90 days, no day is told."""


def urgent_first(findings: Findings) -> pd.DataFrame:
    """Those who may be contacted, with `from_segment` and `detail` of tonight's move ('': none), in the lists' order.

    First who moved to a worse segment tonight, is silent for longer than is usual for him, or is of class A and
    silent for over twice his usual days, then the others; each part by the money of the window, the most first.
    """
    told = findings.moves[["customer_id", "from_segment", "detail"]].assign(moved=True)
    known = findings.snapshot[~findings.snapshot["state"].isin(OFF_LISTS)]
    rows = known.merge(told, on="customer_id", how="left")
    moved = rows["moved"].notna()
    rows = rows.assign(moved=moved, **{name: rows[name].astype(object).where(moved, "")
                                       for name in ("from_segment", "detail")})
    order = segment_order(findings.basis)
    worse = [fresh and rise(before, now, order) < 0 for fresh, before, now in zip(
        moved.tolist(), rows["from_segment"].tolist(), rows["segment"].tolist(), strict=True)]
    usual = rows["order_interval_days"]
    late = (rows["abc"] == "A") & (usual > 0) & (rows["recency_days"] > LATE_TIMES * usual)
    silent = rows["recency_days"] > rows["churn_threshold"]
    rows = rows.assign(silent=silent, late=late)
    calm = ~(np.array(worse, bool) | (silent | late).to_numpy())
    return rows.assign(calm=calm).sort_values(["calm", "monetary", "customer_id"], ascending=[True, False, True],
                                              ignore_index=True)


def contact_list(rows: pd.DataFrame, owner: str, findings: Findings, texts: Texts) -> bytes:
    """The workbook of one sales manager; `owner` is what his list is called."""
    content = BytesIO()
    as_of = findings.basis.as_of
    book = Book.opened(content, as_of, len(rows))
    _today(book, in_turn(rows), owner, findings, texts)
    columns = _columns(rows, findings, texts)
    note = texts("{owner}: {customers}, {day}", owner=shortened(owner, LONGEST_NAME), day=texts.day(as_of),
                 customers=texts.plural("{count} customer", "{count} customers", len(rows)))
    sheet = book.sheet(texts("Customers"), columns, note, texts(
        "At the top: who moved to a worse segment or is silent for longer than usual, by money. Fill in the last four "
        "columns (the day of the contact only if it was not {day}) and put the file into the folder inbox.",
        day=texts.day(as_of + timedelta(days=1))))
    _inputs(book, sheet, columns, as_of, texts)
    _for_machines(book, columns, {"form": FORM, "as_of": as_of.isoformat(), "owner": _mark(rows)}, texts)
    book.workbook.close()
    return content.getvalue()


def _columns(rows: pd.DataFrame, findings: Findings, texts: Texts) -> list[Column]:
    named, labels = value_tables.named(findings, texts), segment_labels(texts)
    advice = segment_advice(texts)
    due = rows["due"].where(~(rows["p90"] < LEAST_CHANCE), 0)
    return [
        Column(named["customer"], cells(rows["customer"]), width=32),
        Column(named["segment"], labelled(rows["segment"], labels), width=17),
        Column(named["advice"], [advice.get(each, "") for each in rows["segment"].tolist()], width=40, wraps=True),
        Column(texts("Why"), _reasons(rows, texts), width=44, wraps=True),
        Column(named["recency_days"], rows["recency_days"].tolist(), "number", 10),
        Column(named["order_interval_days"], [usual or None for usual in rows["order_interval_days"].tolist()],
               "number", 10),
        Column(named["frequency"], rows["frequency"].tolist(), "number", 9),
        Column(named["monetary"], amounts(rows["monetary"]), "money", 14, bars="most"),
        Column(texts("If it orders again, about"), days(due), "day", 12),
        Column(named["spend90"], amounts(rows["spend90"]), "money", 14),
        Column(named["email"], cells(rows["email"]), width=24),
        *_to_fill(rows, named, texts)]


def _to_fill(rows: pd.DataFrame, named: Mapping[str, str], texts: Texts) -> list[Column]:
    """The last columns of every list: those to fill, and the customer's id."""
    nothing = [""] * len(rows)
    return [
        Column(texts("Contacted on"), nothing, "day", 13),
        Column(texts("Outcome"), nothing, width=14),
        Column(texts("Note"), nothing, width=30),
        Column(texts("Next contact"), nothing, "day", 13),
        Column(named["customer_id"], cells(rows["customer_id"]), width=18, printed=False),
    ]


def _today(book: Book, rows: pd.DataFrame, owner: str, findings: Findings, texts: Texts) -> None:
    """The first sheet: whom to contact today, to be filled like the list of all customers."""
    told = today.own_columns(rows, findings, texts)
    columns = [*told, *_to_fill(rows, value_tables.named(findings, texts), texts)] if len(rows) else told
    said = today.own_title(rows, shortened(owner, LONGEST_NAME), findings, texts)
    sheet = today.day_sheet(book, columns, said, texts, to_fill=len(columns) - len(told))
    if len(rows):
        _inputs(book, sheet, columns, findings.basis.as_of, texts, top=today.TOP)


def _reasons(rows: pd.DataFrame, texts: Texts) -> list[str]:
    """Why a customer is worth a look: what the move of the night says, else that the silence is unusual or long."""
    named = ("detail", "silent", "late", "recency_days", "churn_threshold", "order_interval_days")
    return [plain(detail) or (_silence(recency, unusual, texts) if silent else
                              _lateness(recency, usual, texts) if late else "")
            for detail, silent, late, recency, unusual, usual in zip(
                *(rows[name].tolist() for name in named), strict=True)]


def _silence(recency: int, unusual: int, texts: Texts) -> str:
    return texts.plural(
        "{count} day without buying, unusual from {usual} on", "{count} days without buying, unusual from {usual} on",
        recency, usual=texts.number(unusual))


def _lateness(recency: int, usual: int, texts: Texts) -> str:
    return texts.plural(
        "Silent for {count} day, usually {usual} between orders",
        "Silent for {count} days, usually {usual} between orders", recency, usual=texts.number(usual))


def _mark(rows: pd.DataFrame) -> str:
    """What stands for the sales manager of a list, '' where it is of nobody."""
    return owner_mark(clean_name(plain(rows["manager"].iloc[0]))) if len(rows) else ""


def _inputs(book: Book, sheet: Worksheet, columns: list[Column], as_of: date, texts: Texts, *, top: int = 0) -> None:
    """The columns to fill: a day, a choice of outcomes, free text, a day; and the customer's id out of sight."""
    contacted, outcome, note, upcoming, identity = range(len(columns) - 5, len(columns))
    first, last = top + 1, top + max(len(columns[0].values), 1)
    short = book.workbook.add_format({"num_format": SHORT_DATE, "align": "center"})
    wrapped = book.workbook.add_format({"text_wrap": True})
    sheet.set_column(contacted, contacted, columns[contacted].width, short)
    sheet.set_column(note, note, columns[note].width, wrapped)
    sheet.set_column(upcoming, upcoming, columns[upcoming].width, short)
    sheet.set_column(identity, identity, columns[identity].width, None, {"hidden": True})
    choices = list(outcome_labels(texts).values())
    sheet.data_validation(first, outcome, last, outcome, {
        "validate": "list", "source": choices, "error_title": texts("Outcome"),
        "error_message": texts("Choose one of: {outcomes}", outcomes=", ".join(choices))})
    for place, least in ((contacted, as_of - CONTACTED_BEFORE), (upcoming, as_of)):
        sheet.data_validation(first, place, last, place, {
            "validate": "date", "criteria": ">=", "value": least, "error_title": columns[place].heading,
            "error_message": texts("A date, {day} or later", day=texts.day(least))})
    paper = book.workbook.add_format({"bg_color": "#fffbe6", "border": 1, "border_color": "#d0d7de"})
    sheet.conditional_format(first, contacted, last, upcoming, {**INPUT, "format": paper})


def _for_machines(book: Book, columns: list[Column], told: Mapping[str, str], texts: Texts) -> None:
    """What a program needs to read a filled list in any language: what it is, headings and outcomes by their ids."""
    contacted, outcome, note, upcoming, identity = columns[-5:]
    known: Mapping[str, str] = {
        **told, "column.customer_id": identity.heading, "column.contacted": contacted.heading,
        "column.outcome": outcome.heading, "column.note": note.heading, "column.next_contact": upcoming.heading,
        **{f"outcome.{each}": label for each, label in outcome_labels(texts).items()}}
    sheet = book.workbook.add_worksheet(MACHINE_SHEET)
    for row, (key, value) in enumerate(known.items()):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, value)
    sheet.hide()
