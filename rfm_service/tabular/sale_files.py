"""A file of sale lines: which days it holds, and the lines of some of them.

A file is read once. Its rows wait as text in a spool, day by day, so that only those of the days that are wanted are
understood, and a file that changes meanwhile changes nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

from rfm_service.domain.values import Period, Rejected, SaleLine
from rfm_service.tabular import online_retail
from rfm_service.tabular.cells import Unreadable, is_unclean, moment, text
from rfm_service.tabular.names import RETAIL_NAMES, SALE_NAMES
from rfm_service.tabular.reading import batches
from rfm_service.tabular.sale_days import MEANING
from rfm_service.tabular.sale_rows import SaleRows
from rfm_service.tabular.table import Batch, ColumnNames, TableError, check_once, find_columns, shown

NEEDED = ("date", "sale_id", "sum")
PLAUSIBLE = Period(date(1990, 1, 1), date(2101, 1, 1))
"""A date outside of it is a slip of the pen."""
CELL, ROW = "\x1f", "\x1e"
"""Between cells and after rows in the spool; no text of a cell holds them."""
FIELDS = {field: field for field in SALE_NAMES}
BATCH = 4_096
"""Rows read at a time; more take more memory and are no faster."""
NO_TEXTS = frozenset(("date", "order_date", "quantity", "sum", "cost", "price"))
UNDATED = 100_000
"""So many rows without a date before the first one that has it, and no more are looked at."""

Texts = tuple[str, ...]


class Layout(NamedTuple):
    """Which column holds which field; a table of the Online Retail set has fields of its own."""

    columns: Mapping[str, str]
    retail: bool = False

    @property
    def date(self) -> str:
        """The column of the date."""
        return self.columns["date"]

    def has(self, field: str) -> bool:
        """Whether it tells a field of sale lines; the Online Retail set tells some without a column for them."""
        return field in (online_retail.TOLD if self.retail else self.columns)


class Place(NamedTuple):
    """Where some rows lie in the spool."""

    at: int
    size: int


@dataclass(frozen=True)
class Reading:
    """How files of sale lines are read, and where their rows wait; `return_values` are folded."""

    names: ColumnNames
    return_values: frozenset[str]
    currency: str
    encoding: str
    spool: IO[bytes]


@dataclass(frozen=True, eq=False)
class SaleFile:
    """What a file holds: of each day a hash of its rows (and of how they are read) and where they wait.

    A row without a readable date goes with the day of the row above it. `cleaned`: the texts of each day that held
    what cannot be shown, as they came.
    """

    name: str
    fields: Sequence[str]
    hashes: Mapping[date, bytes]
    places: Mapping[date, Sequence[Place]]
    cleaned: Mapping[date, Collection[str]] = field(default_factory=dict)

    def read(self, day: date, reading: Reading) -> tuple[list[SaleLine], list[Rejected]]:
        """The lines of a day and its rows set aside, with the name of the file."""
        fields = ("file", *self.fields)
        rows = (dict(zip(fields, (self.name, *cells), strict=True)) for cells in self._rows(day, reading.spool))
        values = reading.return_values | {online_retail.RETURN}
        return SaleRows(FIELDS, values, reading.currency, NEEDED).read(rows, Period(day, day + timedelta(days=1)))

    def _rows(self, day: date, spool: IO[bytes]) -> Iterator[list[str]]:
        for place in self.places[day]:
            spool.seek(place.at)
            yield from (row.split(CELL) for row in spool.read(place.size).decode().split(ROW)[:-1])


def layout_of(path: Path, header: Sequence[str], names: ColumnNames) -> Layout | None:
    """How the sale lines of a file with this header are laid out, None where they are none. Raises TableError."""
    for layout, needed in ((Layout(find_columns(header, names)), NEEDED),
                           (Layout(find_columns(header, RETAIL_NAMES), retail=True), tuple(RETAIL_NAMES))):
        if layout.columns.keys() >= set(needed):
            check_once(path, header, layout.columns)
            return layout
    return None


def scan(path: Path, layout: Layout, reading: Reading) -> SaleFile:
    """Read a file into the spool. Raises TableError where it cannot be read, OSError where the disk fails."""
    pages: _Pages | None = None
    for batch in batches(path, layout.columns, reading.encoding, rows=BATCH):
        written, unclean = _waiting(batch)
        laid = online_retail.as_sales(written) if layout.retail else written
        pages = pages or _Pages(tuple(laid), reading)
        pages.add(laid, unclean)
        if len(pages.early) > UNDATED:
            break
    if pages is None:
        return SaleFile(shown(path), (), {}, {})
    if pages.early:
        raise TableError("No row of the file {file} has a date that can be read in the column {column}. Write dates "
                         "like 31.12.2026 or 2026-12-31, or name another column as source.fields.date.",
                         file=shown(path), column=layout.date)
    hashes = {day: found.digest() for day, found in pages.hashes.items()}
    return SaleFile(shown(path), pages.fields, hashes, pages.places, pages.cleaned)


class _Pages:
    """The rows of a file on their way into the spool."""

    def __init__(self, fields: Texts, reading: Reading) -> None:
        shaping = repr((MEANING, fields, sorted(reading.return_values), reading.currency))
        self.fields = fields
        self.hashes: defaultdict[date, hashlib.blake2b] = defaultdict(
            lambda: hashlib.blake2b(shaping.encode("utf-8", "surrogatepass"), digest_size=16))
        self.places: defaultdict[date, list[Place]] = defaultdict(list)
        self.early: list[Texts] = []
        self.cleaned: defaultdict[date, set[str]] = defaultdict(set)
        self._unclean: set[str] = set()
        self._spool = reading.spool
        self._day: date | None = None

    def add(self, batch: Batch, unclean: Mapping[int, set[str]]) -> None:
        """Put a batch of texts under its days, with what rows (by place) held that cannot be shown."""
        parts: defaultdict[date, list[str]] = defaultdict(list)
        for at, (written, row) in enumerate(zip(batch["date"], zip(*batch.values(), strict=True), strict=True)):
            day = _day(str(written))
            if day is None and not any(map(text, row)):
                continue
            if at in unclean:
                self._unclean |= unclean[at]
            self._day = day = day or self._day
            if day is None:
                self.early.append(row)
            else:
                parts[day] += map(CELL.join, (*self.early, row))
                self.early = []
                if self._unclean:
                    self.cleaned[day] |= self._unclean
                    self._unclean = set()
        for day, rows in parts.items():
            self._write(day, (ROW.join(rows) + ROW).encode())

    def _write(self, day: date, page: bytes) -> None:
        self.hashes[day].update(page)
        self.places[day].append(Place(self._spool.seek(0, os.SEEK_END), len(page)))
        self._spool.write(page)


def _waiting(batch: Batch) -> tuple[Batch, dict[int, set[str]]]:
    """The cells as they wait, and the texts that held what cannot be shown, by the place of their row."""
    written: Batch = {}
    unclean: defaultdict[int, set[str]] = defaultdict(set)
    for name, cells in batch.items():
        texts = [cell if isinstance(cell, str) else "" for cell in cells]
        printable = "".join(texts).isprintable()
        written[name] = cells if printable and texts == cells else list(map(_written, cells))
        if printable or name in NO_TEXTS:
            continue
        for at, cell in enumerate(texts):
            if is_unclean(cell):
                unclean[at].add(cell)
    return written, unclean


def _written(cell: object) -> str:
    """A cell as it waits: texts that hold nothing unsafe stay as they are, to be read when they are needed."""
    return cell if isinstance(cell, str) and cell.isprintable() else text(cell)


def _day(written: str) -> date | None:
    """The day of a date; a time of day behind it is looked at when the row is read."""
    day = _parsed_day(written[:10]) if written[10:11] in ("", " ", "T") else None
    return day or _parsed_day(written)


@lru_cache(maxsize=100_000)
def _parsed_day(written: str) -> date | None:
    try:
        at = moment(written)
    except Unreadable:
        return None
    return at.date() if at and at.date() in PLAUSIBLE else None
