"""Who was due on a list in each campaign, first when, and who was held back for comparison."""

from __future__ import annotations

from datetime import date

import pandas as pd
import sqlalchemy as sa

from rfm_service.domain.tables import OFFERS
from rfm_service.domain.values import day_number
from rfm_service.ledger.warehouse import Warehouse


def keep(connection: sa.Connection, as_of: date, offers: pd.DataFrame) -> None:
    """Keep the OFFERS of a night, in place of those of an earlier run of it; who was due before stays as he was."""
    connection.exec_driver_sql("DELETE FROM offers WHERE day = ?", (day_number(as_of),))
    rows = list(zip(*(offers[name].tolist() for name in OFFERS), strict=True))
    if rows:
        connection.exec_driver_sql(f"INSERT OR IGNORE INTO offers ({', '.join(OFFERS)}) VALUES (?, ?, ?, ?, ?)", rows)


def offers(warehouse: Warehouse, through: date) -> pd.DataFrame:
    """OFFERS of the nights up to a day."""
    with warehouse.arrow() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(OFFERS)} FROM offers WHERE day <= {day_number(through)} "
                       "ORDER BY campaign, customer_no")
        frame = cursor.fetch_arrow_table().to_pandas()
    return pd.DataFrame({column: frame[column].astype(kind) for column, kind in OFFERS.items()})
