"""Alerts of goods for the page: what to push, what comes back, what leaves too little."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rfm_service.dashboard.cells import chances, numbers_of, texts_of
from rfm_service.dashboard.packing import Column

ALERTS = ("alert", "product_no", "product", "orders", "lines", "returned_share", "revenue", "margin_rate", "margin",
          "advice")
"""The columns of a row an alert: what it is about (push, returns, margin), money in 1/10 000, shares 0..1, and the id
of what to do."""
NO_RATE = 10_001
"""Stands in 1/10 000 where no margin is known: none is above the whole price."""


def alerts_section(frame: pd.DataFrame) -> Mapping[str, Column]:
    """The columns of rows with ALERTS, in their order; shares in 1/10 000."""
    return {
        **{name: texts_of(frame[name]) for name in ("alert", "product", "advice")},
        **{name: numbers_of(frame[name]) for name in ("orders", "lines", "revenue", "margin")},
        "returned_share": chances(frame["returned_share"]), "margin_rate": chances(frame["margin_rate"], NO_RATE)}
