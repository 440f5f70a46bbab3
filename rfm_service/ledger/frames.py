"""Frames of one night as rows of a table, and back."""

from __future__ import annotations

from typing import Any

import pandas as pd
import sqlalchemy as sa

from rfm_service.domain.tables import Table
from rfm_service.ledger import bulk


def insert(connection: sa.Connection, name: str, table: Table, frame: pd.DataFrame, day: int) -> None:
    """Write a frame of the declared columns as the rows of a night."""
    if len(frame):
        columns = [frame[column].tolist() for column in table]
        bulk.insert(connection, name, ("as_of", *table), list(zip([day] * len(frame), *columns, strict=True)))


def read(connection: Any, name: str, table: Table, day: int) -> pd.DataFrame:
    """The rows of a night as a frame of the declared columns, by customer_no."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(table)} FROM {name} WHERE as_of = {day} ORDER BY customer_no")
        frame = cursor.fetch_arrow_table().to_pandas()
    return pd.DataFrame({column: frame[column].astype(kind) for column, kind in table.items()})
