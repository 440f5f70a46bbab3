"""Many rows at a time into a table: one by one for SQLite, which is fast at it, by COPY for PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

SERVED = "postgresql"


def insert(connection: sa.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]],
           empty: int | None = None) -> None:
    """Insert rows of some columns; a number `empty` stands for none in the last but two of them."""
    if not rows:
        return
    if connection.dialect.name == SERVED:
        copy(connection, table, columns, rows, "" if empty is None else f" (NULL '{empty}')")
        return
    marks = ["?"] * len(columns)
    if empty is not None:
        marks[-4:-2] = [f"nullif(?, {empty})"] * 2
    connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(marks)})", rows)


def copy(connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]],
         how: str = "") -> None:
    """Insert rows into a table of PostgreSQL by COPY."""
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN{how}") as stream:
        for row in rows:
            stream.write_row(row)
