"""Copies of the warehouse that tell of a customer: found, brought to know nobody who was forgotten, or removed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rfm_service import recovery, wiring
from rfm_service.domain.errors import LedgerError
from rfm_service.ledger import forgotten, soundness
from rfm_service.ledger.backup import BESIDE, settle, verified_copy
from rfm_service.ledger.forgetting import hold_back
from rfm_service.ledger.warehouse import Warehouse
from rfm_service.personal.traces import Tells, Trace
from rfm_service.settings import Settings

HEADER = b"SQLite format 3\0"
ASIDE = ("damaged-*", "replaced-*")
"""The folders beside the warehouse with what was in its place."""
DRAFT = ".forgetting"


@dataclass(frozen=True)
class Copies:
    """The copies in the folder of backups, and the warehouses that were set aside.

    What cannot be read is removed on demand, too: nobody knows whom it tells of.
    """

    settings: Settings

    def find(self, tells: Tells) -> Iterator[Trace]:
        """The copies that tell of a customer; those that cannot be read may."""
        for path in self._files():
            try:
                with closing(soundness.reading(path, still=True)) as connection:
                    found = any(map(tells, _ids(connection)))
            except (sqlite3.Error, OSError) as error:
                reason = str(error.strerror if isinstance(error, OSError) else error)
                yield Trace("copy", str(path), surely=False, problem=LedgerError(
                    "The copy {path} cannot be read: {reason}. It may tell of the customer all the same.",
                    path=str(path), reason=reason))
            else:
                if found:
                    yield Trace("copy", str(path))

    def rewrite(self, traces: Sequence[Trace]) -> Iterator[Trace]:
        """Let copies know nobody who was forgotten, in the newest form; each with the problem where that failed."""
        told = recovery.known_forgotten(self.settings)
        for trace in traces:
            try:
                _rewrite(Path(trace.path), told, self.settings.rules.left_out)
            except (LedgerError, OSError) as error:
                problem = error if isinstance(error, LedgerError) else _unwritten(trace.path, error)
                yield replace(trace, problem=problem)
            else:
                yield replace(trace, problem=None)

    def remove(self, traces: Sequence[Trace]) -> Iterator[Trace]:
        """Remove copies; each with the problem where that failed. The newest of the nights is rewritten."""
        newest = {str(copy.path) for copy in wiring.backups(self.settings).copies()[:1]}
        yield from self.rewrite([trace for trace in traces if trace.path in newest])
        for trace in traces:
            if trace.path not in newest:
                try:
                    _remove(Path(trace.path))
                    self._leave(Path(trace.path).parent)
                except OSError as error:
                    yield replace(trace, problem=_unwritten(trace.path, error))
                else:
                    yield replace(trace, problem=None)

    def _leave(self, folder: Path) -> None:
        """Remove the folder of a warehouse that was set aside, where nothing is left in it."""
        if any(folder.match(pattern) for pattern in ASIDE) and not any(folder.iterdir()):
            folder.rmdir()

    def _files(self) -> Iterator[Path]:
        """The files of SQLite in the folder of copies and in those set aside, whatever they are called."""
        live = self.settings.warehouse.resolve()
        folders = [wiring.backups(self.settings).folder, *sorted(
            folder for pattern in ASIDE for folder in live.parent.glob(pattern))]
        for folder in folders:
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.resolve() != live and path.is_file() and not path.is_symlink() and _is_sqlite(path):
                    yield path
        # What a restore that was cut off has left.
        yield from filter(Path.is_file, [live.with_name(live.name + recovery.DRAFT)])


def _is_sqlite(path: Path) -> bool:
    """Whether a file begins as one of SQLite, or may: what cannot be read is told of, too."""
    try:
        with path.open("rb") as opened:
            return opened.read(len(HEADER)) == HEADER
    except OSError:
        return True


def _ids(connection: sqlite3.Connection) -> list[str]:
    """The ids of the customers; none where the file is no warehouse."""
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'customers'").fetchone()
    return [row[0] for row in connection.execute("SELECT customer_id FROM customers")] if there else []


def _rewrite(path: Path, told: forgotten.Listing, own: frozenset[str]) -> None:
    """Make a copy anew beside it, and let it take the place once it was read back. Raises LedgerError, OSError."""
    draft = path.with_name(path.name + DRAFT)
    _remove(draft)
    try:
        verified_copy(path, draft, still=True)
        warehouse = Warehouse(draft)
        warehouse.upgrade(None)
        hold_back(warehouse, told, own)
        settle(draft)
        # What its log had is in the draft; beside another file it would be taken for that one's.
        for beside in BESIDE:
            path.with_name(path.name + beside).unlink(missing_ok=True)
        verified_copy(draft, path, still=True)
    finally:
        with contextlib.suppress(OSError):
            _remove(draft)


def _remove(path: Path) -> None:
    """Remove a file of SQLite with what lies beside it."""
    for beside in ("", *BESIDE):
        path.with_name(path.name + beside).unlink(missing_ok=True)


def _unwritten(path: str, error: OSError) -> LedgerError:
    return LedgerError("{path} cannot be written: {reason}.", path=path, reason=error.strerror or "?")
