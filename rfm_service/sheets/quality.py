"""The sheet Data quality: what the night saw, and what it left out."""

from __future__ import annotations

from rfm_service.domain.findings import Findings
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, amounts, cells
from rfm_service.drawing.period import period
from rfm_service.ports import Texts
from rfm_service.sheets.book import MOST_ROWS, Book


def quality(book: Book, findings: Findings, texts: Texts) -> None:
    """Counts of what was left out, and the customers that have no order that counts."""
    sheet = book.page(texts("Data quality"), period(findings, texts))
    for place, width in enumerate((48, 44, 24)):
        sheet.set_column(place, place, width)
    facts = _facts(findings, texts)
    for row, (caption, value) in enumerate(facts):
        sheet.write_string(row, 0, caption)
        sheet.write_string(row, 1, value, book.cells["text"])
    rest, named = findings.quality.without_purchase, value_tables.named(findings, texts)
    top = len(facts) + 2
    sheet.write_string(top - 1, 0, texts("Customers with sale lines but no order that counts"))
    book.table(sheet, top, [
        Column(named["customer"], cells(rest["customer"])),
        Column(named["money"], amounts(rest["monetary"]), "money"),
        Column(named["customer_id"], cells(rest["customer_id"]))])


def _facts(findings: Findings, texts: Texts) -> list[tuple[str, str]]:
    left_out, window = findings.quality, findings.basis.window
    through = findings.sales_through
    beyond = len(findings.snapshot) - MOST_ROWS
    facts = [
        (texts("Report of the day"), texts.day(findings.basis.as_of)),
        (texts("Data through"), texts.day(through) if through else "—"),
        (texts("Period"), f"{texts.day(window.first)} – {texts.day(window.last)}"),
        (texts("The last day is complete"), texts("yes") if findings.complete else texts("no")),
        (texts("Gift lines left out"), texts.number(left_out.gifts)),
        (texts("Lines of own companies left out"), texts.number(left_out.own_companies)),
        (texts("Lines without a customer left out"), texts.number(left_out.no_customer)),
        (texts("Lines in quarantine"), texts.number(left_out.quarantined)),
    ]
    if left_out.excluded:
        facts.insert(6, (texts("Lines of excluded customers left out"), texts.number(left_out.excluded)))
    if beyond > 0:
        facts.append((texts("Customers beyond the largest sheet of Excel"), texts.number(beyond)))
    return facts
