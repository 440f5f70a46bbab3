"""A shelf: the few things that publishing asks of a folder, wherever it is, and how its failures are told apart."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

ROOT = ""
WINERROR = "winerror"


class Kind(Enum):
    """What lies under a name; a link is not followed."""

    FOLDER = 1
    FILE = 2
    LINK = 3


@dataclass(frozen=True)
class Entry:
    """What lies in a folder; `size` in bytes, of files; `changed_ns` (since 1970) where one name was looked at."""

    name: str
    kind: Kind
    size: int = 0
    changed_ns: int = field(default=0, compare=False)


class Shelf(Protocol):
    """A folder and what lies below it; names are relative, with slashes. Every method raises OSError."""

    def make(self) -> None:
        """Make the folder itself and those above it."""
        ...

    def make_below(self, folder: str) -> None:
        """Make a folder below this one, and those between; this one is never made in the place of one that is gone."""
        ...

    def nearest(self) -> Shelf:
        """The nearest folder above that is there, or this one."""
        ...

    def look(self, name: str = ROOT) -> Entry | None:
        """What lies under a name, None where nothing does; the folder itself may be a link to one."""
        ...

    def entries(self, folder: str = ROOT) -> list[Entry]:
        """What lies in a folder."""
        ...

    def read(self, name: str, most: int) -> bytes:
        """The first bytes of a file, at most so many."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Write a file through to the disk; folders above it are made."""
        ...

    def sync(self, folder: str = ROOT) -> None:
        """Make the names in a folder last."""
        ...

    def rename(self, old: str, new: str, *, replace: bool = False) -> None:
        """Rename; only a file may `replace` another."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file or a link, never what a link leads to."""
        ...

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        ...

    def free(self) -> int | None:
        """Bytes that may still be written; None where that is not told."""
        ...

    def close(self) -> None:
        """Let go of the connection, where there is one."""
        ...


class Trouble(Enum):
    """Why a shelf failed, as far as it matters to a person."""

    GONE = 1
    UNREACHABLE = 2
    NO_SUCH_SHARE = 3
    LOGIN = 4
    RIGHTS = 5
    IN_USE = 6
    READ_ONLY = 7
    FULL = 8
    OTHER = 9


HELD = frozenset({Trouble.RIGHTS, Trouble.IN_USE})
"""How it shows that somebody has a file open: Windows says either."""

SHARING_VIOLATION, LOCK_VIOLATION, ACCESS_DENIED, WRITE_PROTECT, DISK_FULL = 32, 33, 5, 19, 112
BAD_PATH, NAME_DELETED, BAD_SHARE, LOGON_FAILURE, FILE_NOT_FOUND = 53, 64, 67, 1326, 2
_WINDOWS = {
    ACCESS_DENIED: Trouble.RIGHTS, SHARING_VIOLATION: Trouble.IN_USE, LOCK_VIOLATION: Trouble.IN_USE,
    303: Trouble.IN_USE, WRITE_PROTECT: Trouble.READ_ONLY, DISK_FULL: Trouble.FULL, 39: Trouble.FULL,
    1295: Trouble.FULL, BAD_PATH: Trouble.UNREACHABLE, 51: Trouble.UNREACHABLE, 55: Trouble.GONE,
    59: Trouble.UNREACHABLE, NAME_DELETED: Trouble.UNREACHABLE, 121: Trouble.UNREACHABLE, 1231: Trouble.UNREACHABLE,
    1232: Trouble.UNREACHABLE, BAD_SHARE: Trouble.NO_SUCH_SHARE, LOGON_FAILURE: Trouble.LOGIN, 86: Trouble.LOGIN,
    1327: Trouble.LOGIN, 1330: Trouble.LOGIN, 1331: Trouble.LOGIN, 1909: Trouble.LOGIN}
_POSIX = {
    errno.EACCES: Trouble.RIGHTS, errno.EPERM: Trouble.RIGHTS, errno.EBUSY: Trouble.IN_USE,
    errno.EROFS: Trouble.READ_ONLY, errno.ENOSPC: Trouble.FULL, errno.EDQUOT: Trouble.FULL, errno.EFBIG: Trouble.FULL,
    errno.ESTALE: Trouble.GONE, errno.ENODEV: Trouble.GONE, errno.ENOTCONN: Trouble.UNREACHABLE,
    errno.EHOSTDOWN: Trouble.UNREACHABLE, errno.EHOSTUNREACH: Trouble.UNREACHABLE,
    errno.ENETUNREACH: Trouble.UNREACHABLE, errno.ECONNRESET: Trouble.UNREACHABLE,
    errno.ECONNREFUSED: Trouble.UNREACHABLE, errno.ETIMEDOUT: Trouble.UNREACHABLE}
_ERRNO = {ACCESS_DENIED: errno.EACCES, SHARING_VIOLATION: errno.EACCES, LOCK_VIOLATION: errno.EACCES,
          WRITE_PROTECT: errno.EROFS, DISK_FULL: errno.ENOSPC, FILE_NOT_FOUND: errno.ENOENT}


def failure(windows: int, told: str) -> OSError:
    """The error that Windows would raise under this number, on any system."""
    error = OSError(_ERRNO.get(windows, errno.EIO), told)
    setattr(error, WINERROR, windows)
    return error


def trouble(error: OSError) -> Trouble:
    """Why a shelf failed: by the number of Windows where there is one, else by that of POSIX."""
    windows = getattr(error, WINERROR, None)
    if windows in _WINDOWS:
        return _WINDOWS[windows]
    return _POSIX.get(error.errno or 0, Trouble.OTHER)


def reason(error: OSError) -> str:
    """What the system says of a failure, without the paths that it names."""
    return error.strerror or type(error).__name__
