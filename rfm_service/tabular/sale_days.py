"""Sale rows day by day: a day whose rows are as they were when it was last read is not read again."""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from hashlib import sha256
from itertools import groupby, islice
from typing import Any

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.values import Answer, Period, Rejected, SaleLine
from rfm_service.tabular.sale_rows import CHUNK, SaleRows

Row = dict[str, Any]

MEANING = 3
"""Part of every hash; raised when the same rows are to mean something else, so that all days are read anew."""
MOST_WAITING = 64_000_000
"""So many bytes of rows wait in memory to be told the same; days beyond are read whatever they hold."""


class SaleDays:
    """The rows of a window as they come: each day is hashed, and read unless its hash is the known one."""

    def __init__(self, reader: SaleRows, window: Period, known: Mapping[date, bytes]) -> None:
        self._reader = reader
        self._window = window
        self._known = known
        shaping = (MEANING, sorted(reader.columns.items()), sorted(reader.return_values), reader.currency)
        self._empty = sha256(repr(shaping).encode())
        self._hashes = {day: self._empty.copy() for day in _days(window)}
        self._waiting: defaultdict[date, list[bytes]] = defaultdict(list)
        self._size = 0
        self._day_of: dict[str, date | None] = {}
        self._lines: list[SaleLine] = []
        self._rejected: list[Rejected] = []
        self._read: set[date] = set()
        self._faulty: set[date] = set()

    def answer(self, rows: Iterable[Row]) -> Answer:
        """What the rows say of the window. Raises AnswerMalformed where a column lacks."""
        for day, together in self._by_day(iter(rows)):
            self._take(day, together)
        # A day without rows is told as empty, whatever is known: silence must not look like sameness.
        same = {day for day in self._waiting if self._hashes[day].digest() == self._known[day]}
        for day in self._waiting.keys() - same:
            self._understand(day, _rows(self._waiting[day]))
        hashes = {day: made.digest() for day, made in self._hashes.items() if day not in same | self._faulty}
        return Answer((self._window,), self._lines, self._rejected, same_days=frozenset(same), hashes=hashes)

    def _by_day(self, rows: Iterator[Row]) -> Iterator[tuple[date | None, list[Row]]]:
        """Rows of one day that came together, however long."""
        last: date | None = None
        together: list[Row] = []
        while chunk := list(islice(rows, CHUNK)):
            at = 0
            for day, part in groupby(self._days(chunk)):
                if day != last:
                    yield last, together
                    last, together = day, []
                end = at + len(list(part))
                together += chunk[at:end]
                at = end
        yield last, together

    def _days(self, rows: list[Row]) -> list[date | None]:
        """The day that each row claims; each cell is read once, but those that are no texts."""
        column, day_of, reader = self._reader.columns["date"], self._day_of, self._reader
        cells: list[Any] = [row.get(column) for row in rows]
        if set(map(type, cells)) != {str}:
            return [reader.day(row, self._window) for row in rows]
        for cell, row in dict(zip(cells, rows, strict=True)).items():
            if cell not in day_of:
                day_of[cell] = reader.day(row, self._window)
        return list(map(day_of.__getitem__, cells))

    def _take(self, day: date | None, rows: list[Row]) -> None:
        """Rows of one day that came together; those without a day are set aside by the reader."""
        if not rows:
            return
        packed = b"" if day is None else _packed(rows)
        if day is not None:
            self._hashes[day].update(packed)
        if day is None or day not in self._known or day in self._read:
            self._understand(day, rows)
            return
        self._waiting[day].append(packed)
        self._size += len(packed)
        if self._size > MOST_WAITING:
            for waiting in list(self._waiting):
                self._understand(waiting, _rows(self._waiting.pop(waiting)))
            self._size = 0

    def _understand(self, day: date | None, rows: list[Row]) -> None:
        lines, rejected = self._reader.read(rows, self._window)
        self._lines += lines
        self._rejected += rejected
        if day is not None:
            self._read.add(day)
            if rejected:
                self._faulty.add(day)


def _packed(rows: list[Row]) -> bytes:
    """Rows as bytes that are equal for equal rows. Raises AnswerMalformed."""
    # Names that all rows share are written once; version 2 is the last that writes equal values as equal bytes.
    names = set(map(tuple, rows))
    told = [*names, list(map(tuple, map(dict.values, rows)))] if len(names) == 1 else rows
    try:
        return marshal.dumps(told, 2)
    except ValueError:
        raise AnswerMalformed("The answer of 1C is nested too deeply.") from None


def _rows(packed: list[bytes]) -> list[Row]:
    """The rows that were packed."""
    rows: list[Row] = []
    for told in map(marshal.loads, packed):
        shared = type(told[0]) is tuple
        rows += [dict(zip(told[0], cells, strict=True)) for cells in told[1]] if shared else told
    return rows


def _days(window: Period) -> Iterator[date]:
    return (window.first + timedelta(days=at) for at in range(window.days))
