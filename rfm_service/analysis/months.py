"""Calendar months and two-month blocks of the days of a period."""

from __future__ import annotations

import numpy as np

from rfm_service.analysis.grouping import Ints
from rfm_service.domain.values import Period, day_number

_MONTHS_BEFORE_EPOCH = 1970 * 12


def months_of_days(period: Period) -> Ints:
    """The month of each day of the period, oldest first, as year * 12 + month - 1."""
    days = np.arange(day_number(period.first), day_number(period.end)).astype("datetime64[D]")
    return days.astype("datetime64[M]").astype(np.int64) + _MONTHS_BEFORE_EPOCH


def blocks_of_days(period: Period) -> Ints:
    """The two-month block of each day as year * 6 + (month - 1) // 2 (DESIGN section 3, tier)."""
    return months_of_days(period) // 2
