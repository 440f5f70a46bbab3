"""The file of facts: how it is opened, brought up to date and guarded against two SQLites in one process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from rfm_service.domain.errors import LedgerError
from rfm_service.ledger import forms
from rfm_service.ledger.backup import verified_copy
from rfm_service.ledger.forms import MIGRATIONS
from rfm_service.ledger.soundness import UNUSABLE

if TYPE_CHECKING:
    from adbc_driver_sqlite.dbapi import AdbcSqliteConnection

BUSY_MS = 10_000
LOG_PAGES = 16_384
"""So many pages of the log are written back at a time: a load touches the same pages again and again."""
BATCH_ROWS = "65536"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}", "temp_store=MEMORY",
           "cache_size=-32768", f"wal_autocheckpoint={LOG_PAGES}")
"""How every connection is set: with less than WAL and FULL a power cut takes transactions that were committed."""


@dataclass
class Gate:
    """Keeps the two SQLites of a process apart: closing ADBC's drops the POSIX locks that the other one holds."""

    rows: int = 0
    arrow: int = 0
    lock: Lock = field(default_factory=Lock)

    @contextmanager
    def enter(self, side: str) -> Iterator[None]:
        """Hold one side open; the other side being open is a fault of the program."""
        with self.lock:
            other = self.arrow if side == "rows" else self.rows
            if other:
                raise RuntimeError("the warehouse is open by the other SQLite of this process")
            setattr(self, side, getattr(self, side) + 1)
        try:
            yield
        finally:
            with self.lock:
                setattr(self, side, getattr(self, side) - 1)


GATES: dict[Path, Gate] = {}


@dataclass(frozen=True)
class Warehouse:
    """The SQLite file of the ledger: WAL, synchronous=FULL, foreign keys."""

    path: Path
    migrations: str = MIGRATIONS

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return str(self.path)

    @property
    def batches(self) -> Mapping[str, str]:
        """The option of a cursor of `arrow` that makes it read many rows at a time."""
        return {"adbc.sqlite.query.batch_rows": BATCH_ROWS}

    @property
    def made(self) -> bool:
        """Whether there is a file yet."""
        return self.path.exists()

    @property
    def gate(self) -> Gate:
        """The gate that every opener of this file in the process shares."""
        return GATES.setdefault(self.path.resolve(), Gate())

    @contextmanager
    def rows(self) -> Iterator[sa.Connection]:
        """A transaction over SQLAlchemy, committed at the end. Raises LedgerError."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def bulk(self) -> Iterator[sa.Connection]:
        """As `rows`, for many rows that refer to what the same transaction has numbered: SQLite looks nothing up.

        Raises LedgerError.
        """
        with self._transaction("PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def erasing(self) -> Iterator[sa.Connection]:
        """As `bulk`, and what is deleted or replaced is overwritten in the file. Raises LedgerError."""
        with self._transaction("PRAGMA foreign_keys=OFF", "PRAGMA secure_delete=ON", "BEGIN IMMEDIATE") as connection:
            yield connection

    def purge(self) -> None:
        """Write the file anew without what was ever deleted from it, and empty its log. Raises LedgerError."""
        with self._transaction("PRAGMA temp_store=FILE") as connection:
            connection.exec_driver_sql("VACUUM")
            waits = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if waits:
            raise LedgerError("The log of the warehouse {path} could not be emptied: another program reads it. Repeat "
                              "the command once that has ended.", path=self.path.name)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A view over SQLAlchemy that waits for no writer. Raises LedgerError."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """One connection stays open: when the last one closes, SQLite writes the whole log back. Raises LedgerError."""
        with self._transaction() as connection:
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")
            yield

    @contextmanager
    def trial(self) -> Iterator[sa.Connection]:
        """A transaction that is always rolled back. Raises LedgerError."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN")

    @contextmanager
    def _migrating(self) -> Iterator[sa.Connection]:
        """A transaction in which tables may be made anew: foreign keys are checked at its end."""
        with self._transaction("PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE") as connection:
            yield connection
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise LedgerError(UNUSABLE, path=self.path.name, reason="rows lack what they refer to")

    @contextmanager
    def _transaction(self, *begin: str) -> Iterator[sa.Connection]:
        # The values of a statement may name customers: they stay out of errors.
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(self.path)), poolclass=sa.NullPool,
                                  hide_parameters=True, connect_args={"timeout": BUSY_MS / 1000})
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", lambda connection: [
            connection.exec_driver_sql(statement) for statement in begin])
        try:
            with self.gate.enter("rows"), engine.begin() as connection:
                yield connection
        except sa.exc.DatabaseError as error:
            raise LedgerError(UNUSABLE, path=self.path.name, reason=str(error.orig)) from error
        finally:
            engine.dispose()

    @contextmanager
    def arrow(self) -> Iterator[AdbcSqliteConnection]:
        """A connection over ADBC, which reads whole columns as Arrow tables. Raises LedgerError."""
        from adbc_driver_sqlite import dbapi

        try:
            with self.gate.enter("arrow"), closing(dbapi.connect(str(self.path))) as connection:
                with connection.cursor() as cursor:
                    # The last of several connections to close holds the file for a moment.
                    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
                yield connection
        except dbapi.Error as error:
            reason = str(error).partition("\n")[0]
            raise LedgerError(UNUSABLE, path=self.path.name, reason=reason) from error

    def alone(self, what: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing: the locks beside the file are enough."""
        return nullcontext()

    def copy(self, target: Path) -> None:
        """A verified copy of the live file. Raises LedgerError."""
        verified_copy(self.path, target)

    def upgrade(self, backups: Path | None, form: str = "head") -> None:
        """Bring the file to the newest form, a verified copy first where it holds an older one. Raises LedgerError.

        A file that is a copy itself needs none: `backups` is None. `form`: no newer one than this.
        """
        scripts = forms.scripts(self.migrations)
        newest = forms.newest(scripts) if form == "head" else form
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            held = self._revision() if self.path.exists() else None
            if held == newest:
                return
            if held is not None and backups is not None:
                verified_copy(self.path, backups / f"before-{newest}.db")
            with self._migrating() as connection:
                scripts.attributes["connection"] = connection
                command.upgrade(scripts, form)
        except CommandError as error:
            raise LedgerError("The warehouse {path} was made by another version of this program. Install the newest "
                              "version, or restore a copy from {backups}.", path=self.path.name,
                              backups=str(backups)) from error
        except OSError as error:
            raise LedgerError(UNUSABLE, path=self.path.name, reason=error.strerror or "?") from error

    def revisions(self) -> frozenset[str]:
        """The forms of the file that this program knows."""
        return forms.revisions(forms.scripts(self.migrations))

    def _revision(self) -> str | None:
        with self.reading() as connection:
            return forms.revision(connection)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
