"""Ledgers for tests: made from one migrated file, with lines in few words."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from rfm_service.domain.values import Answer, Period, SaleLine
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from tests import served

DAY = date(2026, 3, 10)
HOSTILE = ("O'Hara \"Q\" `x`", "100% _ ?, :a", "Ателье «Ёлка» 🎉", "'; DROP TABLE lines; --", "=cmd()|' /C calc'!A0",
           "x" * 300, "‮обратно‬")


@cache
def migrated() -> bytes:
    """The bytes of a ledger without facts."""
    folder = Path(tempfile.mkdtemp())
    Ledger(Warehouse(folder / "empty.db"), folder).open()
    with closing(sqlite3.connect(folder / "empty.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "empty.db").read_bytes()


def ledger_in(folder: Path) -> Ledger:
    if served.URL:
        ledger = Ledger(served.warehouse(folder), folder / "backups")
        ledger.open()
        return ledger
    path = folder / "warehouse.db"
    if not path.exists():
        path.write_bytes(migrated())
    return Ledger(Warehouse(path), folder / "backups")


def days(first: date, last: date) -> Period:
    return Period(first, last + timedelta(days=1))


def line(number: str = "1", day: date = DAY, amount: int = 10_000, customer: str = "A", **more: Any) -> SaleLine:
    at = datetime.combine(day, more.pop("at", time(12)))
    return SaleLine(at, number, amount, more.pop("returned", False), customer, **more)


def answer(lines: Iterable[SaleLine], *periods: Period, **more: Any) -> Answer:
    return Answer(periods or (days(DAY, DAY),), list(lines), **more)


def tell(ledger: Ledger, lines: Iterable[SaleLine], *periods: Period, **more: Any) -> tuple[int, int, int]:
    """Replace, and what was added, changed and removed."""
    told = answer(lines, *periods, **more)
    ingest = ledger.replace(told, "run", told.periods[0])
    return ingest.added, ingest.changed, ingest.removed


def live(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Every live line, in plain values."""
    return sorted((row.document, row.customer, row.day, row.amount)
                  for frame in ledger.sales() for row in frame.itertuples())


def query(ledger: Ledger, sql: str) -> list[tuple[Any, ...]]:
    if served.URL:
        with ledger.warehouse.reading() as connection:
            return list(map(tuple, connection.exec_driver_sql(sql).all()))
    with closing(sqlite3.connect(ledger.warehouse.path)) as connection:
        return connection.execute(sql).fetchall()


def sound(ledger: Ledger) -> bool:
    """Whether a file has no fault, and no row that refers to none; a server looks after that itself."""
    return bool(served.URL) or (query(ledger, "PRAGMA foreign_key_check"), query(ledger, "PRAGMA integrity_check")) == (
        [], [("ok",)])


def tables(ledger: Ledger) -> list[str]:
    """The names of all tables."""
    names = ("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1" if served.URL else
             "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    return [name for (name,) in query(ledger, names)]


def dump(ledger: Ledger) -> list[tuple[Any, ...]]:
    """All rows of all tables."""
    return [(name, *row) for name in tables(ledger) if name != "alembic_version"
            for row in query(ledger, f"SELECT * FROM {name} ORDER BY 1, 2")]
