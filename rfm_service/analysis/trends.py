"""Key figures of past days: what tonight's are held against."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from rfm_service.analysis.figures import figures
from rfm_service.analysis.grouping import counts, sums
from rfm_service.analysis.segments import Names, segment_of
from rfm_service.domain.grids import Cuts, Scheme
from rfm_service.domain.tables import TRENDS
from rfm_service.domain.values import Basis, day_number

WEEKS = 26
YEAR = timedelta(days=364)
"""As many whole weeks as a year holds: the same day of the same week."""


class Point(NamedTuple):
    """A row of TRENDS, but for `whole`."""

    as_of: int
    segment: str
    customers: int
    orders: int
    revenue: int
    active: int = 0
    newcomers: int = 0


def trend_days(as_of: date) -> list[date]:
    """The past days that as_of is held against, oldest first.

    A week before, the Sundays of 26 weeks before that, and the same days and as_of itself YEAR earlier.
    """
    week_ago = as_of - timedelta(weeks=1)
    sunday = week_ago - timedelta(days=week_ago.isoweekday() % 7)
    lately = {week_ago, *(sunday - timedelta(weeks=back) for back in range(WEEKS - 1))}
    return sorted(lately | {day - YEAR for day in (as_of, *lately)})


def points(customers: pd.DataFrame, segment: Names, as_of: date) -> list[Point]:
    """The points of a day: that of all customers, then those of their segments. `customers`: BRIEF or SNAPSHOT."""
    of_all, day = figures(customers, as_of), day_number(as_of)
    of_row, names = pd.factorize(segment, sort=True)
    orders, revenue = (sums(of_row, customers[name].to_numpy(), len(names)) for name in ("frequency", "monetary"))
    rows = zip(names.tolist(), counts(of_row, len(names)).tolist(), orders.tolist(), revenue.tolist(), strict=True)
    return [Point(day, "", of_all.customers, of_all.orders, of_all.revenue, of_all.active, of_all.newcomers),
            *(Point(day, *row) for row in rows)]


def brief_points(brief: pd.DataFrame, basis: Basis, cuts: Cuts) -> list[Point]:
    """The points of a BRIEF."""
    frequency, monetary, recency = (brief[name].to_numpy() for name in ("frequency", "monetary", "recency_days"))
    return points(brief, segment_of(frequency, monetary, recency, Scheme(basis.rules.grid, cuts)), basis.as_of)


def trends(found: Sequence[Point], window_days: int, first_sale: int) -> pd.DataFrame:
    """TRENDS of some points; `first_sale`: the day number of the oldest stored purchase."""
    every = pd.DataFrame(found, columns=list(Point._fields)).astype({name: TRENDS[name] for name in Point._fields})
    whole = every["as_of"] - window_days + 1 >= first_sale
    return every.assign(whole=whole.astype("bool")).sort_values(["as_of", "segment"], ignore_index=True)
