"""Whether a file is a warehouse to rely on: damage is told apart from a lock, rights or a disk in the way."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import day_of

UNUSABLE = "The warehouse {path} cannot be used: {reason}. Check the disk and its rights."
DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
ODD_FORM = "unsupported file format"
"""What SQLite says of a damaged header, under a code that means anything."""
OURS = frozenset({"alembic_version", "customers", "documents", "lines", "outbox", "snapshots", "versions"})
"""Tables that every warehouse has had since the first release."""
WAIT_S = 10


@dataclass(frozen=True)
class Found:
    """What a file turned out to be: its `damage` ('' where it is sound), whether it holds no table at all.

    `revision` is that of a warehouse, '' where it is none; `as_of` the newest night that it keeps.
    """

    damage: str = ""
    empty: bool = False
    revision: str = ""
    as_of: date | None = None


def look(path: Path, *, still: bool = False) -> Found:
    """What a file is; `still`: nobody writes to it. Raises LedgerError where that cannot be told now."""
    try:
        # SQLite would delete the log beside a file of no bytes.
        if path.stat().st_size == 0:
            return Found(empty=True)
        if damage := _odd_header(path):
            return Found(damage)
        # What a crash left of a first start is rolled back, and that needs writing.
        halfway = path.with_name(path.name + "-journal").exists()
        with closing(reading(path, still=still, tidy=halfway)) as connection:
            damage = faults(connection)
            return Found(damage) if damage else _contents(connection)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE or str(error) == ODD_FORM:
            return Found(str(error))
        raise LedgerError(UNUSABLE, path=path.name, reason=str(error)) from error
    except OSError as error:
        raise LedgerError(UNUSABLE, path=path.name, reason=error.strerror or "?") from error


def faults(connection: sqlite3.Connection) -> str:
    """What SQLite finds wrong with the pages, '' where nothing is."""
    verdict = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return "" if verdict == "ok" else " ".join(verdict.removeprefix("*** in database main ***").split())[:200]


def reading(path: Path, *, still: bool = False, tidy: bool = False) -> sqlite3.Connection:
    """A connection that makes no file and writes nothing back; where the file is `still`, beside it neither.

    `tidy`: as any other connection it ends with the log written back and away, where it is the last one.
    """
    mode = "rw" if tidy else "ro"
    alone = still and not _has_log(path)
    connection = sqlite3.connect(address(path, f"mode={mode}{'&immutable=1' * alone}"), uri=True, timeout=WAIT_S)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def address(path: Path, how: str) -> str:
    """A file as SQLite is told of it, with how it is opened."""
    posix = path.absolute().as_posix()
    return f"file://{'' if posix.startswith('/') else '/'}{quote(os.fsencode(posix), safe='/:')}?{how}"


def _odd_header(path: Path) -> str:
    """A version of the form that no SQLite has: it would read such a file and refuse to write it."""
    with path.open("rb") as opened:
        header = opened.read(20)
    odd = header.startswith(b"SQLite format 3\0") and header[18] not in (1, 2) and not _has_log(path)
    return "file is not a database" if odd else ""


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _contents(connection: sqlite3.Connection) -> Found:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables >= OURS:
        return Found(empty=not tables)
    revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    newest = connection.execute("SELECT max(as_of) FROM snapshots").fetchone()[0]
    return Found(revision=revision[0] if revision else "", as_of=None if newest is None else day_of(newest))
