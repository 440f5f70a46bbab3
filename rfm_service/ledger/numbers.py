"""Integer keys of the star: the number of every name that lines mention, new ones given the next number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Dimension:
    """A table of the star: its number column, the columns that identify a row, and those derived from them."""

    table: str
    number: str
    key: Sequence[str]
    derived: Mapping[str, Callable[[Key], object]]

    def numbers(self, connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, int]:
        """The number of each key; keys not yet stored are stored."""
        wanted = set(keys)
        if not wanted:
            return {}
        held = self._held(connection, wanted)
        new = sorted(wanted - held.keys())
        first = 1 + connection.exec_driver_sql(
            f"SELECT coalesce(max({self.number}), 0) FROM {self.table}").scalar_one()
        made = {key: number for number, key in enumerate(new, first)}
        self._insert(connection, made)
        return held | made

    def _held(self, connection: sa.Connection, wanted: set[Key]) -> dict[Key, int]:
        columns, marks = ", ".join(self.key), ", ".join("?" * len(self.key))
        connection.exec_driver_sql(f"CREATE TEMP TABLE wanted ({columns})")
        connection.exec_driver_sql(f"INSERT INTO wanted VALUES ({marks})", list(wanted))
        rows = connection.exec_driver_sql(
            f"SELECT {self.number}, {columns} FROM wanted JOIN {self.table} USING ({columns})").all()
        connection.exec_driver_sql("DROP TABLE wanted")
        return {tuple(row[1:]): row[0] for row in rows}

    def _insert(self, connection: sa.Connection, made: Mapping[Key, int]) -> None:
        if made:
            columns = [self.number, *self.key, *self.derived]
            marks = ", ".join("?" * len(columns))
            connection.exec_driver_sql(
                f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({marks})",
                [(number, *key, *(derive(key) for derive in self.derived.values())) for key, number in made.items()])


CONTRACTORS = Dimension("contractors", "contractor_no", ("name",), {})
ORGANISATIONS = Dimension("organisations", "organisation_no", ("name",), {})
PRODUCTS = Dimension("products", "product_no", ("product", "feature", "category"), {})
DELIVERIES = Dimension("deliveries", "delivery_no", ("address", "site_id", "channel"), {})
DOCUMENTS = Dimension("documents", "document_no",
                      ("organisation_no", "number", "year", "returned", "customer_no", "ref"), {})
ORDERS = Dimension("orders", "order_no", ("customer_no", "organisation_no", "order_id", "year", "document_no"), {})
