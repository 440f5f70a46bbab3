"""The customer's usual number of days between orders: the seed's adaptive rule (DESIGN section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.grouping import Flags, Ints, Whole, counts, distinct

LONG_GAP = 120
"""A newest gap above this many days is judged by itself."""
FREQUENT = 30
"""A mean of the newest three gaps below this many days makes the rule look back less far."""
DEPTH_FREQUENT = 120
DEPTH = 180
"""How many days of newest gaps are averaged, for frequent buyers and others."""


@dataclass(frozen=True)
class _Dates:
    """Distinct order dates, a customer's newest first, as ascending keys: customer * span + age in days."""

    keys: Ints
    start: Ints
    gaps: Ints

    def days(self, newest: Ints) -> Ints:
        """Days covered by the `newest` gaps of each customer (all that there are, where fewer)."""
        upto: Ints = self.keys[self.start + np.minimum(newest, self.gaps)] - self.keys[self.start]
        return upto

    def gaps_within(self, depth: Ints) -> Ints:
        """How many newest gaps of each customer have a running sum of at most `depth` days."""
        end = np.searchsorted(self.keys, self.keys[self.start] + depth, side="right")
        # The next customer's keys may follow within the depth.
        within: Ints = np.minimum(end - self.start - 1, self.gaps)
        return within


def order_intervals(customer: Ints, day: Whole, size: int) -> Ints:
    """Days between orders of customers 0 .. size-1, from the customer and day of each counting order.

    Gaps between distinct dates, newest first: none -> 0; one -> it; newest > 120: fewer than 5 gaps -> the
    newest, else the mean of gaps 2..4; mean of the first three (or all) < 30 -> mean of the newest gaps whose
    running sum stays <= 120; else the same with 180. Means are rounded half to even.
    """
    interval = np.zeros(size, np.int64)
    if len(day):
        newest = int(day.max())
        span = newest - int(day.min()) + 1
        keys = distinct(customer * span + (newest - day))
        dates = counts(keys // span, size)
        buyers = dates > 0
        start = (np.cumsum(dates) - dates)[buyers]
        interval[buyers] = _adaptive(_Dates(keys, start, dates[buyers] - 1))
    return interval


def _adaptive(dates: _Dates) -> Ints:
    one = np.ones_like(dates.gaps)
    newest = dates.days(one)
    three = np.minimum(dates.gaps, 3)
    frequent = dates.days(three) < FREQUENT * three
    number = dates.gaps_within(np.where(frequent, DEPTH_FREQUENT, DEPTH))
    total = dates.days(number)
    long: Flags = newest > LONG_GAP
    early = long & (dates.gaps < 5)
    total = np.where(early, newest, np.where(long, dates.days(4 * one) - newest, total))
    number = np.where(early, 1, np.where(long, 3, number))
    return rounded_ratio(total, np.maximum(number, 1))


def rounded_ratio(total: Ints, number: Ints) -> Ints:
    """Divide into whole numbers, halves to even, exact; `number` above 0."""
    whole, rest = np.divmod(total, number)
    up = (2 * rest > number) | ((2 * rest == number) & (whole % 2 == 1))
    result: Ints = whole + up
    return result
