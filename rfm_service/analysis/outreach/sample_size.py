"""How many customers must be held back before a difference would show, and by when they will have been."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from math import ceil, hypot, sqrt

from rfm_service.analysis.grouping import Ints
from rfm_service.analysis.outreach.differences import Counts, z_of
from rfm_service.analysis.outreach.holdout import last_night
from rfm_service.analysis.proportions import wilson
from rfm_service.domain.outreach import Holdout
from rfm_service.domain.values import day_number

SURE = 0.99
"""At which level a difference counts as seen. The report is looked at every night: at .95, one campaign in ten that
changes nothing would be said to help on some night of its quarter."""
LEAST = 20
"""A group of fewer customers tells nothing."""
_POWER = 0.8
_BELIEF = 20
"""So many customers' worth of belief that the held-back buy as all do."""
_USUAL_RATIO = 9.0
_PACE_NIGHTS = 14
_FORESEEN_DAYS = 730
_STEPS = 12


def needed(counts: Counts, lift: Fraction) -> int:
    """How many held-back customers show `lift` in 8 of 10 cases at level SURE, as many listed to each as now.

    The lift is a share of those who buy without contact, or, where most do, of those who do not. 0: nobody or
    everybody has bought, so that it cannot be told.
    """
    customers, buyers = counts.listed + counts.held, counts.buyers_listed + counts.buyers_held
    if not 0 < buyers < customers or not lift:
        return 0
    base = (counts.buyers_held + _BELIEF * buyers / customers) / (counts.held + _BELIEF)
    change = float(lift) * min(base, 1 - base)
    ratio = counts.listed / counts.held if counts.listed and counts.held else _USUAL_RATIO
    found = float(LEAST)
    for _ in range(_STEPS):
        found *= (_reach(base, base + change, found, ratio * found) / change) ** 2
    return max(ceil(found), LEAST)


def _reach(base: float, lifted: float, held: float, listed: float) -> float:
    """How large the difference must be, so that in 8 of 10 cases the border of its interval lies above 0."""
    z, chance = z_of(SURE), base * (1 - base) / held + lifted * (1 - lifted) / listed
    low, high = wilson(lifted * listed, listed, z)[0], wilson(base * held, held, z)[1]
    return hypot(lifted - low, high - base) + z_of(2 * _POWER - 1) * sqrt(chance)


def enough_by(held_days: Ints, wanted: int, campaign: str, as_of: date, holdout: Holdout) -> int:
    """The day number by which `wanted` held-back customers will have been watched; 0 where none is in sight.

    `held_days`: on which nights those watched so far were offered, in any order. The pace is that after the first
    night, which brings all who were due already; a campaign of a quarter ends with it, and two years are too far.
    """
    reached = day_number(as_of) - holdout.effect_days
    nights = reached - int(held_days.min()) if len(held_days) else 0
    later = int((held_days > held_days.min()).sum()) if nights >= _PACE_NIGHTS else 0
    if not later or wanted <= len(held_days):
        return 0
    offered = reached + ceil((wanted - len(held_days)) * nights / later)
    end = last_night(campaign) or as_of + timedelta(days=_FORESEEN_DAYS)
    return offered + holdout.effect_days if offered <= day_number(end) else 0
