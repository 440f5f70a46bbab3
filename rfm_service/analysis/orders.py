"""Sale lines added up by order: what RFM, intervals and trade figures are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rfm_service.analysis.cleaning import clean, sales, within
from rfm_service.analysis.grouping import Codes, Flags, Ints, Whole, codes, frame, largest, smallest, sums
from rfm_service.domain.tables import PURCHASES
from rfm_service.domain.values import Basis


@dataclass(frozen=True)
class Orders:
    """The orders of clean LINES of the window, one element an order; see `orders_of`.

    `number` order_no; `customer` the position of its customer in `customers`; `amount` the sum of its lines
    in 1/10 000; `first_sale` and `last_sale` day numbers of its sale lines (without meaning where `counts` is
    false); `returned` whether it has a return line; `counts` whether it counts as a purchase.
    """

    number: Ints
    customer: Ints
    amount: Ints
    first_sale: Whole
    last_sale: Whole
    returned: Flags
    counts: Flags


def orders_of(lines: pd.DataFrame, order: Codes, customers: Codes) -> Orders:
    """Add up clean LINES by order; `order` and `customers` are the codes of their order_no and customer_no.

    An order counts when it has a sale line and the sum of its lines is above 0 (DESIGN section 3).
    """
    customer = np.full(order.size, -1, np.int64)
    customer[order.of_row] = customers.of_row
    returned = np.zeros(order.size, np.bool_)
    returned[order.of_row[lines["returned"].to_numpy()]] = True
    amount = sums(order.of_row, lines["amount"].to_numpy(), order.size)
    sale = sales(lines)
    of_sale, day = order.of_row[sale], lines["day"].to_numpy()[sale]
    first, last = smallest(of_sale, day, order.size), largest(of_sale, day, order.size)
    there = customer >= 0
    return Orders(order.numbers[there], customer[there], amount[there], first[there], last[there],
                  returned[there], ((first <= last) & (amount > 0))[there])


def purchases(lines: pd.DataFrame, basis: Basis) -> pd.DataFrame:
    """PURCHASES of all LINES of some customers up to basis.as_of, under the rules of basis."""
    kept, _ = clean(within(lines, basis.history), basis.rules)
    order, customers = order_codes(kept)
    orders = orders_of(kept, order, customers)
    bought = orders.counts
    customer = customers.numbers[orders.customer[bought]]
    day, amount = orders.first_sale[bought], orders.amount[bought]
    place = np.lexsort((amount, day, customer))
    return frame({"customer_no": customer[place], "day": day[place], "amount": amount[place]}, PURCHASES)


def order_codes(lines: pd.DataFrame) -> tuple[Codes, Codes]:
    """The codes of order_no and of customer_no of LINES."""
    return codes(lines["order_no"].to_numpy()), codes(lines["customer_no"].to_numpy())
