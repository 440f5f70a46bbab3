"""What the ledger knows of days and documents before 1C is asked: versions, hashes, totals, and when days were read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby
from math import ceil
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from rfm_service.domain.stored import LateDocument
from rfm_service.domain.values import DayTotal, Period, day_number, day_of


def hashes(connection: sa.Connection, period: Period) -> dict[date, bytes]:
    """The hash that came with each day of the period when it was last read whole."""
    rows = connection.execute(
        sa.text("SELECT day, hash FROM days WHERE day BETWEEN :first AND :last AND hash IS NOT NULL"), _bounds(period))
    return {day_of(row.day): row.hash for row in rows}


def versions(connection: sa.Connection, period: Period) -> dict[str, str]:
    """Reference -> DataVersion of the live documents dated in the period."""
    rows = connection.execute(sa.text(
        "SELECT ref, data_version FROM versions JOIN documents USING (document_no) "
        "WHERE until = 0 AND day BETWEEN :first AND :last AND ref <> ''"), _bounds(period))
    return {row.ref: row.data_version for row in rows}


def partners(connection: sa.Connection) -> dict[str, str]:
    """Reference -> DataVersion of the customers that were told with one."""
    rows = connection.exec_driver_sql("SELECT told, version FROM customers WHERE version <> ''")
    return {row.told: row.version for row in rows}


def names(connection: sa.Connection) -> list[str]:
    """Every name of a customer, a legal entity or a sales manager."""
    rows = connection.exec_driver_sql("SELECT told FROM customers WHERE told <> ref UNION SELECT name FROM customers "
                                      "UNION SELECT shown FROM customers UNION SELECT manager FROM customers "
                                      "UNION SELECT name FROM contractors")
    return [row[0] for row in rows if row[0]]


def totals(connection: sa.Connection, period: Period) -> list[DayTotal]:
    """Documents, lines and sum of each day of the period with sales, by the dates of the documents."""
    rows = connection.execute(sa.text(
        "SELECT day, count(*), CAST(sum(lines) AS BIGINT), CAST(sum(amount) AS BIGINT) FROM versions "
        "WHERE until = 0 AND day BETWEEN :first AND :last GROUP BY day ORDER BY day"), _bounds(period))
    return [DayTotal(day_of(row[0]), *row[1:]) for row in rows]


THEN = "(since <= :known AND (until = 0 OR until > :known))"
NOW = "(until = 0)"


def late_documents(connection: sa.Connection, period: Period, ingest: int, merges: Collection[int]
                   ) -> list[LateDocument]:
    """The documents of the period that ingests after `ingest` added, corrected or removed, by day and number.

    `merges` only moved documents from customer to customer: what they moved is the same.
    """
    changed = f"SELECT document_no FROM versions WHERE day BETWEEN :first AND :last AND {THEN} <> {NOW}"
    rows = connection.execute(sa.text(
        "SELECT document_no, number, day, amount, hash, since, until FROM versions JOIN documents USING (document_no) "
        f"WHERE document_no IN ({changed}) AND (until = 0 OR until > :known) ORDER BY document_no, since"),
        {**_bounds(period), "known": ingest}).all()
    found = [_late(list(versions), ingest, merges) for _, versions in groupby(rows, itemgetter(0))]
    return sorted(_not_renamed([each for each in found if each is not None]), key=lambda each: (each.day, each.number))


def _not_renamed(found: Sequence[LateDocument]) -> list[LateDocument]:
    """Without the pairs of one document told under two names of a customer: the same number, day and sum."""
    gone, late = (Counter((each.number, each.day, each.before or each.after) for each in found if each.change == change)
                  for change in ("gone", "late"))
    both, left = gone & late, []
    pairs = {"gone": both.copy(), "late": both.copy()}
    for each in found:
        key = (each.number, each.day, each.before or each.after)
        if each.change in pairs and pairs[each.change][key]:
            pairs[each.change][key] -= 1
        else:
            left.append(each)
    return left


def _late(versions: Sequence[sa.Row[Any]], known: int, merges: Collection[int]) -> LateDocument | None:
    """What became of a document, by its versions since then in their order; None where nothing did."""
    was = next((row for row in versions if row.since <= known), None)
    stands = next((row for row in versions if row.until == 0), None)
    heir = was
    while heir is not None and heir.until in merges:
        heir = next((row for row in versions if row.since == heir.until), None)
    told = stands or was
    same = was and stands and was.hash == stands.hash
    if told is None or same or (heir is not None and heir.until == 0):
        return None
    change = "corrected" if was and stands else "late" if stands else "gone"
    return LateDocument(told.number, day_of(told.day), change, was.amount if was else 0, stands.amount if stands else 0)


def lasting(connection: sa.Connection, documents: Collection[int], ingest: int) -> set[int]:
    """Which of the documents were there at an ingest and still are, whatever their day."""
    found = connection.execute(sa.text(
        "SELECT document_no FROM versions WHERE document_no IN (SELECT CAST(value AS BIGINT) FROM json_each(:wanted)) "
        f"GROUP BY document_no HAVING max(CASE WHEN {THEN} THEN 1 ELSE 0 END) = 1 "
        f"AND max(CASE WHEN {NOW} THEN 1 ELSE 0 END) = 1"),
        {"wanted": json.dumps(sorted(documents)), "known": ingest})
    return set(found.scalars())


def longest_unread(connection: sa.Connection, horizon: Period, nights: int) -> Period | None:
    """The days of the horizon that were not read for longest, one of at most `nights` parts; None where it is empty."""
    if horizon.days <= 0:
        return None
    first, end = day_number(horizon.first), day_number(horizon.end)
    # The parts lie on a fixed grid, so a horizon that moves on every night touches one more of them than fit in it;
    # a power of two, so that the grid stays (or is halved) while the horizon grows and nights are missed.
    size = 1 << (ceil(horizon.days / max(nights - 1, 1)) - 1).bit_length()
    read = {row.day: row.ingest_no for row in connection.execute(
        sa.text("SELECT day, ingest_no FROM days WHERE day BETWEEN :first AND :last"), _bounds(horizon))}
    parts = [range(max(start, first), min(start + size, end)) for start in range(first - first % size, end, size)]
    oldest = min(parts, key=lambda part: min(read.get(day, 0) for day in part))
    return Period(day_of(oldest.start), day_of(oldest.stop))


def _bounds(period: Period) -> dict[str, int]:
    return {"first": day_number(period.first), "last": day_number(period.last)}
