"""A shelf on a disk, on a mounted share or, on Windows, at a UNC path."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from rfm_service.publishing.shelf import ROOT, Entry, Kind

JUNCTION = 0xA0000003
"""How Windows marks a folder that is a way into another one."""


@dataclass(frozen=True)
class Disk:
    """The folder `path` and what lies below it."""

    path: Path

    def make(self) -> None:
        """Make the folder itself and those above it."""
        self.path.mkdir(parents=True, exist_ok=True)

    def make_below(self, folder: str) -> None:
        """Make a folder below this one, and those between; this one is never made in the place of one that is gone."""
        path = self.path / folder
        for each in reversed([each for each in (path, *path.parents) if self.path in each.parents]):
            each.mkdir(exist_ok=True)

    def nearest(self) -> Disk:
        """The nearest folder above that is there, or this one."""
        return next(replace(self, path=parent) for parent in (self.path, *self.path.parents) if parent.is_dir())

    def look(self, name: str = ROOT) -> Entry | None:
        """What lies under a name, None where nothing does; the folder itself may be a link to one."""
        path = self.path / name
        try:
            found = path.stat(follow_symlinks=name == ROOT)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _entry(path.name, found)

    def entries(self, folder: str = ROOT) -> list[Entry]:
        """What lies in a folder."""
        with os.scandir(self.path / folder) as found:
            return [_entry(each.name, each.stat(follow_symlinks=False)) for each in found]

    def read(self, name: str, most: int) -> bytes:
        """The first bytes of a file, at most so many."""
        with (self.path / name).open("rb") as opened:
            return opened.read(most)

    def write(self, name: str, content: bytes) -> None:
        """Write a file through to the disk; folders above it are made."""
        path = self.path / name
        self.make_below(name.rpartition("/")[0])
        with path.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())

    def sync(self, folder: str = ROOT) -> None:
        """Make the names in a folder last; Windows has no such call and needs none."""
        if os.name == "nt":
            return
        opened = os.open(self.path / folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

    def rename(self, old: str, new: str, *, replace: bool = False) -> None:
        """Rename; only a file may `replace` another."""
        if replace:
            (self.path / old).replace(self.path / new)
        else:
            (self.path / old).rename(self.path / new)

    def remove(self, name: str) -> None:
        """Remove a file or a link, never what a link leads to."""
        (self.path / name).unlink()

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder."""
        (self.path / name).rmdir()

    def free(self) -> int | None:
        """Bytes that may still be written; a share that does not tell how large it is does not tell what is free."""
        usage = shutil.disk_usage(self.path)
        return usage.free if usage.total else None

    def close(self) -> None:
        """Nothing is held open."""


def _entry(name: str, found: os.stat_result) -> Entry:
    linked = stat.S_ISLNK(found.st_mode) or getattr(found, "st_reparse_tag", 0) == JUNCTION
    kind = Kind.LINK if linked else Kind.FOLDER if stat.S_ISDIR(found.st_mode) else Kind.FILE
    return Entry(name, kind, found.st_size, found.st_mtime_ns)
