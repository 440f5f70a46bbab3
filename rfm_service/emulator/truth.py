"""What a ledger that read everything would hold: documents, lines and sums by day and by customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from rfm_service.emulator.papers import Paper, papers
from rfm_service.emulator.shop import Shop, signed_amount


class Sums(NamedTuple):
    """Documents, lines, and their sum in 1/10 000 of the currency unit, returns negative."""

    documents: int = 0
    lines: int = 0
    amount: int = 0

    def more(self, paper: Paper) -> Sums:
        """Return the sums with a document more."""
        amount = sum(map(signed_amount, paper.lines))
        return Sums(self.documents + 1, self.lines + len(paper.lines), self.amount + amount)


@dataclass(frozen=True)
class Truth:
    """The sums of each day with sales, and of each customer by the name of the day."""

    days: dict[date, Sums]
    customers: dict[str, Sums]


def truth(shop: Shop, start: date, end: date) -> Truth:
    """Return the sums of what the shop now shows in the half-open [start, end)."""
    return truth_of(paper for paper in papers(shop, start, end) if paper.counts)


def truth_of(found: Iterable[Paper]) -> Truth:
    """Return the sums of these documents."""
    days: dict[date, Sums] = {}
    customers: dict[str, Sums] = {}
    for paper in found:
        buyer = paper.lines[0].buyer
        days[paper.day] = days.get(paper.day, Sums()).more(paper)
        customers[buyer] = customers.get(buyer, Sums()).more(paper)
    return Truth(days, customers)
