"""One night at a time: a kernel lock beside the warehouse, free at once when its holder dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rfm_service.domain.errors import LedgerError, LockHeld


@contextmanager
def held(path: Path, run: str) -> Iterator[None]:
    """Hold the lock for a run, its name readable beside it. Raises LockHeld, which names the first, and LedgerError."""
    holder = path.with_suffix(".holder")
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise LockHeld("Another run is at work: {holder}. Wait for its end.", holder=_read(holder)) from None
    except OSError as error:
        raise LedgerError("The lock {path} cannot be taken: {reason}. Check the disk and the rights of the service.",
                          path=str(path), reason=error.strerror or type(error).__name__) from error
    try:
        holder.write_text(f"{run}, pid {os.getpid()}", encoding="utf-8")
        yield
    finally:
        lock.release()


def pid(path: Path) -> int | None:
    """The process that holds a lock, None where nobody does; 0 where it cannot be told."""
    if not path.exists():
        return None
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _, _, number = _read(path.with_suffix(".holder")).rpartition("pid ")
        return int(number) if number.isdecimal() else 0
    except OSError:
        return None
    lock.release()
    return None


def _read(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "?"
