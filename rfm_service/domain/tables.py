"""The declared columns of every frame that passes from room to room: name -> pandas dtype."""

from __future__ import annotations

Table = dict[str, str]

LINES: Table = {
    "customer_no": "int32",
    "order_no": "int32",
    "day": "int32",
    "amount": "int64",
    "returned": "bool",
}
"""Sale lines of some customers. One row a line; `amount` signed in 1/10 000 (a return is negative)."""

VERSIONED_LINES: Table = {**LINES, "since": "int64", "until": "int64"}
"""LINES with the ingest that brought each line and the one that ended it (0: still true)."""

TRADE_LINES: Table = {**LINES, "product_no": "int32", "quantity": "int64"}
"""LINES with the product and the quantity in 1/1 000 of a piece."""

SUMMARY: Table = {
    "customer_no": "int64",
    "recency_days": "int64",
    "frequency": "int64",
    "monetary": "int64",
    "first_purchase": "int64",
    "last_purchase": "int64",
    "orders_returned": "int64",
    "order_interval_days": "int64",
    "active_blocks": "int64",
}
"""One row a customer with a line in the window, sorted by customer_no. Days as day numbers (0 where frequency
is 0), money in 1/10 000; `active_blocks` counts the calendar two-month blocks that hold a sale line."""

SNAPSHOT: Table = {**SUMMARY, "r": "int64", "f": "int64", "m": "int64", "segment": "str", "tier": "str"}
"""The SUMMARY rows with frequency > 0, scored 1..5, with segment and tier."""

MOVES: Table = {
    "customer_no": "int64",
    "from_segment": "str",
    "to_segment": "str",
    "cause": "str",
    "measure": "str",
    "before": "int64",
    "after": "int64",
    "line": "int64",
}
"""One row a customer whose segment changed ('' = absent). `measure` is the number that crossed (recency_days,
frequency, monetary, or '' where the customer came or left), `before` and `after` its values around the cause,
`line` the border between them (-1 where there is none)."""

PURCHASES: Table = {"customer_no": "int64", "day": "int64", "amount": "int64"}
"""A row a counting order of all stored sales up to a day: the day number of its first sale line, its sum in
1/10 000. Sorted by customer_no, day, amount."""

CUSTOMERS: Table = {"customer_no": "int64", "customer_id": "str", "customer": "str", "email": "str",
                    "manager": "str"}
"""Who the customers are."""

MONTHS: Table = {"month": "int64", "revenue": "int64", "orders": "int64", "customers": "int64"}
"""A row a calendar month of the window, oldest first: `month` = year * 12 + month - 1; revenue in 1/10 000;
orders and customers with a sale line."""

PRODUCTS: Table = {"product_no": "int64", "revenue": "int64", "orders": "int64"}
"""A row a product of the window: revenue in 1/10 000 and the number of orders with a sale line of it."""

ORDERS: Table = {"order_no": "int64", "amount": "int64", "items": "int64"}
"""A row a counting order of the window: its sum in 1/10 000 and its pieces in 1/1 000."""

FORECAST: Table = {"customer_no": "int64", "p30": "float64", "p90": "float64", "spend30": "int64", "spend90": "int64",
                   "due": "int64", "due_from": "int64", "due_to": "int64"}
"""A row a customer that ever bought, sorted by customer_no: the chance to order within the next 30 and 90 days, the
money expected of it in 1/10 000 (on average: most often nothing comes, or more), and, if it orders again within a
year, the day number by which it does so as likely as not, with the two days between which 8 of 10 such orders fall."""
