"""What the lines of the window tell of customers beside RFM: goods by category, the usual product and channel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Flags, Ints, Whole, counts, distinct, frame, sums
from rfm_service.analysis.outreach.costs import believed_costs
from rfm_service.domain.tables import BASKETS, HABITS, NO_COST


def baskets(lines: pd.DataFrame) -> pd.DataFrame:
    """BASKETS of clean TRADE_LINES."""
    customer, category, amount, returned, cost = _columns(
        lines, "customer_no", "category_no", "amount", "returned", "cost")
    of_row, pairs = _pairs(customer, category)
    size, told = len(pairs[0]), believed_costs(amount, cost, returned)
    believed = ~returned & (told != NO_COST)
    return frame({
        "customer_no": pairs[0], "category_no": pairs[1],
        "sold": sums(of_row[~returned], amount[~returned], size),
        "returned": -sums(of_row[returned], amount[returned], size),
        "costed": sums(of_row[believed], amount[believed], size),
        "cost": sums(of_row[believed], told[believed], size)}, BASKETS)


def habits(lines: pd.DataFrame, sale: Flags) -> pd.DataFrame:
    """HABITS of clean TRADE_LINES, of which those of `sale` are sale lines."""
    customer, order, day, amount, product, channel = _columns(
        lines[sale], "customer_no", "order_no", "day", "amount", "product_no", "channel_no")
    who, favourite = _most(customer, product, order, amount)
    _, usual = _most(customer, channel, order, day.astype(np.int64), newest=True)
    return frame({"customer_no": who, "product_no": favourite, "channel_no": usual}, HABITS)


def _most(customer: Whole, thing: Whole, order: Whole, worth: Ints, *, newest: bool = False) -> tuple[Ints, Ints]:
    """Each customer, ascending, and the thing in most of its orders.

    Of several the one with the largest sum of `worth` (with `newest`: the largest), of those the lowest number.
    """
    of_row, (who, what) = _pairs(customer, thing)
    step = int(order.max(initial=0)) + 1
    orders = counts(distinct(of_row * step + order) // step, len(who))
    weight = np.zeros(len(who), np.int64)
    (np.maximum if newest else np.add).at(weight, of_row, worth)
    place = np.lexsort((what, -weight, -orders, who))
    first = np.ones(len(place), np.bool_)
    first[1:] = who[place][1:] != who[place][:-1]
    return who[place][first], what[place][first]


def _pairs(one: Whole, other: Whole) -> tuple[Ints, tuple[Ints, Ints]]:
    """Each row's place among the different pairs, and these, ascending by both."""
    step = int(other.max(initial=0)) + 1
    found, of_row = np.unique(one.astype(np.int64) * step + other, return_inverse=True)
    return of_row.astype(np.int64), (found // step, found % step)


def _columns(lines: pd.DataFrame, *names: str) -> list[np.ndarray]:
    return [lines[name].to_numpy() for name in names]
