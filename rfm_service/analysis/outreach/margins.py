"""What an order of each customer leaves: margin, what comes back of it, what a contact costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.domain.outreach import Category, Outreach, Scale
from rfm_service.domain.values import MONEY_SCALE

LEAST_OBSERVED = 3
OBSERVED = 0.7
"""From so many orders on the customer's own returns have this share in what is expected to come back (S3-07)."""
SEED_TOUCH, SEED_MOST_MARGIN = 6, 8_000
"""A contact costs, and an estimated margin is at most, so many hundredths of the median margin (S3-08, S3-09)."""
SEED_ORDER = 3.125
"""The seed's order, where its margin is 1: 32 % of it."""


@dataclass(frozen=True)
class Margins:
    """One element a customer: money in 1/10 000, shares as 0..1.

    `category` is the one with most money ('' where there is none), `margin` that of an order before returns, `rate`
    its share of what was sold, `observed` and `returns` the shares that came back and that are expected to,
    `touch` the cost of a contact.
    """

    category: NDArray[np.object_]
    margin: Floats
    rate: Floats
    observed: Floats
    returns: Floats
    touch: Floats
    scale: Scale


@dataclass(frozen=True)
class Goods:
    """BASKETS laid to customers: `of_row` the customer of each row, `category` its name; orders of each customer."""

    of_row: Ints
    category: NDArray[np.object_]
    sold: Floats
    returned: Floats
    costed: Floats
    cost: Floats
    orders: Ints


def goods_of(baskets: pd.DataFrame, snapshot: pd.DataFrame, names: Mapping[int, str]) -> Goods:
    """The BASKETS of the customers of a SNAPSHOT; `names`: category_no -> category."""
    customers = snapshot["customer_no"].to_numpy()
    place = pd.Series(np.arange(len(customers)), index=customers).reindex(baskets["customer_no"])
    there = place.notna().to_numpy()
    rows = baskets[there]
    category = rows["category_no"].map(names).fillna("").to_numpy(dtype=object)
    sold, returned, costed, cost = (rows[name].to_numpy(np.float64) for name in ("sold", "returned", "costed", "cost"))
    return Goods(place[there].to_numpy(np.int64), category, sold, returned, costed, cost,
                 np.maximum(snapshot["frequency"].to_numpy(), 1))


def margins(goods: Goods, channel: Sequence[str], rules: Outreach) -> Margins:
    """The Margins of customers whose usual sales channel is `channel`.

    Margin: what was paid less the cost where that is known, else the category's share of it, at most the category's
    largest (S3-08); of an order on average. Returns: S3-07. A contact costs what the category says, else the channel,
    else as usual (S3-09).
    """
    size = len(goods.orders)
    sold, returned = (_summed(goods, column) for column in (goods.sold, goods.returned))
    category = _largest(goods, size)
    known, guess = _left(goods, rules)
    scale = scale_of(known + guess, sold / goods.orders)
    most = _of(category, rules, lambda each: each.max_margin, SEED_MOST_MARGIN * scale.point)
    margin = known + np.minimum(guess, most)
    observed = np.clip(np.divide(returned, sold, out=np.ones(size), where=sold > 0), 0.0, 1.0)
    return Margins(category, margin, np.divide(margin * goods.orders, sold, out=np.zeros(size), where=sold > 0),
                   observed, blended(observed, _of(category, rules, lambda each: each.return_rate), goods.orders),
                   touch_costs(category, channel, rules, scale), scale)


def scale_by(goods: Goods, rules: Outreach) -> Scale:
    """The Scale of the shop, as its Margins have it."""
    known, guess = _left(goods, rules)
    return scale_of(known + guess, _summed(goods, goods.sold) / goods.orders)


def _left(goods: Goods, rules: Outreach) -> tuple[Floats, Floats]:
    """What an order of each customer leaves: by known costs, and of the rest by the share of the category."""
    share = _of(goods.category, rules, lambda each: each.gross_margin)
    return (_summed(goods, goods.costed - goods.cost) / goods.orders,
            _summed(goods, np.maximum(goods.sold - goods.costed, 0.0) * share) / goods.orders)


def blended(observed: Floats, expected: Floats, orders: Ints) -> Floats:
    """What is expected to come back: of few orders the worse of both, else mostly the customer's own (S3-07)."""
    mixed: Floats = OBSERVED * observed + (1 - OBSERVED) * expected
    return np.where(orders >= LEAST_OBSERVED, mixed, np.maximum(observed, expected))


def scale_of(margin: Floats, order: Floats) -> Scale:
    """The medians of what customers' orders leave and bring, of those that leave anything; at least a unit."""
    paying: Flags = margin > 0
    if not paying.any():
        return Scale(float(MONEY_SCALE * 100), float(MONEY_SCALE * 100 * SEED_ORDER))
    return Scale(float(np.median(margin[paying])), float(np.median(order[paying])))


def touch_costs(category: NDArray[np.object_], channel: Sequence[str], rules: Outreach, scale: Scale) -> Floats:
    """What a contact costs in 1/10 000: by the category of the goods, else by the channel, else as usual (S3-09)."""
    usual = rules.usual.touch_cost
    by_channel = np.array([rules.channels.get(name, -1) for name in channel], np.float64)
    fallback = SEED_TOUCH * scale.point if usual is None else float(usual)
    own = np.array([-1 if (cost := rules.categories.get(name, Category()).touch_cost) is None else cost
                    for name in category], np.float64)
    return np.where(own >= 0, own, np.where(by_channel >= 0, by_channel, fallback))


def cycles(category: NDArray[np.object_], rules: Outreach) -> Ints:
    """Days in which goods of each category are usually bought again (S3-10)."""
    return _of(category, rules, lambda each: each.cycle_days).astype(np.int64)


def _of(category: NDArray[np.object_], rules: Outreach, value: Callable[[Category], object],
        fallback: float = 0.0) -> Floats:
    """What the settings say of each category, else of all others, else `fallback`."""
    usual = value(rules.usual)
    told = {name: value(rules.categories.get(name, rules.usual)) for name in set(category)}
    every = {name: usual if found is None else found for name, found in told.items()}
    return np.array([fallback if every[name] is None else float(every[name]) for name in category],  # type: ignore[arg-type]
                    np.float64)


def _summed(goods: Goods, values: Floats) -> Floats:
    """Sums of whole numbers of 1/10 000, which floats hold exactly up to 900 billion."""
    return np.bincount(goods.of_row, values, minlength=len(goods.orders)).astype(np.float64)


def _largest(goods: Goods, size: int) -> NDArray[np.object_]:
    """The category of each customer with most money, of several the first by name."""
    found = np.full(size, "", dtype=object)
    order = np.lexsort((-_ranks(goods.category), goods.sold))
    found[goods.of_row[order]] = goods.category[order]
    return found


def _ranks(names: NDArray[np.object_]) -> Ints:
    return np.unique(names.astype(str), return_inverse=True)[1].astype(np.int64)
