"""A report folder on a disk or a share: a draft beside it, fsync, rename; a reader sees a whole report or none."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping
from datetime import date
from errno import EACCES
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rfm_service.archive.nights import nights_in, told_in
from rfm_service.archive.page import INDEX, MARK, page
from rfm_service.archive.staying import Keep, leaving
from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import MANIFEST, Report
from rfm_service.setting_types import HomePath

log = logging.getLogger(__name__)

LATEST = "latest"
DRAFT = ".draft-"
OLD = ".old-"
GONE = ".gone-"
MEGABYTE = 1_000_000
MARGIN = 50 * MEGABYTE
"""What must stay free beside a report."""


class Publisher(BaseModel):
    """Publishes into `path`; `parts` are patterns of the files wanted there, all without them.

    Of the nights there the newest `keep_nights` stay, and the last one of each of the newest `keep_months` and
    `keep_years` that have one. `language` is that of the page which lists them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: HomePath
    parts: tuple[str, ...] = ()
    keep_nights: int = Field(60, ge=0)
    keep_months: int = Field(24, ge=0)
    keep_years: int = Field(10, ge=0)
    language: Literal["ru", "en", "zh", "tr"] = "ru"

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.path)

    def publish(self, report: Report, *, first: bool) -> None:
        """Write the night's folder, let `latest/` follow, never back, and tidy the archive. Raises PublishError."""
        files = {name: content for name, content in report.files.items() if self._wanted(name)}
        night = report.as_of.isoformat()
        if astray := [name for name in files if not _inside(name)]:
            raise PublishError("The report holds {name}, which would lie outside of its folder {path}.",
                               name=repr(astray[0]), path=self.place)
        files[MANIFEST] = self._manifest(report)
        try:
            self._enter(first=first)
            self._recover()
            follows = self._latest() <= report.as_of
            self._make_room(report.as_of, (1 + follows) * sum(map(len, files.values())))
            self._swap(files, night)
            if follows:
                self._follow(files)
        except OSError as error:
            raise PublishError("The report of {night} cannot be written to {path}: {reason}. Check the share, its free "
                               "space and the rights of the service.", night=night, path=self.place,
                               reason=error.strerror or type(error).__name__) from error
        self._tidy(report.as_of)

    def check(self, *, first: bool) -> None:
        """Write and remove a file of our own, and look whether the next report has room. Raises PublishError."""
        try:
            self._check_name()
            new = first and not self.path.exists()
            if not new:
                self._enter(first=first)
            there = next(parent for parent in (self.path, *self.path.parents) if parent.is_dir())
            probe = there / f"{DRAFT}check"
            probe.write_bytes(b"")
            probe.unlink()
            self._check_room(there, 2 * _size(self.path / LATEST))
        except OSError as error:
            raise PublishError("Nothing can be written to the report folder {path}: {reason}. Check the share and the "
                               "rights of the service.", path=self.place, reason=error.strerror or "?") from error

    def _manifest(self, report: Report) -> bytes:
        """The manifest, naming only the parts that are published here."""
        if not self.parts:
            return report.manifest
        told = json.loads(report.manifest)
        told["files"] = {name: found for name, found in told["files"].items() if self._wanted(name)}
        return json.dumps(told, ensure_ascii=False, indent=2).encode()

    def _wanted(self, name: str) -> bool:
        return not self.parts or any(fnmatch(name, part) for part in self.parts)

    def _enter(self, *, first: bool) -> None:
        self._check_name()
        if first:
            self.path.mkdir(parents=True, exist_ok=True)
        elif not self.path.is_dir():
            raise PublishError("The report folder {path} is gone; the share may not be connected. Nothing was created "
                               "in its place.", path=self.place)

    def _check_name(self) -> None:
        if os.name != "nt" and any(part.startswith("\\\\") for part in self.path.parts):
            raise PublishError("{path} is a Windows address. Mount the share on this computer and write the folder "
                               "that it is mounted at.", path=self.place)

    def _recover(self) -> None:
        """Tidy what a publish that was killed left: a folder renamed away comes back, drafts go."""
        for left in filter(_is_folder, self.path.glob(f"{OLD}*")):
            target = self.path / left.name.removeprefix(OLD)
            if target.exists():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.rename(target)
        for left in self.path.glob(f"{DRAFT}*"):
            shutil.rmtree(left) if _is_folder(left) else left.unlink()
        for left in self.path.glob(f"{GONE}*"):
            shutil.rmtree(left, ignore_errors=True)

    def _make_room(self, published: date, size: int) -> None:
        """Look for room for so many bytes; where it lacks, nights past their time go first. Raises PublishError."""
        try:
            self._check_room(self.path, size)
        except PublishError:
            # Those that stay beside the newest night there: this one may never come.
            self._remove_old(min(published, self._latest()))
            self._check_room(self.path, size)

    def _check_room(self, folder: Path, size: int) -> None:
        needed, usage = size + MARGIN, shutil.disk_usage(folder)
        # A share that does not tell how large it is does not tell what is free either.
        if usage.total and usage.free < needed:
            raise PublishError("{free} MB are free in the report folder {path}, and a report needs {needed} MB. Free "
                               "some space, or let fewer nights stay (publish.keep_nights).", path=self.place,
                               free=usage.free // MEGABYTE, needed=-(-needed // MEGABYTE))

    def _swap(self, files: Mapping[str, bytes], name: str) -> None:
        draft, target, old = (self.path / (prefix + name) for prefix in (DRAFT, "", OLD))
        for file, content in files.items():
            _write(draft / file, content)
        for folder in {(draft / file).parent for file in files} | {draft}:
            _sync(folder)
        if old.exists():
            raise PermissionError(EACCES, f"{old.name} is in use")
        if target.exists():
            target.rename(old)
        draft.rename(target)
        _sync(self.path)
        # What somebody holds open there goes with a later publish.
        shutil.rmtree(old, ignore_errors=True)

    def _follow(self, files: Mapping[str, bytes]) -> None:
        try:
            self._swap(files, LATEST)
        except PermissionError:
            # Windows: somebody holds a file of latest/ open; the dated folder is whole, the next publish follows.
            log.warning("The folder %s is in use and stays as it is for now.", LATEST)
            self._recover()

    def _tidy(self, published: date) -> None:
        """Remove the nights past their time and list the others; what fails waits: the report itself is there."""
        try:
            self._remove_old(published)
            self._list()
        except OSError as error:
            log.warning("The list of reports in %s stays as it is for now: %s", self.place,
                        error.strerror or type(error).__name__)

    def _remove_old(self, published: date) -> None:
        keep = Keep(self.keep_nights, self.keep_months, self.keep_years)
        for day in leaving(nights_in(self.path), published, keep):
            self._remove(day.isoformat())

    def _remove(self, name: str) -> None:
        """Remove a night's folder, at once for who looks; one in use, or not surely below ours, stays."""
        night, gone = self.path / name, self.path / (GONE + name)
        # What a swap left of the night would come back in its place.
        if (self.path / (OLD + name)).exists() or night.resolve() != self.path.resolve() / name:
            return
        try:
            night.rename(gone)
        except OSError as error:
            log.warning("The night of %s stays in %s for now: %s", name, self.place, error.strerror)
            return
        shutil.rmtree(gone, ignore_errors=True)
        log.info("The night of %s is past its time and is removed from %s", name, self.place)

    def _list(self) -> None:
        """Write the page of the nights, unless an index.html of somebody else is there."""
        index, nights = self.path / INDEX, nights_in(self.path)
        if not nights or not _replaceable(index):
            return
        draft = self.path / (DRAFT + INDEX)
        _write(draft, page(nights.values(), told_in(self.path / LATEST), self.language))
        draft.replace(index)
        _sync(self.path)

    def _latest(self) -> date:
        try:
            manifest = json.loads((self.path / LATEST / MANIFEST).read_bytes())
            return date.fromisoformat(manifest["as_of"])
        except (OSError, ValueError, KeyError, TypeError):
            return date.min


def _is_folder(path: Path) -> bool:
    """Whether it is a folder itself, not a link to one."""
    return path.is_dir() and not path.is_symlink()


def _inside(name: str) -> bool:
    """Whether a file's name stays in its folder, on any system."""
    return not set(name) & set("\\:\0") and all(part not in ("", ".", "..") for part in name.split("/"))


def _replaceable(index: Path) -> bool:
    """Whether a page is ours, or not there."""
    if index.is_symlink() or not index.exists():
        return not index.is_symlink()
    with index.open("rb") as opened:
        return MARK in opened.read(1000)


def _size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync(folder: Path) -> None:
    """Make renames in a folder last; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
