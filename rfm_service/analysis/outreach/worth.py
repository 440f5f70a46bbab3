"""What customers are worth beside what they are silent for: value tier, growth, CLV score, potential, risk tag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags, Ints, counts, middle_ranks, sums
from rfm_service.analysis.histories import Placed, purchase_gaps
from rfm_service.analysis.outreach.rhythm import Rhythm
from rfm_service.analysis.segments import Names
from rfm_service.domain.outreach import Outreach, Scale

HALF_YEAR = 180
GROWING, DECLINING, DROPPED = 0.2, -0.2, -0.5
"""By how much the last half year differs from the one before: growth types (S3-15), and a drop of spend (S3-17)."""
HIGH_MONEY, MIDDLE_MONEY, HIGH_ORDER = 16.0, 6.4, 1.6
"""The seed's 5 000, 2 000 and 500 in its usual orders of 312.50 (S3-13)."""
STAR, POTENTIAL = 80, 50
MONEY_POINTS, ORDER_POINTS, SILENCE_POINTS, LATE_POINTS, CHANGE_POINTS, EVEN_POINTS = 25, 15, 20, 10, 15, 15
"""The parts of the CLV score, which are 100 together (S3-14)."""
TOP_ORDERS = 10
ACTIVE_DAYS = 30
LEAST_GAPS = 2


@dataclass(frozen=True)
class Halves:
    """Money in 1/10 000 of counting orders in the last 180 days and in the 180 before, one element a customer.

    `both`: whether the customer bought before the last half year, so that it has one to be compared with.
    """

    last: Ints
    before: Ints
    both: Flags

    @property
    def change(self) -> Floats:
        """By how much the last half year differs, as a share of the one before; 0 where there is nothing to compare."""
        share = np.divide(self.last - self.before, self.before, out=np.ones(len(self.last)), where=self.before > 0)
        share = np.where((self.before <= 0) & (self.last <= 0), -1.0, share)
        return np.where(self.both, share, 0.0)


def halves(bought: Placed, first: Ints, today: int) -> Halves:
    """The Halves of customers as of the day number `today`, who bought `first` on these days."""
    ago = today - bought.day
    last, before = ((ago >= since) & (ago < since + HALF_YEAR) for since in (0, HALF_YEAR))
    money = [sums(bought.of_row[part], bought.amount[part], bought.size) for part in (last, before)]
    return Halves(money[0], money[1], first <= today - HALF_YEAR)


def tier_money(rules: Outreach, scale: Scale) -> tuple[float, float, float]:
    """In 1/10 000: money above which the tier is high, from which it is middle, and of a large order (S3-13)."""
    borders = rules.tiers
    high, middle, order = (scale.order * usual if told is None else float(told) for told, usual in (
        (borders.high_money, HIGH_MONEY), (borders.middle_money, MIDDLE_MONEY), (borders.high_order, HIGH_ORDER)))
    return high, middle, order


def value_tiers(snapshot: pd.DataFrame, rules: Outreach, scale: Scale) -> Names:
    """high, middle or low by the money and orders of the window (reference S3-13)."""
    borders, (high, middle, order) = rules.tiers, tier_money(rules, scale)
    spent, orders = snapshot["monetary"].to_numpy(), snapshot["frequency"].to_numpy()
    best = (spent > high) | ((orders >= borders.high_orders) & (spent > order * orders))
    better = (spent >= middle) | (orders >= borders.middle_orders)
    return _named(("high", "middle", "low"), best, better)


def growth_types(snapshot: pd.DataFrame, ever: Ints, half: Halves, tiers: Names, order: float) -> Names:
    """growing, stable, declining, promising_new or new, by the last half year and the one before (reference S3-15).

    New is who ordered once; promising, who did so for more than 1.6 usual orders or is of value already.
    """
    single = ever <= 1
    promising = single & ((snapshot["monetary"].to_numpy() > HIGH_ORDER * order) | (tiers == "high"))
    return _named(("promising_new", "new", "growing", "declining", "stable"), promising, single,
                  half.change >= GROWING, half.change <= DECLINING)


def clv_scores(snapshot: pd.DataFrame, bought: Placed, rhythm: Rhythm, half: Halves) -> Ints:
    """CLV score 0..100: history 40, activity 30, growth 30 (reference S3-14; the parts within these are ours).

    History: rank of the money of the window among all customers 25, orders up to 10 of them 15. Activity: how much of
    the time to twice the warning line is left 20, share of the last half year in the last year's money 10. Growth:
    this half year beside the one before 15, evenness of the gaps between purchases 15.
    """
    history = MONEY_POINTS * middle_ranks(snapshot["monetary"].to_numpy()) + ORDER_POINTS * np.minimum(
        snapshot["frequency"].to_numpy() / TOP_ORDERS, 1.0)
    year = np.maximum(half.last + half.before, 1)
    late = np.clip(half.last / year, 0.0, 1.0)
    activity = SILENCE_POINTS * np.clip(1 - (rhythm.silence - 1) / (2 * rhythm.warning), 0.0, 1.0) + LATE_POINTS * late
    growth = CHANGE_POINTS * late + EVEN_POINTS * _evenness(bought)
    score: Ints = np.rint(np.clip(history + activity + growth, 0.0, 100.0)).astype(np.int64)
    return score


def potentials(clv: Ints) -> Names:
    """Star from a CLV score of 80 on, potential from 50 on, else ordinary (reference S3-16)."""
    return _named(("star", "potential", "ordinary"), clv >= STAR, clv >= POTENTIAL)


def risk_tags(rhythm: Rhythm, tiers: Names, half: Halves) -> Names:
    """The first that holds of long_silent, out_of_rhythm, spend_drop, active_high, else '' (reference S3-17).

    long_silent: past the warning line. out_of_rhythm: past the customer's own rhythm, or with too few orders for one
    past the days in which it or its goods are usually bought again, which the warning line is a multiple of.
    """
    usual = np.maximum(rhythm.personal, rhythm.category)
    short = rhythm.out | ((rhythm.line == 0) & (rhythm.silence > usual))
    dropped = (half.before > 0) & (half.change <= DROPPED)
    active = (tiers == "high") & (rhythm.silence <= ACTIVE_DAYS)
    return _named(("long_silent", "out_of_rhythm", "spend_drop", "active_high", ""), rhythm.going, short, dropped,
                  active)


def situations(tags: Names, growth: Names, ever: Ints) -> Names:
    """What a contact is about (reference S3-18): new where one order was made, silent, dropped, else active."""
    silent = (tags == "long_silent") | (tags == "out_of_rhythm")
    return _named(("new", "silent", "dropped", "active"), (ever <= 1) & ~silent, silent,
                  (tags == "spend_drop") | (growth == "declining"))


def _evenness(bought: Placed) -> Floats:
    """1 where all gaps between purchases are alike, towards 0 where they vary; 0 with fewer than two gaps."""
    of_gap, days = purchase_gaps(bought)
    gaps = days.astype(np.float64)
    number = counts(of_gap, bought.size)
    mean, square = (np.divide(np.bincount(of_gap, values, minlength=bought.size), number,
                              out=np.zeros(bought.size), where=number > 0) for values in (gaps, gaps * gaps))
    spread = np.sqrt(np.maximum(square - mean * mean, 0.0))
    return np.where(number >= LEAST_GAPS, 1 / (1 + np.divide(spread, mean, out=np.zeros(bought.size), where=mean > 0)),
                    0.0)


def _named(names: tuple[str, ...], *holds: Flags) -> Names:
    """The first name whose condition holds, else the last."""
    found: Names = np.select(holds, [np.full(len(holds[0]), name, dtype=object) for name in names[:-1]],
                             np.full(len(holds[0]), names[-1], dtype=object))
    return found
