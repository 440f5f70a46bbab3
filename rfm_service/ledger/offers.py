"""Who was due on a list in each campaign, first when, and who was held back for comparison."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
import sqlalchemy as sa

from rfm_service.domain.tables import OFFERS
from rfm_service.domain.values import day_number
from rfm_service.ledger import people
from rfm_service.ledger.stores import AnyWarehouse


def keep(connection: sa.Connection, offers: pd.DataFrame) -> None:
    """Keep the OFFERS of a night; who was due before stays as he was, be it in an earlier run of the same night.

    Who was contacted between two runs of a night is due no more: without him the listed would seem to buy less or more.
    """
    rows = list(zip(*(offers[name].tolist() for name in OFFERS), strict=True))
    if rows:
        connection.exec_driver_sql(
            f"INSERT INTO offers ({', '.join(OFFERS)}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (campaign, customer_no) DO "
            "NOTHING", rows)


def offers(warehouse: AnyWarehouse, through: date) -> pd.DataFrame:
    """OFFERS of the nights up to a day, each of the customer that the one offered counts for.

    Of several that are one customer the first offer of a campaign stands; of one night, that which was held back.
    """
    with warehouse.reading() as rows:
        owner_of = people.owners(rows)
    with warehouse.arrow() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(OFFERS)} FROM offers WHERE day <= {day_number(through)} "
                       "ORDER BY campaign, customer_no")
        frame = cursor.fetch_arrow_table().to_pandas()
    found = pd.DataFrame({column: frame[column].astype(kind) for column, kind in OFFERS.items()})
    return _joined(found, owner_of)


def _joined(found: pd.DataFrame, owner_of: Mapping[int, int]) -> pd.DataFrame:
    owner = pd.Series([owner_of.get(each, each) for each in found["customer_no"].tolist()], dtype="int64")
    placed = found.assign(customer_no=owner).sort_values(
        ["campaign", "customer_no", "day", "held"], kind="stable", ascending=[True, True, True, False])
    return placed.drop_duplicates(["campaign", "customer_no"], ignore_index=True)
