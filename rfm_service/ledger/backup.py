"""Copies of the warehouse that were read back before anyone relies on them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rfm_service.domain.errors import LedgerError


def verified_copy(source: Path, target: Path) -> None:
    """Copy a live warehouse by SQLite's backup API, check the copy, and only then give it its name.

    Raises LedgerError.
    """
    draft = target.with_name(target.name + ".draft")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(draft)) as copy:
            live.backup(copy)
            verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except (sqlite3.Error, OSError) as error:
        raise LedgerError("A copy of the warehouse could not be made in {folder}: {reason}.",
                          folder=str(target.parent), reason=str(error)) from error
    if verdict != "ok":
        raise LedgerError("The copy of the warehouse in {folder} is damaged: {reason}.",
                          folder=str(target.parent), reason=str(verdict))
    draft.replace(target)
