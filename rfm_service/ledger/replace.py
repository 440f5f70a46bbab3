"""Making an answer the truth for its periods: every version of a document is kept, stamped by ingests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

import sqlalchemy as sa

from rfm_service.domain.values import Answer, Ingest, Period, day_number
from rfm_service.ledger.drafts import NOT_GIVEN, Draft, drafts, known_documents

AMONG = "document_no IN (SELECT value FROM json_each(?))"
# A document belongs to one year, so those that touch a period begin at most a year before it.
TOUCHES = "day BETWEEN ? - 366 AND ? AND last_day >= ?"
INSERT_LINE = """INSERT INTO lines (customer_no, version_no, ordinal, day, second, order_no, returned, amount,
    product_no, quantity, contractor_no, delivery_no, order_day, cost, since, until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"""
INSERT_VERSION = """INSERT INTO versions (version_no, document_no, customer_no, day, last_day, lines, amount, hash,
    since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class Live(NamedTuple):
    """A version that is true now."""

    version_no: int
    customer_no: int
    hash: bytes


def replace(connection: sa.Connection, answer: Answer, run: str, main: Period) -> Ingest:
    """Make the answer the truth for its periods, in the caller's transaction; what changed is returned."""
    number = _open(connection, run, main)
    told = drafts(connection, answer.lines)
    seen = set(known_documents(connection, answer.unchanged).values())
    inside = {document: version for period in answer.periods
              for document, version in _live(connection, TOUCHES, _bounds(period)).items()}
    live = inside | _live(connection, AMONG, (json.dumps(sorted(told.keys() - inside.keys())),))
    fresh = {document: draft for document, draft in told.items()
             if document not in live or live[document].hash != draft.hash}
    gone = inside.keys() - told.keys() - seen
    changed = fresh.keys() & live.keys()
    _end(connection, [live[document] for document in sorted(gone | changed)], number)
    _store(connection, fresh, number)
    _quarantine(connection, answer, number)
    return _close(connection, Ingest(number, len(fresh) - len(changed), len(changed), len(gone), len(answer.lines),
                                     len(answer.rejected)))


def days_elsewhere(connection: sa.Connection, answer: Answer) -> list[int]:
    """Day numbers outside the answer's periods under which its documents, or those stored there, are true too."""
    held = known_documents(connection, {line.document for line in answer.lines})
    covered = [range(day_number(period.first), day_number(period.end)) for period in answer.periods]
    query = "SELECT day, last_day FROM versions WHERE until = 0 AND "
    spans = set(connection.exec_driver_sql(query + AMONG, (json.dumps(sorted(held.values())),)).all())
    for period in answer.periods:
        spans.update(connection.exec_driver_sql(f"{query}last_day > day AND {TOUCHES}", _bounds(period)).all())
    days = {day for first, last in spans for day in range(first, last + 1)}
    return sorted(day for day in days if not any(day in period for period in covered))


def _bounds(period: Period) -> tuple[int, int, int]:
    return day_number(period.first), day_number(period.last), day_number(period.first)


def _open(connection: sa.Connection, run: str, main: Period) -> int:
    return int(connection.execute(
        sa.text("""INSERT INTO ingests (run, first_day, end_day, added, changed, removed, lines, quarantined)
            VALUES (:run, :first, :end, 0, 0, 0, 0, 0) RETURNING ingest_no"""),
        {"run": run, "first": day_number(main.first), "end": day_number(main.end)}).scalar_one())


def _close(connection: sa.Connection, ingest: Ingest) -> Ingest:
    connection.execute(
        sa.text("""UPDATE ingests SET added = :added, changed = :changed, removed = :removed, lines = :lines,
            quarantined = :quarantined WHERE ingest_no = :number"""), asdict(ingest))
    return ingest


def _live(connection: sa.Connection, where: str, values: tuple[object, ...]) -> dict[int, Live]:
    query = f"SELECT document_no, version_no, customer_no, hash FROM versions WHERE until = 0 AND {where}"
    return {row[0]: Live(*row[1:]) for row in connection.exec_driver_sql(query, values)}


def _end(connection: sa.Connection, ended: Sequence[Live], number: int) -> None:
    if ended:
        connection.exec_driver_sql("UPDATE versions SET until = ? WHERE version_no = ?",
                                   [(number, version.version_no) for version in ended])
        connection.exec_driver_sql("UPDATE lines SET until = ? WHERE customer_no = ? AND version_no = ?",
                                   [(number, version.customer_no, version.version_no) for version in ended])


def _store(connection: sa.Connection, fresh: Mapping[int, Draft], number: int) -> None:
    if not fresh:
        return
    newest = int(connection.exec_driver_sql("SELECT coalesce(max(version_no), 0) FROM versions").scalar_one())
    numbered = list(enumerate(fresh.items(), newest + 1))
    connection.exec_driver_sql(INSERT_VERSION, [
        (version, document, draft.customer_no, draft.rows[0][0], draft.rows[-1][0], len(draft.rows), draft.amount,
         draft.hash, number) for version, (document, draft) in numbered])
    # In the order of the key: neighbours of one customer share a page.
    numbered.sort(key=lambda each: each[1][1].customer_no)
    connection.exec_driver_sql(INSERT_LINE, [
        (draft.customer_no, version, ordinal, *row[:9], *map(_nullable, row[9:]), number)
        for version, (_document, draft) in numbered for ordinal, row in enumerate(draft.rows)])


def _nullable(value: int) -> int | None:
    return None if value == NOT_GIVEN else value


def _quarantine(connection: sa.Connection, answer: Answer, number: int) -> None:
    for period in answer.periods:
        connection.exec_driver_sql(
            """DELETE FROM quarantine WHERE day BETWEEN :first AND :last OR day IS NULL AND ingest_no IN (
                SELECT ingest_no FROM ingests WHERE first_day <= :last AND end_day > :first)""",
            {"first": day_number(period.first), "last": day_number(period.last)})
    if answer.rejected:
        connection.exec_driver_sql(
            "INSERT INTO quarantine (ingest_no, day, reason, row) VALUES (?, ?, ?, ?)",
            [(number, each.day and day_number(each.day), each.reason, each.row) for each in answer.rejected])
