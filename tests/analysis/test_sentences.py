"""Each move is told in one plain sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pandas as pd
import pytest

from rfm_service.analysis.moves import CAUSES
from rfm_service.analysis.sentences import sentences
from rfm_service.domain.tables import MOVES
from rfm_service.domain.values import MONEY_SCALE, day_number


class PlainTexts:
    """English without a catalogue."""

    language = "en"

    def __call__(self, text: str, **values: object) -> str:
        return text.format(**values)

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        return (one if count == 1 else many).format(count=self.number(count), **values)

    def number(self, value: int | float | Decimal, digits: int = 0) -> str:
        return f"{value:,.{digits}f}".replace(",", " ")

    def percent(self, share: float, digits: int = 0) -> str:
        return f"{share:.{digits}%}"

    def amount(self, value: int, digits: int = 0) -> str:
        return self.number(Decimal(value) / MONEY_SCALE, digits) + " ₽"

    def compact(self, value: int) -> str:
        return self.amount(value)

    def day(self, day: date) -> str:
        return day.isoformat()

    def month(self, year: int, month: int) -> str:
        return f"{year}-{month}"


DAY = day_number(date(2026, 11, 20))


def told(*rows: tuple[Any, ...]) -> list[str]:
    """The sentences of (cause, measure, before, after, line[, document_no, change])."""
    full = [(1, "a", "b", *row[:5], *(row[5:] or (7, "")), DAY) for row in rows]
    moves = pd.DataFrame(full, columns=list(MOVES)).astype(MOVES)
    return sentences(moves, PlainTexts(), 365, {7: "ПР-000012"}).tolist()


@pytest.mark.parametrize(("row", "sentence"), [
    (("own_order", "frequency", 5, 6, 6),
     "Bought on 2026-11-20 (document ПР-000012): orders of 365 days 5 → 6, the line is 6."),
    (("own_order", "frequency", 3, 2, 3),
     "A correction of 2026-11-20 (document ПР-000012): orders of 365 days 3 → 2, the line is 3."),
    (("own_order", "recency_days", 61, 1, 45),
     "Bought on 2026-11-20 (document ПР-000012): 61 → 1 day without buying, the line is 45 days."),
    (("own_order", "recency_days", 9, 50, 45),
     "A correction of 2026-11-20 (document ПР-000012): 9 → 50 days without buying, the line is 45 days."),
    (("own_order", "", 0, 1, -1),
     "Bought on 2026-11-20 (document ПР-000012): an order of the last 365 days counts now."),
    (("ageing", "recency_days", 89, 91, 90),
     "Time passed, the line was crossed on 2026-11-20: 89 → 91 days without buying, the line is 90 days."),
    (("ageing", "frequency", 3, 2, 3),
     "Time passed, the line was crossed on 2026-11-20: orders of 365 days 3 → 2, the line is 3."),
    (("ageing", "", 1, 0, -1),
     "Time passed, the line was crossed on 2026-11-20: no order of the last 365 days counts any more."),
    (("customers_merged", "frequency", 1, 3, 3), "Customers were joined: orders of 365 days 1 → 3, the line is 3."),
    (("customers_merged", "", 0, 2, -1), "Customers were parted: an order of the last 365 days counts now."),
    (("settings_changed", "", 3, 3, -1), "The settings changed: the same numbers are another segment now."),
    (("document_changed", "frequency", 3, 4, 4, 7, "late"),
     "Document ПР-000012 of 2026-11-20 came late: orders of 365 days 3 → 4, the line is 4."),
    (("document_changed", "frequency", 4, 3, 4, 7, "corrected"),
     "Document ПР-000012 of 2026-11-20 was corrected: orders of 365 days 4 → 3, the line is 4."),
    (("document_changed", "", 1, 0, -1, 7, "gone"),
     "Document ПР-000012 of 2026-11-20 is no longer in 1C: no order of the last 365 days counts any more."),
    (("document_changed", "frequency", 4, 3, 4, 0, ""),
     "An earlier document came late or changed: orders of 365 days 4 → 3, the line is 4."),
    (("own_order", "monetary", 980_000_000, 1_040_000_000, 1_000_000_000),
     "Bought on 2026-11-20 (document ПР-000012): purchases of 365 days 98 000 ₽ → 104 000 ₽, the line is "
     "100 000 ₽."),
    (("return", "monetary", 1_000_000_000, 999_996_000, 1_000_000_000),
     "Goods came back on 2026-11-20 (document ПР-000012): purchases of 365 days 100 000.00 ₽ → 99 999.60 ₽, the line "
     "is 100 000.00 ₽."),
    (("cuts_moved", "frequency", 3, 5, 4), "The score border of orders moved 3 → 5; here they are 4."),
    (("cuts_moved", "recency_days", 10, 8, 9), "The score border of recency moved 10 → 8 days; here it is 9 days."),
    (("cuts_moved", "monetary", 50_000_000, 60_000_000, 55_000_000),
     "The score border of money moved 5 000 ₽ → 6 000 ₽; here it is 5 500 ₽."),
])
def test_sentence(row: tuple[Any, ...], sentence: str) -> None:
    assert told(row) == [sentence]


def test_every_cause_has_a_sentence_for_every_measure() -> None:
    measures = ("frequency", "monetary", "recency_days", "")
    rows = [(cause, measure, *change) for cause, measure in product(CAUSES, measures)
            for change in ((2, 3, 3), (3, 2, 3), (0, 1, -1), (1, 0, -1))]
    for sentence in told(*rows):
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_no_moves_no_sentences() -> None:
    assert told() == []
