"""What all stored sales tell of the customers of a night: their purchases ever, and the rhythm of these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Ints, counts, distinct, largest, smallest, sums
from rfm_service.domain.standings import Lifecycle


@dataclass(frozen=True)
class Placed:
    """The PURCHASES of the customers of a SNAPSHOT: `of_row` is the row of the customer in it, of `size` rows.

    `day` are day numbers, `amount` 1/10 000.
    """

    of_row: Ints
    day: Ints
    amount: Ints
    size: int


@dataclass(frozen=True)
class Histories:
    """All time, one element a SNAPSHOT row; see `histories`.

    Day numbers of the `first` and the `last` purchase, different `days` with one, counting `orders` and their sum
    `revenue` in 1/10 000.
    """

    first: Ints
    last: Ints
    days: Ints
    orders: Ints
    revenue: Ints


def placed(purchases: pd.DataFrame, snapshot: pd.DataFrame) -> Placed:
    """The PURCHASES whose customer is in the SNAPSHOT, both in any order."""
    numbers = snapshot["customer_no"].to_numpy()
    rows = np.argsort(numbers, kind="stable")
    ascending, wanted = numbers[rows], purchases["customer_no"].to_numpy()
    at = np.searchsorted(ascending, wanted)
    there = np.zeros(len(wanted), np.bool_)
    inside = at < len(ascending)
    there[inside] = ascending[at[inside]] == wanted[inside]
    return Placed(rows[at[there]], purchases["day"].to_numpy()[there], purchases["amount"].to_numpy()[there],
                  len(numbers))


def histories(bought: Placed, snapshot: pd.DataFrame) -> Histories:
    """The histories of the customers of a SNAPSHOT.

    An order may count in the window and not of all time (goods of before the window came back); a customer with
    such orders only has none ever, and the days of the window stand in for the first and the last purchase.
    """
    orders = counts(bought.of_row, bought.size)
    never = orders == 0
    first, last = (np.where(never, snapshot[column].to_numpy(), extreme(bought.of_row, bought.day, bought.size))
                   for column, extreme in (("first_purchase", smallest), ("last_purchase", largest)))
    return Histories(first, last, _purchase_days(bought), orders, sums(bought.of_row, bought.amount, bought.size))


def churn_thresholds(known: Histories, lifecycle: Lifecycle) -> Ints:
    """Days of silence that are no longer usual for each customer, rounded down.

    The customer's own cycle (reference S3-04: days from the first purchase to the last / (purchases - 1), here over
    different days, since documents of one day are one visit) x 1.5, at least 60 days (S3-05). Whole days of silence
    lie above the exact threshold when they lie above the rounded one.
    """
    gaps = np.maximum(known.days - 1, 1)
    times = lifecycle.churn_multiplier
    own = (known.last - known.first) * times.numerator // (gaps * times.denominator)
    threshold: Ints = np.maximum(np.where(known.days > 1, own, 0), lifecycle.churn_floor_days)
    return threshold


def purchase_gaps(bought: Placed) -> tuple[Ints, Ints]:
    """The customer and the days of every gap between two different days with a purchase, by customer and day."""
    order = np.lexsort((bought.day, bought.of_row))
    customer, day = bought.of_row[order], bought.day[order]
    gap = np.diff(day)
    apart = (np.diff(customer) == 0) & (gap > 0)
    return customer[1:][apart].astype(np.int64), gap[apart].astype(np.int64)


def _purchase_days(bought: Placed) -> Ints:
    """How many different days with a purchase each customer has."""
    if not len(bought.day):
        return np.zeros(bought.size, np.int64)
    low = int(bought.day.min())
    span = int(bought.day.max()) - low + 1
    return counts(distinct(bought.of_row * span + (bought.day - low)) // span, bought.size)
