"""Keeping the files of sale lines equal to the ledger, and showing that they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from rfm_service.domain.stored import Mark
from rfm_service.domain.tables import DAY_TALLIES
from rfm_service.domain.values import Period, day_number
from rfm_service.lake.folder import SCHEMA, Lake
from rfm_service.ports import Facts

LINES_AT_ONCE = 1_000_000
"""About so many lines of the ledger are held in memory at a time."""
DAMAGED = (-1, 0, 0)
BY = ["day", "customer_no", "order_no", "since"]


class Synced(NamedTuple):
    """How many days were written or removed, and how many lines were written."""

    days: int = 0
    lines: int = 0


class Difference(NamedTuple):
    """A day of which ledger and file do not tell the same: stored lines, true lines, their sum in 1/10 000.

    A file that is damaged has -1 lines.
    """

    day: int
    ledger: tuple[int, int, int]
    file: tuple[int, int, int]


def sync(lake: Lake, facts: Facts, *, whole: bool = False) -> Synced:
    """Bring the files to what the ledger holds: the days that changed since, or all (`whole`). Raises EngineError.

    Killed at any moment, the files are of no state that a reader takes, and the next call knows what was begun. Where
    a file is gone or empty, all are made anew.
    """
    if lake.mark() == facts.newest() and lake.complete and not whole:
        return Synced()
    with lake.alone():
        return _brought(lake, facts, facts.newest(), whole=whole)


def _brought(lake: Lake, facts: Facts, newest: Mark, *, whole: bool) -> Synced:
    held, toward = lake.way()
    follows = held is not None and facts.follows(held) and (facts.follows(toward) if toward else lake.complete)
    since = held.ingest if held is not None and follows and not whole else 0
    there, written = lake.days(), Synced()
    changed = facts.changed_days(since)
    lake.put_mark(held if since else None, newest)
    if since == 0:
        for day in there.keys() - _days_of(changed):
            lake.remove(there[day])
            written = Synced(written.days + 1, written.lines)
    for day, lines in _by_day(facts, changed):
        if lines.num_rows:
            lake.write(day, lines)
        elif day in there:
            lake.remove(there[day])
        if lines.num_rows or day in there:
            written = Synced(written.days + 1, written.lines + lines.num_rows)
    lake.put_mark(newest)
    return written


def check(lake: Lake, facts: Facts) -> list[Difference]:
    """The days of which the files do not hold what the ledger does, oldest first. Raises EngineError."""
    ledger, files = _tallies(facts.day_tallies()), _tallies(_of_files(lake))
    none = (0, 0, 0)
    return [Difference(day, ledger.get(day, none), files.get(day, none))
            for day in sorted(ledger.keys() | files.keys()) if ledger.get(day, none) != files.get(day, none)]


def _by_day(facts: Facts, changed: list[Period]) -> Iterator[tuple[int, pa.Table]]:
    """The lines of each changed day, sorted."""
    at_once = _days_at_once(facts)
    for period in changed:
        for part in period.windows(at_once):
            stored = facts.stored_lines(part).sort_values(BY, kind="stable", ignore_index=True)
            lines = pa.Table.from_pandas(stored, SCHEMA, preserve_index=False).replace_schema_metadata(None)
            days = np.arange(day_number(part.first), day_number(part.end) + 1)
            edges = np.searchsorted(stored["day"].to_numpy(), days).tolist()
            for day, start, end in zip(days.tolist()[:-1], edges[:-1], edges[1:], strict=True):
                yield day, lines.slice(start, end - start)


def _days_at_once(facts: Facts) -> int:
    days = sum(period.days for period in facts.changed_days(0))
    return max(1, LINES_AT_ONCE * days // max(facts.stored(), 1))


def _days_of(periods: list[Period]) -> set[int]:
    return {day_number(period.first + timedelta(days=at)) for period in periods for at in range(period.days)}


def _of_files(lake: Lake) -> pd.DataFrame:
    """DAY_TALLIES of the files."""
    rows = [_tally(day, lake.sound(path)) for day, path in lake.days().items()]
    return pd.DataFrame(rows, columns=list(DAY_TALLIES)).astype(DAY_TALLIES)


def _tally(day: int, stored: pa.Table | None) -> tuple[int, int, int, int]:
    """A line that lies in the file of another day counts as one too many."""
    if stored is None:
        return day, *DAMAGED
    true = stored.column("until").to_numpy() == 0
    wrong = int((stored.column("day").to_numpy() != day).sum())
    return day, stored.num_rows + wrong, int(true.sum()), int(stored.column("amount").to_numpy()[true].sum())


def _tallies(told: pd.DataFrame) -> dict[int, tuple[int, int, int]]:
    return {day: (stored, lines, amount) for day, stored, lines, amount in told.itertuples(index=False, name=None)}
