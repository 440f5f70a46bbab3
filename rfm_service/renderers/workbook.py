"""RFM.xlsx: whom to contact, customers, segments, moves, products, rules and quality of the night, in Excel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from rfm_service.domain.findings import Findings
from rfm_service.ports import Texts
from rfm_service.sheets.alerts import product_alerts
from rfm_service.sheets.book import Book
from rfm_service.sheets.customers import customers
from rfm_service.sheets.effects import effects
from rfm_service.sheets.products import products
from rfm_service.sheets.quality import quality
from rfm_service.sheets.rules import indicators, rules
from rfm_service.sheets.segments import moves, segments
from rfm_service.sheets.standing import classes, cohorts, forecast, groups
from rfm_service.sheets.today import today

SHEETS = (today, customers, segments, moves, products, product_alerts, effects, forecast, cohorts, classes, groups,
          rules, indicators, quality)
"""In their order; the first one is open."""


@dataclass(frozen=True)
class Renderer:
    """Makes the workbook: text is never a formula, numbers and dates are real ones."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """RFM.xlsx with a sheet for each of SHEETS."""
        content = BytesIO()
        book = Book.opened(content, findings.basis.as_of, len(findings.snapshot))
        for sheet in SHEETS:
            sheet(book, findings, texts)
        book.workbook.close()
        return {"RFM.xlsx": content.getvalue()}
