"""Sale lines of an answer as documents in the integers of the star."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import sqlalchemy as sa

from rfm_service.domain.values import EPOCH, DocumentKey, SaleLine
from rfm_service.ledger import numbers
from rfm_service.ledger.numbers import Key

Row = tuple[int, ...]
"""A line in integers: day, second, order, returned, amount, product, quantity, contractor, delivery, order_day,
cost."""
NOT_GIVEN = -(1 << 62)
"""Stands for an empty order_day or cost, so that rows can be sorted."""


@dataclass(frozen=True)
class Draft:
    """A document as an answer tells it; its rows are sorted, so that the order of an answer means nothing."""

    customer_no: int
    rows: tuple[Row, ...]
    hash: bytes

    @property
    def amount(self) -> int:
        """Sum of the document in 1/10 000."""
        return sum(row[4] for row in self.rows)


def drafts(connection: sa.Connection, lines: Sequence[SaleLine]) -> dict[int, Draft]:
    """The documents of some lines by document_no; names not met before get their numbers."""
    customers = numbers.CUSTOMERS.numbers(connection, ((line.customer,) for line in lines))
    organisations = numbers.ORGANISATIONS.numbers(connection, ((line.organisation,) for line in lines))
    owners = [customers[line.customer,] for line in lines]
    firms = [organisations[line.organisation,] for line in lines]
    documents = _numbered(connection, numbers.DOCUMENTS, [
        (firm, line.number, line.at.year, int(line.returned), owner)
        for line, firm, owner in zip(lines, firms, owners, strict=True)])
    orders = _numbered(connection, numbers.ORDERS, [
        _order(line, firm, owner, document)
        for line, firm, owner, document in zip(lines, firms, owners, documents, strict=True)])
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for document, row in zip(documents, _rows(connection, lines, orders), strict=True):
        rows[document].append(row)
    return {document: _draft(owner, rows[document])
            for document, owner in dict(zip(documents, owners, strict=True)).items()}


def known_documents(connection: sa.Connection, keys: Iterable[DocumentKey]) -> dict[DocumentKey, int]:
    """The document_no of those identities that were ever stored."""
    connection.exec_driver_sql("CREATE TEMP TABLE named (organisation, number, year, returned, customer)")
    rows = [(key.organisation, key.number, key.year, int(key.returned), key.customer) for key in set(keys)]
    if rows:
        connection.exec_driver_sql("INSERT INTO named VALUES (?, ?, ?, ?, ?)", rows)
    found = connection.exec_driver_sql(
        """SELECT named.*, document_no FROM named
           JOIN customers ON customers.name = named.customer
           JOIN organisations ON organisations.name = named.organisation
           JOIN documents USING (number, year, organisation_no, returned, customer_no)""").all()
    connection.exec_driver_sql("DROP TABLE named")
    return {DocumentKey(row[0], row[1], row[2], bool(row[3]), row[4]): row[5] for row in found}


def _numbered(connection: sa.Connection, dimension: numbers.Dimension, keys: list[Key]) -> list[int]:
    held = dimension.numbers(connection, keys)
    return [held[key] for key in keys]


def _order(line: SaleLine, firm: int, owner: int, document: int) -> Key:
    """What identifies the order of a line (DESIGN section 3, order)."""
    if not line.order_id:
        return (owner, firm, "", 0, document)
    return (owner, firm, line.order_id, line.order_date.year if line.order_date else 0, 0)


def _rows(connection: sa.Connection, lines: Sequence[SaleLine], orders: Sequence[int]) -> Iterable[Row]:
    products = numbers.PRODUCTS.numbers(
        connection, ((line.product, line.feature, line.product_category) for line in lines))
    deliveries = numbers.DELIVERIES.numbers(
        connection, ((line.address, line.site_id, line.channel) for line in lines))
    contractors = numbers.CONTRACTORS.numbers(connection, ((line.contractor,) for line in lines))
    for line, order in zip(lines, orders, strict=True):
        at = line.at
        yield (at.toordinal() - EPOCH, at.hour * 3600 + at.minute * 60 + at.second, order, int(line.returned),
               line.amount, products[line.product, line.feature, line.product_category], line.quantity,
               contractors[line.contractor,], deliveries[line.address, line.site_id, line.channel],
               NOT_GIVEN if line.order_date is None else line.order_date.toordinal() - EPOCH,
               NOT_GIVEN if line.cost is None else line.cost)


def _draft(owner: int, rows: list[Row]) -> Draft:
    rows.sort()
    return Draft(owner, tuple(rows), blake2b(repr(rows).encode(), digest_size=16).digest())
