"""What the ledger says of the whole of its lines, for engines that keep a copy of them elsewhere."""

from __future__ import annotations

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
