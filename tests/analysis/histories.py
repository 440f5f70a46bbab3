"""Histories of a few customers over one night: rows with a known past, and the moves that they make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd

from rfm_service.analysis.moves import Walk, compare, moved
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import LINES
from rfm_service.domain.values import MONEY_SCALE, Basis, Rules
from tests.analysis.coding import AS_OF, Row, versioned
from tests.rules import ruled

CUTS = Cuts((0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))
BEFORE = AS_OF - timedelta(days=1)
KNOWN = 5
"""The last ingest that the previous snapshot saw."""
LATE = KNOWN + 1


def snapshot(rows: Sequence[Row], basis: Basis, known: int) -> pd.DataFrame:
    """What a night kept, knowing the ingests up to `known`."""
    versions = versioned(rows)
    true = versions[(versions["since"] <= known) & ((versions["until"] == 0) | (versions["until"] > known))]
    return score(summarise(true[list(LINES)], basis), CUTS, basis.rules)


def night(rows: Sequence[Row], before: date = BEFORE, then: Rules | None = None,
          now: Rules | None = None) -> pd.DataFrame:
    """MOVES from the night of `before` to the night of AS_OF."""
    walk = Walk(before, KNOWN, Basis(AS_OF, now or ruled()), CUTS, CUTS)
    previous = snapshot(rows, Basis(before, then or ruled()), KNOWN)
    current = snapshot(rows, walk.basis, LATE)
    customers = moved(previous, current)
    stored = versioned(rows)
    days = pd.Series([walk.period.first <= row.day < walk.period.end for row in rows], dtype=bool)
    return compare(previous, current, stored[stored["customer_no"].isin(customers) & days], walk)


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def orders(number: int, newest: int = 10, amount: float = 1000, **more: int) -> list[Row]:
    """`number` orders of customer 1 on days of their own, the newest `newest` days ago."""
    return [Row(1, 100 + at, ago(newest + at), amount, **more) for at in range(number)]


def told(moves: pd.DataFrame) -> tuple[object, ...]:
    """The only row, without the customer and what it is laid to."""
    assert len(moves) == 1
    return tuple(moves.iloc[0])[1:8]


def money(units: int) -> int:
    return units * MONEY_SCALE
