"""A made-up shop as files of sale lines without a ledger: a lake for clusters, files by customer for one machine."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rfm_service.domain.stored import Heaviest, LeftOut, Mark
from rfm_service.domain.tables import LINES, NO_COST, STORED_LINES, TRADE_LINES, Table
from rfm_service.domain.values import Bucket, Period, View
from rfm_service.lake.folder import SCHEMA, Lake
from rfm_service.lake.selection import Selection
from rfm_service.ledger.facts import LedgerFacts
from rfm_service.ledger.warehouse import Warehouse

if TYPE_CHECKING:
    from adbc_driver_sqlite.dbapi import AdbcSqliteConnection

CUSTOMERS_A_LINE = 178_012 / 10_000_000
LINES_A_FILE = 1_000_000
DAYS_AT_ONCE = 30
MARK = Mark(1, "made")


@dataclass(frozen=True)
class Shop:
    """So many lines over so many days up to a day number: few customers buy much, orders have 1 to 6 lines."""

    lines: int
    days: int
    last: int
    heaviest: int = 0
    """Lines that one customer has beside its own."""

    @property
    def customers(self) -> int:
        return max(10, int(self.lines * CUSTOMERS_A_LINE))

    def by_day(self) -> Iterator[tuple[int, pa.Table]]:
        """STORED_LINES of each day, oldest first; the same every time."""
        draw, order = np.random.default_rng(7), 0
        share = np.cumsum(draw.gamma(0.7, 1.0, self.customers))
        for day in range(self.last - self.days + 1, self.last + 1):
            size = self.lines * (day - self.last + self.days) // self.days
            size -= self.lines * (day - 1 - self.last + self.days) // self.days
            heavy = self.heaviest // self.days
            owner = np.searchsorted(share, draw.random(max(size * 2 // 7, 1)) * share[-1]) + 1
            at = np.sort(draw.integers(0, len(owner), size))
            customer = np.concatenate([owner[at], np.ones(heavy, np.int64)])
            number = np.concatenate([at, np.full(heavy, len(owner))]) + order + 1
            order += len(owner) + 1
            yield day, _lines(draw, day, customer, number)


def _lines(draw: np.random.Generator, day: int, customer: np.ndarray, order: np.ndarray) -> pa.Table:
    size = len(customer)
    returned = draw.random(size) < 0.04
    cost = (draw.random(size) * 2_000_000).astype(np.int64)
    amount = (np.exp(draw.normal(7, 1.3, size)) * 10_000).astype(np.int64)
    columns = {"customer_no": customer, "order_no": order, "day": np.full(size, day), "returned": returned,
               "amount": np.where(returned, -amount, amount), "product_no": draw.zipf(1.3, size) % 20_000 + 1,
               "quantity": draw.integers(1, 9, size) * 1000, "category_no": draw.integers(1, 60, size),
               "channel_no": draw.integers(1, 5, size), "cost": np.where(cost % 3 == 0, NO_COST, cost),
               "contractor_no": np.ones(size), "since": np.ones(size),
               "until": np.where(draw.random(size) < 0.02, 2, 0)}
    return pa.table({name: columns[name].astype(kind) for name, kind in STORED_LINES.items()}, schema=SCHEMA)


def _put(connection: AdbcSqliteConnection, stored: pd.DataFrame) -> None:
    """Put STORED_LINES of some customers into a ledger."""
    order = stored.groupby("order_no")
    heads = order.agg(customer_no=("customer_no", "first"), day=("day", "min"), last_day=("day", "max"),
                      lines=("day", "size"), amount=("amount", "sum")).reset_index()
    customers = heads[["customer_no"]].drop_duplicates()
    ids = customers["customer_no"].map("{:016x}".format)
    tables = {
        "customers": customers.assign(customer_id=ids, told=ids),
        "orders": heads[["order_no", "customer_no"]].assign(organisation_no=1, order_id="", year=0,
                                                            document_no=heads["order_no"]),
        "versions": heads.rename(columns={"order_no": "version_no"}).assign(
            document_no=heads["order_no"], hash=b"", since=1),
        "lines": stored.rename(columns={"order_no": "version_no"}).assign(
            order_no=stored["order_no"], ordinal=order.cumcount(), delivery_no=1, second=0, cost=None,
            returned=stored["returned"].astype("int64")).drop(columns=["category_no", "channel_no"])}
    with connection.cursor() as cursor:
        for name, frame in tables.items():
            cursor.adbc_ingest(name, pa.Table.from_pandas(frame, preserve_index=False), mode="append")
    connection.commit()


@dataclass(frozen=True)
class MadeFacts:
    """Facts of a made-up shop: `lines` in the folder is the lake, `customers` the same lines by range of customers."""

    folder: Path
    shop: Shop

    @property
    def lake(self) -> Lake:
        return Lake(str(self.folder / "lines"))

    def make(self, *, by_customer: bool = True) -> MadeFacts:
        """Write the files, where they are not there yet."""
        if self.lake.mark() != MARK:
            held = np.zeros(self.shop.customers + 1, np.int64)
            for day, lines in self.shop.by_day():
                self.lake.write(day, lines)
                held += np.bincount(lines["customer_no"].to_numpy()[lines["until"].to_numpy() == 0],
                                    minlength=len(held))
            (self.folder / "heaviest.json").write_text(
                json.dumps([f"{int(held.argmax()):016x}", int(held.max())]), encoding="utf-8")
            self.lake.put_mark(MARK)
        if by_customer and not (self.folder / "customers").exists():
            self._by_customer()
        return self

    def _by_customer(self) -> None:
        parts, days = self._ranges, self.lake.days()
        draft = self.folder / "draft"
        draft.mkdir(exist_ok=True)
        writers = [pq.ParquetWriter(draft / f"{part.first}.parquet", SCHEMA) for part in parts]
        ordered = [days[day] for day in sorted(days)]
        for at in range(0, len(ordered), DAYS_AT_ONCE):
            lines = pa.concat_tables([self.lake.read(path) for path in ordered[at:at + DAYS_AT_ONCE]])
            lines = lines.sort_by("customer_no")
            edges = np.searchsorted(lines["customer_no"].to_numpy(), [part.first for part in parts]).tolist()
            for writer, start, end in zip(writers, edges, [*edges[1:], lines.num_rows], strict=True):
                writer.write_table(lines.slice(start, end - start))
        for writer in writers:
            writer.close()
        draft.rename(self.folder / "customers")

    def ledger(self) -> LedgerFacts:
        """The same lines in a ledger on SQLite, made where it is not there yet; each order is one document."""
        path, draft = self.folder / "warehouse.db", self.folder / "draft.db"
        if not path.exists():
            Warehouse(draft).upgrade(None)
            with Warehouse(draft).arrow() as connection:
                for part in self._ranges:
                    stored = pq.ParquetFile(self.folder / "customers" / f"{part.first}.parquet").read().to_pandas()
                    _put(connection, stored.sort_values(["customer_no", "order_no"], ignore_index=True))
            draft.rename(path)
        return LedgerFacts(Warehouse(path))

    @cached_property
    def _ranges(self) -> list[Bucket]:
        count = -(-self.shop.lines // LINES_A_FILE)
        edges = [1 + self.shop.customers * at // count for at in range(count)] + [self.shop.customers + 1]
        return [Bucket(first, end) for first, end in pairwise(edges)]

    def stored(self) -> int:
        return self.shop.lines + self.shop.heaviest

    def buckets(self, lines_each: int) -> list[Bucket]:
        return self._ranges

    def lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        return self._of(bucket, view, LINES)

    def trade_lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        return self._of(bucket, view, TRADE_LINES)

    def _of(self, bucket: Bucket, view: View, table: Table) -> pd.DataFrame:
        selection = Selection(table, view, LeftOut())
        path = self.folder / "customers" / f"{bucket.first}.parquet"
        return selection.chosen(pq.ParquetFile(path).read(selection.columns))

    def newest(self) -> Mark:
        return MARK

    def follows(self, mark: Mark) -> bool:
        return True

    def leaving_out(self, own: frozenset[str]) -> LeftOut:
        return LeftOut()

    def heaviest(self, own: frozenset[str]) -> Heaviest:
        return Heaviest(*json.loads((self.folder / "heaviest.json").read_text(encoding="utf-8")))

    def left_out(self, view: View, own: frozenset[str]) -> Mapping[str, int]:
        return {}

    def versions(self, customers: Collection[int], period: Period, own: frozenset[str]) -> pd.DataFrame:
        raise NotImplementedError

    def changed_days(self, since: int) -> list[Period]:
        raise NotImplementedError

    def stored_lines(self, period: Period) -> pd.DataFrame:
        raise NotImplementedError

    def day_tallies(self) -> pd.DataFrame:
        raise NotImplementedError

