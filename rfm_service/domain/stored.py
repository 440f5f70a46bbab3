"""What the ledger says of all that it holds: its state, who counts, what became of older documents."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Mark(NamedTuple):
    """A state of a ledger: its newest ingest and the run that made it (0 and '' where there is none)."""

    ingest: int = 0
    run: str = ""


class LeftOut(NamedTuple):
    """Whose lines count for nobody: numbers of customers and of legal entities, sorted."""

    customers: tuple[int, ...] = ()
    contractors: tuple[int, ...] = ()


class Heaviest(NamedTuple):
    """The customer with the most lines: its id ('' where there is no line), and how many."""

    customer_id: str = ""
    lines: int = 0


class LateDocument(NamedTuple):
    """A document that is otherwise now than it was known then: its number and day, what became of it, its sums.

    `change` is "late", "corrected" or "gone"; the sums `before` and `after` are in 1/10 000 (0: not there).
    """

    number: str
    day: date
    change: str
    before: int
    after: int
