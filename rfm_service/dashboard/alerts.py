"""Alerts of goods for the page: what to push, what comes back, what leaves too little."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rfm_service.dashboard.cells import chances, numbers_of, texts_of
from rfm_service.dashboard.packing import Column

NO_RATE = 10_001
"""Stands in 1/10 000 where no margin is known: none is above the whole price."""


def alerts_section(frame: pd.DataFrame) -> Mapping[str, Column]:
    """The columns of ALERTS, in their order; shares in 1/10 000."""
    return {
        **{name: texts_of(frame[name]) for name in ("alert", "product", "advice")},
        **{name: numbers_of(frame[name]) for name in ("orders", "lines", "revenue", "margin")},
        "returned_share": chances(frame["returned_share"]), "margin_rate": chances(frame["margin_rate"], NO_RATE)}
