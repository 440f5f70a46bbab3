"""How a report gets onto a shelf: a draft beside it, written through, then renames; a reader sees it whole or not."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from errno import EACCES, EIO, ENODEV
from fnmatch import fnmatch
from secrets import token_hex

from rfm_service.archive.nights import day_of
from rfm_service.archive.page import INDEX, MARK, page
from rfm_service.archive.staying import Keep, leaving
from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import MANIFEST, Report
from rfm_service.publishing.nights import nights_in, told_in
from rfm_service.publishing.shelf import HELD, Kind, Shelf, reason, trouble
from rfm_service.publishing.wording import publish_error

log = logging.getLogger(__name__)

LATEST = "latest"
DRAFT = ".draft-"
OLD = ".old-"
GONE = ".gone-"
MEGABYTE = 1_000_000
MARGIN = 50 * MEGABYTE
"""What must stay free beside a report."""
LARGEST_MANIFEST = 100 * MEGABYTE


@dataclass(frozen=True)
class Placing:
    """Publishes onto a shelf that people know as `place`.

    Each draft has a name of its own, so that what hung in an earlier try and wakes late meets nothing of this one.
    """

    shelf: Shelf
    place: str
    parts: tuple[str, ...]
    keep: Keep
    language: str

    def publish(self, report: Report, *, first: bool) -> PublishError | None:
        """Write the night's folder, let `latest/` follow, never back, and tidy the archive; what is left undone.

        Raises PublishError where the night's folder could not be written.
        """
        files = {name: content for name, content in report.files.items() if self._wanted(name)}
        if astray := [name for name in files if not _inside(name)]:
            raise PublishError("The report holds {name}, which would lie outside of its folder {path}.",
                               name=repr(astray[0]), path=self.place)
        files[MANIFEST] = self._manifest(report)
        try:
            self._enter(first=first)
            self._recover()
            follows = self._latest() <= report.as_of
            targets = [name for name in (report.as_of.isoformat(), LATEST)[:1 + follows]
                       if not self._holds(name, files)]
            self._make_room(report.as_of, len(targets) * sum(map(len, files.values())))
            left = self._place(files, targets, there=not first)
        except OSError as error:
            raise publish_error(error, self.place, report.as_of) from error
        self._tidy(report.as_of)
        return None if not left else PublishError(
            "The report of {night} is in {path}, but somebody has a file of {latest}/ open there; that folder follows "
            "once the file is closed.", night=report.as_of.isoformat(), path=self.place, latest=LATEST)

    def check(self, *, first: bool) -> None:
        """Write and remove a file of our own, and look whether the next report has room. Raises PublishError."""
        try:
            if not first or self.shelf.look() is not None:
                self._enter(first=first)
            there = self.shelf.nearest()
            probe = f"{DRAFT}check-{token_hex(4)}"
            there.write(probe, b"")
            there.remove(probe)
            self._check_room(there, 2 * sum(self._sizes(LATEST).values()))
        except OSError as error:
            raise publish_error(error, self.place) from error

    def newest(self, names: Sequence[str], most: int) -> Report | None:
        """The newest night there with its files of these names, of at most so many bytes. Raises PublishError."""
        nights = self.nights()
        return self.read(max(nights).isoformat(), names, most) if nights else None

    def nights(self) -> list[date]:
        """The nights that are there, oldest first. Raises PublishError."""
        try:
            if self.shelf.look() is None:
                raise self._gone()
            return list(nights_in(self.shelf))
        except OSError as error:
            raise publish_error(error, self.place) from error

    def read(self, folder: str, names: Sequence[str], most: int) -> Report | None:
        """The night of a folder with those of its files that have such a name and at most so many bytes.

        None where the folder holds no night. Raises PublishError.
        """
        try:
            night = told_in(self.shelf, folder)
            if night is None:
                return None
            found = {name: self.shelf.look(f"{folder}/{name}") for name in names}
            files = {name: self.shelf.read(f"{folder}/{name}", most) for name, entry in found.items()
                     if entry and entry.kind is Kind.FILE and 0 < entry.size <= most}
            return Report(night.as_of, files, self.shelf.read(f"{folder}/{MANIFEST}", LARGEST_MANIFEST))
        except OSError as error:
            raise publish_error(error, self.place) from error

    def remove(self, night: date) -> bool:
        """Remove a night's folder and its line of the list; whether it is gone. Raises PublishError."""
        try:
            self._enter(first=False)
            self._recover()
            gone = self.shelf.look(night.isoformat()) is None or self._remove(night.isoformat())
            self._list()
            return gone
        except OSError as error:
            raise publish_error(error, self.place) from error

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
        if first:
            self.shelf.make()
            return
        there = self.shelf.look()
        if there is None or there.kind is not Kind.FOLDER:
            raise self._gone()
        if not self._has_reports():
            # The folder at which a share is mounted is there without it too.
            raise PublishError("The report folder {path} holds no report, though some were published there: the share "
                               "may not be connected. Nothing was written. If it was emptied on purpose, make a folder "
                               "{latest} in it.", path=self.place, latest=LATEST)

    def _gone(self) -> PublishError:
        return PublishError("The report folder {path} is gone; the share may not be connected. Nothing was created in "
                            "its place.", path=self.place)

    def _has_reports(self) -> bool:
        """Whether a folder of a report is there, be it an empty one."""
        names = [entry.name.removeprefix(OLD) for entry in self.shelf.entries() if entry.kind is Kind.FOLDER]
        return any(name == LATEST or day_of(name) is not None for name in names)

    def _recover(self) -> None:
        """Tidy what a publish that was killed left: a folder renamed away comes back, drafts go."""
        for entry in self.shelf.entries():
            if entry.name.startswith(OLD) and entry.kind is Kind.FOLDER:
                target = entry.name.removeprefix(OLD)
                if self.shelf.look(target) is None:
                    self.shelf.rename(entry.name, target)
                else:
                    self._discard(entry.name, target)
            elif entry.name.startswith((DRAFT, GONE)):
                self._clear(entry.name, entry.kind)

    def _make_room(self, published: date, size: int) -> None:
        """Look for room for so many bytes; where it lacks, nights past their time go first. Raises PublishError."""
        try:
            self._check_room(self.shelf, size)
        except PublishError:
            # Those that stay beside the newest night there: this one may never come.
            self._remove_old(min(published, self._latest()))
            self._check_room(self.shelf, size)

    def _check_room(self, shelf: Shelf, size: int) -> None:
        needed, free = size + MARGIN if size else 0, shelf.free()
        if free is not None and free < needed:
            raise PublishError("{free} MB are free in the report folder {path}, and a report needs {needed} MB. Free "
                               "some space, or let fewer nights stay (publish.keep_nights).", path=self.place,
                               free=free // MEGABYTE, needed=-(-needed // MEGABYTE))

    def _place(self, files: Mapping[str, bytes], targets: list[str], *, there: bool) -> bool:
        """Put the files under each name; whether `latest/` could not follow, being in use.

        `there`: reports are there already, so that a folder without any is another one than it was.
        """
        for name in targets:
            try:
                if targets == [LATEST]:
                    self._try_to_move(LATEST)
                self._swap(files, name, there=there)
            except OSError as error:
                if name != LATEST or trouble(error) not in HELD:
                    raise
                log.warning("The folder %s is in use and stays as it is for now: %s", LATEST, reason(error))
                return True
        return False

    def _try_to_move(self, name: str) -> None:
        """Fail early where somebody has a file of a folder open: this try is one of many."""
        if self.shelf.look(name) is not None:
            self.shelf.rename(name, OLD + name)
            self.shelf.rename(OLD + name, name)

    def _holds(self, name: str, files: Mapping[str, bytes]) -> bool:
        """Whether a folder holds just these files already: then a share is left in peace."""
        path = f"{name}/{MANIFEST}"
        return (self._sizes(name) == {file: len(content) for file, content in files.items()}
                and self.shelf.read(path, LARGEST_MANIFEST) == files[MANIFEST])

    def _swap(self, files: Mapping[str, bytes], name: str, *, there: bool) -> None:
        draft, old = f"{DRAFT}{name}-{token_hex(4)}", OLD + name
        try:
            self._write(files, draft)
            if there and not self._has_reports():
                raise OSError(ENODEV, "the share is gone from under it")
            if self.shelf.look(old) is not None:
                raise PermissionError(EACCES, f"{old} is in use")
            if self.shelf.look(name) is not None:
                self.shelf.rename(name, old)
            self._show(draft, name)
        except OSError:
            self._clear(draft, Kind.FOLDER)
            raise
        self.shelf.sync()
        self._discard(old, name)

    def _write(self, files: Mapping[str, bytes], draft: str) -> None:
        for file, content in files.items():
            self.shelf.write(f"{draft}/{file}", content)
        for folder in {f"{draft}/{file}".rpartition("/")[0] for file in files} | {draft}:
            self.shelf.sync(folder)
        if self._sizes(draft) != {file: len(content) for file, content in files.items()}:
            raise OSError(EIO, "what was written is not there")

    def _show(self, draft: str, name: str) -> None:
        """Give a whole draft its name; where that fails, what had the name before has it again."""
        try:
            self.shelf.rename(draft, name)
        except OSError:
            with contextlib.suppress(OSError):
                self.shelf.rename(OLD + name, name)
            raise

    def _discard(self, old: str, name: str) -> None:
        """Remove a folder, at once for who looks; one that somebody holds open goes with a later publish."""
        gone = f"{GONE}{name}-{token_hex(4)}"
        with contextlib.suppress(OSError):
            self.shelf.rename(old, gone)
            self._clear(gone, Kind.FOLDER)

    def _clear(self, name: str, kind: Kind) -> None:
        """Remove what is ours and unseen; what cannot be removed stays for a later publish."""
        with contextlib.suppress(OSError):
            if kind is not Kind.FOLDER:
                self.shelf.remove(name)
                return
            for entry in self.shelf.entries(name):
                self._clear(f"{name}/{entry.name}", entry.kind)
            self.shelf.remove_folder(name)

    def _tidy(self, published: date) -> None:
        """Remove the nights past their time and list the others; what fails waits: the report itself is there."""
        try:
            self._remove_old(published)
            self._list()
        except OSError as error:
            log.warning("The list of reports in %s stays as it is for now: %s", self.place, reason(error))

    def _remove_old(self, published: date) -> None:
        for day in leaving(nights_in(self.shelf), published, self.keep):
            if self._remove(day.isoformat()):
                log.info("The night of %s is past its time and is removed from %s", day, self.place)

    def _remove(self, night: str) -> bool:
        """Remove a night's folder; one in use stays."""
        # What a swap left of the night would come back in its place.
        if self.shelf.look(OLD + night) is not None:
            return False
        gone = f"{GONE}{night}-{token_hex(4)}"
        try:
            self.shelf.rename(night, gone)
        except OSError as error:
            log.warning("The night of %s stays in %s for now: %s", night, self.place, reason(error))
            return False
        self._clear(gone, Kind.FOLDER)
        return True

    def _list(self) -> None:
        """Write the page of the nights, unless an index.html of somebody else is there."""
        nights = nights_in(self.shelf)
        if not nights or not self._replaceable(INDEX):
            return
        draft = f"{DRAFT}{INDEX}-{token_hex(4)}"
        self.shelf.write(draft, page(nights.values(), told_in(self.shelf, LATEST), self.language))
        if self._has_reports():
            self.shelf.rename(draft, INDEX, replace=True)
        self.shelf.sync()

    def _replaceable(self, index: str) -> bool:
        """Whether a page is ours, or not there."""
        found = self.shelf.look(index)
        return found is None or (found.kind is Kind.FILE and MARK in self.shelf.read(index, 1000))

    def _latest(self) -> date:
        """The night in front; none where it cannot be understood, but never where it only cannot be read now."""
        if MANIFEST not in self._sizes(LATEST):
            return date.min
        try:
            manifest = json.loads(self.shelf.read(f"{LATEST}/{MANIFEST}", LARGEST_MANIFEST))
            return date.fromisoformat(manifest["as_of"])
        except (ValueError, KeyError, TypeError):
            return date.min

    def _sizes(self, folder: str) -> dict[str, int]:
        """The bytes of every file of a folder, by its name from there; nothing of one that is not there."""
        found = self.shelf.look(folder)
        if found is None or found.kind is not Kind.FOLDER:
            return {}
        return dict(self._walked(folder, ""))

    def _walked(self, folder: str, prefix: str) -> Iterator[tuple[str, int]]:
        for entry in self.shelf.entries(folder):
            if entry.kind is Kind.FOLDER:
                yield from self._walked(f"{folder}/{entry.name}", f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name, entry.size


def _inside(name: str) -> bool:
    """Whether a file's name stays in its folder, on any system."""
    return not set(name) & set("\\:\0") and all(part not in ("", ".", "..") for part in name.split("/"))
