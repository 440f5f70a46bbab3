"""Making an answer the truth for its periods: every version of a document is kept, stamped by ingests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import sqlalchemy as sa

from rfm_service.domain.values import Answer, DocumentKey, Ingest, Period, Removal, day_number, day_of
from rfm_service.ledger import bulk, people
from rfm_service.ledger.dialect import NUMBERS
from rfm_service.ledger.drafts import NOT_GIVEN, Draft, drafts, known_documents, referred_documents

AMONG = f"document_no IN ({NUMBERS})"
# A document belongs to one year, so those that touch a period begin at most a year before it.
TOUCHES = "day BETWEEN ? - 366 AND ? AND last_day >= ?"
LINE = ("customer_no", "version_no", "ordinal", "day", "second", "order_no", "returned", "amount", "product_no",
        "quantity", "contractor_no", "delivery_no", "order_day", "cost", "since")
VERSION = ("version_no", "document_no", "customer_no", "day", "last_day", "lines", "amount", "hash", "data_version",
           "since")


FORGET = "forget"
"""The kind of an ingest that takes out of lines what tells of a person, and changes no figure."""


class Live(NamedTuple):
    """A version that is true now."""

    version_no: int
    customer_no: int
    hash: bytes
    version: str


class Paper(NamedTuple):
    """A document whatever its date and customer: by reference, else by organisation, number, year and type."""

    organisation: str
    number: str
    year: int
    returned: bool
    ref: str

    @classmethod
    def of(cls, key: DocumentKey | sa.Row[Any]) -> Paper:
        """The paper of a document, or of a row with its columns."""
        return cls("", "", 0, False, key.ref) if key.ref else cls(
            key.organisation, key.number, key.year, bool(key.returned), "")


def replace(connection: sa.Connection, answer: Answer, run: str, main: Period | None) -> Ingest:
    """Make the answer the truth for its periods, in the caller's transaction; what changed is returned."""
    number = open_ingest(connection, run, main)
    told = drafts(connection, answer)
    seen = referred_documents(connection, answer.unchanged)
    inside = {document: version for period in answer.told
              for document, version in _live(connection, TOUCHES, _bounds(period)).items()}
    again = told.keys() | referred_documents(connection, {line.ref for line in answer.lines})
    live = inside | _live(connection, AMONG, (json.dumps(sorted(again - inside.keys())),))
    fresh = {document: draft for document, draft in told.items()
             if document not in live or live[document].hash != draft.hash}
    # One that was seen unchanged and read later is as it was read.
    gone = live.keys() - told.keys() - (seen - again)
    changed = fresh.keys() & live.keys()
    end(connection, [live[document] for document in sorted(gone | changed)], number)
    store(connection, fresh, number)
    _note_versions(connection, [(draft.version, live[document].version_no) for document, draft in told.items()
                                if document not in fresh and live[document].version != draft.version])
    renamed = _renamed(connection, gone, fresh.keys() - changed, number)
    _quarantine(connection, answer, number)
    _note_days(connection, answer, number)
    return _close(connection, Ingest(number, len(fresh) - len(changed) - renamed, len(changed) + renamed,
                                     len(gone) - renamed, len(answer.lines), len(answer.rejected)))


def removal(connection: sa.Connection, answer: Answer, within: Period | None = None) -> Removal:
    """What of the stored documents of its periods the answer no longer holds under any date or customer.

    `within`: only the documents of these days are looked at.
    """
    told = [part for period in answer.told if (part := period.common(within or period)).days > 0]
    stored = {row.document_no: row for period in told for row in connection.exec_driver_sql(
        f"""SELECT document_no, ref, organisations.name AS organisation, number, year, returned, day, amount
            FROM versions JOIN documents USING (document_no) JOIN organisations USING (organisation_no)
            WHERE until = 0 AND {TOUCHES}""", _bounds(period))}
    papers = set(map(Paper.of, answer.documents)) if stored else set()
    gone = [row for row in stored.values() if row.ref not in answer.unchanged and Paper.of(row) not in papers]
    days = [day_of(row.day) for row in gone]
    same = [day_number(day) for day in answer.same_days if within is None or day in within]
    return Removal(len(gone), len(stored) + _stored_on(connection, same), sum(row.amount for row in gone),
                   min(days, default=None), max(days, default=None))


def _stored_on(connection: sa.Connection, days: Sequence[int]) -> int:
    """The number of live documents of some days."""
    return int(connection.exec_driver_sql(
        f"SELECT count(*) FROM versions WHERE until = 0 AND day IN ({NUMBERS})",
        (json.dumps(days),)).scalar_one()) if days else 0


def days_elsewhere(connection: sa.Connection, answer: Answer) -> list[int]:
    """Day numbers outside of what the answer tells, under which its documents, or those stored there, are true too."""
    # A document with a version has one date; the rows that a register has of one may have several.
    dated = {line.ref for line in answer.lines if line.version}
    held = known_documents(connection, [key for key in answer.documents if key.ref not in dated])
    covered = [range(day_number(period.first), day_number(period.end)) for period in answer.told]
    query = "SELECT day, last_day FROM versions WHERE until = 0 AND "
    spans = set(connection.exec_driver_sql(query + AMONG, (json.dumps(sorted(held.values())),)).all())
    for period in answer.told:
        spans.update(connection.exec_driver_sql(f"{query}last_day > day AND {TOUCHES}", _bounds(period)).all())
    days = {day for first, last in spans for day in range(first, last + 1)}
    return sorted(day for day in days if not any(day in period for period in covered))


def open_ingest(connection: sa.Connection, run: str, main: Period | None, kind: str = "sales") -> int:
    """The number of a new ingest, which claims the days of `main` as stored whole."""
    return int(connection.execute(
        sa.text("""INSERT INTO ingests (ingest_no, run, first_day, end_day, kind, added, changed, removed, lines,
            quarantined) VALUES ((SELECT coalesce(max(ingest_no), 0) + 1 FROM ingests), :run, :first, :end, :kind, 0, 0,
            0, 0, 0) RETURNING ingest_no"""),
        {"run": run, "first": day_number(main.first) if main else 0, "end": day_number(main.end) if main else 0,
         "kind": kind}).scalar_one())


def end(connection: sa.Connection, ended: Sequence[Live], number: int) -> None:
    """Let an ingest end some versions."""
    if ended:
        connection.exec_driver_sql("UPDATE versions SET until = ? WHERE version_no = ?",
                                   [(number, version.version_no) for version in ended])
        connection.exec_driver_sql("UPDATE lines SET until = ? WHERE customer_no = ? AND version_no = ?",
                                   [(number, version.customer_no, version.version_no) for version in ended])


def store(connection: sa.Connection, fresh: Mapping[int, Draft], number: int) -> None:
    """Let an ingest bring new versions of documents."""
    if not fresh:
        return
    newest = int(connection.exec_driver_sql("SELECT coalesce(max(version_no), 0) FROM versions").scalar_one())
    numbered = list(enumerate(fresh.items(), newest + 1))
    bulk.insert(connection, "versions", VERSION, [
        (version, document, draft.customer_no, draft.rows[0][0], draft.rows[-1][0], len(draft.rows), draft.amount,
         draft.hash, draft.version, number) for version, (document, draft) in numbered])
    # In the order of the key: neighbours of one customer share a page.
    numbered.sort(key=lambda each: each[1][1].customer_no)
    bulk.insert(connection, "lines", LINE, [
        (draft.customer_no, version, ordinal, *row, number)
        for version, (_document, draft) in numbered for ordinal, row in enumerate(draft.rows)], NOT_GIVEN, "until")


def _renamed(connection: sa.Connection, gone: Collection[int], added: Collection[int], number: int) -> int:
    """How many documents only came back under another customer; where that is all of his, a rename is proposed."""
    before, after = (_papers(connection, documents) if gone and added else {} for documents in (gone, added))
    same = before.keys() & after.keys()
    people.propose(connection, Counter((before[paper], after[paper]) for paper in same
                                       if before[paper] != after[paper]), number)
    return len(same)


def _papers(connection: sa.Connection, documents: Collection[int]) -> dict[Paper, int]:
    """The papers of some documents, with the customer each was told of."""
    return {Paper.of(row): row.customer_no for row in connection.exec_driver_sql(
        f"""SELECT ref, organisations.name AS organisation, number, year, returned, customer_no
            FROM documents JOIN organisations USING (organisation_no) WHERE {AMONG}""",
        (json.dumps(sorted(documents)),))}


def _bounds(period: Period) -> tuple[int, int, int]:
    return day_number(period.first), day_number(period.last), day_number(period.first)


def _close(connection: sa.Connection, ingest: Ingest) -> Ingest:
    connection.execute(
        sa.text("""UPDATE ingests SET added = :added, changed = :changed, removed = :removed, lines = :lines,
            quarantined = :quarantined WHERE ingest_no = :number"""), asdict(ingest))
    return ingest


def _live(connection: sa.Connection, where: str, values: tuple[object, ...]) -> dict[int, Live]:
    query = (f"SELECT document_no, version_no, customer_no, hash, data_version FROM versions "
             f"WHERE until = 0 AND {where}")
    return {row[0]: Live(*row[1:]) for row in connection.exec_driver_sql(query, values)}


def _note_versions(connection: sa.Connection, rows: Sequence[tuple[str, int]]) -> None:
    """Note the DataVersion of documents that were written again without a change."""
    if rows:
        connection.exec_driver_sql("UPDATE versions SET data_version = ? WHERE version_no = ?", rows)


def _note_days(connection: sa.Connection, answer: Answer, number: int) -> None:
    """Note that the days of the answer were read now, and the hash of their rows."""
    days = [day for period in answer.periods for day in map(day_of, range(
        day_number(period.first), day_number(period.end)))]
    rows = [(day_number(day), number, answer.hashes.get(day)) for day in days if day not in answer.same_days]
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO days (day, ingest_no, hash) VALUES (?, ?, ?) ON CONFLICT (day) DO UPDATE SET ingest_no = "
            "excluded.ingest_no, hash = excluded.hash", rows)
    if answer.same_days:
        connection.exec_driver_sql("UPDATE days SET ingest_no = ? WHERE day = ?",
                                   [(number, day_number(day)) for day in answer.same_days])


def _quarantine(connection: sa.Connection, answer: Answer, number: int) -> None:
    for period in answer.told:
        connection.exec_driver_sql("DELETE FROM quarantine WHERE day BETWEEN ? AND ?", _bounds(period)[:2])
    # Rows without a day go when a day that was read with them is read again.
    for period in answer.periods:
        connection.exec_driver_sql(
            """DELETE FROM quarantine WHERE day IS NULL AND (ingest_no NOT IN (SELECT ingest_no FROM days)
                OR ingest_no IN (SELECT ingest_no FROM days WHERE day BETWEEN ? AND ?))""", _bounds(period)[:2])
    if answer.rejected:
        connection.exec_driver_sql(
            "INSERT INTO quarantine (row_no, ingest_no, day, reason, row) VALUES ((SELECT coalesce(max(row_no), 0) + 1 "
            "FROM quarantine), ?, ?, ?, ?)",
            [(number, each.day and day_number(each.day), each.reason, each.row) for each in answer.rejected])
