"""The diary of runs: logs/runs.jsonl, one JSON object a line, kept apart from the ledger to outlive it."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from rfm_service.domain.errors import RfmError

log = logging.getLogger(__name__)
TAIL_BYTES = 1_000_000


@dataclass(frozen=True)
class Step:
    """A step under way; what it counts is written at its end."""

    counts: dict[str, int] = field(default_factory=dict)

    def count(self, **counts: int) -> None:
        """Note figures of the step."""
        self.counts.update(counts)


@dataclass
class Journal:
    """Writes what one run does; `clock` gives the time of day with its zone.

    `seconds` and `counts` add up by step: a first load fetches and stores once a window. `task` says what is no night.
    """

    path: Path
    run: str
    as_of: date
    clock: Callable[[], datetime]
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    current: str = ""
    task: str = ""

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Write the start and the end of a step, or its failure."""
        begun, step, self.current = time.monotonic(), Step(), name
        self.write(name, "start")
        try:
            yield step
        except BaseException as error:
            told = {"error": str(error), "said": _plain(error)} if isinstance(error, RfmError) else {
                "error": type(error).__name__}
            self.write(name, "fail", seconds=round(time.monotonic() - begun, 3), kind=type(error).__name__, **told)
            raise
        seconds = round(time.monotonic() - begun, 3)
        self.seconds[name] = round(self.seconds.get(name, 0) + seconds, 3)
        counted = self.counts.setdefault(name, {})
        counted.update({key: counted.get(key, 0) + value for key, value in step.counts.items()})
        log.info("%s took %.1f s %s", name, seconds, step.counts or "")
        self.write(name, "end", seconds=seconds, counts=step.counts)

    def write(self, step: str, event: str, **more: object) -> None:
        """Append a line; a diary that cannot be written is logged and stops nothing."""
        entry = {"at": self.clock().isoformat(timespec="seconds"), "run": self.run,
                 "as_of": self.as_of.isoformat(), "step": step, "event": event, "counts": {}, **more}
        if self.task:
            entry["task"] = self.task
        line = json.dumps(entry, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace") + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as opened:
                opened.write(_mend(opened) + line)
                opened.flush()
                os.fsync(opened.fileno())
        except OSError as error:
            log.error("The diary of runs cannot be written: %s", error.strerror)


def _plain(error: RfmError) -> dict[str, object]:
    """An error as it is kept, to be said in any language later."""
    return {"template": error.template, "values": {name: _plain(value) if isinstance(value, RfmError) else value
                                                   for name, value in error.values.items()}}


def _mend(opened: BinaryIO) -> bytes:
    """A line end, where a crash cut the last line: it must not swallow the next one."""
    if opened.seek(0, os.SEEK_END) == 0:
        return b""
    opened.seek(-1, os.SEEK_END)
    return b"" if opened.read(1) == b"\n" else b"\n"


@dataclass(frozen=True)
class Run:
    """What the diary says of one run: seconds in all and newest counts by step; `kind` names the class of the error.

    `told`: whether admins were, of its failure.
    """

    run: str
    as_of: date
    started: datetime
    ended: datetime | None
    failed_step: str | None
    error: RfmError | None
    steps: Mapping[str, float]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    kind: str = ""
    told: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the run went through to its last step without a failure."""
        return self.failed_step is None and self.ended is not None


def runs(path: Path) -> list[Run]:
    """The nights in the newest part of a diary, oldest first; lines cut by a crash are passed over."""
    try:
        with path.open("rb") as opened:
            opened.seek(max(0, path.stat().st_size - TAIL_BYTES))
            lines = opened.read().splitlines()
    except FileNotFoundError:
        return []
    by_run: dict[str, list[dict[str, object]]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if _understood(entry):
            by_run.setdefault(str(entry["run"]), []).append(entry)
    nights = {name: [entry for entry in entries if "task" not in entry] for name, entries in by_run.items()}
    told = {name for name, entries in by_run.items() if any(_alerted(entry) for entry in entries)}
    return [replace(_run(name, entries), told=name in told) for name, entries in nights.items() if entries]


def _alerted(entry: Mapping[str, object]) -> bool:
    return (entry["step"], entry["event"]) == ("alert", "end")


def _understood(entry: object) -> bool:
    """Whether an entry holds what a run is told by."""
    if not isinstance(entry, dict) or not {"run", "as_of", "step", "event", "at"} <= entry.keys():
        return False
    try:
        date.fromisoformat(entry["as_of"])
        float(entry.get("seconds", 0))
        return datetime.fromisoformat(entry["at"]).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _run(name: str, entries: list[dict[str, object]]) -> Run:
    times = [datetime.fromisoformat(str(entry["at"])) for entry in entries]
    failed = next((entry for entry in entries if entry["event"] == "fail" and entry["step"] != "alert"), None)
    seconds: dict[str, float] = {}
    for entry in entries:
        if entry["event"] in ("end", "fail"):
            step = str(entry["step"])
            seconds[step] = round(seconds.get(step, 0) + float(str(entry.get("seconds", 0))), 3)
    counts = {str(entry["step"]): _counts(entry.get("counts")) for entry in entries if entry["event"] == "end"}
    over = any(entry["step"] == "notify" and entry["event"] == "end" for entry in entries)
    return Run(name, date.fromisoformat(str(entries[0]["as_of"])), times[0], times[-1] if over else None,
               str(failed["step"]) if failed else None, _error(failed) if failed else None, seconds, counts,
               str(failed.get("kind", "")) if failed else "")


def _error(failed: Mapping[str, object]) -> RfmError:
    """The error of an entry; in English where the entry does not keep what it was made of."""
    try:
        error = _made(failed["said"])
        str(error)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return RfmError(str(failed.get("error", "?")).replace("{", "{{").replace("}", "}}"))
    return error


def _made(said: Any) -> RfmError:
    return RfmError(said["template"], **{name: _made(value) if isinstance(value, dict) else value
                                         for name, value in said["values"].items()})


def _counts(told: object) -> dict[str, int]:
    return {key: value for key, value in told.items() if isinstance(value, int)} if isinstance(told, dict) else {}
