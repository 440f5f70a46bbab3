"""The lifecycle of a customer on two axes, value and risk: each complete, exclusive and told anew every night.

The seed (reference S0-01) put vip, at risk, new and active into one order, where vip hid a loss. Its state
`potential` (queries without a purchase) cannot exist here: who never bought is not in a ledger of sales.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Ints
from rfm_service.analysis.histories import Histories
from rfm_service.analysis.segments import Names
from rfm_service.domain.standings import Lifecycle


def value_of(snapshot: pd.DataFrame, known: Histories, lifecycle: Lifecycle) -> Names:
    """Whether a customer is vip (enough orders or enough money) or regular, for each SNAPSHOT row (reference S0-01)."""
    orders, money = ((known.orders, known.revenue) if lifecycle.over == "ever" else
                     (snapshot["frequency"].to_numpy(), snapshot["monetary"].to_numpy()))
    vip = (orders >= lifecycle.vip_orders) | (money >= lifecycle.vip_money)
    return np.array(["regular", "vip"], dtype=object)[vip.astype(np.int64)]


def risk_of(recency_days: Ints, tenure_days: Ints, churn_threshold: Ints, lifecycle: Lifecycle) -> Names:
    """The first that holds of at_risk, new, active, else steady; all in days (reference S0-01).

    at_risk comes first, so that no setting of the others can hide a loss.
    """
    border = lifecycle.silent_days if lifecycle.rhythm == "fixed" else churn_threshold
    state = np.select([recency_days > border, tenure_days <= lifecycle.new_days,
                       recency_days <= lifecycle.active_days], [1, 2, 3], 0)
    names: Names = np.array(["steady", "at_risk", "new", "active"], dtype=object)[state]
    return names
