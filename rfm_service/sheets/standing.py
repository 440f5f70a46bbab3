"""The sheets that stand beside RFM: Forecast, Cohorts, ABC and XYZ, Groups."""

from __future__ import annotations

from rfm_service.analysis.value_sentences import unseen_sentence
from rfm_service.domain.findings import Findings
from rfm_service.drawing import value_tables
from rfm_service.drawing.outlook import card_sentence, gate_sentence, method_sentence, outlook_sentence, verdict
from rfm_service.drawing.period import period
from rfm_service.ports import Texts
from rfm_service.sheets.book import Book, widen


def forecast(book: Book, findings: Findings, texts: Texts) -> None:
    """The forecast card: tonight's forecast in a sentence, and the last completed one against what happened."""
    sheet = book.page(texts("Forecast"), period(findings, texts))
    told = [gate_sentence(findings.gate, texts), outlook_sentence(findings, texts), method_sentence(findings, texts),
            card_sentence(findings, texts), verdict(findings.card, texts) if findings.card else ""]
    row = book.sentences(sheet, told)
    if findings.card:
        row = book.table(sheet, row + 1, value_tables.card_methods(findings, texts))
        widen(sheet, columns := value_tables.card_segments(findings, texts))
        book.table(sheet, row + 2, columns)


def cohorts(book: Book, findings: Findings, texts: Texts) -> None:
    """Who came when, and who came back."""
    book.sheet(texts("Cohorts"), value_tables.cohort_columns(findings, texts), texts(
        "A cohort: all whose first purchase ever fell into that month. The oldest one also holds older customers."))


def classes(book: Book, findings: Findings, texts: Texts) -> None:
    """Classes beside segments, and what ABC cannot see."""
    sheet = book.page(texts("ABC and XYZ"), period(findings, texts))
    row = book.sentences(sheet, [unseen_sentence(findings.worth.unseen, texts)])
    widen(sheet, columns := value_tables.class_columns(findings, texts))
    row = book.table(sheet, row + 1, columns)
    book.table(sheet, row + 2, value_tables.steadiness_columns(findings, texts))


def groups(book: Book, findings: Findings, texts: Texts) -> None:
    """Customers by what 1C says of them."""
    book.sheet(texts("Groups"), value_tables.attribute_columns(findings, texts), period(findings, texts))
