"""Conclusions that were kept: snapshots, moves and the cuts of a month."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import sqlalchemy as sa

from rfm_service.domain.findings import Figures
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import HISTORY, MOVES, SNAPSHOT
from rfm_service.domain.values import day_number, day_of
from rfm_service.ledger import forecasts
from rfm_service.ledger.frames import insert, read
from rfm_service.ledger.offers import keep as keep_offers
from rfm_service.ledger.stores import AnyWarehouse

if TYPE_CHECKING:
    from rfm_service.domain.forecasts import Forecast
NO_CUTS = Cuts((0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0))
HEADS = "SELECT as_of, ingest_no, rules, cuts, figures, settings FROM snapshots "


@dataclass(frozen=True)
class Kept:
    """A snapshot as it was kept: the last ingest that it saw, the rules and cuts that made it, SNAPSHOT and figures.

    The `cuts` of snapshots from before they were stored are NO_CUTS, their `settings` (the values, as written, of those
    that shape figures) are none.
    """

    as_of: date
    ingest: int
    rules: str
    cuts: Cuts
    snapshot: pd.DataFrame
    figures: Figures
    settings: Mapping[str, str] = field(default_factory=dict)


def previous(warehouse: AnyWarehouse, as_of: date) -> Kept | None:
    """The newest kept snapshot with an earlier as_of."""
    with warehouse.reading() as connection:
        row = connection.execute(sa.text(
            HEADS + "WHERE as_of < :day ORDER BY as_of DESC LIMIT 1"), {"day": day_number(as_of)}).one_or_none()
    return None if row is None else _kept(warehouse, row)


def kept_on(warehouse: AnyWarehouse, as_of: date) -> Kept | None:
    """The snapshot of one night, None where none is kept."""
    with warehouse.reading() as connection:
        row = connection.execute(sa.text(HEADS + "WHERE as_of = :day"), {"day": day_number(as_of)}).one_or_none()
    return None if row is None else _kept(warehouse, row)


def _kept(warehouse: AnyWarehouse, row: sa.Row[Any]) -> Kept:
    with warehouse.arrow() as connection:
        snapshot = read(connection, "snapshot_rows", SNAPSHOT, row.as_of)
    cuts = Cuts(*map(tuple, json.loads(row.cuts))) if row.cuts else NO_CUTS
    return Kept(day_of(row.as_of), row.ingest_no, row.rules, cuts, snapshot, Figures(**json.loads(row.figures)),
                json.loads(row.settings))


def moves(warehouse: AnyWarehouse, as_of: date) -> pd.DataFrame:
    """MOVES of a kept night."""
    with warehouse.arrow() as connection:
        return read(connection, "moves", MOVES, day_number(as_of))


def history(warehouse: AnyWarehouse, first: date, last: date) -> pd.DataFrame:
    """HISTORY of the kept nights from `first` to `last`."""
    with warehouse.arrow() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(HISTORY)} FROM moves WHERE as_of BETWEEN {day_number(first)} AND "
                       f"{day_number(last)} ORDER BY as_of, customer_no")
        frame = cursor.fetch_arrow_table().to_pandas()
    return pd.DataFrame({column: frame[column].astype(kind) for column, kind in HISTORY.items()})


def keep(warehouse: AnyWarehouse, kept: Kept, moved: pd.DataFrame, forecast: Forecast,
         offers: pd.DataFrame | None = None) -> None:
    """Keep a night's SNAPSHOT, MOVES and FORECAST in one transaction, in place of an earlier run of the same night.

    And its OFFERS, where lists were made.
    """
    day = day_number(kept.as_of)
    with warehouse.rows() as connection:
        connection.execute(sa.text("DELETE FROM snapshots WHERE as_of = :day"), {"day": day})
        connection.execute(
            sa.text("INSERT INTO snapshots (as_of, ingest_no, rules, cuts, figures, settings) "
                    "VALUES (:day, :ingest, :rules, :cuts, :figures, :settings)"),
            {"day": day, "ingest": kept.ingest, "rules": kept.rules,
             "cuts": json.dumps(astuple(kept.cuts)), "figures": json.dumps(asdict(kept.figures)),
             "settings": json.dumps(dict(kept.settings))})
        insert(connection, "snapshot_rows", SNAPSHOT, kept.snapshot, day)
        insert(connection, "moves", MOVES, moved, day)
        forecasts.keep(connection, forecast)
        if offers is not None:
            keep_offers(connection, offers)


def kept_days(connection: sa.Connection) -> list[date]:
    """The nights whose snapshots are kept, oldest first."""
    return [day_of(day) for (day,) in connection.exec_driver_sql("SELECT as_of FROM snapshots ORDER BY as_of")]


def cuts_of(connection: sa.Connection, month: str, rules: str) -> Cuts | None:
    """The cuts stored for a month under some rules."""
    row = connection.execute(sa.text("SELECT r, f, m FROM cuts WHERE month = :month AND rules = :rules"),
                             {"month": month, "rules": rules}).one_or_none()
    return None if row is None else Cuts(*(tuple(json.loads(borders)) for borders in row))


def keep_cuts(connection: sa.Connection, month: str, rules: str, cuts: Cuts) -> None:
    """Store the cuts of a month; cuts once stored stay."""
    r, f, m = map(json.dumps, astuple(cuts))
    connection.execute(sa.text("INSERT INTO cuts (month, rules, r, f, m) VALUES (:month, :rules, :r, :f, :m) "
                               "ON CONFLICT DO NOTHING"), {"month": month, "rules": rules, "r": r, "f": f, "m": m})
