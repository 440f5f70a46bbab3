"""Forgetting a customer: what was sold stays under its number, and nothing in the file says any more who that was."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import clean_name, day_number
from rfm_service.ledger import forgotten, merging, numbers, outbox, people
from rfm_service.ledger.dialect import NUMBERS
from rfm_service.ledger.drafts import draft
from rfm_service.ledger.forgotten import EMPTY_ROW, Listing, texts_of
from rfm_service.ledger.replace import FORGET, open_ingest
from rfm_service.ledger.warehouse import Warehouse
from rfm_service.redaction import HIDDEN

LONG = 6
"""A text of so many letters is looked for within longer ones too; a shorter one could be a part of any word."""
TOKEN_BYTES = 8
AMONG = f"IN ({NUMBERS})"
VERSIONS = f"""SELECT version_no, versions.customer_no FROM documents JOIN versions USING (document_no)
    WHERE documents.customer_no {AMONG}"""
BARE = """UPDATE lines SET
    contractor_no = coalesce((SELECT becomes FROM bare_contractors WHERE number = contractor_no), contractor_no),
    delivery_no = coalesce((SELECT becomes FROM bare_deliveries WHERE number = delivery_no), delivery_no)
    WHERE customer_no = ? AND version_no = ?"""
NAMELESS = """UPDATE customers SET customer_id = ?, told = ?, name = '', shown = '', email = '', ref = '', tax_id = '',
    tax_code = '', phone = '', version = '', do_not_contact = 1 WHERE customer_no = ?"""

Becomes = Mapping[int, int]
"""The number of a row -> that of the row in whose place it comes."""


class Erased(NamedTuple):
    """How much of somebody is no more, and what stays.

    `names`, legal entities, addresses and notes of contacts are no more; `rows` in quarantine and `messages` were
    emptied of what told of them, lists for sales managers whole; `documents` stay, with all their versions.
    """

    names: int = 0
    contractors: int = 0
    addresses: int = 0
    notes: int = 0
    rows: int = 0
    messages: int = 0
    documents: int = 0


def forget(connection: sa.Connection, named: str, day: date, own: frozenset[str]) -> Erased:
    """Forget the customer of an id, a reference or a name, with all names that were joined. Raises LedgerError.

    Of one who was forgotten before nothing is left to do.
    """
    known = forgotten.read(connection, own)
    found = [each for each in whose(connection, named) if each not in known.told]
    _refuse_own(connection, found, own)
    forgotten.note(connection, _marks(connection, found), day_number(day))
    return scrub(connection, {number: secrets.token_hex(TOKEN_BYTES) for number in found}, own)


def whose(connection: sa.Connection, named: str) -> list[int]:
    """The numbers of a customer, by an id, a reference or a name, be it one that was forgotten.

    Raises LedgerError where nobody or more than one is meant.
    """
    gone = None if people.find(connection, named) else forgotten.read(connection).number(named)
    return sorted(people.kin(connection, [people.only(connection, named) if gone is None else gone]))


def _refuse_own(connection: sa.Connection, found: Sequence[int], own: frozenset[str]) -> None:
    """Raises LedgerError for who is left out by a name or id: without it the sales would begin to count."""
    if not own.isdisjoint(naming(connection, found) | {text for told in _marks(connection, found).values()
                                                       for text in told}):
        raise LedgerError("This is one of your own companies (rfm.own_companies) or an excluded customer "
                          "(rfm.exclude_customers). Nothing was changed.")


def _marks(connection: sa.Connection, found: Sequence[int]) -> dict[int, list[str]]:
    """By which texts 1C, lists and people may tell of each customer again."""
    rows = connection.exec_driver_sql(f"SELECT customer_no, told, ref, customer_id, name FROM customers "
                                      f"WHERE customer_no {AMONG}", (json.dumps(found),))
    return {row[0]: list(row[1:]) for row in rows}


def naming(connection: sa.Connection, found: Sequence[int]) -> set[str]:
    """The texts that name some customers: names, references, e-mails, phones, tax numbers."""
    rows = connection.exec_driver_sql("SELECT told, name, shown, ref, email, phone, tax_id FROM customers "
                                      f"WHERE customer_no {AMONG}", (json.dumps(found),)).all()
    return {clean_name(text) for row in rows for text in row} - {""}


def scrub(connection: sa.Connection, told: Mapping[int, str], own: frozenset[str]) -> Erased:
    """Take all that tells of some customers out of the ledger; each is told of by a text of its own from now on."""
    if not told:
        return Erased()
    found = sorted(told)
    among = (json.dumps(found),)
    needles = naming(connection, found)
    contractors, addresses = _bare_lines(connection, found, own)
    needles |= {text for text in contractors | addresses if clean_name(text)}
    connection.exec_driver_sql(NAMELESS, [(text, text, number) for number, text in told.items()])
    notes = connection.exec_driver_sql(f"UPDATE contacts SET note = '' WHERE note <> '' AND customer_no {AMONG}", among)
    connection.exec_driver_sql(f"DELETE FROM renames WHERE old_no {AMONG} OR new_no {AMONG}", among * 2)
    rows, messages = _empty_rows(connection, needles), _hide_in_messages(connection, needles)
    people.show(connection)
    documents = connection.exec_driver_sql(f"SELECT count(*) FROM documents WHERE customer_no {AMONG}", among)
    open_ingest(connection, secrets.token_hex(TOKEN_BYTES), None, FORGET)
    return Erased(len(found), len(contractors), len(addresses), notes.rowcount, rows, messages,
                  int(documents.scalar_one()))


def _bare_lines(connection: sa.Connection, found: Sequence[int], own: frozenset[str]) -> tuple[set[str], set[str]]:
    """Take legal entities and addresses out of all versions of the lines; those of them that nobody else has."""
    versions = connection.exec_driver_sql(VERSIONS, (json.dumps(found),)).all()
    used = connection.exec_driver_sql(
        f"SELECT DISTINCT contractor_no, delivery_no FROM lines WHERE customer_no {AMONG} AND version_no {AMONG}",
        (json.dumps(sorted({row.customer_no for row in versions})), json.dumps([row.version_no for row in versions]))
        ).all()
    contractors = _bare_contractors(connection, {row[0] for row in used}, own)
    deliveries = _bare_deliveries(connection, {row[1] for row in used})
    _put(connection, versions, contractors, deliveries)
    _hash_anew(connection, versions)
    return (_dropped(connection, numbers.CONTRACTORS, "name", contractors),
            _dropped(connection, numbers.DELIVERIES, "address", deliveries))


def _bare_contractors(connection: sa.Connection, used: Collection[int], own: frozenset[str]) -> Becomes:
    """Own companies stay: a line of theirs is left out."""
    nobody = numbers.CONTRACTORS.numbers(connection, [("",)])["",]
    rows = connection.exec_driver_sql(f"SELECT contractor_no, name FROM contractors WHERE contractor_no {AMONG}",
                                      (json.dumps(sorted(used)),)).all()
    return {row[0]: nobody for row in rows if row[1] and row[1] not in own}


def _bare_deliveries(connection: sa.Connection, used: Collection[int]) -> Becomes:
    """Each becomes the one by the same channel to nowhere."""
    rows = connection.exec_driver_sql("SELECT delivery_no, address, site_id, channel FROM deliveries "
                                      f"WHERE delivery_no {AMONG}", (json.dumps(sorted(used)),)).all()
    bare = numbers.DELIVERIES.numbers(connection, {("", "", row[3]) for row in rows})
    return {row[0]: bare["", "", row[3]] for row in rows if row[1] or row[2]}


def _put(connection: sa.Connection, versions: Sequence[sa.Row[Any]], contractors: Becomes, deliveries: Becomes) -> None:
    """Let the lines of some versions refer to what their legal entities and deliveries become."""
    for name, becomes in (("bare_contractors", contractors), ("bare_deliveries", deliveries)):
        connection.exec_driver_sql(f"CREATE TEMP TABLE {name} (number INTEGER PRIMARY KEY, becomes INTEGER)")
        if becomes:
            connection.exec_driver_sql(f"INSERT INTO {name} VALUES (?, ?)", list(becomes.items()))
    if versions:
        connection.exec_driver_sql(BARE, [(row.customer_no, row.version_no) for row in versions])
    for name in ("bare_contractors", "bare_deliveries"):
        connection.exec_driver_sql(f"DROP TABLE {name}")


def _hash_anew(connection: sa.Connection, versions: Sequence[sa.Row[Any]]) -> None:
    """The hashes of versions, by which the same documents are known when they are told again."""
    for holder in {row.customer_no for row in versions}:
        told = merging.rows_of(connection, holder, [row.version_no for row in versions if row.customer_no == holder])
        connection.exec_driver_sql("UPDATE versions SET hash = ? WHERE version_no = ?",
                                   [(draft(holder, rows).hash, version) for version, rows in told.items()])


def _dropped(connection: sa.Connection, dimension: numbers.Dimension, column: str, candidates: Iterable[int]
             ) -> set[str]:
    """Remove the rows that no line refers to any more; the texts of a column that are in no row now."""
    among = (json.dumps(sorted(candidates)),)
    texts = set(connection.exec_driver_sql(
        f"SELECT {column} FROM {dimension.table} WHERE {dimension.number} {AMONG}", among).scalars())
    connection.exec_driver_sql(
        f"DELETE FROM {dimension.table} WHERE {dimension.number} {AMONG} "
        f"AND {dimension.number} NOT IN (SELECT {dimension.number} FROM lines)", among)
    return texts - set(connection.exec_driver_sql(f"SELECT {column} FROM {dimension.table}").scalars())


def rows_naming(connection: sa.Connection, needles: Collection[str]) -> list[int]:
    """The rows of the quarantine that hold one of some texts: as a cell, or a long one within a cell."""
    long = [each for each in needles if len(each) >= LONG]

    def names(text: str) -> bool:
        cleaned = clean_name(text)
        return cleaned in needles or any(each in cleaned for each in long)

    return [number for number, row in connection.exec_driver_sql("SELECT row_no, row FROM quarantine")
            if any(map(names, texts_of(row)))]


def _empty_rows(connection: sa.Connection, needles: Collection[str]) -> int:
    found = rows_naming(connection, needles)
    connection.exec_driver_sql(f"UPDATE quarantine SET row = ? WHERE row_no {AMONG}", (EMPTY_ROW, json.dumps(found)))
    return len(found)


def messages_naming(connection: sa.Connection, needles: Collection[str]) -> dict[int, str]:
    """The messages that hold one of some texts -> what they say without these."""
    if not needles:
        return {}
    longest_first = sorted(needles, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in longest_first))
    rows = connection.exec_driver_sql("SELECT message_no, text FROM outbox")
    return {number: pattern.sub(HIDDEN, text) for number, text in rows if pattern.search(text)}


def _hide_in_messages(connection: sa.Connection, needles: Collection[str]) -> int:
    # A name within a workbook is not found by its bytes, and a list may be sent hours later: none is kept.
    lists = outbox.drop_lists(connection)
    found = messages_naming(connection, needles)
    if found:
        connection.exec_driver_sql("UPDATE outbox SET text = ? WHERE message_no = ?",
                                   [(text, number) for number, text in found.items()])
    return len({*found, *lists})


def hold_back(warehouse: Warehouse, told: Listing, own: frozenset[str]) -> None:
    """Let a copy of a warehouse know nobody of a list either. Raises LedgerError.

    Who is not in it yet is held back from it all the same.
    """
    if told.people:
        with warehouse.erasing() as connection:
            _carry(connection, told, own)
        warehouse.purge()


def _carry(connection: sa.Connection, told: Listing, own: frozenset[str]) -> None:
    forgotten.add_salts(connection, told.salts)
    known, holders = forgotten.read(connection, own).numbers, _holders(connection, told)
    tokens: dict[int, str] = {}
    for each in told.people:
        before = next((known[key] for key in each.hashes if key in known), None)
        met = sorted({holders[key] for key in each.hashes if key in holders})
        first = before or (met[0] if met else people.nobody(connection, each.customer_id))
        tokens.update((number, each.customer_id if number == first else secrets.token_hex(TOKEN_BYTES))
                      for number in met)
        forgotten.keep(connection, {key: holders.get(key, first) for key in each.hashes}, day_number(each.day))
    scrub(connection, tokens, own)


def _holders(connection: sa.Connection, told: Listing) -> dict[str, int]:
    """By the hashes of a list, who of a ledger is told of so; of those told of by reference a name says nothing."""
    salts, wanted = forgotten.salts(connection), {key for each in told.people for key in each.hashes}
    rows = connection.exec_driver_sql("SELECT customer_no, told, ref, customer_id FROM customers WHERE customer_no > 0")
    return {key: number for number, *texts in rows for text in texts if text for salt in salts
            if (key := forgotten.hashed(text, salt)) in wanted}
