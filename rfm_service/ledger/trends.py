"""Key figures of past days, kept as long as no fact behind them changes."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from rfm_service.analysis.trends import Point
from rfm_service.ledger.stores import AnyWarehouse

COLUMNS = Point._fields


def kept(warehouse: AnyWarehouse, rules: str, known: int, reach_days: int) -> list[Point]:
    """The points kept under some rules that hold as known after ingest `known`; facts of `reach_days` shape each."""
    with warehouse.reading() as connection:
        rows = connection.execute(sa.text(f"SELECT ingest_no, {', '.join(COLUMNS)} FROM trend_points "
                                          "WHERE rules = :rules"), {"rules": rules}).all()
        changed = _changed(connection, min([known, *(row.ingest_no for row in rows)])) if rows else []
    stale = {(ingest, day) for ingest, day in {(row.ingest_no, row.as_of) for row in rows}
             if any(min(ingest, known) < at <= max(ingest, known) and first <= day and last > day - reach_days
                    for at, first, last in changed)}
    return [Point(*row[1:]) for row in rows if (row.ingest_no, row.as_of) not in stale]


def keep(warehouse: AnyWarehouse, rules: str, ingest: int, points: Sequence[Point]) -> None:
    """Keep the points of all days that are looked at, as they are after an ingest; all others go."""
    marks = ", ".join("?" * (len(COLUMNS) + 2))
    values = [(rules, ingest, *point) for point in points]
    with warehouse.rows() as connection:
        connection.execute(sa.text("DELETE FROM trend_points"))
        connection.exec_driver_sql(
            f"INSERT INTO trend_points (rules, ingest_no, {', '.join(COLUMNS)}) VALUES ({marks})", values)


def _changed(connection: sa.Connection, ingest: int) -> list[tuple[int, int, int]]:
    """The later ingests with the first and last days of the documents that they brought or ended, each once."""
    rows = connection.execute(sa.text(
        "SELECT since, day, last_day FROM versions WHERE since > :ingest "
        "UNION SELECT until, day, last_day FROM versions WHERE until > :ingest"), {"ingest": ingest})
    return [(int(at), int(first), int(last)) for at, first, last in rows]
