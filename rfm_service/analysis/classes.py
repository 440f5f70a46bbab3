"""ABC and XYZ of customers, as 1C has them, but free of the order of rows: equal customers get equal classes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from rfm_service.analysis.grouping import Flags, Ints, distinct, sums
from rfm_service.analysis.histories import Histories, Placed
from rfm_service.analysis.months import full_months, month_of
from rfm_service.analysis.segments import Names
from rfm_service.domain.standings import ABC_CLASSES, XYZ_CLASSES, ClassBorders
from rfm_service.domain.values import Period

_DOUBT = 1e-9
"""Floats err by far less than this; what lies closer to a border is compared in whole numbers."""


def abc_of(money: Ints, borders: ClassBorders) -> Names:
    """A, B or C of each customer by money in 1/10 000.

    A while those that brought more bring together less than 80 % of the money, B while less than 95 %, else C;
    so the customer that crosses a border is still above it. Money not above 0 is C and not part of the whole.
    """
    gain = np.maximum(money, 0)
    whole = int(gain.sum())
    ascending = np.sort(gain)
    upto = np.concatenate((np.zeros(1, np.int64), np.cumsum(ascending)))
    richer = whole - upto[np.searchsorted(ascending, gain, side="right")]
    state = (richer >= ceil(borders.a * whole)) + (richer >= ceil(borders.b * whole)).astype(np.int64)
    return np.array(ABC_CLASSES, dtype=object)[np.where(gain > 0, state, 2)]


def xyz_of(bought: Placed, known: Histories, window: Period, borders: ClassBorders) -> Names:
    """X, Y or Z of each customer by the coefficient of variation of its monthly sums; '' where it is too early.

    The months are the full ones of the window from that of the first purchase ever on, empty ones included; an
    order lies in the month of its first sale line. Variation: standard deviation (of all the months, not of a
    sample) / mean. Too early: fewer than `least_months`. Nothing bought in the full months: Z.
    """
    monthly = _monthly(bought, known, full_months(window))
    steady, changing = _varies_at_most(monthly, borders.x), _varies_at_most(monthly, borders.y)
    state = np.where(steady, 0, np.where(changing, 1, 2))
    return np.array(XYZ_CLASSES, dtype=object)[np.where(monthly.months < borders.least_months, 3, state)]


@dataclass(frozen=True)
class _Monthly:
    """`amount` of each customer and month with a purchase, `of_row` the customer; `months` a customer is judged by."""

    of_row: Ints
    amount: Ints
    months: Ints

    @property
    def total(self) -> Ints:
        return sums(self.of_row, self.amount, len(self.months))


def _monthly(bought: Placed, known: Histories, months: range) -> _Monthly:
    month = month_of(bought.day)
    inside = (month >= months.start) & (month < months.stop)
    keys = bought.of_row[inside] * max(len(months), 1) + (month[inside] - months.start)
    pairs = distinct(keys)
    amount = sums(np.searchsorted(pairs, keys), bought.amount[inside], len(pairs))
    return _Monthly(pairs // max(len(months), 1), amount,
                    np.clip(months.stop - month_of(known.first), 0, len(months)))


def _varies_at_most(monthly: _Monthly, border: Fraction) -> Flags:
    """Whether deviation / mean <= border, that is months * sum(x^2) <= (1 + border^2) * sum(x)^2, exactly."""
    limit, total = 1 + border * border, monthly.total
    squares = np.zeros(len(total))
    np.add.at(squares, monthly.of_row, monthly.amount.astype(np.float64) ** 2)
    left, right = monthly.months * squares, float(limit) * total.astype(np.float64) ** 2
    within: Flags = left <= right
    doubtful = np.flatnonzero((np.abs(left - right) <= _DOUBT * right) & (total > 0))
    within[doubtful] = _exactly_within(monthly, doubtful, limit)
    return within & (total > 0)


def _exactly_within(monthly: _Monthly, rows: Ints, limit: Fraction) -> Flags:
    """The same of a few rows in Python's whole numbers, which have no end."""
    squares = np.zeros(len(rows), dtype=object)
    chosen = np.isin(monthly.of_row, rows)
    amount = monthly.amount[chosen].astype(object)
    np.add.at(squares, np.searchsorted(rows, monthly.of_row[chosen]), amount * amount)
    left = monthly.months[rows].astype(object) * squares * limit.denominator
    within: Flags = left <= limit.numerator * monthly.total[rows].astype(object) ** 2
    return within
