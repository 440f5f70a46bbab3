"""Joining two customers and parting them again: their documents get new versions under another owner."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from rfm_service.domain.errors import LedgerError
from rfm_service.ledger import forgotten, numbers, people
from rfm_service.ledger.dialect import NUMBERS
from rfm_service.ledger.drafts import NOT_GIVEN, Draft, Row, draft
from rfm_service.ledger.replace import Live, end, open_ingest, store

MERGE = "merge"
"""The kind of an ingest that moves documents from one customer to another and changes nothing else."""
# The documents of some customers, and of those that count for them.
STRAYS = f"""WITH RECURSIVE moving (customer_no) AS (
        {NUMBERS}
        UNION SELECT customers.customer_no FROM moving JOIN customers ON customers.owner_no = moving.customer_no)
    SELECT versions.document_no, version_no, versions.customer_no, hash, data_version, documents.customer_no AS told
    FROM moving CROSS JOIN documents USING (customer_no) JOIN versions USING (document_no) WHERE until = 0"""
ROWS = f"""SELECT version_no, day, second, order_no, returned, amount, product_no, quantity, contractor_no, delivery_no,
    coalesce(order_day, {NOT_GIVEN}), coalesce(cost, {NOT_GIVEN}) FROM lines
    WHERE customer_no = ? AND version_no IN ({NUMBERS})"""


def join(connection: sa.Connection, owner: int, told: int, run: str) -> int:
    """Count the documents told of `told` for `owner` from now on; the number of documents. Raises LedgerError."""
    owner_of = people.owners(connection)
    if not forgotten.read(connection).told.keys().isdisjoint((owner, told)):
        raise LedgerError("One of the two was forgotten, and is joined with nobody. Nothing was changed.")
    if owner_of.get(owner, owner) == owner_of.get(told, told):
        raise LedgerError("These two are one customer already. Nothing was changed.")
    if owner in owner_of or told in owner_of:
        raise LedgerError("One of the two already counts for another customer. Undo that first, or name that one.")
    return follow(connection, [(owner, told)], run)


def follow(connection: sa.Connection, pairs: Sequence[tuple[int, int]], run: str) -> int:
    """Join each pair (owner, told) of customers that count for themselves, as one ingest; the number of documents."""
    connection.exec_driver_sql("UPDATE customers SET owner_no = ? WHERE customer_no = ?", pairs)
    return _moved(connection, [told for _owner, told in pairs], run)


def part(connection: sa.Connection, owner: int, told: int, run: str) -> int:
    """Undo `join`: the documents told of `told` are its own again; their number. Raises LedgerError."""
    changed = connection.exec_driver_sql(
        "UPDATE customers SET owner_no = NULL WHERE customer_no = ? AND owner_no = ?", (told, owner)).rowcount
    if not changed:
        raise LedgerError("The second customer does not count for the first one. Nothing was changed.")
    return _moved(connection, [told], run)


def _moved(connection: sa.Connection, told: Sequence[int], run: str) -> int:
    """Bring the live documents of some customers, and of those that count for them, to their owners, as one ingest."""
    owner_of = people.owners(connection)
    held = connection.exec_driver_sql(STRAYS, (json.dumps(told),)).all()
    strays = [row for row in held if row.customer_no != owner_of.get(row.told, row.told)]
    number = open_ingest(connection, run, None, MERGE)
    fresh = _drafts(connection, strays, owner_of)
    end(connection, [Live(*row[1:5]) for row in strays], number)
    store(connection, fresh, number)
    people.show(connection)
    return len(strays)


def _drafts(connection: sa.Connection, strays: Sequence[sa.Row[Any]], owner_of: Mapping[int, int]) -> dict[int, Draft]:
    """The stray documents as they will be under their owners."""
    made: dict[int, Draft] = {}
    ways: defaultdict[tuple[int, int], list[sa.Row[Any]]] = defaultdict(list)
    for row in strays:
        ways[row.customer_no, owner_of.get(row.told, row.told)].append(row)
    for (holder, owner), moving in ways.items():
        rows = rows_of(connection, holder, [row.version_no for row in moving])
        order_of = _orders(connection, owner, {line[2] for lines in rows.values() for line in lines})
        for row in moving:
            made[row.document_no] = draft(
                owner, [(*line[:2], order_of[line[2]], *line[3:]) for line in rows[row.version_no]], row.data_version)
    return made


def rows_of(connection: sa.Connection, holder: int, versions: Sequence[int]) -> dict[int, list[Row]]:
    """The lines of some versions that a customer holds, by version."""
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for version, *row in connection.exec_driver_sql(ROWS, (holder, json.dumps(versions))):
        rows[version].append(tuple(row))
    return rows


def _orders(connection: sa.Connection, owner: int, orders: set[int]) -> dict[int, int]:
    """The same orders as orders of the owner."""
    held = connection.exec_driver_sql(
        f"SELECT order_no, organisation_no, order_id, year, document_no FROM orders WHERE order_no IN ({NUMBERS})",
        (json.dumps(sorted(orders)),)).all()
    keys = {row[0]: (owner, *row[1:]) for row in held}
    numbered = numbers.ORDERS.numbers(connection, keys.values())
    return {order: numbered[key] for order, key in keys.items()}
