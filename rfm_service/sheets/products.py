"""The sheet Products: what brings the money, and what comes back."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from xlsxwriter.worksheet import Worksheet

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import QUANTITY_SCALE
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, amounts, cells, days
from rfm_service.drawing.period import period
from rfm_service.drawing.totals import share_of
from rfm_service.ports import Texts
from rfm_service.sheets.book import ACCENT, MOST_ROWS, PALE, Book, place

if TYPE_CHECKING:
    import pandas as pd

MOST_OF_THE_MONEY = 0.8
CUMULATED_AT = 3


def products(book: Book, findings: Findings, texts: Texts) -> None:
    """The products, those that bring most first, and the curve of their money."""
    columns = product_columns(findings, texts)
    sheet = book.sheet(texts("Products"), columns, period(findings, texts), known="rfm_products")
    shares = columns[CUMULATED_AT].values
    if shares and shares[-1]:
        _curve(book, sheet, columns, texts)


def product_columns(findings: Findings, texts: Texts) -> list[Column]:
    """A row a product; one whose revenue is not above 0 brings nothing of the money."""
    frame = findings.products.head(MOST_ROWS)
    named = value_tables.named(findings, texts)
    brought = [max(revenue, 0) for revenue in frame["revenue"].tolist()]
    whole = sum(brought)
    sold = frame["revenue"] + frame["returned_money"]
    return [
        Column(texts("Product"), cells(frame["product"]), width=58),
        Column(named["money"], amounts(frame["revenue"]), "money", 18, bars="most"),
        Column(named["money_share"], [share_of(money, whole) for money in brought], "share", 12),
        Column(texts("Share together with those above"), [share_of(money, whole) for money in accumulate(brought)],
               "share", 16, bars="whole"),
        Column(named["frequency"], frame["orders"].tolist(), "number", 12),
        Column(named["customers"], frame["customers"].tolist(), "number", 13),
        Column(texts("Pieces sold"), [pieces / QUANTITY_SCALE for pieces in frame["pieces"].tolist()], "number", 14),
        Column(texts("Came back, share of pieces"), _parts(frame["returned_pieces"], frame["pieces"]), "share", 14,
               bars="whole"),
        Column(texts("Came back, share of money"), _parts(frame["returned_money"], sold), "share", 14, bars="whole"),
        Column(texts("Last sold"), days(frame["last_sale"]), "day", 13),
    ]


def _parts(back: pd.Series[Any], sold: pd.Series[Any]) -> list[float | None]:
    """What came back as a share of what was sold; none where nothing was."""
    return [part / whole if whole > 0 else None for part, whole in zip(back.tolist(), sold.tolist(), strict=True)]


def _curve(book: Book, sheet: Worksheet, columns: list[Column], texts: Texts) -> None:
    shares = columns[CUMULATED_AT].values
    most = 1 + sum(share < MOST_OF_THE_MONEY for share in shares)
    title = texts("{count} of {all} products bring {share} of the money", count=texts.number(min(most, len(shares))),
                  all=texts.number(len(shares)), share=texts.percent(MOST_OF_THE_MONEY))
    area = place(sheet, (1, CUMULATED_AT, len(shares), CUMULATED_AT))
    chart = book.chart({"type": "area"}, title, {
        "values": f"={area}", "values_data": list(shares), "fill": {"color": PALE}, "line": {"color": ACCENT}})
    chart.set_y_axis({"min": 0, "max": 1, "major_unit": 0.2, "num_format": "0%", "line": {"none": True},
                      "major_gridlines": {"visible": True, "line": {"color": "#d0d7de"}}})
    chart.set_x_axis({"name": texts("Products, those that bring most first"), "name_font": {"bold": False},
                      "label_position": "none", "major_tick_mark": "none"})
    chart.set_size({"width": 640, "height": 360})
    sheet.insert_chart(2, len(columns) + 1, chart, {"object_position": 3, "description": title})
