"""Customers over time: how a source tells of them, whom their documents count for, and the names to show."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Partner, clean_name, customer_id
from rfm_service.ledger.dialect import NUMBERS, TEXTS
from rfm_service.ledger.numbers import Dimension

EVERYBODY = """WITH RECURSIVE barred (customer_no) AS (
        SELECT customer_no FROM customers WHERE do_not_contact = 1
        UNION SELECT owner_no FROM barred JOIN customers USING (customer_no) WHERE owner_no IS NOT NULL)
    SELECT customer_no, customer_id, shown AS customer, email, manager, category, phone,
    customer_no IN (SELECT customer_no FROM barred) AS do_not_contact FROM customers WHERE customer_no > 0"""
"""CUSTOMERS: one is not to be contacted where that holds for it, or for any that counts for it."""


class Person(NamedTuple):
    """The number under which a source tells of a customer, and that of the customer the documents count for."""

    told_no: int
    owner_no: int


class Rename(NamedTuple):
    """A customer whose documents came back under another name: a person may say that the two are one."""

    old_id: str
    old_name: str
    new_id: str
    new_name: str
    documents: int


def persons(connection: sa.Connection, cell: Any) -> dict[str, Person]:
    """Who some lines are of, by `told`, stored where they are new; `cell` holds a column under each field."""
    told = set(zip(cell.customer_key, cell.customer, strict=True))
    return numbered(connection, {key or name: (name, bool(key)) for key, name in sorted(told)})


def numbered(connection: sa.Connection, names: Mapping[str, tuple[str, bool]]) -> dict[str, Person]:
    """The customers told of, by `told` -> (name, whether told by reference), stored where they are new."""
    def identity(key: tuple[str, ...]) -> str:
        return key[0] if names[key[0]][1] else customer_id(key[0])

    def name(key: tuple[str, ...]) -> str:
        return names[key[0]][0]

    dimension = Dimension("customers", "customer_no", ("told",),
                          {"customer_id": identity, "name": name, "shown": name})
    numbers = dimension.numbers(connection, ((told,) for told in names))
    owner_of = owners(connection)
    return {told: Person(number, owner_of.get(number, number)) for (told,), number in numbers.items()}


def owners(connection: sa.Connection) -> dict[int, int]:
    """Customer number -> that of the customer its documents count for, where it is another one."""
    next_of = {row[0]: row[1] for row in connection.exec_driver_sql(
        "SELECT customer_no, owner_no FROM customers WHERE owner_no IS NOT NULL")}
    return {number: _last(number, next_of) for number in next_of}


def _last(number: int, next_of: Mapping[int, int]) -> int:
    while number in next_of:
        number = next_of[number]
    return number


def save(connection: sa.Connection, partners: Sequence[Partner]) -> int:
    """Store what 1C knows of customers, in their own row and in that of an owner it no longer names; their number."""
    named = {partner.told: partner for partner in partners if partner.told}
    people = numbered(connection, {told: (clean_name(each.name), bool(each.key)) for told, each in named.items()})
    told_numbers = {person.told_no for person in people.values()}
    rows = [(*_known(each), people[told].told_no) for told, each in named.items()]
    # A source that names customers by reference tells only of those that changed: of others it says nothing.
    rows += [(*_known(each), people[told].owner_no) for told, each in named.items()
             if not each.key and people[told].owner_no not in told_numbers]
    if rows:
        connection.exec_driver_sql("UPDATE customers SET email = ?, category = ?, manager = ?, tax_id = ?, "
                                   "tax_code = ?, phone = ?, do_not_contact = ? WHERE customer_no = ?", rows)
        # A reference is whose it was told with last: what it proved once it does not prove again.
        connection.exec_driver_sql(f"UPDATE customers SET ref = '' WHERE ref IN ({TEXTS})",
                                   (json.dumps([partner.ref for partner in partners if partner.ref]),))
        connection.exec_driver_sql(
            "UPDATE customers SET name = ?, ref = ?, version = ? WHERE customer_no = ?",
            [(clean_name(each.name), each.ref, each.version, people[told].told_no) for told, each in named.items()])
    show(connection)
    return len(named)


def show(connection: sa.Connection) -> None:
    """Show every customer under the name of its newest document: others than its own where names were joined."""
    owner_of = owners(connection)
    newest = connection.exec_driver_sql(
        f"""SELECT customers.customer_no, name, max((last_day << 32) + version_no) FROM customers
           CROSS JOIN documents USING (customer_no) JOIN versions USING (document_no)
           WHERE until = 0 AND name <> '' AND customers.customer_no IN ({NUMBERS})
           GROUP BY 1 ORDER BY 3""",
        (json.dumps(sorted(owner_of.keys() | owner_of.values())),)).all()
    connection.exec_driver_sql("UPDATE customers SET shown = name WHERE shown <> name")
    shown = {owner_of.get(told, told): name for told, name, _moment in newest}
    if shown:
        connection.exec_driver_sql("UPDATE customers SET shown = ? WHERE customer_no = ?",
                                   [(name, owner) for owner, name in shown.items()])


def renamed(connection: sa.Connection, partners: Sequence[Partner]) -> list[tuple[int, int]]:
    """Pairs (old, new) of customer numbers that the reference of a partner says are one, told by name.

    A name that 1C still uses, or that counts for another, and a reference or a name told twice prove nothing.
    """
    by_name = [partner for partner in partners if partner.ref and partner.told and not partner.key]
    names = Counter(partner.told for partner in partners)
    times = Counter(partner.ref for partner in by_name)
    name_of = {each.ref: each.told for each in by_name if times[each.ref] == names[each.told] == 1}
    owner_of = owners(connection)
    held = connection.exec_driver_sql(
        f"SELECT customer_no, told, ref FROM customers WHERE customer_no > 0 AND ref IN ({TEXTS})",
        (json.dumps(list(name_of)),)).all()
    old = {(owner_of.get(number, number), name_of[ref]) for number, told, ref in held if told not in names}
    # A name that was another's says nothing of who has it now.
    left = {told for _number, told, ref in held if told != name_of[ref]}
    people = numbered(connection, {told: (told, False) for _owner, told in old})
    claims, kept = Counter(told for _owner, told in old), {owner for owner, _told in old}
    # Who gets another name is given to nobody in the same night, so that no two are joined to each other.
    return sorted((owner, people[told].told_no) for owner, told in old if claims[told] == 1 and told not in left
                  and people[told].owner_no == people[told].told_no not in kept)


def propose(connection: sa.Connection, pairs: Mapping[tuple[int, int], int], ingest: int) -> None:
    """Note customers whose documents came back under another name, unless they have documents left."""
    rows = [(old, new, count, ingest) for (old, new), count in pairs.items()
            if old and new and not _has_documents(connection, old)]
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO renames VALUES (?, ?, ?, ?) ON CONFLICT (old_no, new_no) DO UPDATE SET documents = "
            "renames.documents + excluded.documents, ingest_no = excluded.ingest_no", rows)


def proposed(connection: sa.Connection) -> list[Rename]:
    """The renames that wait for a person, by name."""
    owner_of = owners(connection)
    rows = connection.exec_driver_sql(
        """SELECT old_no, new_no, old.customer_id, old.name, new.customer_id, new.name, documents FROM renames
           JOIN customers AS old ON old.customer_no = old_no JOIN customers AS new ON new.customer_no = new_no
           ORDER BY 4, 6""").all()
    return [Rename(*row[2:]) for row in rows if owner_of.get(row[0], row[0]) != owner_of.get(row[1], row[1])]


def find(connection: sa.Connection, named: str) -> list[int]:
    """The numbers of the customers of an id, a reference or a name."""
    return list(connection.exec_driver_sql(
        "SELECT customer_no FROM customers WHERE customer_no > 0 AND ? IN (customer_id, told) UNION "
        "SELECT customer_no FROM customers WHERE customer_no > 0 AND name = ? ", (named, clean_name(named))).scalars())


def only(connection: sa.Connection, named: str) -> int:
    """The number of the customer of an id, a reference or a name. Raises LedgerError."""
    found = find(connection, named)
    if len(found) != 1:
        raise LedgerError("{count} customers have that id or name. Write the customer_id of customers.csv.",
                          count=len(found))
    return found[0]


def nobody(connection: sa.Connection, told: str) -> int:
    """A new customer without a name, told of by a text of ours; its number."""
    return int(connection.exec_driver_sql(
        "INSERT INTO customers (customer_no, customer_id, told, do_not_contact) VALUES ((SELECT coalesce("
        "max(customer_no), 0) + 1 FROM customers), ?, ?, 1) RETURNING customer_no",
        (told, told)).scalar_one())


def _has_documents(connection: sa.Connection, told: int) -> bool:
    return connection.exec_driver_sql(
        "SELECT 1 FROM versions JOIN documents USING (document_no) WHERE until = 0 AND documents.customer_no = ? "
        "LIMIT 1", (told,)).first() is not None


def _known(partner: Partner) -> tuple[object, ...]:
    """What is known of a customer beside its name."""
    return (partner.email, partner.category, partner.manager, partner.tax_id, partner.tax_code, partner.phone,
            int(partner.do_not_contact))


def kin(connection: sa.Connection, customers: Iterable[int]) -> list[int]:
    """The customers with all that they count for or that count for them."""
    pairs = connection.exec_driver_sql("SELECT customer_no, owner_no FROM customers WHERE owner_no IS NOT NULL").all()
    near: defaultdict[int, list[int]] = defaultdict(list)
    for told, owner in pairs:
        near[told].append(owner)
        near[owner].append(told)
    found = dict.fromkeys(int(each) for each in customers)
    going = list(found)
    while going:
        going = [each for number in going for each in near[number] if each not in found]
        found.update(dict.fromkeys(going))
    return list(found)
