"""What was sold, by month, product and order: partial tables of some customers, and their addition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rfm_service.analysis.cleaning import clean, sales, within
from rfm_service.analysis.grouping import (
    Codes,
    Flags,
    Ints,
    Whole,
    codes,
    counts,
    distinct,
    frame,
    largest,
    seen,
    smallest,
    sums,
)
from rfm_service.analysis.months import months_of_days
from rfm_service.analysis.orders import order_codes, orders_of
from rfm_service.analysis.outreach.dealings import baskets, habits
from rfm_service.analysis.products import added as products_added
from rfm_service.analysis.products import product_activity
from rfm_service.domain.findings import Trade
from rfm_service.domain.product_rules import USUAL_PRODUCT_RULES
from rfm_service.domain.tables import CUSTOMER_ORDERS, MONTHS, ORDERS, PRODUCTS
from rfm_service.domain.values import Basis, Period, day_number

PUSH_DAYS = USUAL_PRODUCT_RULES.push_days
BY_CUSTOMER = ["customer_no", "day", "order_no"]


def trade(lines: pd.DataFrame, basis: Basis, push_days: int = PUSH_DAYS) -> Trade:
    """The Trade of the TRADE_LINES of some customers in basis.window, of which the last `push_days` are told apart."""
    kept, gifts = clean(within(lines, basis.window), basis.rules)
    order, customers = order_codes(kept)
    sale = sales(kept)
    every = _orders(kept, sale, order, customers)
    return Trade(_months(kept, sale, (order, customers), basis.window), _products(kept, sale, (order, customers)),
                 _counting(every), every, baskets(kept), habits(kept, sale),
                 product_activity(lines, basis, push_days), gifts)


def added(parts: Sequence[Trade]) -> Trade:
    """One Trade of one or more Trades of the same window and of different customers."""
    months = parts[0].months.copy()
    for part in parts[1:]:
        months[["revenue", "orders", "customers"]] += part.months[["revenue", "orders", "customers"]]
    adding = {name: "max" if name == "last_sale" else "sum" for name in PRODUCTS if name != "product_no"}
    products = pd.concat([part.products for part in parts]).groupby("product_no", as_index=False).agg(adding)
    every = pd.concat([part.customer_orders for part in parts]).sort_values(BY_CUSTOMER, ignore_index=True)
    dealt, usual = (pd.concat([getattr(part, name) for part in parts]).sort_values(keys, ignore_index=True)
                    for name, keys in (("baskets", ["customer_no", "category_no"]), ("habits", ["customer_no"])))
    activity = products_added([part.activity for part in parts])
    return Trade(months, products, _counting(every), every, dealt, usual, activity, sum(part.gifts for part in parts))


def _months(lines: pd.DataFrame, sale: Flags, who: tuple[Codes, Codes], window: Period) -> pd.DataFrame:
    """MONTHS with a row for each month of the window, sales or none."""
    month_of_day = months_of_days(window)
    months = np.arange(month_of_day[0], month_of_day[-1] + 1)
    slot = (month_of_day - months[0])[lines["day"].to_numpy() - day_number(window.first)]
    orders, customers = (seen(each.of_row[sale], slot[sale], each.size, len(months)).sum(axis=0)
                         for each in who)
    return frame({"month": months, "revenue": sums(slot, lines["amount"].to_numpy(), len(months)),
                  "orders": orders, "customers": customers}, MONTHS)


def _products(lines: pd.DataFrame, sale: Flags, who: tuple[Codes, Codes]) -> pd.DataFrame:
    product = codes(lines["product_no"].to_numpy())
    there = counts(product.of_row, product.size) > 0
    of_sale, returned = product.of_row[sale], lines["returned"].to_numpy()
    amount, quantity, day = (lines[name].to_numpy() for name in ("amount", "quantity", "day"))
    orders, customers = (_holders(of_sale, each.of_row[sale], product.size, each.size) for each in who)
    newest = largest(of_sale, day[sale], product.size)
    columns = {"product_no": product.numbers, "revenue": sums(product.of_row, amount, product.size),
               "orders": orders, "customers": customers, "pieces": sums(of_sale, quantity[sale], product.size),
               "returned_pieces": sums(product.of_row[returned], np.abs(quantity[returned]), product.size),
               "returned_money": -sums(product.of_row[returned], amount[returned], product.size),
               "last_sale": np.where(counts(of_sale, product.size) > 0, newest, 0)}
    return frame({name: column[there] for name, column in columns.items()}, PRODUCTS)


def _holders(product: Whole, holder: Whole, products: int, holders: int) -> Ints:
    """How many different orders, or customers, hold each product."""
    pair = distinct(product.astype(np.int64) * max(holders, 1) + holder)
    return counts(pair // max(holders, 1), products)


def _orders(lines: pd.DataFrame, sale: Flags, order: Codes, customers: Codes) -> pd.DataFrame:
    """CUSTOMER_ORDERS of clean LINES."""
    orders = orders_of(lines, order, customers)
    items = sums(order.of_row[sale], lines["quantity"].to_numpy()[sale], order.size)
    first = smallest(order.of_row, lines["day"].to_numpy(), order.size)
    place = np.searchsorted(order.numbers, orders.number)
    sold = orders.first_sale <= orders.last_sale
    columns = {"customer_no": customers.numbers[orders.customer], "order_no": orders.number,
               "day": np.where(sold, orders.first_sale, first[place]), "amount": orders.amount, "items": items[place],
               "returned": orders.returned, "counts": orders.counts}
    return frame(columns, CUSTOMER_ORDERS).sort_values(BY_CUSTOMER, ignore_index=True)


def _counting(orders: pd.DataFrame) -> pd.DataFrame:
    """ORDERS of CUSTOMER_ORDERS."""
    return orders.loc[orders["counts"], list(ORDERS)].sort_values("order_no", ignore_index=True)
