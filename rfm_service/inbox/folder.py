"""The folder itself, on a disk or a share: what lies in it, a file read while nobody changes it, and moved away."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import NamedTuple, TypeVar

from rfm_service.domain.errors import PublishError
from rfm_service.inbox.reading import LARGEST
from rfm_service.inbox.rows import InboxFile
from rfm_service.publishing.limit import within
from rfm_service.publishing.shelf import ROOT, Entry, Kind, Shelf, reason
from rfm_service.publishing.wording import out_of_time
from rfm_service.tabular.drop_folder import is_temporary
from rfm_service.tabular.table import shown
from rfm_service.timelimit import OutOfTimeError

FOLDER = "inbox"
DONE, REJECTED = "done", "rejected"
PROBLEMS = ".problems.txt"
OPEN_IN_EXCEL = "~$"
"""Before the name of a file that Excel has open stands this in the name of another."""
OF_THE_SYSTEM = frozenset({"desktop.ini", "thumbs.db"})
ENDINGS = (".xlsx", ".xlsm", ".json")
MOST_FILES = 500
"""More files are taken in the nights after."""
PATIENCE_MINUTES = 2.0
LONGEST_NAME = 180
"""Bytes of a name that still leave room for what is put behind it."""

T = TypeVar("T")


class Waiting(NamedTuple):
    """What lies in the inbox: the files to be read, oldest first, and how much must be left for now."""

    files: list[Entry]
    left: int


class Seen(NamedTuple):
    """A file that was read, and what it was like on the disk."""

    entry: Entry
    file: InboxFile


@dataclass(frozen=True)
class Inbox:
    """A folder for filled lists and files of marks: `folder` of a shelf, which people know as `place`.

    `within_place`: the report folder in which it is made by itself; '' where a person has to make it.
    """

    opened: Callable[[], Shelf]
    place: str
    folder: str = ROOT
    within_place: str = ""

    def waiting(self) -> Waiting:
        """What lies there; nothing where the folder is not there yet. Raises PublishError."""
        return self._timely(self._waiting)

    def read(self, entry: Entry) -> Seen | None:
        """A file, whole unless it is far too large; None where it is in use or still being written."""
        def read(shelf: Shelf) -> Seen | None:
            path = self._path(entry.name)
            before = shelf.look(path)
            if before is None or before.kind is not Kind.FILE:
                return None
            # A pipe has no size, and whoever opens one waits.
            content = shelf.read(path, LARGEST + 1) if before.size else b""
            if not _is_same(before, shelf.look(path)) or len(content) != min(before.size, LARGEST + 1):
                return None
            return Seen(before, InboxFile(shown(Path(entry.name)), content, before.changed_ns // 1_000_000_000))

        return self._timely(read)

    def move(self, seen: Seen, name: str, folder: str, problems: str) -> bool:
        """Move a file that was read to `done` or `rejected`, what is to be said of it beside it; whether it could be.

        Nothing there is overwritten. A file that was changed meanwhile stays. Raises PublishError.
        """
        return self._timely(lambda shelf: self._moved(shelf, (seen.entry, name), folder, problems))

    def make(self) -> None:
        """Make the folder in the report folder, where it belongs there. Raises PublishError."""
        if self.within_place:
            self._timely(lambda shelf: _make(shelf, self.folder))

    def check(self) -> int:
        """Try to write in the folder; how many files wait there. Raises PublishError."""
        def tried(shelf: Shelf) -> int:
            if shelf.look(self.folder) is not None:
                _probe(shelf, self.folder)
            return len(self._waiting(shelf).files)

        return self._timely(tried)

    def _timely(self, work: Callable[[Shelf], T]) -> T:
        try:
            return within(60 * PATIENCE_MINUTES, self.opened(), work)
        except OutOfTimeError:
            raise out_of_time(self.place, PATIENCE_MINUTES) from None
        except OSError as error:
            raise PublishError("The inbox folder {path} cannot be used: {reason}. Check the share and the rights of "
                               "the service.", path=self.place, reason=reason(error)) from error

    def _waiting(self, shelf: Shelf) -> Waiting:
        there = shelf.look(self.folder)
        if there is None and self.within_place:
            return Waiting([], 0)
        if there is None or there.kind is not Kind.FOLDER:
            raise PublishError("There is no inbox folder {path}. Make it, or mend report.inbox.", path=self.place)
        every = shelf.entries(self.folder)
        names, entries = {entry.name for entry in every}, [entry for entry in every if not _is_passed_over(entry)]
        files = sorted((entry for entry in entries if entry.kind is Kind.FILE and OPEN_IN_EXCEL + entry.name
                        not in names), key=lambda entry: (entry.changed_ns, entry.name))[:MOST_FILES]
        return Waiting(files, len(entries) - len(files))

    def _moved(self, shelf: Shelf, named: tuple[Entry, str], folder: str, problems: str) -> bool:
        seen, name = named
        if not _is_same(seen, shelf.look(self._path(name))):
            return False
        _make(shelf, self._path(folder))
        content = problems.replace("\n", "\r\n").encode("utf-8-sig", "replace")
        there = {entry.name.casefold() for entry in shelf.entries(self._path(folder))}
        to = next(each for each in _names(name) if each.casefold() not in there and (
            not problems or self._is_free(shelf, f"{folder}/{each}{PROBLEMS}", content)))
        if problems:
            shelf.write(self._path(f"{folder}/{to}{PROBLEMS}"), content)
        if not _is_same(seen, shelf.look(self._path(name))):
            return False
        shelf.rename(self._path(name), self._path(f"{folder}/{to}"))
        shelf.sync(self._path(folder))
        shelf.sync(self.folder)
        return True

    def _is_free(self, shelf: Shelf, name: str, content: bytes) -> bool:
        """Whether a name is free for what is to be said, or holds it since a night that was cut off."""
        found = shelf.look(self._path(name))
        return found is None or (found.kind is Kind.FILE and found.size == len(content)
                                 and shelf.read(self._path(name), len(content)) == content)

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}" if self.folder else name


def _is_passed_over(entry: Entry) -> bool:
    """What is none of ours, and nothing to speak of: signs of programs at work, folders not called as lists."""
    name = entry.name.casefold()
    return (is_temporary(entry.name) or name in OF_THE_SYSTEM
            or (entry.kind is not Kind.FILE and not name.endswith(ENDINGS)))


def _is_same(before: Entry, now: Entry | None) -> bool:
    return now is not None and (now.kind, now.size, now.changed_ns) == (before.kind, before.size, before.changed_ns)


def _make(shelf: Shelf, folder: str) -> None:
    """Make a folder where none is; what bears its name and is no folder is let be."""
    found = shelf.look(folder)
    if found is None:
        shelf.make_below(folder)
    elif found.kind is not Kind.FOLDER:
        raise NotADirectoryError(20, "its name is taken by a file or a link")


def _probe(shelf: Shelf, folder: str) -> None:
    """Write and remove a file of our own."""
    probe = f"{folder}/.probe-{token_hex(4)}" if folder else f".probe-{token_hex(4)}"
    shelf.write(probe, b"")
    shelf.remove(probe)


def _names(name: str) -> Iterator[str]:
    """The name, and others like it, none too long for a disk."""
    path = PurePosixPath(name)
    stem, ending = path.stem, path.suffix
    while len(os.fsencode(stem + ending)) > LONGEST_NAME:
        stem, ending = (stem[:-1], ending) if stem else (stem, ending[:-1])
    yield stem + ending
    yield from (f"{stem}-{number}{ending}" for number in count(2))
