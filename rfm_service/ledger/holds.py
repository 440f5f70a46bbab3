"""Nights held because too many documents were gone at once, and the grants that let one run remove them."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from rfm_service.domain.values import Removal, day_number, day_of


class Hold(NamedTuple):
    """A night that was held for its removals; `amount` is their sum in 1/10 000."""

    as_of: date
    run: str
    granted: bool
    gone: int
    stored: int
    amount: int


def hold(connection: sa.Connection, as_of: date, run: str, removal: Removal) -> None:
    """Note a held night; what a person granted while it ran stays granted."""
    connection.execute(
        sa.text("INSERT INTO holds (as_of, run, gone, stored, amount) VALUES (:day, :run, :gone, :stored, :amount) "
                "ON CONFLICT (as_of) DO UPDATE SET run = :run, gone = :gone, stored = :stored, amount = :amount"),
        {"day": day_number(as_of), "run": run, "gone": removal.gone, "stored": removal.stored,
         "amount": removal.amount})


def held(connection: sa.Connection) -> list[Hold]:
    """The held nights, newest first."""
    rows = connection.exec_driver_sql("SELECT as_of, run, granted, gone, stored, amount FROM holds ORDER BY as_of DESC")
    return [Hold(day_of(row[0]), row[1], bool(row[2]), *row[3:]) for row in rows]


def grant(connection: sa.Connection, as_of: date) -> None:
    """Let the next run of a held night remove what it must."""
    connection.execute(sa.text("UPDATE holds SET granted = 1 WHERE as_of = :day"), {"day": day_number(as_of)})


def take_grant(connection: sa.Connection, as_of: date) -> bool:
    """Whether the removals of a night were granted; a grant is for one run, however that run ends."""
    return connection.execute(sa.text("UPDATE holds SET granted = 0 WHERE as_of = :day AND granted = 1"),
                              {"day": day_number(as_of)}).rowcount > 0


def release(connection: sa.Connection, as_of: date) -> None:
    """Forget that nights up to one were held: it was stored."""
    connection.execute(sa.text("DELETE FROM holds WHERE as_of <= :day"), {"day": day_number(as_of)})
