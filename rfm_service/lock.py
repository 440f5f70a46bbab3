"""One night at a time: a kernel lock beside the warehouse, free at once when its holder dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from rfm_service.domain.errors import LedgerError, LockHeld


@contextmanager
def held(path: Path, run: str, *, wait_s: float = 0) -> Iterator[None]:
    """Hold the lock for a run, its name readable beside it; another one's end is waited for so long.

    Raises LockHeld, which names the first, and LedgerError.
    """
    holder = path.with_suffix(".holder")
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=wait_s)
    except Timeout:
        raise LockHeld("Another run is at work: {holder}. Wait for its end.", holder=_read(holder)) from None
    except OSError as error:
        raise LedgerError("The lock {path} cannot be taken: {reason}. Check the disk and the rights of the service.",
                          path=str(path), reason=error.strerror or type(error).__name__) from error
    try:
        # On a full disk the lock holds without a name.
        with suppress(OSError):
            holder.write_text(f"{run}, pid {os.getpid()}", encoding="utf-8")
        yield
    finally:
        lock.release()


def holder(path: Path) -> str | None:
    """Who holds a lock, None where nobody does."""
    lock = FileLock(path)
    try:
        if path.exists():
            lock.acquire(timeout=0)
            lock.release()
    except Timeout:
        return _read(path.with_suffix(".holder"))
    except OSError:
        return None
    return None


def pid(path: Path) -> int | None:
    """The process that holds a lock, None where nobody does; 0 where it cannot be told."""
    found = holder(path)
    if found is None:
        return None
    number = found.rpartition("pid ")[2]
    return int(number) if number.isdecimal() else 0


def _read(holder: Path) -> str:
    try:
        return holder.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "?"
