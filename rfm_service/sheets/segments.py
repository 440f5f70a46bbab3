"""The sheets Segments, with its charts, and Moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from xlsxwriter.worksheet import Worksheet

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import money
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, amounts, cells, labelled
from rfm_service.drawing.outlook import gate_sentence
from rfm_service.drawing.period import period
from rfm_service.drawing.totals import by_segment, flows
from rfm_service.ports import Texts
from rfm_service.sheets.book import MOST_ROWS, Book, place
from rfm_service.texts.labels import cause_labels, label, segment_advice, segment_labels

CHART_ROWS = 18
ROOM = 1.25
"""The longest bar leaves room for its number."""
CUSTOMERS_AT, MONEY_AT = 1, 3


def segments(book: Book, findings: Findings, texts: Texts) -> None:
    """Customers and money by segment, the best first, with their sums and two charts."""
    columns = segment_columns(findings, texts)
    sheet = book.sheet(texts("Segments"), columns, period(findings, texts), gate_sentence(findings.gate, texts),
                       known="rfm_segments")
    last = book.total(sheet, texts("Total"), columns)
    if columns[0].values:
        for column, offset, title in ((CUSTOMERS_AT, 0, texts("Customers by segment")),
                                      (MONEY_AT, 4, texts("Money by segment"))):
            chart = book.chart({"type": "bar"}, title, _bars(sheet, columns, column))
            chart.set_y_axis({"reverse": True, "line": {"none": True}, "major_tick_mark": "none"})
            most = max(float(value) for value in columns[column].values)
            chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0,
                              "max": most * ROOM if most > 0 else 1})
            chart.set_size({"width": 480, "height": CHART_ROWS * 20 - 20})
            sheet.insert_chart(last + 2, offset, chart, {"object_position": 3, "description": title})
    sheet.print_area(0, 0, last + 2 + CHART_ROWS, sum(column.printed for column in columns) - 1)


def _bars(sheet: Worksheet, columns: list[Column], column: int) -> Mapping[str, object]:
    rows = len(columns[0].values)
    return {"categories": f"={place(sheet, (1, 0, rows, 0))}", "categories_data": list(columns[0].values),
            "values": f"={place(sheet, (1, column, rows, column))}",
            "values_data": [float(value) for value in columns[column].values],
            "data_labels": {"value": True, "num_format": "#,##0"}}


def segment_columns(findings: Findings, texts: Texts) -> list[Column]:
    """Customers, money, coming and going of each segment, and what it is worth."""
    groups = by_segment(findings)
    named, labels = value_tables.named(findings, texts), segment_labels(texts)
    advice = segment_advice(texts)
    came, left = Counter[str](), Counter[str]()
    for flow in flows(findings):
        came[flow.to_segment] += flow.customers
        left[flow.from_segment] += flow.customers
    return [
        Column(named["segment"], [label(labels, group.id) for group in groups], width=22),
        Column(named["customers"], [group.customers for group in groups], "number", 13),
        Column(named["share"], [group.share for group in groups], "share", bars="whole"),
        Column(named["money"], [money(group.money) for group in groups], "money", 20),
        Column(named["money_share"], [group.money_share for group in groups], "share", bars="whole"),
        Column(named["came"], [came[group.id] for group in groups], "number", 11),
        Column(named["left"], [left[group.id] for group in groups], "number", 11),
        Column(named["advice"], [advice.get(group.id, "") for group in groups], width=40, adds=False, wraps=True),
        *value_tables.segment_columns([group.id for group in groups], findings, texts),
    ]


def moves(book: Book, findings: Findings, texts: Texts) -> None:
    """Who changed segment and why, the most money first."""
    book.sheet(texts("Moves"), move_columns(findings, texts), period(findings, texts), known="rfm_moves")


def move_columns(findings: Findings, texts: Texts) -> list[Column]:
    """A row a move."""
    found = findings.moves
    order = found["monetary"].abs().sort_values(ascending=False, kind="stable").index
    frame = found.loc[order].head(MOST_ROWS)
    named, labels = value_tables.named(findings, texts), segment_labels(texts)
    return [
        Column(named["customer"], cells(frame["customer"]), width=35),
        Column(named["from_segment"], labelled(frame["from_segment"], labels), width=18),
        Column(named["to_segment"], labelled(frame["to_segment"], labels), width=18),
        Column(named["monetary"], amounts(frame["monetary"]), "money", bars="most"),
        Column(named["cause"], labelled(frame["cause"], cause_labels(texts)), width=40),
        Column(named["detail"], cells(frame["detail"]), width=60),
        Column(named["customer_id"], cells(frame["customer_id"]), width=20, printed=False),
    ]
