"""Memory as the night sees it: facts in, conclusions kept, messages queued."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from rfm_service.domain.stored import LateDocument
from rfm_service.domain.tables import CUSTOMERS
from rfm_service.domain.values import (
    Answer,
    DayTotal,
    Ingest,
    Partner,
    Period,
    Removal,
    day_number,
    day_of,
    merge_periods,
)
from rfm_service.ledger import forgotten, holds, known, merging, people, replace
from rfm_service.ledger.contacts import Contacts
from rfm_service.ledger.outbox import Outbox
from rfm_service.ledger.rights import Rights
from rfm_service.ledger.stores import AnyWarehouse

if TYPE_CHECKING:
    import pandas as pd

    from rfm_service.analysis.trends import Point
    from rfm_service.domain.forecasts import Forecast
    from rfm_service.domain.grids import Cuts
    from rfm_service.ledger.facts import LedgerFacts
    from rfm_service.ledger.forecasts import Told
    from rfm_service.ledger.snapshots import Kept

COUNTED = {
    "customers": "SELECT count(*) FROM customers WHERE owner_no IS NULL",
    "documents": "SELECT count(*) FROM versions WHERE until = 0",
    "lines": "SELECT coalesce(sum(lines), 0) FROM versions WHERE until = 0",
    "quarantine": "SELECT count(*) FROM quarantine", "snapshots": "SELECT count(*) FROM snapshots"}
"""What is counted, as it is true now."""


@dataclass(frozen=True)
class Ledger:
    """The warehouse of one company; pandas is loaded only where frames are asked for. `own`: own companies."""

    warehouse: AnyWarehouse
    backups: Path
    own: frozenset[str] = frozenset()

    def open(self) -> None:
        """Make the warehouse, or bring it to the newest form. Raises LedgerError."""
        self.warehouse.upgrade(self.backups)

    @property
    def outbox(self) -> Outbox:
        """The messages."""
        return Outbox(self.warehouse)

    @property
    def contacts(self) -> Contacts:
        """The contacts made."""
        return Contacts(self.warehouse)

    @property
    def rights(self) -> Rights:
        """What customers may ask for."""
        return Rights(self.warehouse, self.own)

    @property
    def facts(self) -> LedgerFacts:
        """The reading side for engines."""
        from rfm_service.ledger.facts import LedgerFacts

        return LedgerFacts(self.warehouse)

    def loaded(self, start: date) -> Period | None:
        """The days stored whole with `start` among them and none left out; None where it is not stored."""
        return next((period for period in self._loaded() if start in period), None)

    def watermark(self) -> date | None:
        """The newest day stored whole."""
        loaded = self._loaded()
        return loaded[-1].last if loaded else None

    def _loaded(self) -> list[Period]:
        """The days stored whole; none as long as no sale was ever stored, whatever was asked for."""
        with self.warehouse.reading() as connection:
            if connection.exec_driver_sql("SELECT 1 FROM versions LIMIT 1").first() is None:
                return []
            rows = connection.exec_driver_sql("SELECT first_day, end_day FROM ingests WHERE end_day > first_day").all()
        return merge_periods(Period(day_of(first), day_of(end)) for first, end in rows)

    def has_sales(self, period: Period) -> bool:
        """Whether a live sale line is stored in the period."""
        with self.warehouse.reading() as connection:
            return connection.execute(
                sa.text("SELECT 1 FROM versions WHERE until = 0 AND day BETWEEN :first AND :last LIMIT 1"),
                {"first": day_number(period.first), "last": day_number(period.last)}).first() is not None

    def hashes(self, period: Period) -> dict[date, bytes]:
        """The hash that came with each day of the period when it was last read whole."""
        with self.warehouse.reading() as connection:
            return known.hashes(connection, period)

    def versions(self, period: Period) -> dict[str, str]:
        """Reference -> DataVersion of the live documents dated in the period."""
        with self.warehouse.reading() as connection:
            return known.versions(connection, period)

    def partners(self) -> dict[str, str]:
        """Reference -> DataVersion of the customers that were told with one."""
        with self.warehouse.reading() as connection:
            return known.partners(connection)

    def totals(self, period: Period) -> list[DayTotal]:
        """What is stored of each day with sales."""
        with self.warehouse.reading() as connection:
            return known.totals(connection, period)

    def longest_unread(self, horizon: Period, nights: int) -> Period | None:
        """The part of the horizon whose turn it is, so that all of it is read within so many nights."""
        with self.warehouse.reading() as connection:
            return known.longest_unread(connection, horizon, nights)

    def removal(self, answer: Answer, within: Period | None = None) -> Removal:
        """What of the stored documents of its periods, or of some days of them, the answer no longer holds."""
        with self.warehouse.reading() as connection:
            return replace.removal(connection, answer, within)

    def hold(self, as_of: date, run: str, removal: Removal) -> None:
        """Note that the night of a day was held for its removals, until a person grants them."""
        with self.warehouse.rows() as connection:
            holds.hold(connection, as_of, run, removal)

    def held(self) -> list[holds.Hold]:
        """The held nights, newest first."""
        with self.warehouse.reading() as connection:
            return holds.held(connection)

    def grant(self, as_of: date) -> None:
        """Let the next run of a held night remove what it must."""
        with self.warehouse.rows() as connection:
            holds.grant(connection, as_of)

    def take_grant(self, as_of: date) -> bool:
        """Whether the removals of a night were granted; a grant is for one run, however that run ends."""
        with self.warehouse.rows() as connection:
            return holds.take_grant(connection, as_of)

    def elsewhere(self, answer: Answer) -> list[Period]:
        """Older days under which documents of the answer are stored: 1C must tell of them again."""
        with self.warehouse.reading() as connection:
            days = map(day_of, replace.days_elsewhere(connection, self._nameless(connection, answer)))
        return merge_periods(Period(day, day + timedelta(days=1)) for day in days)

    def replace(self, answer: Answer, run: str, main: Period | None, as_of: date | None = None) -> Ingest:
        """Make the answer the truth for its periods, in one transaction. Raises LedgerError.

        The days of `main` are stored whole with it; the nights up to `as_of` are held no longer.
        """
        with self.warehouse.bulk() as connection:
            if as_of is not None:
                holds.release(connection, as_of)
            return replace.replace(connection, self._nameless(connection, answer), run, main)

    def difference(self, answer: Answer) -> tuple[Ingest, list[DayTotal], list[DayTotal]]:
        """What `replace` would change, and the totals before and after; nothing is stored."""
        before: list[DayTotal] = []
        after: list[DayTotal] = []
        with self.warehouse.trial() as connection:
            before = [total for period in answer.told for total in known.totals(connection, period)]
            ingest = replace.replace(connection, self._nameless(connection, answer), "", None)
            after = [total for period in answer.told for total in known.totals(connection, period)]
        return ingest, before, after

    def _nameless(self, connection: sa.Connection, answer: Answer) -> Answer:
        return forgotten.read(connection, self.own).nameless(answer)

    def save_partners(self, partners: Sequence[Partner]) -> int:
        """Store what 1C knows of customers; those it no longer names keep what was known."""
        with self.warehouse.rows() as connection:
            return people.save(connection, forgotten.read(connection).others(partners))

    def follow_renames(self, partners: Sequence[Partner], run: str) -> int:
        """Join the names that the reference of a partner says are one customer; the number of joined names."""
        self.rights.follow(partners)
        with self.warehouse.rows() as connection:
            pairs = people.renamed(connection, forgotten.read(connection).others(partners))
            if pairs:
                merging.follow(connection, pairs, run)
        return len(pairs)

    def merge(self, kept: str, other: str, run: str) -> int:
        """Count the documents of `other` for `kept`, both an id or a name; the number moved. Raises LedgerError."""
        with self.warehouse.rows() as connection:
            return merging.join(connection, people.only(connection, kept), people.only(connection, other), run)

    def unmerge(self, kept: str, other: str, run: str) -> int:
        """Undo `merge`; the number of documents moved back. Raises LedgerError."""
        with self.warehouse.rows() as connection:
            return merging.part(connection, people.only(connection, kept), people.only(connection, other), run)

    def renames(self) -> list[people.Rename]:
        """The renames that wait for a person."""
        with self.warehouse.reading() as connection:
            return people.proposed(connection)

    def merges(self, ingest: int) -> frozenset[int]:
        """The ingests after `ingest` that joined or parted customers."""
        with self.warehouse.reading() as connection:
            return frozenset(connection.execute(
                sa.text("SELECT ingest_no FROM ingests WHERE kind = :kind AND ingest_no > :ingest"),
                {"kind": merging.MERGE, "ingest": ingest}).scalars())

    def late_documents(self, period: Period, ingest: int) -> list[LateDocument]:
        """The documents dated in the period that ingests after `ingest` added, corrected or removed."""
        merges = self.merges(ingest)
        with self.warehouse.reading() as connection:
            return known.late_documents(connection, period, ingest, merges)

    def lasting(self, documents: Sequence[int], ingest: int) -> set[int]:
        """Which of the documents were there at an ingest and still are, whatever their day."""
        with self.warehouse.reading() as connection:
            return known.lasting(connection, documents, ingest)

    def kin(self, customers: Iterable[int]) -> list[int]:
        """The customers with all that they count for or that count for them."""
        with self.warehouse.reading() as connection:
            return people.kin(connection, customers)

    def joined(self, merges: Iterable[int]) -> frozenset[int]:
        """The customers whose documents some merges moved, and those to whom."""
        with self.warehouse.reading() as connection:
            return frozenset(connection.execute(
                sa.text("SELECT customer_no FROM versions, json_each(:merges) WHERE since = CAST(value AS BIGINT) "
                        "OR until = CAST(value AS BIGINT)"),
                {"merges": json.dumps(sorted(merges))}).scalars())

    def newest_ingest(self) -> int:
        """The number of the newest ingest, 0 where there is none."""
        with self.warehouse.reading() as connection:
            return int(connection.exec_driver_sql("SELECT coalesce(max(ingest_no), 0) FROM ingests").scalar_one())

    def previous(self, as_of: date) -> Kept | None:
        """The newest kept snapshot with an earlier as_of."""
        from rfm_service.ledger import snapshots

        return snapshots.previous(self.warehouse, as_of)

    def kept(self, as_of: date) -> Kept | None:
        """The snapshot of one night, None where none is kept."""
        from rfm_service.ledger import snapshots

        return snapshots.kept_on(self.warehouse, as_of)

    def keep(self, kept: Kept, moves: pd.DataFrame, forecast: Forecast, offers: pd.DataFrame | None = None) -> None:
        """Keep a night's SNAPSHOT, MOVES, FORECAST and, where given, OFFERS in one transaction. Raises LedgerError."""
        from rfm_service.ledger import snapshots

        snapshots.keep(self.warehouse, kept, moves, forecast, offers)

    def told_by(self, day: date) -> Told | None:
        """The newest forecast up to a day that stays."""
        from rfm_service.ledger import forecasts

        return forecasts.told_by(self.warehouse, day)

    def told_on(self, day: date) -> Told | None:
        """The forecast of one night, None where it is not kept."""
        from rfm_service.ledger import forecasts

        return forecasts.told_on(self.warehouse, day)

    def cuts(self, month: str, rules: str) -> Cuts | None:
        """The cuts stored for a month under some rules."""
        from rfm_service.ledger import snapshots

        with self.warehouse.reading() as connection:
            return snapshots.cuts_of(connection, month, rules)

    def keep_cuts(self, month: str, rules: str, cuts: Cuts) -> None:
        """Store the cuts of a month; cuts once stored stay."""
        from rfm_service.ledger import snapshots

        with self.warehouse.rows() as connection:
            snapshots.keep_cuts(connection, month, rules, cuts)

    def moves(self, as_of: date) -> pd.DataFrame:
        """MOVES of a kept night."""
        from rfm_service.ledger import snapshots

        return snapshots.moves(self.warehouse, as_of)

    def history(self, first: date, last: date) -> pd.DataFrame:
        """HISTORY of the kept nights from `first` to `last`."""
        from rfm_service.ledger import snapshots

        return snapshots.history(self.warehouse, first, last)

    def trend_points(self, rules: str, known: int, reach_days: int) -> list[Point]:
        """The key figures of past days kept under some rules that hold as known after an ingest."""
        from rfm_service.ledger import trends
        return trends.kept(self.warehouse, rules, known, reach_days)

    def keep_trend_points(self, rules: str, known: int, points: Sequence[Point]) -> None:
        """Keep the key figures of past days, as they are after an ingest."""
        from rfm_service.ledger import trends

        trends.keep(self.warehouse, rules, known, points)

    def document_numbers(self, documents: Iterable[int]) -> dict[int, str]:
        """document_no -> number, as 1C writes it."""
        with self.warehouse.reading() as connection:
            rows = connection.execute(
                sa.text("SELECT document_no, number FROM documents WHERE document_no IN (SELECT "
                        "CAST(value AS BIGINT) FROM json_each(:wanted))"),
                {"wanted": json.dumps(sorted({int(each) for each in documents}))}).all()
        return {row[0]: row[1] for row in rows}

    def sales(self) -> Iterator[pd.DataFrame]:
        """All live sale lines with their names, some at a time."""
        yield from self.facts.sales()

    def customers(self) -> pd.DataFrame:
        """CUSTOMERS: who they are; one who was forgotten has no name."""
        return self._texts(people.EVERYBODY, CUSTOMERS)

    def products(self) -> pd.DataFrame:
        """Names of products and of their categories: product_no, product, category."""
        return self._texts("SELECT product_no, product, category FROM products",
                           {"product_no": "int64", "product": "str", "category": "str"})

    def channels(self) -> pd.DataFrame:
        """Names of sales channels: channel_no, channel."""
        return self._texts("SELECT delivery_no AS channel_no, channel FROM deliveries",
                           {"channel_no": "int64", "channel": "str"})

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

    def quarantine_reasons(self) -> dict[str, int]:
        """Why rows are in quarantine, and how many each."""
        with self.warehouse.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY 2 DESC, 1").all()
        return {row[0]: row[1] for row in rows}

    def counts(self) -> dict[str, int]:
        """Rows by table, and messages by state."""
        with self.warehouse.reading() as connection:
            rows = {name: int(connection.exec_driver_sql(query).scalar_one()) for name, query in COUNTED.items()}
            rows["customers"] -= 1  # the one that stands for "no customer"
            states = connection.exec_driver_sql("SELECT state, count(*) FROM outbox GROUP BY state")
            messages = {f"messages_{state}": int(count) for state, count in states}
            return {**rows, "messages_waiting": 0, "messages_refused": 0, "messages_doubted": 0, **messages}

    def published(self, place: str, as_of: date | None = None) -> bool:
        """Whether a report was ever published at the place; that of one night, where one is named."""
        with self.warehouse.reading() as connection:
            return connection.execute(
                sa.text("SELECT 1 FROM publications WHERE place = :place AND (CAST(:day AS BIGINT) IS NULL OR "
                        "as_of = :day) LIMIT 1"),
                {"place": place, "day": None if as_of is None else day_number(as_of)}).first() is not None

    def note_published(self, place: str, as_of: date, report_hash: str) -> None:
        """Note that a report was published at the place."""
        with self.warehouse.rows() as connection:
            connection.execute(
                sa.text("INSERT INTO publications (place, as_of, hash) VALUES (:place, :day, :hash) "
                        "ON CONFLICT (place, as_of) DO UPDATE SET hash = excluded.hash"),
                {"place": place, "day": day_number(as_of), "hash": report_hash})

    def _texts(self, query: str, table: dict[str, str]) -> pd.DataFrame:
        import pandas as pd

        with self.warehouse.arrow() as connection, connection.cursor() as cursor:
            cursor.execute(query)
            frame = cursor.fetch_arrow_table().to_pandas()
        return pd.DataFrame({column: frame[column].astype(kind) for column, kind in table.items()})
