"""The sheet Did it help: customers on the lists beside those held back, by campaign and segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfm_service.analysis.outreach.effect_sentences import effect_sentences
from rfm_service.domain.findings import Findings
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, labelled, shares
from rfm_service.drawing.effect_words import campaign_name, effect_notes, verdict_labels
from rfm_service.drawing.priority_words import lift_sentence
from rfm_service.ports import Texts
from rfm_service.sheets.book import Book
from rfm_service.texts.labels import segment_labels
from rfm_service.texts.plain import plain

if TYPE_CHECKING:
    import pandas as pd


def effects(book: Book, findings: Findings, texts: Texts) -> None:
    """A row a campaign and a segment, or why there is none yet."""
    found = findings.worklist.effects
    note = texts.plural("Orders of the {count} day after a customer first came onto a list, or would have.",
                        "Orders of the {count} days after a customer first came onto a list, or would have.",
                        found.days)
    if not len(found.frame):
        sheet = book.page(texts("Did it help"), note)
        book.sentences(sheet, [*effect_notes(findings, texts), lift_sentence(findings, texts)])
        return
    book.sheet(texts("Did it help"), _columns(found.frame, findings, texts), note,
               lift_sentence(findings, texts))


def _columns(rows: pd.DataFrame, findings: Findings, texts: Texts) -> list[Column]:
    named, labels = value_tables.named(findings, texts), {**segment_labels(texts), "": texts("all segments")}
    told = effect_sentences(findings.worklist.effects, texts)
    return [
        Column(texts("Campaign"), [plain(campaign_name(each, texts)) for each in rows["campaign"]], width=20),
        Column(named["segment"], labelled(rows["segment"], labels), width=18),
        Column(texts("What is seen"), labelled(rows["verdict"], verdict_labels(texts)), width=20),
        Column(texts("In words"), told, width=60, wraps=True),
        *(Column(heading, rows[name].tolist(), "number", 12, adds=False) for name, heading in (
            ("listed", texts("On the lists")), ("contacted", texts("of them contacted")),
            ("held", texts("Held back")), ("held_contacted", texts("contacted all the same")))),
        *_shares(rows, texts), *_each(rows, texts),
        Column(texts("Held-back customers needed"), [each or None for each in rows["needed"].tolist()], "number", 14,
               adds=False),
    ]


def _shares(rows: pd.DataFrame, texts: Texts) -> list[Column]:
    """Shares of buyers of both groups, and by how many points they differ."""
    both = [Column(heading, [buyers / size if size else None for buyers, size in zip(
        rows[f"buyers_{group}"].tolist(), rows[group].tolist(), strict=True)], "share", 12, adds=False)
            for group, heading in (("listed", texts("Bought, on the lists")), ("held", texts("Bought, held back")))]
    return both + [Column(heading, shares(rows[name]), "share", 12, adds=False) for name, heading in (
        ("buyers", texts("Difference of buyers")), ("buyers_low", texts("at least")),
        ("buyers_high", texts("at most")))]


def _each(rows: pd.DataFrame, texts: Texts) -> list[Column]:
    """Orders and money of a customer of both groups, and their differences."""
    found = []
    for measure, scale, headings in (
            ("orders", 1, (texts("Orders a customer, on the lists"), texts("Orders a customer, held back"),
                           texts("Difference of orders"))),
            ("money", MONEY_SCALE, (texts("Money a customer, on the lists"),
                                    texts("Money a customer, held back"), texts("Difference of money")))):
        for group, heading in zip(("listed", "held"), headings, strict=False):
            found.append(Column(heading, [total / size / scale if size else None for total, size in zip(
                rows[f"{measure}_{group}"].tolist(), rows[group].tolist(), strict=True)], "money", 14, adds=False))
        for name, heading in ((measure, headings[2]), (f"{measure}_low", texts("at least")),
                              (f"{measure}_high", texts("at most"))):
            found.append(Column(heading, shares(rows[name]), "money", 14, adds=False))
    return found
