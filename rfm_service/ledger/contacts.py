"""Contacts made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from rfm_service.domain.tables import CONTACTS
from rfm_service.domain.values import day_number
from rfm_service.ledger.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contacts:
    """The contacts of a warehouse."""

    warehouse: Warehouse

    def made(self, through: date) -> pd.DataFrame:
        """CONTACTS up to a day."""
        import pandas as pd

        with self.warehouse.arrow() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(CONTACTS)} FROM contacts WHERE day <= {day_number(through)} "
                           "ORDER BY customer_no, day, contact_no")
            frame = cursor.fetch_arrow_table().to_pandas()
        return pd.DataFrame({column: frame[column].astype(kind) for column, kind in CONTACTS.items()})
