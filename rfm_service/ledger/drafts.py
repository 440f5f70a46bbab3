"""Sale lines of an answer as documents in the integers of the star."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from rfm_service.domain.values import EPOCH, Answer, DocumentKey
from rfm_service.ledger import bulk, numbers, people
from rfm_service.ledger.numbers import Key

Row = tuple[int, ...]
"""A line in integers: day, second, order, returned, amount, product, quantity, contractor, delivery, order_day,
cost."""
AMOUNT = itemgetter(4)
NOT_GIVEN = -(1 << 62)
"""Stands for an empty order_day or cost, so that rows can be sorted."""


@dataclass(frozen=True)
class Draft:
    """A document as an answer tells it; its rows are sorted, so that the order of an answer means nothing.

    `version` is its DataVersion, where told.
    """

    customer_no: int
    rows: tuple[Row, ...]
    hash: bytes
    version: str = ""

    @property
    def amount(self) -> int:
        """Sum of the document in 1/10 000."""
        return sum(map(AMOUNT, self.rows))


def draft(owner: int, rows: Iterable[Row], version: str = "") -> Draft:
    """A document of its rows, in any order."""
    laid = sorted(rows)
    return Draft(owner, tuple(laid), blake2b(repr(laid).encode(), digest_size=16).digest(), version)


def drafts(connection: sa.Connection, answer: Answer) -> dict[int, Draft]:
    """The documents of an answer by document_no; names not met before get their numbers."""
    if not answer.lines:
        return {}
    # Column by column: a loop over the lines in Python costs as much as storing them.
    cell = answer.columns
    persons = people.persons(connection, cell)
    told = [persons[key or name] for key, name in zip(cell.customer_key, cell.customer, strict=True)]
    firms = _numbered(connection, numbers.ORGANISATIONS, zip(cell.organisation))
    owners = [person.owner_no for person in told]
    documents = _numbered(connection, numbers.DOCUMENTS, zip(
        firms, cell.number, [at.year for at in cell.at], map(int, cell.returned), [person.told_no for person in told],
        cell.ref, strict=True))
    orders = _numbered(connection, numbers.ORDERS, map(
        _order, owners, firms, cell.order_id, cell.order_date, documents))
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for document, row in zip(documents, _rows(connection, cell, orders), strict=True):
        rows[document].append(row)
    heads = dict(zip(documents, zip(owners, cell.version, strict=True), strict=True))
    return {document: draft(owner, rows[document], version) for document, (owner, version) in heads.items()}


def known_documents(connection: sa.Connection, keys: Iterable[DocumentKey]) -> dict[DocumentKey, int]:
    """The document_no of those identities that were ever stored."""
    columns = ("organisation", "number", "year", "returned", "told", "ref")
    with _temporary(connection, "named", columns, set(keys)):
        found = connection.exec_driver_sql(
            """SELECT named.*, document_no FROM named
               JOIN customers ON customers.told = named.told
               JOIN organisations ON organisations.name = named.organisation
               JOIN documents ON documents.number = named.number AND documents.year = named.year
                   AND documents.organisation_no = organisations.organisation_no
                   AND documents.returned = named.returned AND documents.customer_no = customers.customer_no
                   AND documents.ref = named.ref""").all()
    return {DocumentKey(row[0], row[1], row[2], bool(row[3]), row[4], row[5]): row[6] for row in found}


def referred_documents(connection: sa.Connection, refs: Collection[str]) -> set[int]:
    """The document_no of all identities, live or not, that carry one of some references."""
    with _temporary(connection, "referred", ("ref",), [(ref,) for ref in refs]):
        return set(connection.exec_driver_sql("SELECT document_no FROM referred JOIN documents USING (ref) "
                                              "WHERE documents.ref <> ''").scalars())


@contextmanager
def _temporary(connection: sa.Connection, name: str, columns: Sequence[str], rows: Collection[tuple[object, ...]]
               ) -> Iterator[None]:
    """A temporary table of some rows."""
    connection.exec_driver_sql(f"CREATE TEMP TABLE {name} ({numbers.typed(columns)})")
    bulk.insert(connection, name, columns, list(rows))
    with bulk.looked_up(connection, len(rows)):
        yield
    connection.exec_driver_sql(f"DROP TABLE {name}")


def _numbered(connection: sa.Connection, dimension: numbers.Dimension, keys: Iterable[Key]) -> list[int]:
    wanted = list(keys)
    held = dimension.numbers(connection, wanted)
    return list(map(held.__getitem__, wanted))


def _order(owner: int, firm: int, order_id: str, order_date: date | None, document: int) -> Key:
    """What identifies the order of a line (DESIGN section 3, order)."""
    if not order_id:
        return (owner, firm, "", 0, document)
    return (owner, firm, order_id, order_date.year if order_date else 0, 0)


def _rows(connection: sa.Connection, cell: Any, orders: Sequence[int]) -> Iterable[Row]:
    """The lines in integers; `cell` holds a column of the lines under each field."""
    products = _numbered(connection, numbers.PRODUCTS, zip(
        cell.product, cell.feature, cell.product_category, strict=True))
    deliveries = _numbered(connection, numbers.DELIVERIES, zip(cell.address, cell.site_id, cell.channel, strict=True))
    contractors = _numbered(connection, numbers.CONTRACTORS, zip(cell.contractor))
    days = {at: at.toordinal() - EPOCH for at in set(cell.at)}
    seconds = {at: at.hour * 3600 + at.minute * 60 + at.second for at in days}
    order_days = {day: NOT_GIVEN if day is None else day.toordinal() - EPOCH for day in set(cell.order_date)}
    costs = [NOT_GIVEN if cost is None else cost for cost in cell.cost]
    return zip(map(days.__getitem__, cell.at), map(seconds.__getitem__, cell.at), orders, map(int, cell.returned),
               cell.amount, products, cell.quantity, contractors, deliveries,
               map(order_days.__getitem__, cell.order_date), costs, strict=True)
