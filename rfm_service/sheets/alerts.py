"""The sheet of products to work on: what to push, what comes back too often, what brings too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfm_service.domain.findings import Findings
from rfm_service.domain.product_rules import ALERT_KINDS
from rfm_service.drawing.columns import Column, amounts, cells, labelled, shares
from rfm_service.drawing.period import period
from rfm_service.drawing.product_alerts import alert_rules
from rfm_service.ports import Texts
from rfm_service.sheets.book import Book, widen
from rfm_service.texts.outreach_labels import alert_labels, product_advice

if TYPE_CHECKING:
    import pandas as pd

MOST_SHOWN = 1_000
"""So many products of an alert are listed, the most pressing ones."""


def product_alerts(book: Book, findings: Findings, texts: Texts) -> None:
    """One sheet with a table for each alert, under its name and rule."""
    sheet, alerts = book.page(texts("Products to work on"), period(findings, texts)), findings.worklist.alerts
    labels, told = alert_labels(texts), alert_rules(findings.worklist.products, texts)
    widen(sheet, alert_columns(alerts.head(0), texts))
    row = 0
    for kind in ALERT_KINDS:
        rows = alerts[alerts["alert"] == kind]
        sheet.write_string(row, 0, f"{labels[kind]}: {texts.number(len(rows))}", book.named["title"])
        sheet.write_string(row + 1, 0, told[kind], book.cells["text"])
        row = book.table(sheet, row + 2, alert_columns(rows.head(MOST_SHOWN), texts)) + 2


def alert_columns(rows: pd.DataFrame, texts: Texts) -> list[Column]:
    """Rows of ALERTS of one kind."""
    known = rows["margin_rate"].notna().tolist()
    margins = [margin if there else None for margin, there in zip(amounts(rows["margin"]), known, strict=True)]
    return [
        Column(texts("Product"), cells(rows["product"]), width=58),
        Column(texts("Orders"), rows["orders"].tolist(), "number", 12),
        Column(texts("Sale lines"), rows["lines"].tolist(), "number", 12),
        Column(texts("Came back"), shares(rows["returned_share"]), "share", 12, bars="whole"),
        Column(texts("Revenue"), amounts(rows["revenue"]), "money", 16),
        Column(texts("Margin, share of sales"), shares(rows["margin_rate"]), "share", 14),
        Column(texts("Margin"), margins, "money", 16),
        Column(texts("What to do"), labelled(rows["advice"], product_advice(texts)), width=48),
    ]
