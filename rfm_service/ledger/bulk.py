"""Many rows at a time into a table: one by one for SQLite, which is fast at it, by COPY for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

SERVED = "postgresql"
FEW = 500


def insert(connection: sa.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]],
           empty: int | None = None, zero: str = "") -> None:
    """Insert rows of some columns; a number `empty` stands for none in the two before the last.

    `zero`: a column more, which is 0 (and where it is not named, PostgreSQL takes it for that).
    """
    if not rows:
        return
    if connection.dialect.name == SERVED:
        copy(connection, table, columns, rows, "" if empty is None else f" (NULL '{empty}')")
        return
    marks = ["?"] * len(columns)
    if empty is not None:
        marks[-3:-1] = [f"nullif(?, {empty})"] * 2
    named, said = (", ".join([*columns, zero]), ", ".join([*marks, "0"])) if zero else (
        ", ".join(columns), ", ".join(marks))
    connection.exec_driver_sql(f"INSERT INTO {table} ({named}) VALUES ({said})", rows)


@contextmanager
def looked_up(connection: sa.Connection, rows: int) -> Iterator[None]:
    """Let PostgreSQL read a table once where so many rows are looked up in it.

    Of a table that grows it knows too little, and would read all orders of a customer for each of them.
    """
    reads = connection.dialect.name == SERVED and rows > FEW
    if reads:
        connection.exec_driver_sql("SET LOCAL enable_nestloop TO off; SET LOCAL enable_mergejoin TO off")
    yield
    if reads:
        connection.exec_driver_sql("SET LOCAL enable_nestloop TO on; SET LOCAL enable_mergejoin TO on")


def copy(connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]],
         how: str = "") -> None:
    """Insert rows into a table of PostgreSQL by COPY."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN{how}") as stream:
        for row in rows:
            stream.write_row(row)
