"""Whom the ledger must not know: 1C goes on telling of them every night, and salted hashes say who that is."""

from __future__ import annotations

import hmac
import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Answer, Partner, Rejected, SaleLine, clean_name, day_of
from rfm_service.ledger import soundness
from rfm_service.ledger.backup import settle
from rfm_service.ledger.dialect import TEXTS
from rfm_service.tabular.cells import text

SALT, SALT_BYTES = "forgotten", 32
LIST = "forgotten.json"
"""The list beside the warehouse: a copy that is restored is older than what was forgotten since."""
EMPTY_ROW = "{}"
"""What is kept of a row in quarantine that tells of somebody forgotten: its day and its reason stay."""


def hashed(told: str, salt: bytes) -> str:
    """HMAC-SHA-256 of a name, a reference or an id, cleaned as names are when they are compared."""
    return hmac.digest(salt, clean_name(told).encode("utf-8", "surrogatepass"), "sha256").hex()


@dataclass(frozen=True)
class Forgotten:
    """Who was forgotten: by the hash of each text that tells of them the number, by that how they are told of now.

    `own`: own companies, whose names are nobody's.
    """

    salts: Sequence[bytes]
    numbers: Mapping[str, int]
    told: Mapping[int, str]
    own: frozenset[str] = frozenset()

    def number(self, told: str) -> int | None:
        """The number of who is told of by a name, a reference or an id of before; None of anybody else."""
        if not self.numbers or not told:
            return None
        return next((self.numbers[key] for key in (hashed(told, salt) for salt in self.salts) if key in self.numbers),
                    None)

    def nameless(self, answer: Answer) -> Answer:
        """The answer with nothing in it of who was forgotten but what they bought."""
        if not self.numbers:
            return answer
        names = {line.customer_key or line.customer for line in answer.lines}
        met = {each: self.told[number] for each in names if (number := self.number(each)) is not None}
        rejected = [self._without(row) for row in answer.rejected]
        if not met and rejected == list(answer.rejected):
            return answer
        lines = [self._bare(line, met[name]) if (name := line.customer_key or line.customer) in met else line
                 for line in answer.lines]
        return replace(answer, lines=lines, rejected=rejected)

    def _bare(self, line: SaleLine, told: str) -> SaleLine:
        contractor = line.contractor if line.contractor in self.own else ""
        return line._replace(customer=told, customer_key="", contractor=contractor, address="", site_id="")

    def _without(self, rejected: Rejected) -> Rejected:
        named = any(self.number(each) is not None for each in texts_of(rejected.row))
        return rejected._replace(row=EMPTY_ROW) if named else rejected

    def others(self, partners: Iterable[Partner]) -> list[Partner]:
        """The partners that were not forgotten."""
        return [each for each in partners if self.number(each.told) is None and self.number(each.ref) is None]


class Told(NamedTuple):
    """One who was forgotten, as the list beside the warehouse tells: how told of now, since when, by which hashes."""

    customer_id: str
    day: date
    hashes: tuple[str, ...]


class Listing(NamedTuple):
    """All who were forgotten, and the salts of their hashes."""

    salts: tuple[bytes, ...] = ()
    people: tuple[Told, ...] = ()

    def joined(self, other: Listing) -> Listing:
        """Both lists as one."""
        met = {each for told in self.people for each in told.hashes}
        more = [each for each in other.people if met.isdisjoint(each.hashes)]
        return Listing(tuple(dict.fromkeys((*self.salts, *other.salts))), (*self.people, *more))


def read(connection: sa.Connection, own: frozenset[str] = frozenset()) -> Forgotten:
    """Who was forgotten."""
    rows = connection.exec_driver_sql("SELECT hash, customer_no, told FROM forgotten JOIN customers "
                                      "USING (customer_no)").all()
    return Forgotten(salts(connection) if rows else (), {row[0]: row[1] for row in rows},
                     {row[1]: row[2] for row in rows}, own)


def salts(connection: sa.Connection) -> list[bytes]:
    """The salts of hashes, that of this ledger first."""
    return list(connection.exec_driver_sql("SELECT value FROM salts WHERE name = ? OR name LIKE ? ORDER BY name",
                                           (SALT, f"{SALT}-%")).scalars())


def salt(connection: sa.Connection) -> bytes:
    """The salt of new hashes, made once."""
    connection.exec_driver_sql("INSERT INTO salts VALUES (?, ?) ON CONFLICT DO NOTHING",
                               (SALT, secrets.token_bytes(SALT_BYTES)))
    return salts(connection)[0]


def note(connection: sa.Connection, texts: Mapping[int, Collection[str]], day: int) -> None:
    """Remember by which texts some customers were told of, as hashes."""
    key = salt(connection)
    keep(connection, {hashed(told, key): number for number, each in texts.items() for told in each if told}, day)


def follow(connection: sa.Connection, partners: Sequence[Partner]) -> int:
    """Remember the new names of who was forgotten, where a reference tells them; how many.

    A reference or a name told twice, and a name that is somebody's, prove nothing.
    """
    known = read(connection)
    if not known.numbers:
        return 0
    named, times = Counter(each.told for each in partners), Counter(each.ref for each in partners)
    new = {each.told: number for each in partners if each.ref and each.told and not each.key
           and (number := known.number(each.ref)) is not None and known.number(each.told) is None
           and named[each.told] == times[each.ref] == 1}
    taken = set(connection.exec_driver_sql(f"SELECT told FROM customers WHERE told IN ({TEXTS})",
                                           (json.dumps(list(new)),)).scalars())
    for told in new.keys() - taken:
        since = connection.exec_driver_sql("SELECT min(day) FROM forgotten WHERE customer_no = ?", (new[told],))
        note(connection, {new[told]: [told]}, int(since.scalar_one()))
    return len(new.keys() - taken)


def texts_of(row: str) -> Iterator[str]:
    """The cells of a row in quarantine, read as those of sales are; of one that is no JSON, itself."""
    try:
        yield from _texts(json.loads(row))
    except (ValueError, RecursionError):
        yield row


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
    else:
        yield text(value)


def listing(connection: sa.Connection | sqlite3.Connection) -> Listing:
    """The list of a ledger."""
    run = connection.exec_driver_sql if isinstance(connection, sa.Connection) else connection.execute
    rows = run("SELECT told, day, hash FROM forgotten JOIN customers USING (customer_no) ORDER BY 1, 3").fetchall()
    salted = run(f"SELECT value FROM salts WHERE name LIKE '{SALT}%' ORDER BY name").fetchall()
    people = (list(each) for _told, each in groupby(rows, key=lambda row: str(row[0])))
    return Listing(tuple(row[0] for row in salted), tuple(
        Told(each[0][0], day_of(each[0][1]), tuple(row[2] for row in each)) for each in people))


def write(path: Path, told: Listing) -> None:
    """Write the list beside a warehouse, whole or not at all. Raises LedgerError."""
    content = {"salts": [each.hex() for each in told.salts], "customers": [
        {"customer_id": each.customer_id, "day": each.day.isoformat(), "hashes": each.hashes} for each in told.people]}
    target = path.resolve().with_name(LIST)
    draft = target.with_name(f"{LIST}.draft")
    try:
        draft.write_text(json.dumps(content, indent=1), encoding="utf-8")
        settle(draft)
        draft.replace(target)
        settle(target.parent)
    except OSError as error:
        raise LedgerError("{path} cannot be written: {reason}.", path=str(target),
                          reason=error.strerror or "?") from error


def known_at(path: Path) -> Listing:
    """Who was forgotten by a warehouse and by the list beside it, as far as they can be read; it may be damaged."""
    return _held(path).joined(listed(path))


def listed(path: Path) -> Listing:
    """Who is on the list beside a warehouse, as far as it can be read."""
    try:
        told = json.loads(path.resolve().with_name(LIST).read_bytes())
        return Listing(tuple(map(bytes.fromhex, told["salts"])), tuple(
            Told(str(each["customer_id"]), date.fromisoformat(each["day"]), tuple(map(str, each["hashes"])))
            for each in told["customers"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Listing()


def _held(path: Path) -> Listing:
    try:
        with closing(soundness.reading(path)) as connection:
            return listing(connection)
    except (sqlite3.Error, OSError):
        return Listing()


def add_salts(connection: sa.Connection, told: Iterable[bytes]) -> None:
    """Let a ledger hash by the salts of a list too."""
    held = salts(connection)
    new = [each for each in told if each not in held]
    rows = [(f"{SALT}-{hashed('', each)[:16]}" if held or at else SALT, each) for at, each in enumerate(new)]
    if rows:
        connection.exec_driver_sql("INSERT INTO salts VALUES (?, ?)", rows)


def keep(connection: sa.Connection, holders: Mapping[str, int], day: int) -> None:
    """Remember hashes of a list, each under a number of this ledger; those that it knows stay as they are."""
    if holders:
        connection.exec_driver_sql("INSERT INTO forgotten VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                                   [(key, number, day) for key, number in holders.items()])
