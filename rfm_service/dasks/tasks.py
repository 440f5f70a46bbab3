"""What is done on the workers: reading files of lines, and laying a question to a part of the customers."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rfm_service.domain.errors import EngineError, EngineUnavailable

if TYPE_CHECKING:
    import pandas as pd

    from rfm_service.domain.stored import Mark
    from rfm_service.lake.folder import Lake
    from rfm_service.lake.selection import Selection

T = TypeVar("T")
PACKAGES = ("rfm_service", "pandas", "numpy", "pyarrow", "dask", "distributed", "cloudpickle")
"""Of one version everywhere: what results are made by, and what carries them."""
DIFFERENT = ("The Dask machine {where} has other versions than this one, so its results could differ: {versions}. "
             "Install on the scheduler and on all workers what is installed here, then start them again.")


@dataclass(frozen=True)
class Footing:
    """What must be the same where a task runs as where the night runs: the program and the files that it reads.

    `errand` is like no other: where only what the files hold has changed, Dask would take results of before for these.
    """

    errand: str
    versions: Mapping[str, str]
    lake: Lake
    mark: Mark | None


@dataclass(frozen=True)
class Reading:
    """Reads some files together, on a worker."""

    __name__ = "rfm_read"  # else Dask shows all of its fields in the names of tasks

    footing: Footing
    selection: Selection

    def __call__(self, files: Sequence[str]) -> pd.DataFrame:
        """The chosen lines of the files. Raises EngineError."""
        import pandas as pd

        compare(self.footing)
        lake = self.footing.lake
        try:
            if lake.mark() != self.footing.mark:
                raise _elsewhere(lake)
            columns = self.selection.columns
            return pd.concat([self.selection.chosen(lake.read(path, columns)) for path in files], ignore_index=True)
        except EngineUnavailable as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise _elsewhere(lake) from error
            raise


@dataclass(frozen=True)
class Answering:
    """Lays a question to a part, on a worker."""

    __name__ = "rfm_answer"

    footing: Footing
    of_lines: Callable[[pd.DataFrame], object]

    def __call__(self, lines: pd.DataFrame) -> object:
        """What the question finds in these lines. Raises EngineError."""
        compare(self.footing)
        lines = lines.reset_index(drop=True)
        # What the shuffle notes there would travel on into the answers.
        lines.attrs.clear()
        return self.of_lines(lines)


def compare(footing: Footing) -> None:
    """Nothing where this process computes as that of the night does. Raises EngineError that names what differs."""
    if told := differing(versions(), footing.versions):
        raise EngineError(DIFFERENT, where=_worker(), versions=told)


def differing(there: Mapping[str, str | None], here: Mapping[str, str | None]) -> str:
    """What is of another version there than here, for people; empty where nothing is."""
    return ", ".join(f"{name} {there.get(name) or '-'} ({here[name] or '-'})" for name in here
                     if (there.get(name) or "") != here[name])


@cache
def versions() -> dict[str, str]:
    """The version of Python, of each package, and of the code of this program itself."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), "system": sys.byteorder,
            **{name: version(name) for name in PACKAGES}, "code": _code()}


def version(package: str) -> str:
    """The version of an installed package; empty where it is not."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _code() -> str:
    """A checksum of what computes: two checkouts can bear one version."""
    root, digest = Path(__file__).parent.parent, hashlib.sha256()
    for room in ("analysis", "domain", "lake", "dasks"):
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:8]


def _worker() -> str:
    from distributed import get_worker

    return str(get_worker().address)


def _elsewhere(lake: Lake) -> EngineError:
    return EngineError("The worker {worker} of the Dask cluster does not see the files of sale lines in {place} as "
                       "this machine does. Give all machines the same share under the same path, or an object store "
                       "(engine.lake).", worker=_worker(), place=lake.place)


def dask_setup(_: object) -> None:
    """Let a worker of this machine write nothing: its tracebacks hold values. Dask calls it when a worker starts."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
