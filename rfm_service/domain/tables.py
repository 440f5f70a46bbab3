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

VERSIONED_LINES: Table = {**LINES, "since": "int64", "until": "int64", "document_no": "int64"}
"""LINES with the ingest that brought each line, the one that ended it (0: still true), and its document."""

NO_COST = -(1 << 63)
"""Stands for the cost of a line of which none is known."""

TRADE_LINES: Table = {**LINES, "product_no": "int32", "quantity": "int64", "category_no": "int32",
                      "channel_no": "int32", "cost": "int64"}
"""LINES with the product, the quantity in 1/1 000 of a piece, the category of the product, the channel, and the cost in
1/10 000 (NO_COST: not known)."""

STORED_LINES: Table = {**TRADE_LINES, "contractor_no": "int32", "since": "int64", "until": "int64"}
"""Every version of TRADE_LINES ever stored, own companies and lines without a customer (0) among them, with the legal
entity, the ingest that brought each and the one that ended it (0: still true)."""

DAY_TALLIES: Table = {"day": "int64", "stored": "int64", "lines": "int64", "amount": "int64"}
"""A row a day with stored lines, sorted by day: STORED_LINES, and of those that are true now how many and their sum in
1/10 000."""

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

BRIEF: Table = {name: SUMMARY[name] for name in ("recency_days", "frequency", "monetary", "first_purchase")}
"""The SUMMARY rows with frequency > 0 in brief, in no order."""

TALLIES: Table = {"axis": "str", "value": "int64", "customers": "int64"}
"""How many scored customers have each value of recency_days, frequency and monetary (`axis` r, f, m). Sorted by axis,
value; the tables of different customers add up, so that quintile cuts of any number of them come out exact."""

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
    "document_no": "int64",
    "change": "str",
    "day": "int64",
}
"""One row a customer whose segment changed ('' = absent). `measure` is the number that crossed (recency_days,
frequency, monetary, or '' where the customer came or left), `before` and `after` its values around the cause,
`line` the border between them (-1 where there is none). Where the cuts moved, `before` and `after` are the cut and
`line` is the number that stood still. `document_no` (0: none) and its `day` are those of the document that did it;
`change` says of an older one that it came 'late', was 'corrected' or is 'gone'. The `day` of ageing is that on which
the border was crossed; day numbers, 0: none."""

PURCHASES: Table = {"customer_no": "int64", "day": "int64", "amount": "int64"}
"""A row a counting order of all stored sales up to a day: the day number of its first sale line, its sum in
1/10 000. Sorted by customer_no, day, amount."""

CUSTOMERS: Table = {"customer_no": "int64", "customer_id": "str", "customer": "str", "email": "str",
                    "manager": "str", "category": "str", "phone": "str", "do_not_contact": "bool"}
"""Who the customers are, and who is to be on no list of contacts."""

MONTHS: Table = {"month": "int64", "revenue": "int64", "orders": "int64", "customers": "int64"}
"""A row a calendar month of the window, oldest first: `month` = year * 12 + month - 1; revenue in 1/10 000;
orders and customers with a sale line."""

PRODUCTS: Table = {"product_no": "int64", "revenue": "int64", "orders": "int64", "customers": "int64",
                   "pieces": "int64", "returned_pieces": "int64", "returned_money": "int64", "last_sale": "int64"}
"""A row a product of the window: revenue in 1/10 000 (returns and corrections taken off), orders and customers with a
sale line of it, pieces of its sale lines and of its returns in 1/1 000, money of its returns in 1/10 000 (0 or more),
the day number of its newest sale line (0: none)."""

ORDERS: Table = {"order_no": "int64", "amount": "int64", "items": "int64"}
"""A row a counting order of the window: its sum in 1/10 000 and its pieces in 1/1 000."""

CUSTOMER_ORDERS: Table = {"customer_no": "int64", "order_no": "int64", "day": "int64", "amount": "int64",
                          "items": "int64", "returned": "bool", "counts": "bool"}
"""A row an order of the window, counting or not: the day number of its first sale line (of its first line where it has
none), its sum in 1/10 000, the pieces of its sale lines in 1/1 000, whether it has a return line, and whether it counts
as a purchase. Sorted by customer_no, day, order_no."""

ORDER_NAMES: Table = {"order_no": "int64", "order": "str", "documents": "str"}
"""What an order is called: its number ('': the document is the order), and the numbers of its documents, ascending, a
line feed between them."""

TRENDS: Table = {"as_of": "int64", "segment": "str", "customers": "int64", "orders": "int64", "revenue": "int64",
                 "active": "int64", "newcomers": "int64", "whole": "bool"}
"""A row a past day (day number) and segment, and one of all customers (segment ''): key figures as of that day from the
facts as they are known now, revenue in 1/10 000; active and newcomers are told of all customers only. `whole`: sales
were stored from before the window of that day on. Sorted by as_of, segment."""

HISTORY: Table = {"as_of": "int64", "customer_no": "int64", "from_segment": "str", "to_segment": "str", "cause": "str"}
"""A row a move of the kept nights up to this one, by as_of and customer_no; '' is absence."""

VALUE: Table = {
    "customer_no": "int64",
    "abc": "str",
    "xyz": "str",
    "value": "str",
    "risk": "str",
    "cohort": "int64",
    "tenure_days": "int64",
    "orders_ever": "int64",
    "revenue_ever": "int64",
    "churn_threshold": "int64",
}
"""One row a customer of the SNAPSHOT, sorted by customer_no: classes A B C and X Y Z ('': too early to tell), the
two axes of the lifecycle (vip, regular; new, active, steady, at_risk), the month of the first purchase ever
(year * 12 + month - 1), days since it, counting orders of all time and their sum in 1/10 000, and the days of
silence that are no longer usual for the customer."""

COHORTS: Table = {"cohort": "int64", "offset": "int64", "customers": "int64", "orders": "int64", "revenue": "int64",
                  "complete": "bool"}
"""A row a month of first purchase (year * 12 + month - 1) and month since (0, 1, ...), up to the newest month, months
without a purchase too: customers of the cohort that bought in that month, their counting orders, the sum of these in
1/10 000, and whether that month has ended. Sorted by cohort, offset."""

RETENTION: Table = {**COHORTS, "size": "int64", "retention": "float64", "revenue_retention": "float64"}
"""COHORTS with the number of customers of the cohort, and the customers and the revenue of the month as shares of
those of the cohort's first month."""

RETURNED: Table = {"offset": "int64", "customers": "int64", "returned": "int64"}
"""A row a month since the first purchase, over the cohorts whose month has ended: their customers, and those of them
that bought in it."""

PARETO: Table = {"customers": "int64", "money": "int64"}
"""Points of a curve, from 0: the richest `customers`, and their money together in 1/10 000."""

ABC_XYZ: Table = {"abc": "str", "xyz": "str", "customers": "int64", "money": "int64"}
"""A row a pair of classes that holds customers: how many, and their monetary in 1/10 000."""

ABC_SEGMENTS: Table = {"abc": "str", "segment": "str", "customers": "int64", "money": "int64"}
"""A row a class and a segment that hold customers together: how many, and their monetary in 1/10 000."""

FORMER: Table = {"customer_no": "int64", "segment": "str"}
"""The segment of each customer on an earlier day."""

CHURN: Table = {"segment": "str", "former": "int64", "churned": "int64"}
"""A row a segment: the customers that were in it on an earlier day, and those without an order since."""

SEGMENT_VALUE: Table = {
    "segment": "str",
    "customers": "int64",
    "money": "int64",
    "orders": "int64",
    "aov": "int64",
    "arpu": "int64",
    "tenure_days": "int64",
    "former": "int64",
    "churned": "int64",
    "churn": "float64",
    "churn_low": "float64",
    "churn_high": "float64",
}
"""A row a segment, sorted by its id: customers, money in 1/10 000 and orders of the window; money an order (AOV) and a
customer (ARPU), rounded down; mean days since the first purchase ever; CHURN, and the churned share with its 95 %
interval (NaN where nobody was in the segment then)."""

ATTRIBUTES: Table = {"attribute": "str", "value": "str", "joined": "int64", "customers": "int64", "money": "int64",
                     "orders": "int64", "at_risk": "int64", "at_risk_money": "int64"}
"""A row an attribute of customers and a value of it: customers, monetary in 1/10 000, orders, and how many customers
with what money are at risk. `joined` is the number of values that the row stands for: first the ordinary ones (1), the
most money first; then customers without a value (0, value ''); last the rare values together (more, value '')."""

FORECAST: Table = {"customer_no": "int64", "p30": "float64", "p90": "float64", "spend30": "int64", "spend90": "int64",
                   "due": "int64", "due_from": "int64", "due_to": "int64"}
"""A row a customer that ever bought, sorted by customer_no: the chance to order within the next 30 and 90 days, the
money expected of it in 1/10 000 (on average: most often nothing comes, or more), and, if it orders again within a
year, the day number by which it does so as likely as not, with the two days between which 8 of 10 such orders fall."""

PUBLISHED_CUSTOMERS = ("customer_id", "customer", "recency_days", "frequency", "monetary", "r", "f", "m", "segment",
                       "previous_segment", "tier", "order_interval_days", "first_purchase", "last_purchase",
                       "orders_returned", "email", "manager", "value", "risk", "abc", "xyz", "cohort", "tenure_days",
                       "orders_ever", "revenue_ever", "churn_threshold", "p30", "p90", "spend30", "spend90", "due",
                       "due_from", "due_to", "value_tier", "growth", "clv", "potential", "risk_tag", "warning_line",
                       "channel", "expected", "priority", "state")
"""The columns of customers.csv; later ones may follow (DESIGN section 4)."""
PUBLISHED_MOVES = ("customer_id", "customer", "from_segment", "to_segment", "cause", "detail")
"""The columns of moves.csv."""

DAY_COLUMNS = frozenset({"first_purchase", "last_purchase", "due", "due_from", "due_to"})
MONEY_COLUMNS = frozenset({"monetary", "revenue_ever", "spend30", "spend90", "expected"})
"""Published columns that hold day numbers (0: none) and 1/10 000."""

CONTACTS: Table = {"customer_no": "int64", "day": "int64", "outcome": "str", "next_day": "int64"}
"""A row a contact made: its day number, what came of it (called, wrote, refused, bought; '': only noted), and the day
number agreed for the next one (0: none). Sorted by customer_no, day; within a day as they were told, a refusal last."""

OFFERS: Table = {"campaign": "str", "customer_no": "int64", "day": "int64", "segment": "str", "held": "bool"}
"""A row a customer that was due on a list in a campaign: the day number of the first such night (its as_of), the
segment on it, and whether it was held back from the lists for comparison. Sorted by campaign, customer_no."""

BASKETS: Table = {"customer_no": "int64", "category_no": "int64", "sold": "int64", "returned": "int64",
                  "costed": "int64", "cost": "int64"}
"""A row a customer and category of goods of the window: money of its lines without returns, and of its returns (0 or
more), in 1/10 000; of the former with a cost that can be one, their money and cost. Sorted by both numbers."""

HABITS: Table = {"customer_no": "int64", "product_no": "int64", "channel_no": "int64"}
"""A row a customer with a sale line in the window: the product that is in most of its orders (of several that with the
most money), and the channel of most of its orders (of several that of the newest). Sorted by customer_no."""

OUTREACH: Table = {
    "customer_no": "int64",
    "personal_cycle": "int64",
    "category_cycle": "int64",
    "warning_line": "int64",
    "rhythm_line": "int64",
    "risk_tag": "str",
    "value_tier": "str",
    "growth": "str",
    "clv": "int64",
    "potential": "str",
    "margin": "int64",
    "observed_returns": "float64",
    "return_rate": "float64",
    "touch_cost": "int64",
    "uplift": "float64",
    "expected": "int64",
    "priority": "float64",
    "situation": "str",
    "state": "str",
    "goods": "str",
    "channel": "str",
    "favourite_no": "int64",
    "last_contact": "int64",
    "planned": "int64",
}
"""A row a customer of the SNAPSHOT, sorted by customer_no: days between its purchases (0: too few), those usual for its
goods, the silence from which it counts as going (S3-05) and from which it is out of its own rhythm (0: too few orders);
tags (see domain/outreach.py); CLV score 0..100; margin of an order and cost of a contact in 1/10 000; the shares of its
money that came back and that are expected to; what a contact does by mode `seed` (S3-06), the money in 1/10 000
that it is expected to bring, the priority -40..120, where the customer is as to the list; the category of goods and
the channel that it mostly buys ('': none told), its usual product (0: none), the days of its last contact and of one
agreed for today or before (0: none)."""

EFFECTS: Table = {
    "campaign": "str",
    "segment": "str",
    "listed": "int64",
    "contacted": "int64",
    "held": "int64",
    "held_contacted": "int64",
    "buyers_listed": "int64",
    "buyers_held": "int64",
    "orders_listed": "int64",
    "orders_held": "int64",
    "money_listed": "int64",
    "money_held": "int64",
    "buyers": "float64",
    "buyers_low": "float64",
    "buyers_high": "float64",
    "orders": "float64",
    "orders_low": "float64",
    "orders_high": "float64",
    "money": "float64",
    "money_low": "float64",
    "money_high": "float64",
    "verdict": "str",
    "needed": "int64",
    "enough_by": "int64",
    "first_day": "int64",
    "last_day": "int64",
}
"""A row a campaign (segment '') and a segment of it, the newest campaign first, then segments by their ids; last, where
there are several, all campaigns of a year together (campaign ''). Of the customers on the lists and of those held back
whose days of observation are over, offered between `first_day` and `last_day` (day numbers): how many there are, were
contacted all the same or as meant, and bought; their orders and their money in 1/10 000. Then what the lists changed in
the share of buyers, and in the orders and the money (in units of the currency) of a customer, with 95 % intervals (NaN:
too few); the verdict; how many held-back customers show an effect worth knowing (0: it cannot be told), and the day
number by which they will have been watched (0: none in sight)."""

_SOLD: Table = {"orders": "int64", "lines": "int64", "returned_lines": "int64", "pieces": "int64",
                "returned_pieces": "int64", "bare_lines": "int64", "revenue": "int64"}

PRODUCT_ACTIVITY: Table = {"product_no": "int64", **{f"recent_{name}": kind for name, kind in _SOLD.items()}, **_SOLD,
                           "costed_lines": "int64", "costed_revenue": "int64", "cost": "int64"}
"""A row a product of the window, sorted by product_no: orders with a sale line of it, its sale lines and return lines,
their pieces in 1/1 000, those of these lines that tell no pieces, and revenue as in PRODUCTS; the same of the last days
(`recent_`); and of the sale lines with a believed cost how many, their money (corrections taken off) and their cost."""

ALERTS: Table = {"alert": "str", "product_no": "int64", "product": "str", "orders": "int64", "lines": "int64",
                 "returned_share": "float64", "revenue": "int64", "margin_rate": "float64", "margin": "int64",
                 "advice": "str"}
"""A row a product and alert (push, returns, margin, in this order), the most pressing first: orders, sale lines, share
that came back (0..1) and revenue in 1/10 000, for push of the last days, else of the window; the margin of the window
as a share of the sales whose cost is known (NaN: of too few) and in 1/10 000 (0 then); and an id of ADVICE."""
