"""What was foretold on each night, kept until it can be held against what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from rfm_service.domain.tables import FORECAST
from rfm_service.domain.values import day_number, day_of
from rfm_service.ledger.frames import insert, read

if TYPE_CHECKING:
    import pandas as pd

    from rfm_service.domain.forecasts import Forecast, Method
    from rfm_service.ledger.stores import AnyWarehouse

KEPT_DAYS = 200
"""Forecasts older than this before the newest one were held against what happened long ago."""
SUNDAY = 3
"""Of the day numbers modulo 7: the nights whose forecasts stay, for a row a customer and night is much."""


@dataclass(frozen=True)
class Told:
    """A kept forecast: its night, by which method, FORECAST."""

    as_of: date
    method: Method
    frame: pd.DataFrame


def keep(connection: sa.Connection, forecast: Forecast) -> None:
    """Keep a night's FORECAST in place of an earlier run's; of earlier nights stay the Sundays of KEPT_DAYS."""
    day = day_number(forecast.as_of)
    connection.execute(sa.text("DELETE FROM forecasts WHERE as_of = :day OR as_of < :old OR "
                               "(as_of < :day AND as_of % 7 <> :sunday)"),
                       {"day": day, "old": day - KEPT_DAYS, "sunday": SUNDAY})
    connection.execute(sa.text("INSERT INTO forecasts (as_of, method) VALUES (:day, :method)"),
                       {"day": day, "method": forecast.method})
    insert(connection, "forecast_rows", FORECAST, forecast.frame, day)


def told_by(warehouse: AnyWarehouse, day: date) -> Told | None:
    """The newest forecast of a Sunday up to a day: one that stays, so that a night run again finds the same."""
    return _told(warehouse, "as_of <= :day AND as_of % 7 = :sunday", day)


def told_on(warehouse: AnyWarehouse, day: date) -> Told | None:
    """The forecast of one night, None where it is not kept."""
    return _told(warehouse, "as_of = :day", day)


def _told(warehouse: AnyWarehouse, where: str, day: date) -> Told | None:
    query = sa.text(f"SELECT as_of, method FROM forecasts WHERE {where} ORDER BY as_of DESC LIMIT 1")
    with warehouse.reading() as connection:
        row = connection.execute(query, {"day": day_number(day), "sunday": SUNDAY}).one_or_none()
    if row is None:
        return None
    with warehouse.arrow() as connection:
        return Told(day_of(row.as_of), row.method, read(connection, "forecast_rows", FORECAST, row.as_of))
