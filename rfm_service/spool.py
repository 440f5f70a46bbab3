"""Reports that wait for a folder that is gone, full, read-only or in use."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from filelock import FileLock, Timeout

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import MANIFEST, Report
from rfm_service.ports import Texts

log = logging.getLogger(__name__)

DRAFT, OLD = ".draft-", ".old-"
SINCE = "since.json"
NIGHTS = "[0-9]*-*-*"


@dataclass(frozen=True)
class Spool:
    """Folders of waiting reports below `path`, one a place and night; `problems` says why, in this run.

    `chats` hear, in the words of `texts`, when a place begins to make reports wait and when they are there.
    """

    path: Path
    chats: Sequence[str] = ()
    texts: Texts | None = None
    problems: list[PublishError] = field(default_factory=list)

    def put(self, place: str, report: Report, problem: PublishError | None, most: int = 60) -> None:
        """Keep a report for a place; a newer run of the same night takes its stead, the newest `most` nights stay.

        `problem`: why it waits, where that is new. Raises PublishError where it cannot wait either; then what waited
        before waits on.
        """
        folder, night = self._of(place), report.as_of.isoformat()
        draft, old = folder / (DRAFT + night), folder / (OLD + night)
        try:
            self._recover(folder)
            self._begin(place, report.as_of)
            for name, content in {**report.files, MANIFEST: report.manifest}.items():
                _write(draft, name, content)
            _sync_below(draft)
            if (folder / night).exists():
                (folder / night).rename(old)
            draft.rename(folder / night)
            _sync(folder)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise PublishError("The report cannot wait in {path} either: {reason}. {problem}", path=str(self.path),
                               reason=error.strerror or "?", problem=problem or "") from error
        shutil.rmtree(old, ignore_errors=True)
        for left in self._nights(place)[:-max(1, most)]:
            log.warning("The report of %s waits no longer for %s: too many do", left.name, place)
            shutil.rmtree(left, ignore_errors=True)
        if problem is not None:
            self.problems.append(problem)

    def nights(self, place: str) -> list[date]:
        """The nights that wait for a place, oldest first."""
        return [date.fromisoformat(folder.name) for folder in self._nights(place)]

    def report(self, place: str, as_of: date) -> Report | None:
        """The report of a night that waits; None where it cannot be read any more."""
        folder = self._of(place) / as_of.isoformat()
        try:
            files = {path.relative_to(folder).as_posix(): path.read_bytes()
                     for path in sorted(folder.rglob("*")) if path.is_file()}
            return Report(as_of, files, files.pop(MANIFEST))
        except (OSError, KeyError) as error:
            log.error("The report of %s cannot be read in the spool: %s", as_of, error)
            return None

    def folder(self, place: str, as_of: date) -> Path:
        """Where a night waits for a place."""
        return self._of(place) / as_of.isoformat()

    def since(self, place: str) -> date | None:
        """The first night that this place made wait, None where none does."""
        try:
            told = json.loads((self._of(place) / SINCE).read_bytes())
            return date.fromisoformat(told["since"])
        except (OSError, ValueError, KeyError, TypeError):
            return min(self.nights(place), default=None)

    def drop(self, place: str, as_of: date) -> None:
        """Forget a night that waited for a place."""
        shutil.rmtree(self._of(place) / as_of.isoformat(), ignore_errors=True)

    def clear(self, place: str) -> None:
        """Forget what waited for a place."""
        shutil.rmtree(self._of(place), ignore_errors=True)

    def count(self) -> int:
        """How many reports wait."""
        return len(list(self.path.glob(f"*/{NIGHTS}/{MANIFEST}")))

    def name_of(self, place: str) -> str:
        """A short name for a place, always the same."""
        return hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @contextlib.contextmanager
    def held(self, wait_s: float) -> Iterator[bool]:
        """Be the only one who publishes, waiting so long for another; whether that is so."""
        lock = FileLock(self.path.parent / "publish.lock")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=wait_s)
        except Timeout:
            yield False
            return
        except OSError as error:
            # A disk without room for a lock has none for another run either.
            log.warning("The lock of publishing cannot be taken: %s", error.strerror)
        try:
            yield True
        finally:
            lock.release()

    def _begin(self, place: str, as_of: date) -> None:
        """Note since when a place makes reports wait."""
        since = self._of(place) / SINCE
        if not since.exists():
            draft = since.with_name(DRAFT + SINCE)
            _write(since.parent, draft.name, json.dumps({"place": place, "since": as_of.isoformat()}).encode())
            draft.replace(since)

    def _recover(self, folder: Path) -> None:
        """Tidy what a kill left: a night renamed away comes back, drafts go."""
        for old in folder.glob(f"{OLD}*"):
            night = folder / old.name.removeprefix(OLD)
            if night.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.rename(night)
        for draft in folder.glob(f"{DRAFT}*-*-*"):
            shutil.rmtree(draft, ignore_errors=True)

    def _nights(self, place: str) -> list[Path]:
        with contextlib.suppress(OSError):
            self._recover(self._of(place))
        return sorted(path for path in self._of(place).glob(NIGHTS) if (path / MANIFEST).is_file())

    def _of(self, place: str) -> Path:
        return self.path / self.name_of(place)


def _write(folder: Path, name: str, content: bytes) -> None:
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise PublishError("The report holds {name}, which would lie outside of its folder.", name=repr(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _sync_below(folder: Path) -> None:
    for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        _sync(each)


def _sync(folder: Path) -> None:
    """Make the names in a folder last; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
