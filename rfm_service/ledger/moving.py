"""A ledger from PostgreSQL into a file of SQLite, and back: all tables, row by row, in one moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rfm_service.domain.errors import LedgerError
from rfm_service.ledger import bulk, forms, soundness
from rfm_service.ledger.backup import BESIDE, DRAFT, settle
from rfm_service.ledger.dialect import storable
from rfm_service.ledger.forms import MIGRATIONS
from rfm_service.ledger.warehouse import Warehouse

AT_ONCE = 20_000
VERSION = "alembic_version"
DIFFERS = "The copy of the ledger in {folder} is not whole: {table} has {found} rows in it, and {stored} in the ledger."


def to_file(connection: sa.Connection, target: Path, migrations: str = MIGRATIONS) -> None:
    """Write a ledger, as one transaction sees it, into a file of the same form; it gets its name when it was read back.

    Raises LedgerError.
    """
    draft = target.with_name(target.name + DRAFT)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(draft)
        copy = Warehouse(draft, migrations)
        copy.upgrade(None, str(forms.revision(connection)))
        _fill(connection, copy)
        _read_back(connection, draft)
        settle(draft)
        draft.replace(target)
        settle(target.parent)
    except (sqlite3.Error, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LedgerError("A copy of the warehouse could not be made in {folder}: {reason}.",
                          folder=str(target.parent), reason=reason or "?") from error
    finally:
        _remove(draft)


def _fill(connection: sa.Connection, copy: Warehouse) -> None:
    with copy.bulk() as filled:
        driver: Any = filled.connection.driver_connection
        for table, columns in shape(driver).items():
            driver.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" * len(columns))
            for rows in _served(connection, table, columns):
                driver.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def shape(file: sqlite3.Connection) -> dict[str, list[str]]:
    """The tables of a file with their columns, those that others refer to first."""
    tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid").fetchall()
    return {table: [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            for (table,) in tables if table != VERSION and not table.startswith("sqlite_")}


def _served(connection: sa.Connection, table: str, columns: Sequence[str]) -> Iterator[list[Any]]:
    """The rows of a table of the server, some at a time, in the order of its key."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor(name="copied") as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2")
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


def _read_back(connection: sa.Connection, draft: Path) -> None:
    """Raises LedgerError where a file is damaged, or has not all that the ledger has."""
    with closing(soundness.reading(draft, still=True)) as copy:
        if damage := soundness.faults(copy):
            raise LedgerError("The copy of the warehouse in {folder} is damaged: {reason}. If the warehouse "
                              "itself is damaged, the next `rfm-service run` mends it from an older copy.",
                              folder=str(draft.parent), reason=damage)
        for table in shape(copy):
            count = f"SELECT count(*) FROM {table}"
            found, stored = copy.execute(count).fetchone()[0], connection.exec_driver_sql(count).scalar_one()
            if found != stored:
                raise LedgerError(DIFFERS, folder=str(draft.parent), table=table, found=found, stored=stored)


def from_file(connection: sa.Connection, file: Path) -> None:
    """Put all of a file of the newest form in the place of what a ledger of that form holds, in one transaction."""
    with closing(soundness.reading(file, still=True)) as copy:
        tables = shape(copy)
        connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)}")
        for table, columns in tables.items():
            rows = copy.execute(f"SELECT {', '.join(columns)} FROM {table}")
            bulk.copy(connection, table, columns, (list(map(_stored, row)) for row in rows))
            connection.exec_driver_sql(f"ANALYZE {table}")


def _stored(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def _remove(draft: Path) -> None:
    for beside in ("", *BESIDE):
        draft.with_name(draft.name + beside).unlink(missing_ok=True)
