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

from pydantic import BaseModel, ConfigDict

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import MANIFEST, Report
from rfm_service.setting_types import HomePath

log = logging.getLogger(__name__)

LATEST = "latest"
DRAFT = ".draft-"
OLD = ".old-"


class Publisher(BaseModel):
    """Publishes into `path`; `parts` are patterns of the files wanted there, all without them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: HomePath
    parts: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.path)

    def publish(self, report: Report, *, first: bool) -> None:
        """Write the night's folder and let `latest/` follow, never back. Raises PublishError."""
        files = {name: content for name, content in report.files.items() if self._wanted(name)}
        night = report.as_of.isoformat()
        if astray := [name for name in files if not _inside(name)]:
            raise PublishError("The report holds {name}, which would lie outside of its folder {path}.",
                               name=repr(astray[0]), path=self.place)
        files[MANIFEST] = self._manifest(report)
        try:
            self._enter(first=first)
            self._recover()
            self._swap(files, night)
            if self._latest() <= report.as_of:
                self._follow(files)
        except OSError as error:
            raise PublishError("The report of {night} cannot be written to {path}: {reason}. Check the share, its free "
                               "space and the rights of the service.", night=night, path=self.place,
                               reason=error.strerror or type(error).__name__) from error

    def check(self, *, first: bool) -> None:
        """Write and remove a file of our own. Raises PublishError."""
        try:
            self._check_name()
            new = first and not self.path.exists()
            if not new:
                self._enter(first=first)
            there = next(parent for parent in (self.path, *self.path.parents) if parent.is_dir())
            probe = there / f"{DRAFT}check"
            probe.write_bytes(b"")
            probe.unlink()
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
        for left in self.path.glob(f"{OLD}*"):
            target = self.path / left.name.removeprefix(OLD)
            if target.exists():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.rename(target)
        for left in self.path.glob(f"{DRAFT}*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()

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

    def _latest(self) -> date:
        try:
            manifest = json.loads((self.path / LATEST / MANIFEST).read_bytes())
            return date.fromisoformat(manifest["as_of"])
        except (OSError, ValueError, KeyError, TypeError):
            return date.min


def _inside(name: str) -> bool:
    """Whether a file's name stays in its folder, on any system."""
    return not set(name) & set("\\:\0") and all(part not in ("", ".", "..") for part in name.split("/"))


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
