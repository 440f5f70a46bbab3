"""Frames of one night as rows of a table, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import sqlalchemy as sa

from rfm_service.domain.tables import Table

if TYPE_CHECKING:
    from adbc_driver_sqlite.dbapi import AdbcSqliteConnection


def insert(connection: sa.Connection, name: str, table: Table, frame: pd.DataFrame, day: int) -> None:
    """Write a frame of the declared columns as the rows of a night."""
    if len(frame):
        marks = ", ".join("?" * (len(table) + 1))
        columns = [frame[column].tolist() for column in table]
        connection.exec_driver_sql(f"INSERT INTO {name} (as_of, {', '.join(table)}) VALUES ({marks})",
                                   list(zip([day] * len(frame), *columns, strict=True)))


def read(connection: AdbcSqliteConnection, name: str, table: Table, day: int) -> pd.DataFrame:
    """The rows of a night as a frame of the declared columns, by customer_no."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(table)} FROM {name} WHERE as_of = {day} ORDER BY customer_no")
        frame = cursor.fetch_arrow_table().to_pandas()
    return pd.DataFrame({column: frame[column].astype(kind) for column, kind in table.items()})
