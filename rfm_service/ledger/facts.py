"""The reading side of the ledger: sale lines as frames of integers, over ADBC."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rfm_service.domain.stored import Heaviest, LeftOut, Mark
from rfm_service.domain.tables import DAY_TALLIES, LINES, NO_COST, STORED_LINES, TRADE_LINES, VERSIONED_LINES, Table
from rfm_service.domain.values import Bucket, Period, View, day_number, day_of, merge_periods
from rfm_service.ledger.dialect import NUMBERS
from rfm_service.ledger.replace import FORGET
from rfm_service.ledger.stores import AnyWarehouse

if TYPE_CHECKING:
    from numpy.typing import NDArray

SALES = """
SELECT organisations.name AS organisation, documents.number AS document, orders.order_id AS "order",
    customers.customer_id, customers.shown AS customer, contractors.name AS contractor, products.product,
    products.feature, products.category, lines.quantity, lines.amount, lines.cost, lines.returned, deliveries.address,
    deliveries.site_id, deliveries.channel, customers.manager, lines.day, lines.second
FROM lines JOIN versions USING (version_no) JOIN documents USING (document_no)
    JOIN organisations ON organisations.organisation_no = documents.organisation_no
    JOIN orders USING (order_no) JOIN customers ON customers.customer_no = lines.customer_no
    JOIN contractors USING (contractor_no) JOIN products USING (product_no) JOIN deliveries USING (delivery_no)
WHERE lines.until = 0
"""

Columns = Sequence["NDArray[np.int64]"]
# One integer carries order, day and side of a line: a value less to fetch is a third of the time (docs/performance.md).
PACKED = "(order_no << 18) | ((day - {first}) << 1) | returned"
DAY_BITS = 17
COST = f"coalesce(cost, {NO_COST})"
STORED = f"""SELECT customer_no, order_no, lines.day, lines.amount, returned, product_no, quantity, product_no,
    delivery_no, {COST}, contractor_no, lines.since, lines.until
    FROM versions CROSS JOIN lines USING (customer_no, version_no)
    WHERE {{touching}} AND lines.{{days}}"""
# Forced: by itself SQLite reads all lines rather than those of the versions of some days.
PLURALS = {"product": "products", "delivery": "deliveries"}
SAMPLED_VERSIONS = 50_000
LAST_CUSTOMER = 1 << 31


@dataclass(frozen=True)
class LedgerFacts:
    """Sale lines of the warehouse; own companies and lines without a customer are left out."""

    warehouse: AnyWarehouse

    def buckets(self, lines_each: int) -> list[Bucket]:
        """The customers cut into ranges of about `lines_each` stored lines; at least one."""
        # Every n-th version tells the shares well enough: the size of a bucket is a wish, not a rule.
        newest, = self._columns("SELECT coalesce(max(version_no), 0) FROM versions", 1)
        step = max(1, int(newest[0]) // SAMPLED_VERSIONS)
        numbers, lines = self._columns(
            "SELECT customer_no, CAST(sum(lines) AS BIGINT) FROM versions WHERE customer_no > 0 AND "
            f"version_no % {step} = 0 GROUP BY customer_no ORDER BY customer_no", 2)
        if not len(numbers):
            return [Bucket(1, 2)]
        share = np.cumsum(lines) * step // max(lines_each, 1)
        starts = [1, *(int(number) for number in numbers[1:][share[1:] > share[:-1]])]
        return [Bucket(first, end) for first, end in zip(starts, [*starts[1:], LAST_CUSTOMER], strict=True)]

    def stored(self) -> int:
        """The number of lines stored, versions that are no longer true among them."""
        return int(self._columns("SELECT CAST(coalesce(sum(lines), 0) AS BIGINT) FROM versions", 1)[0][0])

    def lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        """LINES of a bucket's customers, in no order."""
        return _typed(self._columns_of(bucket, view, own, ["amount"]), LINES)

    def trade_lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        """TRADE_LINES of a bucket's customers, in no order."""
        found = self._columns_of(bucket, view, own, ["amount", "product_no", "quantity", "delivery_no", COST])
        called = self._called(found["product_no"], found.pop("delivery_no"))
        return _typed({**found, **called, "cost": found.pop(COST)}, TRADE_LINES)

    def _called(self, product_no: NDArray[np.int64], delivery_no: NDArray[np.int64]) -> dict[str, NDArray[np.int32]]:
        """The features and categories of a name are one product; a category and a channel are called by their first."""
        return {"product_no": self._first("product", "product")[product_no],
                "category_no": self._first("product", "category")[product_no],
                "channel_no": self._first("delivery", "channel")[delivery_no]}

    def _first(self, what: str, name: str) -> NDArray[np.int32]:
        """The number of each product or delivery -> the first number of those that have the same name."""
        number, first = self._columns(f"SELECT {what}_no, min({what}_no) OVER (PARTITION BY {name}) "
                                      f"FROM {PLURALS[what]}", 2)
        table = np.zeros(int(number.max(initial=0)) + 1, dtype=np.int32)
        table[number] = first
        return table

    def versions(self, customers: Collection[int], period: Period, own: frozenset[str]) -> pd.DataFrame:
        """VERSIONED_LINES of some customers: every version ever stored of their lines in the period."""
        document = "(SELECT document_no FROM versions WHERE versions.version_no = lines.version_no)"
        columns = [document if name == "document_no" else name for name in VERSIONED_LINES]
        query = (f"SELECT {', '.join(columns)} FROM lines WHERE {_days(period)}{_not(own)} "
                 f"AND customer_no IN ({NUMBERS})")
        found = self._columns(query, len(VERSIONED_LINES), (json.dumps([int(number) for number in customers]),))
        return _typed(dict(zip(VERSIONED_LINES, found, strict=True)), VERSIONED_LINES)

    def left_out(self, view: View, own: frozenset[str]) -> Mapping[str, int]:
        """Stored lines of the view that no bucket holds: `own_companies`, `no_customer`."""
        query = f"SELECT count(*) FROM lines WHERE {_days(view.period)} AND {_true(view.known)} AND "
        own_lines = self._columns(query + f"({_own(own)})", 1) if own else [np.zeros(1, dtype=np.int64)]
        nobodys = self._columns(query + f"customer_no = 0{_not(own)}", 1)
        return {"own_companies": int(own_lines[0][0]), "no_customer": int(nobodys[0][0])}

    def newest(self) -> Mark:
        """The state that all of this is true of."""
        return self._mark("") or Mark()

    def follows(self, mark: Mark) -> bool:
        """Whether this state came of that one by ingests alone."""
        if self._mark(f"WHERE kind = '{FORGET}' AND ingest_no > {int(mark.ingest)}") is not None:
            return False
        return mark == Mark() or self._mark(f"WHERE ingest_no = {int(mark.ingest)}") == mark

    def _mark(self, where: str) -> Mark | None:
        with self.warehouse.reading() as connection:
            row = connection.exec_driver_sql(f"SELECT ingest_no, run FROM ingests {where} ORDER BY ingest_no DESC "
                                             "LIMIT 1").first()
        return None if row is None else Mark(*row)

    def changed_days(self, since: int) -> list[Period]:
        """The days whose lines ingests after `since` brought or ended (0: all days), neighbours as one period."""
        first, last = self._columns("SELECT DISTINCT day, last_day FROM versions WHERE since > "
                                    f"{int(since)} OR until > {int(since)}", 2)
        return merge_periods(Period(day_of(start), day_of(end + 1))
                             for start, end in zip(first.tolist(), last.tolist(), strict=True))

    def stored_lines(self, period: Period) -> pd.DataFrame:
        """STORED_LINES of the period, in no order."""
        found = dict(zip(STORED_LINES, self._columns(STORED.format(
            touching=f"versions.day BETWEEN {day_number(period.first) - 366} AND {day_number(period.last)} "
                     f"AND versions.last_day >= {day_number(period.first)}",
            days=_days(period)), len(STORED_LINES)), strict=True))
        return _typed({**found, **self._called(found["product_no"], found["channel_no"])}, STORED_LINES)

    def day_tallies(self) -> pd.DataFrame:
        """DAY_TALLIES of all days."""
        live = "CASE WHEN until = 0 THEN {} ELSE 0 END"
        found = self._columns(f"SELECT day, count(*), CAST(sum({live.format(1)}) AS BIGINT), "
                              f"CAST(sum({live.format('amount')}) AS BIGINT) FROM lines GROUP BY day ORDER BY day", 4)
        return _typed(dict(zip(DAY_TALLIES, found, strict=True)), DAY_TALLIES)

    def leaving_out(self, own: frozenset[str]) -> LeftOut:
        """By which numbers the lines of own companies are known."""
        return LeftOut(*(tuple(sorted(self._columns(query, 1)[0].tolist())) for query in _own_numbers(own)))

    def heaviest(self, own: frozenset[str]) -> Heaviest:
        """The customer with the most lines that are true now, own companies left out."""
        # Only lines say whose legal entity theirs is, and reading them all takes longer.
        counted = f"sum(lines) AS BIGINT) FROM versions WHERE until = 0 AND customer_no NOT IN ({_own_numbers(own)[0]})"
        if self.leaving_out(own).contractors:
            counted = f"count(*) AS BIGINT) FROM lines WHERE until = 0{_not(own)}"
        number, lines = self._columns(f"SELECT customer_no, CAST({counted} AND customer_no > 0 GROUP BY customer_no "
                                      "ORDER BY 2 DESC, 1 LIMIT 1", 2)
        if not len(number):
            return Heaviest()
        with self.warehouse.reading() as connection:
            found = connection.exec_driver_sql(f"SELECT customer_id FROM customers WHERE customer_no = {number[0]}")
            return Heaviest(str(found.scalar_one()), int(lines[0]))

    def sales(self) -> Iterator[pd.DataFrame]:
        """All live lines with their names, some at a time: day numbers, amounts in 1/10 000, quantities in 1/1 000."""
        with self.warehouse.arrow() as connection, connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**self.warehouse.batches)
            cursor.execute(SALES)
            for batch in cursor.fetch_record_batch():
                yield batch.to_pandas()

    def _columns_of(self, bucket: Bucket, view: View, own: frozenset[str], more: list[str]
                    ) -> dict[str, NDArray[Any]]:
        """The columns of LINES but for the amount, and some more of the table."""
        if view.period.days >= 1 << DAY_BITS:
            raise ValueError("a view spans at most 131,071 days")
        first = day_number(view.period.first)
        span = f"customer_no BETWEEN {bucket.first} AND {bucket.end - 1}"
        packed, *rest = self._columns(
            f"SELECT {PACKED.format(first=first)}, {', '.join(more)} FROM lines WHERE {span} AND "
            f"{_true(view.known)} AND {_days(view.period)}{_not(own)}", 1 + len(more))
        orders, owners = self._columns(f"SELECT order_no, customer_no FROM orders WHERE {span}", 2)
        order_no = (packed >> (DAY_BITS + 1)).astype(np.int32)
        return {"customer_no": _owner_of(orders, owners)[order_no] if len(order_no) else order_no,
                "order_no": order_no,
                "day": ((packed >> 1) & ((1 << DAY_BITS) - 1)).astype(np.int32) + np.int32(first),
                "returned": (packed & 1).astype(bool), **dict(zip(more, rest, strict=True))}

    def _columns(self, query: str, width: int, values: tuple[object, ...] = ()) -> Columns:
        """The integer columns of a query as arrays."""
        with self.warehouse.arrow() as connection, connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**self.warehouse.batches)
            cursor.execute(query, values or None)
            batches = [[np.asarray(column, dtype=np.int64) for column in batch.columns]
                       for batch in cursor.fetch_record_batch() if batch.num_rows]
        return [np.concatenate(parts) for parts in zip(*batches, strict=True)] or [
            np.zeros(0, dtype=np.int64) for _ in range(width)]


def _owner_of(orders: NDArray[np.int64], owners: NDArray[np.int64]) -> NDArray[np.int32]:
    table = np.zeros(int(orders.max()) + 1, dtype=np.int32)
    table[orders] = owners
    return table


def _typed(columns: Mapping[str, NDArray[np.generic]], table: Table) -> pd.DataFrame:
    return pd.DataFrame({name: columns[name].astype(kind, copy=False) for name, kind in table.items()}, copy=False)


def true_as_known(view: View) -> str:
    """The lines of a view, as a condition of SQL."""
    return f"{_days(view.period)} AND {_true(view.known)}"


def _days(period: Period) -> str:
    return f"day BETWEEN {day_number(period.first)} AND {day_number(period.last)}"


def _true(known: int | None) -> str:
    return "until = 0" if known is None else f"since <= {known} AND (until = 0 OR until > {known})"


def _own(own: frozenset[str]) -> str:
    customers, contractors = _own_numbers(own)
    return f"customer_no IN ({customers}) OR contractor_no IN ({contractors})"


def _own_numbers(own: frozenset[str]) -> tuple[str, str]:
    """Queries for the numbers of the customers and of the legal entities that are own companies."""
    names = "SELECT value FROM json_each(" + "'" + json.dumps(sorted(own)).replace("'", "''") + "')"
    # With a name come all those that it counts for.
    return ("WITH RECURSIVE own (customer_no) AS ("
            f"SELECT customer_no FROM customers WHERE name IN ({names}) OR shown IN ({names}) "
            f"OR customer_id IN ({names}) UNION "
            "SELECT owner_no FROM own JOIN customers USING (customer_no) WHERE owner_no IS NOT NULL) "
            "SELECT customer_no FROM own",
            f"SELECT contractor_no FROM contractors WHERE name IN ({names})")


def _not(own: frozenset[str]) -> str:
    return f" AND NOT ({_own(own)})" if own else ""
