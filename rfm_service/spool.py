"""Reports that wait for a folder that is gone, full or read-only."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import MANIFEST, Report


@dataclass(frozen=True)
class Spool:
    """Folders of waiting reports below `path`, one a place and night; `problems` says why, in this run."""

    path: Path
    problems: list[PublishError] = field(default_factory=list)

    def put(self, place: str, report: Report, problem: PublishError) -> None:
        """Keep a report for a place; a newer run of the same night takes its stead. Raises PublishError."""
        folder = self._of(place) / report.as_of.isoformat()
        shutil.rmtree(folder, ignore_errors=True)
        try:
            for name, content in {**report.files, MANIFEST: report.manifest}.items():
                _write(folder, name, content)
        except OSError as error:
            raise PublishError("The report cannot wait in {path} either: {reason}. {problem}", path=str(self.path),
                               reason=error.strerror or "?", problem=problem) from error
        self.problems.append(problem)

    def waiting(self, place: str) -> Iterator[Report]:
        """The whole reports that wait for a place, oldest first."""
        for folder in sorted(self._of(place).glob("*-*-*")):
            if (folder / MANIFEST).is_file():
                files = {path.relative_to(folder).as_posix(): path.read_bytes()
                         for path in sorted(folder.rglob("*")) if path.is_file()}
                yield Report(date.fromisoformat(folder.name), files, files.pop(MANIFEST))

    def clear(self, place: str) -> None:
        """Forget what waited for a place."""
        shutil.rmtree(self._of(place), ignore_errors=True)

    def count(self) -> int:
        """How many reports wait."""
        return len(list(self.path.glob(f"*/*/{MANIFEST}")))

    def _of(self, place: str) -> Path:
        return self.path / hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _write(folder: Path, name: str, content: bytes) -> None:
    target = folder / name
    if not target.resolve().is_relative_to(folder.resolve()):
        raise PublishError("The report holds {name}, which would lie outside of its folder.", name=repr(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
