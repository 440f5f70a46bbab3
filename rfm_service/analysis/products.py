"""Which products to push, to hold back and to look at for their margin (reference S3-20, S3-21, S3-22)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rfm_service.analysis.cleaning import gifts, sales, within
from rfm_service.analysis.grouping import Codes, Flags, Ints, codes, counts, distinct, frame, sums
from rfm_service.analysis.outreach.costs import believed_costs
from rfm_service.domain.letters import folded
from rfm_service.domain.product_rules import ProductRules
from rfm_service.domain.tables import ALERTS, NO_COST, PRODUCT_ACTIVITY
from rfm_service.domain.values import Basis, Rules, day_number

Row = tuple[object, ...]


def product_activity(lines: pd.DataFrame, basis: Basis, push_days: int) -> pd.DataFrame:
    """PRODUCT_ACTIVITY of the TRADE_LINES with `cost` of some customers; `recent_` is the end of basis.window.

    Gifts are left out. Returns are looked at even where rfm.returns is "ignore", but lower no revenue then.
    """
    inside = within(lines, basis.window)
    kept = inside[~gifts(inside, basis.rules)]
    recent = kept["day"].to_numpy() >= day_number(basis.window.end) - push_days
    product = codes(kept["product_no"].to_numpy())
    lately = _sold(kept[recent], Codes(product.of_row[recent], product.numbers), basis.rules)
    columns = {"product_no": product.numbers, **{f"recent_{name}": values for name, values in lately.items()},
               **_sold(kept, product, basis.rules), **_costs(kept, product)}
    there = counts(product.of_row, product.size) > 0
    return frame({name: column[there] for name, column in columns.items()}, PRODUCT_ACTIVITY)


def added(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One PRODUCT_ACTIVITY of one or more of the same window and of different customers."""
    return pd.concat(parts).groupby("product_no", as_index=False).sum().astype(PRODUCT_ACTIVITY)


def alerts(activity: pd.DataFrame, named: pd.DataFrame, rules: ProductRules) -> pd.DataFrame:
    """ALERTS of a PRODUCT_ACTIVITY; `named` has product_no, product and, where it is known, category.

    What came back is told in pieces; in lines, where a line of the product tells no pieces. It is never above 1:
    a return may be of an older sale. Margins are those of lines whose cost is known: estimated ones tell of no product.
    A product to be pushed that sells below its cost is advised to be stopped. Products without a name are left out.
    """
    names = dict(_names(named, rules.left_out))
    # Exact shares are slow: most products of a long tail have too few lines for any alert.
    enough = ((activity["recent_orders"] >= rules.push_orders) | (activity["lines"] >= rules.returns_lines)
              | (activity["costed_lines"] >= rules.margin_lines))
    rows: Iterator[Any] = activity[enough].itertuples(index=False)
    goods = [_good(row, names[row.product_no], rules) for row in rows if row.product_no in names]
    told = [*_pushed(goods, rules), *_returned(goods, rules), *_thin(goods, rules)]
    columns = zip(*told, strict=True) if told else ((),) * len(ALERTS)
    return frame({name: np.array(column, dtype=object) for name, column in zip(ALERTS, columns, strict=True)}, ALERTS)


def _sold(lines: pd.DataFrame, product: Codes, rules: Rules) -> dict[str, Ints]:
    sale, back = sales(lines), lines["returned"].to_numpy()
    pieces, amount = np.abs(lines["quantity"].to_numpy()), lines["amount"].to_numpy()
    order = codes(lines["order_no"].to_numpy())
    held = distinct(product.of_row[sale].astype(np.int64) * max(order.size, 1) + order.of_row[sale])
    money = np.where(back, 0, amount) if rules.returns == "ignore" else amount

    def of(which: Flags, values: Ints) -> Ints:
        return sums(product.of_row[which], values[which], product.size)

    return {"orders": counts(held // max(order.size, 1), product.size),
            "lines": counts(product.of_row[sale], product.size),
            "returned_lines": counts(product.of_row[back], product.size),
            "pieces": of(sale, pieces), "returned_pieces": of(back, pieces),
            "bare_lines": counts(product.of_row[(sale | back) & (pieces == 0)], product.size),
            "revenue": sums(product.of_row, money, product.size)}


def _costs(lines: pd.DataFrame, product: Codes) -> dict[str, Ints]:
    """Of the lines of sales and corrections whose cost is believed; a return says nothing of the price."""
    amount, returned = lines["amount"].to_numpy(), lines["returned"].to_numpy()
    cost = believed_costs(amount, lines["cost"].to_numpy(), returned)
    known = (cost != NO_COST) & ~returned
    at = product.of_row[known]
    return {"costed_lines": counts(product.of_row[known & sales(lines)], product.size),
            "costed_revenue": sums(at, amount[known], product.size), "cost": sums(at, cost[known], product.size)}


class _Good(NamedTuple):
    """A product by name, with exact shares; `rate` of its margin is None where too few lines have a cost."""

    number: int
    name: str
    sold: Any
    recent_back: Fraction
    back: Fraction
    rate: Fraction | None

    @property
    def called(self) -> tuple[str, int]:
        """What sets it before others that are alike."""
        return self.name, self.number

    def told(self, alert: str, advice: str) -> Row:
        """A row of ALERTS."""
        of, back = ("recent_", self.recent_back) if alert == "push" else ("", self.back)
        orders, lines, revenue = (getattr(self.sold, of + name) for name in ("orders", "lines", "revenue"))
        rate = float("nan") if self.rate is None else float(self.rate)
        margin = 0 if self.rate is None else self.sold.costed_revenue - self.sold.cost
        return alert, self.number, self.name, orders, lines, float(back), revenue, rate, margin, advice


def _good(row: Any, name: str, rules: ProductRules) -> _Good:
    rated = row.costed_revenue > 0 and row.costed_lines >= rules.margin_lines
    return _Good(row.product_no, name, row,
                 _share(row.recent_bare_lines, (row.recent_pieces, row.recent_returned_pieces),
                        (row.recent_lines, row.recent_returned_lines)),
                 _share(row.bare_lines, (row.pieces, row.returned_pieces), (row.lines, row.returned_lines)),
                 Fraction(row.costed_revenue - row.cost, row.costed_revenue) if rated else None)


def _share(bare: int, pieces: tuple[int, int], lines: tuple[int, int]) -> Fraction:
    """What came back of what was sold, at most 1."""
    sold, back = lines if bare else pieces
    return Fraction(min(back, sold), sold) if sold else Fraction(bool(back))


def _pushed(goods: Sequence[_Good], rules: ProductRules) -> Iterator[Row]:
    """Alert 1, the most orders first."""
    found = [good for good in goods
             if good.sold.recent_orders >= rules.push_orders and good.recent_back < rules.push_returns]
    for good in sorted(found, key=lambda good: (-good.sold.recent_orders, -good.sold.recent_revenue, *good.called)):
        yield good.told("push", "push" if good.rate is None or good.rate >= rules.margin_stop else "stop")


def _returned(goods: Sequence[_Good], rules: ProductRules) -> Iterator[Row]:
    """Alert 2, the largest share first."""
    found = [good for good in goods if good.sold.lines >= rules.returns_lines and good.back > rules.returns_share]
    for good in sorted(found, key=lambda good: (-good.back, -good.sold.lines, *good.called)):
        yield good.told("returns", "hold")


def _thin(goods: Sequence[_Good], rules: ProductRules) -> Iterator[Row]:
    """Alert 3, the lowest rate first."""
    found = [(good.rate, good.called, good) for good in goods
             if good.rate is not None and good.rate < rules.margin_below]
    for rate, _, good in sorted(found):
        yield good.told("margin", "stop" if rate < rules.margin_stop else
                        "supplier" if rate < rules.margin_low else "price")


def _names(named: pd.DataFrame, left_out: Sequence[str]) -> Iterator[tuple[int, str]]:
    """product_no and name of the products that may be told of; one category that is left out is enough."""
    words = tuple(map(folded, left_out))
    numbers, names = named["product_no"].tolist(), named["product"].tolist()
    categories = named["category"].tolist() if "category" in named else [""] * len(names)
    out = {name for name, category in zip(names, categories, strict=True)
           if not name or any(word in text for text in (folded(name), folded(category)) for word in words)}
    return ((number, name) for number, name in zip(numbers, names, strict=True) if name not in out)
