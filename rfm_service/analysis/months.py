"""Calendar months and two-month blocks of the days of a period."""

from __future__ import annotations

import numpy as np

from rfm_service.analysis.grouping import Ints
from rfm_service.domain.values import Period, day_number

_MONTHS_BEFORE_EPOCH = 1970 * 12


def months_of_days(period: Period) -> Ints:
    """The month of each day of the period, oldest first, as year * 12 + month - 1."""
    return month_of(np.arange(day_number(period.first), day_number(period.end)))


def month_of(days: Ints) -> Ints:
    """The month of each day number, as year * 12 + month - 1."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + _MONTHS_BEFORE_EPOCH


def full_months(period: Period) -> range:
    """The months of which the period holds every day, as year * 12 + month - 1."""
    first, end = ((day.year * 12 + day.month - 1, day.day) for day in (period.first, period.end))
    return range(first[0] + (first[1] > 1), end[0])


def blocks_of_days(period: Period) -> Ints:
    """The two-month block of each day as year * 6 + (month - 1) // 2 (DESIGN section 3, tier)."""
    return months_of_days(period) // 2


def iso_month(month: int) -> str:
    """A month number as 2026-03."""
    return f"{month // 12}-{month % 12 + 1:02d}"
