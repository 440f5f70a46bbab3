"""What was sold, by month, product and order: partial tables of some customers, and their addition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rfm_service.analysis.cleaning import clean, sales, within
from rfm_service.analysis.grouping import Codes, Flags, codes, counts, distinct, frame, seen, sums
from rfm_service.analysis.months import months_of_days
from rfm_service.analysis.orders import order_codes, orders_of
from rfm_service.domain.findings import Trade
from rfm_service.domain.tables import MONTHS, ORDERS, PRODUCTS
from rfm_service.domain.values import Basis, Period, day_number


def trade(lines: pd.DataFrame, basis: Basis) -> Trade:
    """MONTHS, PRODUCTS, ORDERS and the gift lines of the TRADE_LINES of some customers in basis.window."""
    kept, gifts = clean(within(lines, basis.window), basis.rules)
    order, customers = order_codes(kept)
    sale = sales(kept)
    return Trade(_months(kept, sale, (order, customers), basis.window), _products(kept, sale, order),
                 _orders(kept, sale, order, customers), gifts)


def added(parts: Sequence[Trade]) -> Trade:
    """One Trade of one or more Trades of the same window and of different customers."""
    months = parts[0].months.copy()
    for part in parts[1:]:
        months[["revenue", "orders", "customers"]] += part.months[["revenue", "orders", "customers"]]
    products = pd.concat([part.products for part in parts]).groupby("product_no", as_index=False).sum()
    orders = pd.concat([part.orders for part in parts]).sort_values("order_no", ignore_index=True)
    return Trade(months, products, orders, sum(part.gifts for part in parts))


def _months(lines: pd.DataFrame, sale: Flags, who: tuple[Codes, Codes], window: Period) -> pd.DataFrame:
    """MONTHS with a row for each month of the window, sales or none."""
    month_of_day = months_of_days(window)
    months = np.arange(month_of_day[0], month_of_day[-1] + 1)
    slot = (month_of_day - months[0])[lines["day"].to_numpy() - day_number(window.first)]
    orders, customers = (seen(each.of_row[sale], slot[sale], each.size, len(months)).sum(axis=0)
                         for each in who)
    return frame({"month": months, "revenue": sums(slot, lines["amount"].to_numpy(), len(months)),
                  "orders": orders, "customers": customers}, MONTHS)


def _products(lines: pd.DataFrame, sale: Flags, order: Codes) -> pd.DataFrame:
    product = codes(lines["product_no"].to_numpy())
    there = counts(product.of_row, product.size) > 0
    pair = distinct(product.of_row[sale].astype(np.int64) * order.size + order.of_row[sale])
    return frame({"product_no": product.numbers[there],
                  "revenue": sums(product.of_row, lines["amount"].to_numpy(), product.size)[there],
                  "orders": counts(pair // max(order.size, 1), product.size)[there]}, PRODUCTS)


def _orders(lines: pd.DataFrame, sale: Flags, order: Codes, customers: Codes) -> pd.DataFrame:
    orders = orders_of(lines, order, customers)
    items = sums(order.of_row[sale], lines["quantity"].to_numpy()[sale], order.size)
    of_order = items[np.searchsorted(order.numbers, orders.number)]
    return frame({"order_no": orders.number[orders.counts], "amount": orders.amount[orders.counts],
                  "items": of_order[orders.counts]}, ORDERS)
