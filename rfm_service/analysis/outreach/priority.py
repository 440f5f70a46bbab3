"""Whom to contact first: what a contact is expected to bring, without a currency (reference S3-01 .. S3-09)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Ints, middle_ranks
from rfm_service.analysis.segments import Names
from rfm_service.domain.outreach import Outreach, Scale

BONUS_STAR, BONUS_POTENTIAL, BONUS_TEN_ORDERS, BONUS_FIVE_ORDERS = 30, 15, 20, 10
MOST_CLAMPED = 0.05
HEADROOM = 1.01
"""The unit stands so much above the one at which a customer too many would be clamped."""
DIGITS = 2


@dataclass(frozen=True)
class Deal:
    """What a contact deals in, one element a customer, in 1/10 000: margin of an order, what comes back, touch cost."""

    margin: Floats
    returns: Floats
    touch: Floats


def seed_uplift(silence: Ints, warning: Ints, rules: Outreach) -> Floats:
    """What a contact does by the seed: 0.6, and more the longer the silence is past the warning line (S3-06)."""
    base, floor, ceiling = (float(each) for each in (rules.uplift.base, rules.uplift.floor, rules.uplift.ceiling))
    told: Floats = np.clip(base + np.maximum(silence / warning - 1.0, 0.0), floor, ceiling)
    return told


def seed_gain(uplift: Floats, deal: Deal) -> Floats:
    """Uplift x margin x (1 - return rate) - touch cost, in 1/10 000 (S3-01)."""
    return uplift * deal.margin * (1.0 - deal.returns) - deal.touch


def order_weight(orders: Ints, rules: Outreach) -> Floats:
    """The weight of the whole difference by the number of orders: .3 of one, .6 of two, 1 of more (S3-02)."""
    weights: Floats = np.array([float(each) for each in rules.orders_dampening], np.float64)
    chosen: Floats = weights[np.clip(orders, 1, 3) - 1]
    return chosen


def bonuses(potential: Names, orders: Ints) -> Floats:
    """Points for stars and potential, and for 5 and 10 orders (S3-03)."""
    told: Floats = np.select([potential == "star", potential == "potential"], [BONUS_STAR, BONUS_POTENTIAL], 0)
    often: Floats = np.select([orders >= 10, orders >= 5], [BONUS_TEN_ORDERS, BONUS_FIVE_ORDERS], 0)
    return (told + often).astype(np.float64)


def model_gain(lift: float, spend: Floats, rate: Floats, deal: Deal) -> Floats:
    """(P(buy | contact) - P(buy)) x margin x (1 - return rate) - touch cost, in 1/10 000, over the next 30 days.

    A contact makes every day's chance to buy `lift` times larger (0.2: by a fifth), so that what it brings is that
    share of the money foretold (`spend`), of which `rate` is margin. Taken over the whole month at once, the
    difference of chances would be nothing for the best customers, who order anyway and then order more.
    """
    gain: Floats = lift * spend * rate * (1.0 - deal.returns) - deal.touch
    return gain


def priorities(gain: Floats, bonus: Floats, least_unit: float, rules: Outreach) -> Floats:
    """Gains (weighted, in money) as priorities: in units of money, plus points, clamped (S3-03).

    The unit is `least_unit` (the seed's: a hundredth of the median margin), or larger, so that no more than 5 of 100
    customers lie at either end in any currency (S3-08, mended).
    """
    low, high = float(rules.min_priority_score), float(rules.max_priority_score)
    points = gain / unit(gain, bonus, least_unit, rules) + bonus
    return np.round(np.clip(points, low, high), DIGITS).astype(np.float64)


def ranked(gain: Floats, rules: Outreach) -> Floats:
    """Gains as priorities by place: the largest close to the upper end, the middle one of those above 0 half way.

    Losses likewise from 0 down. Equal gains have equal priorities, no currency shows in them, and however much the
    best differ, they can be told apart (S3-08, mended: "or rank").
    """
    found = np.zeros(len(gain))
    for some, end in ((gain > 0, rules.max_priority_score), (gain < 0, rules.min_priority_score)):
        found[some] = middle_ranks(np.abs(gain[some])) * end
    return np.round(found, DIGITS).astype(np.float64)


def point(rows: pd.DataFrame, scale: Scale, rules: Outreach) -> float:
    """The money of a point of priority in mode `seed`, in 1/10 000, for the rows of a snapshot with OUTREACH."""
    bonus = bonuses(rows["potential"].to_numpy(dtype=object), rows["frequency"].to_numpy())
    return unit(rows["expected"].to_numpy(np.float64), bonus, scale.point, rules)


def unit(gain: Floats, bonus: Floats, least: float, rules: Outreach) -> float:
    """The money of a point: the smallest from `least` on with which at most 5 % of priorities are clamped."""
    room = np.where(gain > 0, rules.max_priority_score - bonus, bonus - rules.min_priority_score)
    wanted = np.abs(gain) / np.maximum(room, 1.0) * HEADROOM
    allowed = int(len(wanted) * MOST_CLAMPED)
    if allowed >= len(wanted):
        return max(least, 1.0)
    border = float(np.partition(wanted, len(wanted) - 1 - allowed)[len(wanted) - 1 - allowed])
    return max(least, border, 1e-9)
