"""Copies of the warehouse that were read back before anyone relies on them, and which of them stay."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from rfm_service.domain.errors import LedgerError
from rfm_service.ledger import soundness

log = logging.getLogger(__name__)

NAME = re.compile(r"warehouse-(\d{4}-\d{2}-\d{2})-(\d{8}T\d{6}Z)\.db(\.draft)?", re.ASCII)
BEFORE = re.compile(r"before-\d{4}\.db", re.ASCII)
STAMP = "%Y%m%dT%H%M%SZ"
DRAFT = ".draft"
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file."""
BEFORE_KEPT = 3
DRAFT_STAYS = timedelta(days=1)
MEGABYTE = 1_000_000
MARGIN = 50 * MEGABYTE
"""What must stay free beside a copy."""


class Copy(NamedTuple):
    """A copy by its name: when it was made, in UTC."""

    path: Path
    made: datetime


@dataclass(frozen=True)
class Backups:
    """The folder of copies; the newest one of each of so many days, weeks and months stays."""

    folder: Path
    days: int = 7
    weeks: int = 4
    months: int = 6

    def make(self, warehouse: Path, as_of: date, now: datetime) -> Path:
        """A verified copy of the live warehouse. Raises LedgerError."""
        verified_copy(warehouse, target := self.place(as_of, now))
        return target

    def place(self, as_of: date, now: datetime) -> Path:
        """Where the copy of a night goes."""
        return self.folder / f"warehouse-{as_of.isoformat()}-{now.astimezone(UTC):{STAMP}}.db"

    def check(self) -> Copy | None:
        """The newest copy, once a file could be made where the next one will be. Raises LedgerError."""
        place = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        try:
            with tempfile.TemporaryFile(dir=place):
                return next(iter(self.copies()), None)
        except OSError as error:
            raise LedgerError("No copy of the warehouse can be made in {folder}: {reason}. Check the disk and the "
                              "rights of the service.",
                              folder=str(self.folder), reason=error.strerror or "?") from error

    def tidy(self, made: Path) -> None:
        """Remove the copies past their time, once a new one was verified; what is not surely ours stays."""
        ours = [copy for copy in self.copies() if copy.path == made]
        if not ours:
            return
        # Copies from a future that a wrong clock made are not judged by, and not removed.
        past = [copy for copy in self.copies() if copy.made <= ours[0].made]
        staying = self._staying(past)
        leaving = [copy.path for copy in past if copy.path not in staying]
        drafts = [copy.path for copy in self._named(drafts=True) if ours[0].made - copy.made > DRAFT_STAYS]
        for path in (*leaving, *self.before()[BEFORE_KEPT:], *drafts):
            try:
                path.unlink()
            except OSError as error:
                log.warning("The old copy %s stays for now: %s", path.name, error.strerror)

    def copies(self) -> list[Copy]:
        """The copies of nights, the newest first."""
        return self._named(drafts=False)

    def before(self) -> list[Path]:
        """The copies made before migrations, the newest first."""
        return sorted((path for path in self._files() if BEFORE.fullmatch(path.name)), reverse=True)

    def _named(self, *, drafts: bool) -> list[Copy]:
        found = []
        for path in self._files():
            name = NAME.fullmatch(path.name)
            if name and bool(name[3]) is drafts and (made := _moment(name[2])):
                found.append(Copy(path, made))
        return sorted(found, key=lambda copy: (copy.made, copy.path.name), reverse=True)

    def _files(self) -> list[Path]:
        """The files of the folder, links left out. Raises LedgerError where it is there and cannot be read."""
        try:
            return [path for path in self.folder.iterdir() if path.is_file() and not path.is_symlink()]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise LedgerError("The folder {folder} of the copies cannot be read: {reason}. Check the disk and its "
                              "rights.", folder=str(self.folder), reason=error.strerror or "?") from error

    def _staying(self, newest_first: list[Copy]) -> set[Path]:
        staying = {copy.path for copy in newest_first[:1]}
        spans: list[tuple[int, Callable[[date], object]]] = [
            (self.days, lambda day: day), (self.weeks, lambda day: day.isocalendar()[:2]),
            (self.months, lambda day: (day.year, day.month))]
        for count, span in spans:
            newest: dict[object, Path] = {}
            for copy in newest_first:
                newest.setdefault(span(copy.made.date()), copy.path)
            staying.update(list(newest.values())[:count])
        return staying


def verified_copy(source: Path, target: Path, *, still: bool = False) -> None:
    """Copy a live warehouse by SQLite's backup API, read the copy back, and only then give it its name.

    `still`: nobody writes to the source. Raises LedgerError.
    """
    draft = target.with_name(target.name + DRAFT)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        _check_room(source, target.parent)
        _copy(source, draft, still=still)
        with closing(soundness.reading(draft, still=True)) as copy:
            damage = soundness.faults(copy)
        if not damage:
            settle(draft)
            draft.replace(target)
            settle(target.parent)
    except (sqlite3.Error, OSError) as error:
        _remove(draft)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LedgerError("A copy of the warehouse could not be made in {folder}: {reason}.",
                          folder=str(target.parent), reason=reason or "?") from error
    if damage:
        _remove(draft)
        raise LedgerError("The copy of the warehouse in {folder} is damaged: {reason}. If the warehouse "
                          "itself is damaged, the next `rfm-service run` mends it from an older copy.",
                          folder=str(target.parent), reason=damage)


def settle(path: Path) -> None:
    """Make a file, or the renames in a folder, last; Windows has no such call for folders and needs none."""
    if path.is_dir() and os.name == "nt":
        return
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _copy(source: Path, draft: Path, *, still: bool) -> None:
    """What is lost with a draft is made again: it needs no journal, no lock (a share may have none), one sync."""
    with (closing(soundness.reading(source, still=still, tidy=not still)) as live,
          closing(sqlite3.connect(soundness.address(draft, "mode=rwc&nolock=1"), uri=True)) as copy):
        copy.execute("PRAGMA journal_mode=OFF")
        copy.execute("PRAGMA synchronous=OFF")
        live.backup(copy)


def _check_room(source: Path, folder: Path) -> None:
    """Look for room for a copy. Raises LedgerError."""
    needed = MARGIN + sum(path.stat().st_size for path in (source, source.with_name(source.name + "-wal"))
                          if path.exists())
    usage = shutil.disk_usage(folder)
    # A share that does not tell how large it is does not tell what is free either.
    if usage.total and usage.free < needed:
        raise LedgerError("{free} MB are free in {folder}, and a copy of the warehouse needs {needed} MB. Free some "
                          "space, or let fewer copies stay (backup.keep_days, keep_weeks, keep_months).",
                          free=usage.free // MEGABYTE, folder=str(folder), needed=-(-needed // MEGABYTE))


def _remove(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The draft %s stays for now: %s", draft.name, error.strerror)


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
