"""By what factor a contact changes what a customer does: as measured, and held by what is believed of it."""

from __future__ import annotations

from datetime import timedelta
from math import exp, log, sqrt

import pandas as pd

from rfm_service.analysis.outreach.differences import SHOWN, z_of
from rfm_service.analysis.outreach.strata import YEAR
from rfm_service.domain.outreach import Effects, LogFactor
from rfm_service.domain.values import day_number

USUAL = LogFactor(log(1.3), 0.25)
"""What a contact is believed to do before anything is measured: times 1.3, hardly below .8 or above 2.1."""
_LEAST_CONTACTED = 0.1


def measured_pace(effects: Effects) -> LogFactor | None:
    """The factor by which a contact changes the orders of a customer within the days of observation.

    Of all campaigns of the last 365 days; None where too few were held back, or hardly anybody was contacted. That of
    being on the lists, its logarithm divided by the share of the listed that were contacted less that of the
    held-back: close while orders do not change manifold.
    """
    rows = _recent(effects)
    if not len(rows):
        return None
    # All campaigns together stand last; a single one alone.
    row = rows.iloc[-1 if rows["campaign"].iloc[-1] == "" else 0]
    share = row["contacted"] / row["listed"] - row["held_contacted"] / row["held"]
    held = row["orders_held"] / row["held"]
    listed = held + row["orders"]
    if share < _LEAST_CONTACTED or min(held, listed) <= 0:
        return None
    # Of the error of the difference, each group has its part, the smaller group the larger one.
    parts = row["listed"] / held**2 + row["held"] / listed**2
    error = (row["orders_high"] - row["orders_low"]) / (2 * z_of(SHOWN)) * sqrt(parts / (row["listed"] + row["held"]))
    # Where everybody ordered equally often the spread says nothing of chance.
    return LogFactor(log(listed / held) / share, error / share) if error > 0 else None


def multiplier(measured: LogFactor | None, prior: LogFactor = USUAL) -> float:
    """The factor that a contact is taken to have: the mean of what is measured and believed, each by its precision."""
    known = [each for each in (measured, prior) if each]
    precision = sum(1 / each.error**2 for each in known)
    return exp(sum(each.value / each.error**2 for each in known) / precision)


def _recent(effects: Effects) -> pd.DataFrame:
    """The EFFECTS of campaigns of the last 365 days, as far as they tell anything."""
    rows = effects.frame
    since = day_number(effects.as_of - timedelta(days=YEAR + effects.days))
    return rows[(rows["segment"] == "") & (rows["last_day"] > since) & rows["orders_low"].notna()]
