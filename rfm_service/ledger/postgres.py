"""The ledger in a database of PostgreSQL: the same tables, the same SQL, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from rfm_service.domain.errors import LedgerError, LedgerUnavailable, LockHeld
from rfm_service.ledger import forms, moving
from rfm_service.ledger.dialect import said_to_arrow
from rfm_service.ledger.forms import MIGRATIONS
from rfm_service.ledger.server import REFUSED, Server

SNAPSHOT = "REPEATABLE READ"
PURGED = ("customers", "contractors", "organisations", "deliveries", "contacts", "renames", "quarantine", "outbox",
          "outbox_pictures", "forgotten")
"""The tables with texts that tell of customers; what others have of somebody is numbers."""
MEMORY = "SET LOCAL work_mem TO '128MB'"
"""A list of all numbers that lines refer to is looked up in, and not read again for each of them."""


@dataclass(frozen=True)
class PostgresWarehouse:
    """A schema of a database; `path` is no file: what belongs to the ledger lies beside it on this machine."""

    server: Server
    path: Path
    migrations: str = MIGRATIONS

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return self.server.place

    @property
    def batches(self) -> Mapping[str, str]:
        """The option of a cursor of `arrow` that makes it read many rows at a time."""
        return {"adbc.postgresql.batch_size_hint_bytes": str(1 << 22)}

    @property
    def made(self) -> bool:
        """Whether the schema has tables yet. Raises LedgerError."""
        with self.reading() as connection:
            return forms.revision(connection) is not None

    @contextmanager
    def rows(self) -> Iterator[sa.Connection]:
        """A transaction over SQLAlchemy, committed at the end; writers wait for each other. Raises LedgerError."""
        with self._transaction() as connection:
            self._lock(connection)
            yield connection

    @contextmanager
    def bulk(self) -> Iterator[sa.Connection]:
        """As `rows`, with more memory. Raises LedgerError."""
        with self.rows() as connection:
            connection.exec_driver_sql(MEMORY)
            yield connection

    def erasing(self) -> Any:
        """As `bulk`; what was deleted is gone with `purge`. Raises LedgerError."""
        return self.bulk()

    def purge(self) -> None:
        """Write the tables that tell of customers anew, without what was ever deleted from them. Raises LedgerError."""
        try:
            with self.server.spoken(), self.server.engine.connect() as opened:
                connection = opened.execution_options(isolation_level="AUTOCOMMIT")
                for table in PURGED:
                    connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table}")
        except LedgerUnavailable as error:
            raise LedgerError("What was deleted may still lie in the files of the database server {place}: another "
                              "program reads the ledger, or the server ended. Repeat the command once that is over.",
                              place=self.place) from error

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A view of one moment that waits for no writer. Raises LedgerError."""
        with self._transaction(SNAPSHOT) as connection:
            yield connection

    def kept_open(self) -> Any:
        """Nothing: a server keeps open what it needs."""
        return nullcontext()

    @contextmanager
    def trial(self) -> Iterator[sa.Connection]:
        """A transaction that is always rolled back. Raises LedgerError."""
        with self.server.spoken(), self.server.engine.connect() as connection, connection.begin() as transaction:
            self._lock(connection)
            yield connection
            transaction.rollback()

    @contextmanager
    def arrow(self) -> Iterator[Arrow]:
        """A connection over ADBC, which reads whole columns as Arrow tables. Raises LedgerError."""
        with self.server.spoken(), closing(self.server.arrow()) as connection:
            yield Arrow(connection)

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """A lock of that name against other machines, free at once when its holder dies. Raises LockHeld, LedgerError.

        On a connection of its own, for as long as it is held.
        """
        with self.server.spoken():
            opened = self.server.connect()
        with closing(opened):
            with self.server.spoken():
                opened.autocommit = True
                held = opened.execute("SELECT pg_try_advisory_lock(%s)", (self.server.key(what),)).fetchone()
            if not held or not held[0]:
                raise LockHeld("Another machine is at work with the ledger on {place}. Wait for its end; let one "
                               "machine alone run nights with it.", place=self.server.place)
            yield

    def upgrade(self, backups: Path | None) -> None:
        """Make the tables, or bring them to the newest form, a verified copy first. Raises LedgerError."""
        scripts = forms.scripts(self.migrations)
        newest = forms.newest(scripts)
        try:
            with self._transaction() as connection:
                held = forms.revision(connection) if self._has_schema(connection) else None
                self._refuse_others(connection)
            if held == newest:
                return
            if held is not None and backups is not None:
                self.copy(backups / f"before-{newest}.db")
            with self.rows() as connection:
                if not self._has_schema(connection):
                    connection.exec_driver_sql(f'CREATE SCHEMA "{self.server.schema}"')
                scripts.attributes["connection"] = connection
                command.upgrade(scripts, "head")
        except CommandError as error:
            raise LedgerError("The warehouse {path} was made by another version of this program. Install the newest "
                              "version, or restore a copy from {backups}.", path=self.server.place,
                              backups=str(backups)) from error

    def copy(self, target: Path) -> None:
        """Write all of it into a file of SQLite in the same form, read back before it gets its name.

        Raises LedgerError.
        """
        with self.reading() as connection:
            moving.to_file(connection, target, self.migrations)

    def _has_schema(self, connection: sa.Connection) -> bool:
        return connection.execute(sa.text("SELECT 1 FROM pg_namespace WHERE nspname = :name"),
                                  {"name": self.server.schema}).first() is not None

    def _refuse_others(self, connection: sa.Connection) -> None:
        """Raises LedgerError where tables are another user's: they could be read, and at times not written anew."""
        if connection.exec_driver_sql("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND NOT "
                                      "pg_has_role(tableowner, 'USAGE') LIMIT 1").first() is not None:
            raise LedgerError(REFUSED, place=self.place, reason="its tables belong to another user")

    def _lock(self, connection: sa.Connection) -> None:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": self.server.key("write")})

    @contextmanager
    def _transaction(self, isolation: str = "READ COMMITTED") -> Iterator[sa.Connection]:
        with self.server.spoken(), self.server.engine.connect() as opened:
            connection = opened.execution_options(isolation_level=isolation)
            with connection.begin():
                yield connection


@dataclass(frozen=True)
class Arrow:
    """A connection of ADBC to which queries are said as PostgreSQL has them."""

    opened: Any

    def cursor(self) -> ArrowCursor:
        """A cursor, to be closed."""
        return ArrowCursor(self.opened.cursor())


class ArrowCursor:
    """A cursor of ADBC for queries in the SQL of the ledger."""

    def __init__(self, cursor: Any):
        self.cursor = cursor

    def __enter__(self) -> ArrowCursor:
        return self

    def __exit__(self, *error: object) -> None:
        self.cursor.close()

    @property
    def adbc_statement(self) -> Any:
        """The statement, for its options."""
        return self.cursor.adbc_statement

    def execute(self, query: str, values: Any = None) -> None:
        """Run a query with at most one value."""
        self.cursor.execute(said_to_arrow(query), values)

    def fetch_arrow_table(self) -> Any:
        """All rows."""
        return self.cursor.fetch_arrow_table()

    def fetch_record_batch(self) -> Any:
        """The rows, some at a time."""
        return self.cursor.fetch_record_batch()
