"""The wholesale level of a customer by the mean of its two-month blocks (DESIGN section 3, tier)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rfm_service.analysis.grouping import Ints
from rfm_service.analysis.segments import Names
from rfm_service.domain.values import LOWEST_TIER, Tier


def tier_of(monetary: Ints, active_blocks: Ints, tiers: Sequence[Tier]) -> Names:
    """The tier id of each customer by its money in 1/10 000 and number of blocks with a sale line (>= 1).

    All money of the window joins some block that has a sale line, so the mean is monetary / active_blocks;
    monetary >= floor * active_blocks compares it exactly.
    """
    rising = sorted(tiers, key=lambda tier: tier.floor)
    level = np.zeros(len(monetary), np.int64)
    for at, tier in enumerate(rising, start=1):
        level[monetary >= tier.floor * active_blocks] = at
    return np.array([LOWEST_TIER, *(tier.id for tier in rising)], dtype=object)[level]
