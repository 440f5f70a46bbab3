"""The door for time: `schedule` ticks, the diary of runs decides what is due, each night is a child process."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import NamedTuple
from zoneinfo import ZoneInfo

import schedule

from rfm_service import journal, lock
from rfm_service.domain.errors import SourceRefused
from rfm_service.journal import Run
from rfm_service.settings import Settings

log = logging.getLogger(__name__)

TICK_S = 20
FIRST_GAP = timedelta(minutes=10)
LONGEST_GAP = timedelta(hours=2)


class Start(NamedTuple):
    """A night that this daemon started."""

    as_of: date
    at: datetime


@dataclass(frozen=True)
class Times:
    """When nights may run: at `at`, and outside of it only within the `quiet` hours, where they are given."""

    at: time
    quiet: tuple[time, time] | None

    def open(self, now: datetime) -> bool:
        """Whether a night may start now."""
        if self.quiet is None:
            return True
        first, last = self.quiet
        clock = now.time()
        return first <= clock < last if first <= last else clock >= first or clock < last


def times(settings: Settings) -> Times:
    """The hours of the settings."""
    first, _, last = settings.schedule.quiet_hours.partition("-")
    quiet = (time.fromisoformat(first.strip()), time.fromisoformat(last.strip())) if last else None
    return Times(time.fromisoformat(settings.schedule.at), quiet)


def due(now: datetime, runs: Sequence[Run], starts: Sequence[Start], hours: Times) -> date | None:
    """The night that should run now: yesterday's from `at` on, until a run of it succeeded.

    A night that failed is tried again until the next one is due, with gaps that grow from ten minutes to two hours,
    which are the gap at once where 1C refused it: wrong passwords in a row would lock the account. `starts` are those
    of this daemon, which count where a child died before it could write its diary.
    """
    begun = now.time() >= hours.at
    as_of = now.date() - timedelta(days=1 if begun else 2)
    if any(run.as_of >= as_of and _whole(run, now) for run in runs) or not hours.open(now):
        return None
    tried = [run for run in runs if run.as_of == as_of]
    ended = [run.ended or run.started for run in tried]
    began = [start.at for start in starts if start.as_of == as_of]
    if not ended and not began:
        return as_of if begun else None
    refused = bool(tried) and tried[-1].kind == SourceRefused.__name__
    gap = LONGEST_GAP if refused else min(LONGEST_GAP, FIRST_GAP * 2 ** min(10, max(len(ended), len(began)) - 1))
    # In UTC: within one zone, times are subtracted as the wall clock shows them, an hour off when it is put back.
    newest = max(at.astimezone(UTC) for at in (*ended, *began))
    return as_of if now.astimezone(UTC) - newest >= gap else None


def _whole(run: Run, now: datetime) -> bool:
    """Whether a run succeeded after its day was over; one by hand before that saw a part of it.

    One from the future was led by a clock that had jumped ahead: it would keep the nights until then from running.
    """
    return run.succeeded and run.as_of < run.started.astimezone(now.tzinfo).date() and run.started <= now


def clock(settings: Settings) -> Callable[[], datetime]:
    """The time of day in the configured zone."""
    zone = ZoneInfo(settings.timezone)
    return lambda: datetime.now(zone)


@dataclass
class Daemon:
    """Watches the clock of the configured zone; `command` starts a night for the date put behind it."""

    settings: Settings
    clock: Callable[[], datetime]
    command: Sequence[str]
    stopping: threading.Event = field(default_factory=threading.Event)
    starts: deque[Start] = field(default_factory=lambda: deque(maxlen=100))
    ticked: float = 0
    child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Tick until a signal asks for the end. Raises LockHeld where another daemon is at work."""
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda _number, _frame: self.stop())
        with lock.held(self.settings.warehouse.parent / "daemon.lock", "daemon"):
            log.info("Nights run at %s, %s", self.settings.schedule.at, self.settings.timezone)
            ticker = schedule.Scheduler()
            ticker.every(TICK_S).seconds.do(self.tick)
            self.tick()
            while not self.stopping.wait(1):
                ticker.run_pending()
                # `schedule` counts in local time and falls silent when the clock is set back.
                if monotonic() - self.ticked > 3 * TICK_S:
                    self.tick()

    def stop(self) -> None:
        """Ask for the end; a night under way is ended too, and run again at the next start."""
        self.stopping.set()
        if self.child and self.child.poll() is None:
            self.child.terminate()

    def tick(self) -> None:
        """Start the night that is due and wait for its end; a fault is logged and the watch goes on."""
        self.ticked, now = monotonic(), self.clock()
        try:
            as_of = due(now, journal.runs(self.diary), self.starts, times(self.settings))
            if as_of is not None and not self.stopping.is_set():
                self.starts.append(Start(as_of, now))
                self.night(as_of)
        except OSError as error:
            log.error("The night could not be started: %s", error)

    @property
    def diary(self) -> Path:
        """The diary that child processes write."""
        return self.settings.path(self.settings.logs.path) / "runs.jsonl"

    def night(self, as_of: date) -> int:
        """Run a night in a process of its own, ended at the deadline; its exit code."""
        log.info("The night of %s starts", as_of)
        self.child = subprocess.Popen([*self.command, "--as-of", as_of.isoformat()], stdin=subprocess.DEVNULL)
        try:
            code = self.child.wait(self.settings.schedule.deadline_minutes * 60)
        except subprocess.TimeoutExpired:
            log.error("The night of %s took longer than %s minutes and is ended", as_of,
                      self.settings.schedule.deadline_minutes)
            self.child.kill()
            code = self.child.wait()
        level = logging.ERROR if code else logging.INFO
        log.log(level, "The night of %s ended with the exit code %s", as_of, code)
        return code


def command(path: Path) -> list[str]:
    """How a child process runs one night of a settings file."""
    return [sys.executable, "-m", "rfm_service", "run", "--settings", str(path)]

