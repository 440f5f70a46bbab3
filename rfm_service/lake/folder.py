"""The folder of sale lines: which file holds a day, and how a file is replaced so that a reader sees it whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from rfm_service.domain.errors import EngineError, EngineUnavailable
from rfm_service.domain.stored import Mark
from rfm_service.domain.tables import STORED_LINES
from rfm_service.domain.values import Period, day_number, day_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

FORM = 2
"""The columns and names of the files; a lake of another form is made anew."""
MARK = "_ledger.json"
PASSWORD = re.compile(r"//.*@")
LOCK = "_lock"
WAIT_S = 600
"""How long another program may keep the files to itself."""
DAY = re.compile(r"/month=\d{4}-\d{2}/day=(-?\d+)\.parquet", re.ASCII)
DRAFT = ".draft-"
"""Readers pass over names that begin with a dot or an underscore."""
FOLDER = frozenset({"file", "local"})
WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory"})
"""Stores in which an object appears whole or not at all; in a folder a file is written aside and renamed."""
SCHEMA = pa.schema([(name, pa.bool_() if kind == "bool" else getattr(pa, kind)())
                    for name, kind in STORED_LINES.items()])


@dataclass(frozen=True)
class Lake:
    """Sale lines under an fsspec address: a folder, a share, an object store. Every method raises EngineError.

    `options` are fsspec's own for the store (keys, endpoint).
    """

    address: str = field(repr=False)
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def days(self) -> dict[int, str]:
        """The file of each day number that has one."""
        return {day: path for day, (path, _) in self._there().items()}

    @property
    def complete(self) -> bool:
        """Whether there are as many files as when the mark was put, none of them empty: no reader misses either."""
        there = self._there().values()
        return len(there) == self._noted().get("days") and all(size for _, size in there)

    def _there(self) -> dict[int, tuple[str, int]]:
        """The path and the bytes of the file of each day number that has one."""
        with self._met():
            self._store.invalidate_cache()
            found = self._store.find(self._root, detail=True) if self._store.exists(self._root) else {}
        named = ((DAY.fullmatch(path.replace("\\", "/").removeprefix(self._root)), path) for path in sorted(found))
        return {int(day[1]): (path, found[path]["size"]) for day, path in named if day}

    def within(self, period: Period) -> list[str]:
        """The files of the days of a period, oldest first."""
        first, end = day_number(period.first), day_number(period.end)
        return [path for day, path in sorted(self.days().items()) if first <= day < end]

    def url(self, path: str) -> str:
        """A file with its protocol, as another program is told of it."""
        return str(self._store.unstrip_protocol(path))

    def read(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """Some columns of a file, or all; what is not as it was written is refused."""
        found = self.sound(path, columns)
        if found is None:
            raise damaged(self.place)
        return found

    def sound(self, path: str, columns: list[str] | None = None) -> pa.Table | None:
        """As `read`; None where the file is damaged."""
        with self._met():
            content = self._store.cat_file(path)
        try:
            table = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True).read(columns)
        except (pa.ArrowException, OSError):
            return None
        wanted = [each for each in SCHEMA if columns is None or each.name in columns]
        return table if table.schema.equals(pa.schema(wanted)) else None

    def write(self, day: int, lines: pa.Table) -> None:
        """Put the lines of a day in place of those that it had."""
        sink = pa.BufferOutputStream()
        pq.write_table(lines, sink, compression="zstd", write_page_checksum=True)
        with self._met():
            self._replace(f"{self._root}/month={day_of(day):%Y-%m}/day={day}.parquet", sink.getvalue())

    def remove(self, path: str) -> None:
        """Remove the file of a day that has no lines any more."""
        with self._met():
            self._store.rm_file(path)

    def mark(self) -> Mark | None:
        """The state of the ledger that all files are of; None where they are of none, or on the way to another."""
        mark, toward = self.way()
        return mark if toward is None else None

    def way(self) -> tuple[Mark | None, Mark | None]:
        """The state that all files were last of, and the one that some are already brought to, where that was begun.

        None for a state that is not known.
        """
        noted = self._noted()
        return _mark(noted.get("mark")), _mark(noted.get("toward"))

    def put_mark(self, mark: Mark | None, toward: Mark | None = None) -> None:
        """Note the state of the ledger that the files are of, or were of and are brought `toward`."""
        days = len(self.days())
        with self._met():
            self._replace(f"{self._root}/{MARK}", json.dumps({
                "form": FORM, "mark": mark, "toward": toward, "days": days}).encode())

    def _noted(self) -> dict[str, Any]:
        """What is noted of the files; nothing where that cannot be read, or is of another form."""
        with self._met():
            path = f"{self._root}/{MARK}"
            content = self._store.cat_file(path) if self._store.exists(path) else b""
        try:
            told = json.loads(content)
            for name in ("mark", "toward"):
                _mark(told[name])
            return dict(told) if told["form"] == FORM else {}
        except (ValueError, KeyError, TypeError):
            return {}

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Lets one program at a time write the files of a folder; a store has no such lock."""
        with self._met():
            folder = bool(_protocols(self._store) & FOLDER)
            if folder:
                self._store.makedirs(self._root, exist_ok=True)
        if not folder:
            yield
            return
        lock = FileLock(Path(self._root) / LOCK)
        with self._met():
            lock.acquire(timeout=WAIT_S)
        try:
            yield
        finally:
            lock.release()

    def _replace(self, path: str, content: bytes | pa.Buffer) -> None:
        if _protocols(self._store) & WHOLE_AT_ONCE:
            self._store.pipe_file(path, bytes(content))
            return
        folder, _, name = path.rpartition("/")
        draft = f"{folder}/{DRAFT}{name}"
        self._store.makedirs(folder, exist_ok=True)
        with Path(draft).open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        Path(draft).replace(path)

    @property
    def _store(self) -> AbstractFileSystem:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    @cached_property
    def _opened(self) -> tuple[AbstractFileSystem, str]:
        with self._met():
            import fsspec

            store, root = fsspec.core.url_to_fs(self.address, **self.options)
        if not _protocols(store) & (FOLDER | WHOLE_AT_ONCE):
            raise EngineError("Sale lines cannot be kept at {place}: only in a folder, on a mounted share, or in an "
                              "object store (s3, gs, az). Set engine.lake to one of these.", place=self.place)
        return store, str(root).rstrip("/")

    @contextmanager
    def _met(self) -> Iterator[None]:
        """What goes wrong with the store, in the words of the house."""
        try:
            yield
        except ImportError as error:
            raise EngineError("The files of sale lines in {place} need a package that is not installed: {reason}. "
                              "Install it beside the program.", place=self.place, reason=str(error)) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise EngineUnavailable("The files of sale lines in {place} cannot be read or written: {reason}. Check "
                                    "the place and its rights (engine.lake).",
                                    place=self.place, reason=reason) from error

    @property
    def place(self) -> str:
        """The address for people, without a password that it may hold."""
        return PASSWORD.sub("//", self.address)


def damaged(place: str) -> EngineError:
    """What is told of a place whose files are not as they were written."""
    return EngineError("A file of sale lines in {place} is damaged. `rfm-service lake check` tells of which day, "
                       "`rfm-service lake sync --whole` makes all of them anew.", place=place)


def _mark(told: Any) -> Mark | None:
    return None if told is None else Mark(int(told[0]), str(told[1]))


def _protocols(store: AbstractFileSystem) -> frozenset[str]:
    told = store.protocol
    return frozenset((told,) if isinstance(told, str) else told)
