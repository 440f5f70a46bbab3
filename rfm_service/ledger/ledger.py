"""Memory as the night sees it: facts in, conclusions kept, messages queued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from rfm_service.domain.tables import CUSTOMERS
from rfm_service.domain.values import (
    Answer,
    Ingest,
    Message,
    Partner,
    Period,
    clean_name,
    day_number,
    day_of,
    merge_periods,
)
from rfm_service.ledger import outbox, replace, snapshots
from rfm_service.ledger.facts import LedgerFacts
from rfm_service.ledger.numbers import CUSTOMERS as CUSTOMER_NUMBERS
from rfm_service.ledger.outbox import Waiting
from rfm_service.ledger.snapshots import CutValues, Kept
from rfm_service.ledger.warehouse import Warehouse

__all__ = ["CutValues", "Kept", "Ledger"]

COUNTED = ("customers", "documents", "lines", "quarantine", "snapshots")


@dataclass(frozen=True)
class Ledger:
    """The warehouse of one company."""

    warehouse: Warehouse
    backups: Path

    def open(self) -> None:
        """Make the warehouse, or bring it to the newest form. Raises LedgerError."""
        self.warehouse.upgrade(self.backups)

    @property
    def facts(self) -> LedgerFacts:
        """The reading side for engines."""
        return LedgerFacts(self.warehouse)

    def loaded(self) -> Period | None:
        """The days stored whole; None as long as no sale was ever stored, whatever was asked for."""
        with self.warehouse.reading() as connection:
            if connection.exec_driver_sql("SELECT 1 FROM versions LIMIT 1").first() is None:
                return None
            first, end = connection.exec_driver_sql("SELECT min(first_day), max(end_day) FROM ingests").one()
        return Period(day_of(first), day_of(end))

    def watermark(self) -> date | None:
        """The newest day stored whole."""
        loaded = self.loaded()
        return loaded and loaded.last

    def has_sales(self, period: Period) -> bool:
        """Whether a live sale line is stored in the period."""
        with self.warehouse.reading() as connection:
            return connection.execute(
                sa.text("SELECT 1 FROM versions WHERE until = 0 AND day BETWEEN :first AND :last LIMIT 1"),
                {"first": day_number(period.first), "last": day_number(period.last)}).first() is not None

    def elsewhere(self, answer: Answer) -> list[Period]:
        """Older days under which documents of the answer are stored: 1C must tell of them again."""
        with self.warehouse.reading() as connection:
            days = map(day_of, replace.days_elsewhere(connection, answer))
        return merge_periods(Period(day, day + timedelta(days=1)) for day in days)

    def replace(self, answer: Answer, run: str, main: Period) -> Ingest:
        """Make the answer the truth for its periods, in one transaction. Raises LedgerError."""
        with self.warehouse.rows() as connection:
            return replace.replace(connection, answer, run, main)

    def save_partners(self, partners: Iterable[Partner]) -> int:
        """Store what 1C knows of customers; those it no longer names keep what was known."""
        named = {clean_name(partner.name): partner for partner in partners if clean_name(partner.name)}
        with self.warehouse.rows() as connection:
            numbers = CUSTOMER_NUMBERS.numbers(connection, ((name,) for name in named))
            if named:
                connection.exec_driver_sql(
                    "UPDATE customers SET email = ?, category = ?, manager = ?, ref = ?, tax_id = ?, tax_code = ?, "
                    "phone = ?, do_not_contact = ? WHERE customer_no = ?",
                    [(*partner[1:8], int(partner.do_not_contact), numbers[name,]) for name, partner in named.items()])
        return len(named)

    def newest_ingest(self) -> int:
        """The number of the newest ingest, 0 where there is none."""
        with self.warehouse.reading() as connection:
            return int(connection.exec_driver_sql("SELECT coalesce(max(ingest_no), 0) FROM ingests").scalar_one())

    def previous(self, as_of: date) -> Kept | None:
        """The newest kept snapshot with an earlier as_of."""
        return snapshots.previous(self.warehouse, as_of)

    def keep(self, kept: Kept, moves: pd.DataFrame) -> None:
        """Keep a night's SNAPSHOT and MOVES in one transaction. Raises LedgerError."""
        snapshots.keep(self.warehouse, kept, moves)

    def cuts(self, month: str, rules: str) -> CutValues | None:
        """The cuts stored for a month under some rules."""
        with self.warehouse.reading() as connection:
            return snapshots.cuts_of(connection, month, rules)

    def keep_cuts(self, month: str, rules: str, cuts: CutValues) -> None:
        """Store the cuts of a month; cuts once stored stay."""
        with self.warehouse.rows() as connection:
            snapshots.keep_cuts(connection, month, rules, cuts)

    def moves(self, as_of: date) -> pd.DataFrame:
        """MOVES of a kept night."""
        return snapshots.moves(self.warehouse, as_of)

    def sales(self) -> Iterator[pd.DataFrame]:
        """All live sale lines with their names, some at a time."""
        yield from LedgerFacts(self.warehouse).sales()

    def customers(self) -> pd.DataFrame:
        """CUSTOMERS: who they are."""
        return self._texts("SELECT customer_no, customer_id, name AS customer, email, manager FROM customers "
                           "WHERE customer_no > 0", CUSTOMERS)

    def products(self) -> pd.DataFrame:
        """Names of products: product_no, product."""
        return self._texts("SELECT product_no, product FROM products", {"product_no": "int64", "product": "str"})

    def sales_through(self, as_of: date) -> date | None:
        """The newest day up to as_of with a live line."""
        with self.warehouse.reading() as connection:
            day = connection.execute(sa.text("SELECT max(last_day) FROM versions WHERE until = 0 AND day <= :day"),
                                     {"day": day_number(as_of)}).scalar_one()
        return None if day is None else min(day_of(day), as_of)

    def quarantined(self, period: Period) -> int:
        """Rows in quarantine that claim a day of the period, or none at all."""
        with self.warehouse.reading() as connection:
            return int(connection.execute(
                sa.text("SELECT count(*) FROM quarantine WHERE day IS NULL OR day BETWEEN :first AND :last"),
                {"first": day_number(period.first), "last": day_number(period.last)}).scalar_one())

    def counts(self) -> dict[str, int]:
        """Rows by table, and messages by state."""
        with self.warehouse.reading() as connection:
            rows = {table: int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
                    for table in COUNTED}
            rows["customers"] -= 1  # the one that stands for "no customer"
            states = connection.exec_driver_sql("SELECT state, count(*) FROM outbox GROUP BY state")
            messages = {f"messages_{state}": int(count) for state, count in states}
            return {**rows, "messages_waiting": 0, "messages_refused": 0, **messages}

    def queue(self, messages: Iterable[Message]) -> int:
        """Queue messages; the number of new ones."""
        with self.warehouse.rows() as connection:
            return outbox.queue(connection, messages)

    def waiting(self) -> list[Waiting]:
        """The messages to deliver, oldest first."""
        with self.warehouse.reading() as connection:
            return outbox.waiting(connection)

    def sent(self, number: int) -> None:
        """Mark a message as delivered."""
        with self.warehouse.rows() as connection:
            outbox.sent(connection, number)

    def refused(self, number: int, problem: str, *, permanent: bool) -> None:
        """Note why a message was not delivered."""
        with self.warehouse.rows() as connection:
            outbox.refused(connection, number, problem, permanent=permanent)

    def published(self, place: str) -> bool:
        """Whether a report was ever published at the place."""
        with self.warehouse.reading() as connection:
            return connection.execute(sa.text("SELECT 1 FROM publications WHERE place = :place LIMIT 1"),
                                      {"place": place}).first() is not None

    def note_published(self, place: str, as_of: date, report_hash: str) -> None:
        """Note that a report was published at the place."""
        with self.warehouse.rows() as connection:
            connection.execute(
                sa.text("INSERT INTO publications (place, as_of, hash) VALUES (:place, :day, :hash) "
                        "ON CONFLICT (place, as_of) DO UPDATE SET hash = excluded.hash"),
                {"place": place, "day": day_number(as_of), "hash": report_hash})

    def _texts(self, query: str, table: dict[str, str]) -> pd.DataFrame:
        with self.warehouse.arrow() as connection, connection.cursor() as cursor:
            cursor.execute(query)
            frame = cursor.fetch_arrow_table().to_pandas()
        return pd.DataFrame({column: frame[column].astype(kind) for column, kind in table.items()})

