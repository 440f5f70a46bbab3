"""The diary of runs: logs/runs.jsonl, one JSON object a line, kept apart from the ledger to outlive it."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

from rfm_service.domain.errors import RfmError

log = logging.getLogger(__name__)
TAIL_BYTES = 4_000_000
NEARLY_S = 60
"""Turns of the clock that differ by less are alike."""
AFTERWARDS = frozenset({"alert", "backup"})
"""Steps that come when a night is over: their failure does not make it fail."""


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
            seconds = round(time.monotonic() - begun, 3)
            # Whoever looks for the cause opens service.log, or asks the bot for it; the diary is for programs.
            log.error("%s failed after %.1f s: %s", name, seconds, told["error"])
            self.write(name, "fail", seconds=seconds, kind=type(error).__name__, **told)
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

    def failed_before(self) -> int:
        """How many runs of the night did not go well since the last that did."""
        with suppress(OSError):
            before = [run for run in runs(self.path) if run.as_of == self.as_of and run.run != self.run]
            return len(list(takewhile(lambda run: not run.succeeded, reversed(before))))
        return 0


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

    `told`: whether admins were, of its failure; `undone`: whether an older copy was restored since; `clock`: its
    start by the clock as it was put right since; `peak_mb`: the most memory it had; `seen`: whether the daemon saw
    its end.
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
    undone: bool = False
    clock: datetime | None = None
    peak_mb: int | None = None
    seen: bool = False

    @property
    def cut_off(self) -> bool:
        """Whether it neither ended nor failed, with its good word not queued and its end not seen; or is under way."""
        return self.failed_step is None and self.ended is None and "announce" not in self.steps and not self.seen

    @property
    def succeeded(self) -> bool:
        """Whether the run went through to its last step without a failure."""
        return self.failed_step is None and self.ended is not None


@dataclass(frozen=True)
class Diary:
    """What the newest part of a diary says: its nights, oldest first; reports and messages that wait; its last time."""

    runs: list[Run] = field(default_factory=list)
    waiting: int = 0
    backed_up: datetime | None = None
    last: datetime | None = None


def runs(path: Path) -> list[Run]:
    """The nights in the newest part of a diary, oldest first."""
    return read(path).runs


def read(path: Path) -> Diary:
    """The newest part of a diary; lines cut by a crash are passed over."""
    told = _Told()
    try:
        with path.open("rb") as opened:
            opened.seek(max(0, path.stat().st_size - TAIL_BYTES))
            for line in opened:
                told.take(_entry(line))
    except FileNotFoundError:
        return Diary()
    return told.diary()


def _entry(line: bytes) -> dict[str, Any] | None:
    """A line as an entry with its time and its day, None where it does not hold what a run is told by."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not {"run", "as_of", "step", "event", "at"} <= entry.keys():
        return None
    try:
        read_at, as_of = datetime.fromisoformat(entry["at"]), date.fromisoformat(entry["as_of"])
        return {**entry, "at": read_at, "as_of": as_of, "seconds": float(entry.get("seconds", 0)),
                "counts": _counts(entry.get("counts"))} if read_at.tzinfo else None
    except (TypeError, ValueError):
        return None


class _Told:
    """What the entries of a diary say so far; entries themselves are not kept, for the sake of a small daemon."""

    def __init__(self) -> None:
        self.nights: dict[str, _Night] = {}
        self.waiting: dict[str, int] = {}
        self.backed_up: datetime | None = None
        self.last: datetime | None = None
        self.turns = _Turns()

    def take(self, entry: dict[str, Any] | None) -> None:
        """Add an entry."""
        if entry is None:
            return
        task, step, ended = entry.get("task") or "night", entry["step"], entry["event"] == "end"
        if task == "clock" and ended and entry["seconds"] < 0:
            self.last = entry["at"]
        elif task != "clock" or ended:
            self.last = max(self.last or entry["at"], entry["at"])
        if ended and step in ("publish", "notify"):
            self.waiting[step] = entry["counts"].get("waiting", 0)
        if ended and step == "backup":
            self.backed_up = entry["at"]
        if task == "night":
            self.nights.setdefault(str(entry["run"]), _Night(entry)).take(entry)
        elif task == "restore":
            self._restore(entry)
        elif task == "clock":
            self.turns.take(entry, self.nights.values())
        elif (known := self.nights.get(str(entry["run"]))) is not None:
            known.told |= ended and step == "alert"
            known.peak_mb = entry["counts"].get("peak_mb", known.peak_mb)
            known.seen |= task == "watch"

    def _restore(self, entry: dict[str, Any]) -> None:
        if (entry["step"], entry["event"]) == ("restore", "end"):
            for night in self.nights.values():
                night.undone |= night.as_of > entry["as_of"]

    def diary(self) -> Diary:
        """All that was told."""
        return Diary([night.run() for night in self.nights.values()], sum(self.waiting.values()), self.backed_up,
                     self.last)


class _Turns:
    """The turns of the clock that a diary tells of, seconds below 0 where it was put back."""

    def __init__(self) -> None:
        self.doubted: dict[_Night, datetime] = {}
        self.back_at: datetime | None = None
        self.ahead: tuple[datetime, float] | None = None
        self.settled: tuple[float, dict[_Night, datetime]] = 0, {}

    def take(self, entry: dict[str, Any], nights: Iterable[_Night]) -> None:
        """Note a turn: what had started later than the clock showed, once put back, was led by one that ran ahead.

        The first word of it names those nights; the second, when it is sure, may come after a long sleep. One that
        undoes a turn ahead was right; any other may prove wrong.
        """
        at, seconds, sure = entry["at"], entry["seconds"], entry["event"] == "end"
        if seconds > 0:
            self._set_ahead(at, seconds)
            return
        if not sure or self.back_at is None:
            self.back_at, self.doubted = at, {}
        self.doubted |= {night: night.clock for night in nights if night.started > at and night not in self.doubted}
        if sure:
            ahead_at, undone = self.ahead or (at, 0.0)
            if ahead_at <= self.back_at or -seconds > undone + NEARLY_S:
                undone = 0
            if undone and entry["counts"].get("at_least"):
                seconds = min(seconds, -undone)
            self.settled = (0, {}) if undone else (seconds, self.doubted)
            for night in self.doubted:
                night.clock = min(night.clock, night.started + timedelta(seconds=seconds))
            self.back_at = self.ahead = None

    def _set_ahead(self, at: datetime, seconds: float) -> None:
        """One that was put back wrongly and is right again: the nights that it still took for future count."""
        back, doubted = self.settled
        shown = at - timedelta(seconds=seconds)
        ahead_still = {night: clock for night, clock in doubted.items() if night.started > shown}
        if not ahead_still or seconds < -back - NEARLY_S:
            self.ahead = at, seconds
            return
        for night, clock in ahead_still.items():
            night.clock = clock
        self.settled = 0, {}


class _Night:
    """What the entries of one run say so far."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.name, self.as_of = str(entry["run"]), entry["as_of"]
        self.started = self.newest = self.clock = entry["at"]
        self.over, self.told, self.undone, self.seen = False, False, False, False
        self.failed: dict[str, Any] | None = None
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.peak_mb: int | None = None

    def take(self, entry: dict[str, Any]) -> None:
        """Add an entry."""
        step, event = sys.intern(str(entry["step"])), entry["event"]
        self.newest = entry["at"]
        if event in ("end", "fail"):
            self.seconds[step] = round(self.seconds.get(step, 0) + entry["seconds"], 3)
        if event == "end":
            self.counts[step] = entry["counts"]
            self.over |= step == "notify"
            self.told |= step == "alert"
        elif event == "fail" and self.failed is None and step not in AFTERWARDS:
            self.failed = entry

    def run(self) -> Run:
        """The run."""
        failed = self.failed or {}
        return Run(self.name, self.as_of, self.started, self.newest if self.over else None,
                   str(failed["step"]) if failed else None, _error(failed) if failed else None, self.seconds,
                   self.counts, str(failed.get("kind", "")), self.told, self.undone, self.clock, self.peak_mb,
                   self.seen)


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
    return {sys.intern(key): value for key, value in told.items() if isinstance(value, int)} if isinstance(
        told, dict) else {}
