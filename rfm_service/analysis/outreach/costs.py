"""Which costs of sale lines can be costs: a wrong column read as money must not make margins of billions."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rfm_service.domain.tables import NO_COST

Ints: TypeAlias = NDArray[np.int64]

MOST_COST_TIMES = 10
"""A line that costs more than so many times its sum is a misread one."""


def believed_costs(amount: Ints, cost: Ints, returned: NDArray[np.bool_], most_times: int = MOST_COST_TIMES) -> Ints:
    """What each line cost, signed as its amount, in 1/10 000; NO_COST where that is unknown or cannot be (S3-08).

    Not believed: a cost that goes against the sum of its line (below 0 on a sale), one above `most_times` the sum, and
    0, which is written where the cost is not reckoned yet. A return gives its cost back, whatever sign it bears.
    """
    known = np.where(cost == NO_COST, 0, cost)
    against = (known * np.sign(amount) < 0) & ~returned
    size = np.abs(known)
    believed = (size > 0) & ~against & (size <= most_times * np.abs(amount))
    return np.where(believed, size * np.sign(amount), NO_COST)
