"""Each move is told in one plain sentence."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product

import pandas as pd
import pytest

from rfm_service.analysis.moves import CAUSES
from rfm_service.analysis.sentences import sentences
from rfm_service.domain.tables import MOVES
from rfm_service.domain.values import MONEY_SCALE


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


def told(*rows: tuple[str, str, int, int, int]) -> list[str]:
    """The sentences of (cause, measure, before, after, line)."""
    moves = pd.DataFrame([(1, "a", "b", *row) for row in rows], columns=list(MOVES)).astype(MOVES)
    return sentences(moves, PlainTexts(), 365).tolist()


@pytest.mark.parametrize(("row", "sentence"), [
    (("own_order", "frequency", 5, 6, 6), "Bought again: orders 5 → 6, the line is 6."),
    (("own_order", "frequency", 3, 2, 3), "A correction: orders 3 → 2, the line is 3."),
    (("own_order", "recency_days", 61, 1, 45),
     "Bought again: 61 → 1 day without buying, the line is 45 days."),
    (("own_order", "recency_days", 9, 50, 45),
     "A correction: 9 → 50 days without buying, the line is 45 days."),
    (("ageing", "recency_days", 89, 91, 90), "89 → 91 days without buying: crossed the line of 90 days."),
    (("ageing", "frequency", 3, 2, 3), "Orders of the last 365 days: 3 → 2, the line is 3."),
    (("ageing", "", 1, 0, -1), "The last order that counted left the window of 365 days."),
    (("own_order", "", 0, 1, -1), "The first order that counts in the last 365 days."),
    (("customers_merged", "frequency", 1, 3, 3), "Customers were joined: orders 1 → 3, the line is 3."),
    (("customers_merged", "monetary", 980_000_000, 1_040_000_000, 1_000_000_000),
     "Customers were joined: purchases 98 000 ₽ → 104 000 ₽, the line is 100 000 ₽."),
    (("customers_merged", "recency_days", 61, 9, 45),
     "Customers were joined: 61 → 9 days without buying, the line is 45 days."),
    (("customers_merged", "", 2, 0, -1), "Customers were joined: this one counts with another now."),
    (("customers_merged", "", 0, 2, -1), "Customers were parted: this one counts by itself now."),
    (("settings_changed", "", 3, 3, -1), "The settings changed: the same numbers are another segment now."),
    (("own_order", "monetary", 980_000_000, 1_040_000_000, 1_000_000_000),
     "Bought again: purchases 98 000 ₽ → 104 000 ₽, the line is 100 000 ₽."),
    (("return", "monetary", 1_000_000_000, 999_996_000, 1_000_000_000),
     "Goods came back: purchases 100 000.00 ₽ → 99 999.60 ₽, the line is 100 000.00 ₽."),
])
def test_sentence(row: tuple[str, str, int, int, int], sentence: str) -> None:
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
