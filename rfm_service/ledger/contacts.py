"""Contacts made, as facts: whose, on which day, what came of them, who told it and when.

A row is of a customer, a day and an author; of what was told of it the latest stands, in whatever order it arrives. One
that was taken back stays as a blank row, so that an older file does not bring it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from rfm_service.domain.contacts import Contact
from rfm_service.domain.tables import CONTACTS
from rfm_service.domain.values import day_number
from rfm_service.ledger import people
from rfm_service.ledger.dialect import NUMBERS, TEXTS
from rfm_service.ledger.stores import AnyWarehouse

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

TOLD_LATER = """(excluded.told_at, excluded.outcome, excluded.note, excluded.next_day) >
    (contacts.told_at, contacts.outcome, contacts.note, contacts.next_day)"""
"""Of what was told in one second the one that sorts last stands, so that the order of files changes nothing."""
KEEP = """INSERT INTO contacts (contact_no, customer_no, day, outcome, note, next_day, author, told_at)
    VALUES ((SELECT coalesce(max(contact_no), 0) + 1 FROM contacts), ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (customer_no, day, author) DO """
UPDATE = f"""UPDATE SET outcome = excluded.outcome, note = excluded.note, next_day = excluded.next_day,
    told_at = excluded.told_at WHERE {TOLD_LATER}"""


REFUSED = "refused"


class Known(NamedTuple):
    """A customer that an id names: its number, and the sales manager of the customer that it counts for."""

    customer_no: int
    manager: str


class ContactFile(NamedTuple):
    """A file of contacts: the hash of its bytes, its name, when it was taken (unix seconds), its good and bad rows."""

    hash: bytes
    name: str
    taken_at: int
    good: int
    bad: int


@dataclass(frozen=True)
class Contacts:
    """The contacts of a warehouse. Every method is a transaction; raises LedgerError."""

    warehouse: AnyWarehouse

    def known(self, ids: Iterable[str]) -> dict[str, Known]:
        """The customers of some ids; ids that name none are left out."""
        with self.warehouse.reading() as connection:
            return _known(connection, ids)

    def keep(self, contacts: Iterable[Contact], file: ContactFile) -> bool:
        """Keep the contacts of a file, those of unknown customers left out; whether the file is a new one.

        Of a file that was taken before nothing takes the place of what stands.
        """
        with self.warehouse.rows() as connection:
            return keep(connection, contacts, file)

    def made(self, through: date) -> pd.DataFrame:
        """CONTACTS up to a day."""
        return made(self.warehouse, day_number(through))


def keep(connection: sa.Connection, contacts: Iterable[Contact], file: ContactFile) -> bool:
    """As `Contacts.keep`, within a transaction."""
    told = list(contacts)
    numbers = _known(connection, {contact.customer_id for contact in told})
    new = connection.execute(
        sa.text("INSERT INTO contact_files (hash, name, taken_at, good, bad) VALUES (:hash, :name, :taken_at, :good, "
                ":bad) ON CONFLICT (hash) DO NOTHING"), file._asdict()).rowcount == 1
    rows = [(numbers[each.customer_id].customer_no, day_number(each.day), each.outcome, each.note,
             day_number(each.next_day) if each.next_day else 0, each.author, each.told_at)
            for each in told if each.customer_id in numbers]
    if rows:
        connection.exec_driver_sql(KEEP + (UPDATE if new else "NOTHING"), rows)
    return new


def made(warehouse: AnyWarehouse, through_day: int) -> pd.DataFrame:
    """CONTACTS up to a day number, each of the customer that the one told of counts for; none that was taken back.

    Of what was told in one second the order is that of the words, so that the order of files changes nothing.
    """
    import pandas as pd

    with warehouse.reading() as connection:
        owner_of = people.owners(connection)
        rows = connection.execute(
            sa.text("SELECT customer_no, day, outcome, next_day, told_at FROM contacts WHERE day <= :through AND "
                    "(outcome <> '' OR note <> '' OR next_day <> 0)"), {"through": through_day}).all()
    ordered = sorted((owner_of.get(number, number), day, outcome == REFUSED, told_at, outcome, next_day)
                     for number, day, outcome, next_day, told_at in rows)
    return pd.DataFrame([(owner, day, outcome, next_day) for owner, day, _last, _told_at, outcome, next_day in ordered],
                        columns=list(CONTACTS)).astype(CONTACTS)


def _known(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Known]:
    owner_of = people.owners(connection)
    rows = connection.exec_driver_sql(
        f"SELECT customer_id, customer_no FROM customers WHERE customer_no > 0 AND customer_id IN ({TEXTS})",
        (json.dumps(sorted(set(ids))),)).all()
    numbers = {row[0]: row[1] for row in rows}
    told = connection.exec_driver_sql(
        f"SELECT customer_no, manager FROM customers WHERE customer_no IN ({NUMBERS})",
        (json.dumps([owner_of.get(number, number) for number in numbers.values()]),)).all()
    managers = {row[0]: row[1] for row in told}
    return {identity: Known(number, managers.get(owner_of.get(number, number), ""))
            for identity, number in numbers.items()}
