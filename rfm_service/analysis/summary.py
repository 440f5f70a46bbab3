"""From sale lines to one row a customer (DESIGN section 3)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rfm_service.analysis.cleaning import clean, sales, within
from rfm_service.analysis.grouping import Codes, Flags, Ints, counts, frame, largest, seen, smallest, sums
from rfm_service.analysis.intervals import order_intervals
from rfm_service.analysis.months import blocks_of_days
from rfm_service.analysis.orders import Orders, order_codes, orders_of
from rfm_service.domain.tables import BRIEF, SUMMARY
from rfm_service.domain.values import Basis, Period, day_number


def summarise(lines: pd.DataFrame, basis: Basis) -> pd.DataFrame:
    """SUMMARY of all LINES of some customers: a row for each with a clean line in basis.window.

    Lines outside the window, gifts and (under returns = "ignore") returns are left out; frequency 0 stays.
    """
    kept, _ = clean(within(lines, basis.window), basis.rules)
    order, customers = order_codes(kept)
    orders = orders_of(kept, order, customers)
    columns = purchases(orders, customers.size, basis)
    columns["order_interval_days"] = order_intervals(orders.customer[orders.counts],
                                                     orders.first_sale[orders.counts], customers.size)
    columns["active_blocks"] = active_blocks(kept, customers, basis.window)
    columns["customer_no"] = customers.numbers
    there = _present(orders, customers.size)
    return frame({name: column[there] for name, column in columns.items()}, SUMMARY)


def brief(lines: pd.DataFrame, basis: Basis) -> pd.DataFrame:
    """BRIEF of all LINES of some customers."""
    kept, _ = clean(within(lines, basis.window), basis.rules)
    order, customers = order_codes(kept)
    columns = purchases(orders_of(kept, order, customers), customers.size, basis)
    bought = columns["frequency"] > 0
    return frame({name: columns[name][bought] for name in BRIEF}, BRIEF)


def purchases(orders: Orders, size: int, basis: Basis) -> dict[str, Ints]:
    """recency_days, frequency, monetary, first_ and last_purchase, orders_returned of customers 0 .. size-1.

    Days are day numbers, money in 1/10 000; the days of customers without a counting order are 0.
    """
    buyer = orders.customer[orders.counts]
    frequency = counts(buyer, size)
    bought = frequency > 0
    first = np.where(bought, smallest(buyer, orders.first_sale[orders.counts], size), 0)
    last = np.where(bought, largest(buyer, orders.last_sale[orders.counts], size), 0)
    return {
        "recency_days": np.where(bought, day_number(basis.window.end) - last, 0),
        "frequency": frequency,
        "monetary": sums(orders.customer, orders.amount, size),
        "first_purchase": first,
        "last_purchase": last,
        "orders_returned": counts(orders.customer[orders.returned], size),
    }


def active_blocks(lines: pd.DataFrame, customers: Codes, window: Period) -> Ints:
    """How many calendar two-month blocks of the window hold a sale line of each customer."""
    blocks = blocks_of_days(window)
    sale = sales(lines)
    slot = (blocks - blocks[0]).astype(np.int32)[lines["day"].to_numpy()[sale] - day_number(window.first)]
    hit = seen(customers.of_row[sale], slot, customers.size, int(blocks[-1] - blocks[0]) + 1)
    number: Ints = hit.sum(axis=1)
    return number


def _present(orders: Orders, size: int) -> Flags:
    there = np.zeros(size, np.bool_)
    there[orders.customer] = True
    return there
