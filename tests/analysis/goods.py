"""Sale lines of products, their alerts by plain Python, and frames of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from rfm_service.domain.product_rules import USUAL_PRODUCT_RULES, ProductRules
from rfm_service.domain.tables import NO_COST, TRADE_LINES
from rfm_service.domain.values import MONEY_SCALE, day_number

AS_OF = date(2025, 3, 10)
WINDOW = 120


class Sold(NamedTuple):
    """A line of a product, `ago` days before as_of; amount and cost in units, pieces as they are."""

    product: int
    order: int
    ago: int = 1
    amount: int = 100
    cost: int | None = None
    pieces: int = 1
    returned: bool = False


def lines_of(rows: Iterable[Sold], unit: int = MONEY_SCALE) -> pd.DataFrame:
    """TRADE_LINES with `cost`; an order is that of customer order // 10."""
    columns: dict[str, list[int]] = {name: [] for name in TRADE_LINES}
    for row in rows:
        amount = -abs(row.amount) if row.returned else row.amount
        cells = {"customer_no": row.order // 10, "order_no": row.order, "amount": amount * unit,
                 "day": day_number(AS_OF - timedelta(days=row.ago)), "returned": row.returned,
                 "product_no": row.product, "quantity": row.pieces * 1000, "category_no": 1, "channel_no": 1,
                 "cost": NO_COST if row.cost is None else row.cost * unit}
        for name, cell in cells.items():
            columns[name].append(cell)
    return pd.DataFrame({name: np.array(columns[name], dtype=dtype) for name, dtype in TRADE_LINES.items()})


def named(names: dict[int, str], categories: dict[int, str] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame({"product_no": np.array(list(names), dtype="int64"),
                          "product": pd.Series(list(names.values()), dtype="str")})
    return frame if categories is None else frame.assign(category=[categories.get(each, "") for each in names])


def expected(rows: Sequence[Sold], names: dict[int, str],
             rules: ProductRules = USUAL_PRODUCT_RULES) -> list[tuple[str, str, str, int, int, Fraction, int]]:
    """Alert, product, advice, orders, lines, share that came back, revenue in units: as the reference says it."""
    inside = [row for row in rows if 0 <= row.ago < WINDOW and row.amount]
    told = []
    for number, name in names.items():
        mine = [row for row in inside if row.product == number]
        late = [row for row in mine if row.ago < rules.push_days]
        rate = _rate(mine, rules)
        orders, lines, back, revenue = _figures(late)
        if orders >= rules.push_orders and back < rules.push_returns:
            stop = rate is not None and rate < rules.margin_stop
            told.append((0, -orders, -revenue, name, ("push", name, "stop" if stop else "push", orders, lines, back,
                                                      revenue)))
        orders, lines, back, revenue = _figures(mine)
        if lines >= rules.returns_lines and back > rules.returns_share:
            told.append((1, -back, -lines, name, ("returns", name, "hold", orders, lines, back, revenue)))
        if rate is not None and rate < rules.margin_below:
            what = "stop" if rate < rules.margin_stop else "supplier" if rate < rules.margin_low else "price"
            told.append((2, rate, 0, name, ("margin", name, what, orders, lines, back, revenue)))
    return [each for *_, each in sorted(told)]


def _figures(rows: Sequence[Sold]) -> tuple[int, int, Fraction, int]:
    sales = [row for row in rows if not row.returned and row.amount > 0]
    back = [row for row in rows if row.returned]
    if all(row.pieces for row in (*sales, *back)):
        sold, came = sum(abs(row.pieces) for row in sales), sum(abs(row.pieces) for row in back)
    else:
        sold, came = len(sales), len(back)
    share = min(Fraction(came, sold), Fraction(1)) if sold else Fraction(came > 0)
    revenue = sum(-abs(row.amount) if row.returned else row.amount for row in rows)
    return len({row.order for row in sales}), len(sales), share, revenue


def _rate(rows: Sequence[Sold], rules: ProductRules) -> Fraction | None:
    known = [row for row in rows if not row.returned and row.cost and row.cost * row.amount > 0
             and abs(row.cost) <= 10 * abs(row.amount)]
    money = sum(row.amount for row in known)
    if money <= 0 or sum(row.amount > 0 for row in known) < rules.margin_lines:
        return None
    return Fraction(money - sum(row.cost or 0 for row in known), money)
