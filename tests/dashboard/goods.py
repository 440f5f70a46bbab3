"""Alerts of goods as a night may tell them, hostile names included."""

from __future__ import annotations

import dataclasses

import pandas as pd

from rfm_service.domain.findings import Findings
from rfm_service.domain.tables import ALERTS
from rfm_service.domain.values import MONEY_SCALE


def goods(pushed: int = 9) -> pd.DataFrame:
    """ALERTS: so many to push, two that come back, three of thin margin."""
    rows = [("push", number, f"Краска {number}", 60 - number, 70, 0.02, 90_000 * MONEY_SCALE, float("nan"), 0, "push")
            for number in range(pushed)]
    rows += [("returns", number, name, 6, 8, share, 9_000 * MONEY_SCALE, 0.3, 2_700 * MONEY_SCALE, "hold")
             for number, (name, share) in enumerate((("<img src=x onerror=\"alert(1)\">", 0.41), ("Лак", 0.31)))]
    rows += [("margin", number, f"=Валик {number}", 6, 8, 0.0, 9_000 * MONEY_SCALE, rate, 9_000 * MONEY_SCALE, advice)
             for number, (rate, advice) in enumerate(((-0.05, "stop"), (0.08, "supplier"), (0.21, "price")))]
    return pd.DataFrame(rows, columns=list(ALERTS)).astype(ALERTS)


def with_goods(found: Findings, alerts: pd.DataFrame) -> Findings:
    """The same night with other ALERTS."""
    return dataclasses.replace(found, worklist=dataclasses.replace(found.worklist, alerts=alerts))
