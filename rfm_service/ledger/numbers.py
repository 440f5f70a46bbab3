"""Integer keys of the star: the number of every name that lines mention, new ones given the next number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from rfm_service.ledger import bulk

Key = tuple[Any, ...]
WHOLE = frozenset({"year", "returned"})
"""What is a whole number, besides the numbers of rows; all else that identifies a row is text."""


def typed(columns: Iterable[str]) -> str:
    """Columns that identify rows, with their kinds, for a temporary table."""
    return ", ".join(f"{column} {'INTEGER' if column in WHOLE or column.endswith('_no') else 'TEXT'}"
                     for column in columns)



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
        newest = connection.exec_driver_sql(
            f"SELECT coalesce(max({self.number}), 0) FROM {self.table}").scalar_one()
        held = self._among_all(connection, wanted) if newest <= len(wanted) else self._held(
            connection, wanted)
        made = {key: number for number, key in enumerate(sorted(wanted - held.keys()), newest + 1)}
        self._insert(connection, made)
        return held | made

    def _among_all(self, connection: sa.Connection, wanted: set[Key]) -> dict[Key, int]:
        """The table read whole: where all of it may be wanted, cheaper than looking up long texts one by one."""
        held = self._read(connection, f"SELECT {', '.join(self.key)}, {self.number} FROM {self.table}")
        return {key: held[key] for key in wanted & held.keys()}

    def _held(self, connection: sa.Connection, wanted: set[Key]) -> dict[Key, int]:
        columns = ", ".join(self.key)
        connection.exec_driver_sql(f"CREATE TEMP TABLE wanted ({typed(self.key)})")
        bulk.insert(connection, "wanted", self.key, list(wanted))
        with bulk.looked_up(connection, len(wanted)):
            held = self._read(connection, f"SELECT {columns}, {self.number} FROM wanted "
                                          f"JOIN {self.table} USING ({columns})")
        connection.exec_driver_sql("DROP TABLE wanted")
        return held

    def _read(self, connection: sa.Connection, query: str) -> dict[Key, int]:
        # The driver's own rows are tuples already.
        rows = connection.exec_driver_sql(query).cursor.fetchall()
        return {row[:-1]: row[-1] for row in rows}

    def _insert(self, connection: sa.Connection, made: Mapping[Key, int]) -> None:
        if made:
            columns = [self.number, *self.key, *self.derived]
            derived = self.derived.values()
            rows = [(number, *key, *(derive(key) for derive in derived)) for key, number in made.items()] if derived \
                else [(number, *key) for key, number in made.items()]
            bulk.insert(connection, self.table, columns, rows)


CONTRACTORS = Dimension("contractors", "contractor_no", ("name",), {})
ORGANISATIONS = Dimension("organisations", "organisation_no", ("name",), {})
PRODUCTS = Dimension("products", "product_no", ("product", "feature", "category"), {})
DELIVERIES = Dimension("deliveries", "delivery_no", ("address", "site_id", "channel"), {})
DOCUMENTS = Dimension("documents", "document_no",
                      ("organisation_no", "number", "year", "returned", "customer_no", "ref"), {})
ORDERS = Dimension("orders", "order_no", ("customer_no", "organisation_no", "order_id", "year", "document_no"), {})
