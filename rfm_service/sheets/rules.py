"""The sheets Rules and Indicators: how everything is counted, with the night's own numbers."""

from __future__ import annotations

from rfm_service.domain.findings import Findings
from rfm_service.drawing import counting, worklist_words
from rfm_service.drawing.period import period
from rfm_service.ports import Texts
from rfm_service.sheets.book import Book
from rfm_service.sheets.facts import facts


def rules(book: Book, findings: Findings, texts: Texts) -> None:
    """The rules part by part, and what the columns of customers mean."""
    facts(book, texts("Rules"), counting.parts(findings, texts), period(findings, texts))


def indicators(book: Book, findings: Findings, texts: Texts) -> None:
    """By what the list of the day was made, and what its columns mean."""
    facts(book, texts("Indicators"), worklist_words.parts(findings, texts), period(findings, texts))
