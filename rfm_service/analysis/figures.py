"""The six key figures of a night."""

from __future__ import annotations

from datetime import date

import pandas as pd

from rfm_service.domain.findings import Figures
from rfm_service.domain.values import day_number

ACTIVE_DAYS = 90
NEWCOMER_DAYS = 30


def figures(snapshot: pd.DataFrame, as_of: date) -> Figures:
    """The key figures of a SNAPSHOT: counts, and money in 1/10 000."""
    orders, revenue = int(snapshot["frequency"].sum()), int(snapshot["monetary"].sum())
    return Figures(
        customers=len(snapshot),
        orders=orders,
        revenue=revenue,
        average_order=revenue // orders if orders else 0,
        active=int((snapshot["recency_days"] <= ACTIVE_DAYS).sum()),
        newcomers=int((snapshot["first_purchase"] > day_number(as_of) - NEWCOMER_DAYS).sum()),
    )
