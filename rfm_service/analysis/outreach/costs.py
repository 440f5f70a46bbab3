"""Which costs of sale lines can be true (reference S3-08): a column read as money by mistake is not believed."""

from __future__ import annotations

from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.domain.tables import NO_COST

MOST_COST_TIMES = 10
"""A cost of more times what the goods brought is a wrong column, not a bad bargain."""


def believed_costs(amount: Ints, cost: Ints, returned: Flags) -> Flags:
    """Which sale lines have a cost that can be one: told, not below 0, and not over MOST_COST_TIMES their amount.

    All money in 1/10 000; `cost` is NO_COST where none is told. Returns and corrections have none.
    """
    told: Flags = ~returned & (amount > 0) & (cost != NO_COST) & (cost >= 0)
    return told & (cost // MOST_COST_TIMES <= amount)
