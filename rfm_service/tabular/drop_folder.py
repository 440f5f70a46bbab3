"""A folder into which people and export jobs put files: what lies there, and a file read while nobody changes it."""

from __future__ import annotations

import os
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple, TypeVar

from rfm_service.domain.errors import AnswerMalformed, SourceRefused, SourceUnavailable
from rfm_service.tabular.reading import is_readable
from rfm_service.tabular.table import shown

TEMPORARY = ("~$*", ".*", "*.tmp", "*.part", "*.crdownload")
"""What Excel, copiers and browsers write while they are at it."""
NOT_READ = frozenset({".xls", ".xlsb", ".ods"})
"""Tables of kinds that are not read: they are refused, where other files are passed over."""

T = TypeVar("T")


class Dropped(NamedTuple):
    """A file of the folder as it was last changed; the newest sorts last, by name among equals."""

    changed_ns: int
    name: str
    size: int
    path: Path


def look(folder: Path, wanted: Callable[[str], bool]) -> tuple[list[Dropped], list[str]]:
    """The tables whose name is wanted, newest first, and the names of the other files. Raises SourceError."""
    _check(folder)
    problem = None
    try:
        there = [path for path in sorted(folder.iterdir()) if not is_temporary(path.name) and path.is_file()]
        tables = [path for path in there if wanted(path.name) and (is_readable(path) or _suffix(path) in NOT_READ)]
        return sorted(map(_stamped, tables), reverse=True), [shown(path) for path in there if path not in tables]
    except OSError as error:
        problem = SourceUnavailable("The folder {path} cannot be read: {reason}. Check the share and the rights of the "
                                    "service.", path=str(folder), reason=_reason(error))
    raise problem


def steadily(dropped: Dropped, read: Callable[[], T]) -> T:
    """What is read of a file that stays as it was. Raises SourceUnavailable where it changed, and what `read` raises.

    A file that changes is still being written, whatever reading it met.
    """
    problem: AnswerMalformed | SourceUnavailable | None = None
    try:
        found = read()
    except AnswerMalformed as error:
        problem = error
    except OSError as error:
        problem = SourceUnavailable("The file {file} cannot be read: {reason}. Close it where it is open, and check "
                                    "the share and the rights of the service.", file=shown(dropped.path),
                                    reason=_reason(error))
    if not _is_same(dropped):
        raise SourceUnavailable("The file {file} changed while it was read: it is still being written.",
                                file=shown(dropped.path))
    if problem:
        raise problem
    return found


def matches(name: str, pattern: str) -> bool:
    """Whether the name of a file is of a pattern like `sales-*.csv`; case does not matter."""
    return fnmatchcase(name.casefold(), pattern.casefold())


def _check(folder: Path) -> None:
    if os.name != "nt" and any(part.startswith("\\\\") for part in folder.parts):
        raise SourceRefused("{path} is a Windows address. Mount the share on this computer and write the folder "
                            "that it is mounted at.", path=str(folder))
    if folder.is_file():
        raise SourceRefused("{path} is a file. Write the folder that it lies in into source.path.", path=str(folder))
    if not folder.is_dir():
        raise SourceUnavailable("The folder {path} is not there; the share may not be connected. Nothing was changed. "
                                "Check source.path.", path=str(folder))


def is_temporary(name: str) -> bool:
    """Whether a file of that name is what a program only has while it is at work."""
    return any(matches(name, pattern) for pattern in TEMPORARY)


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _stamped(path: Path) -> Dropped:
    found = path.stat()
    return Dropped(found.st_mtime_ns, path.name, found.st_size, path)


def _is_same(dropped: Dropped) -> bool:
    try:
        return _stamped(dropped.path) == dropped
    except OSError:
        return False


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
