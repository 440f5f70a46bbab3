"""The door for time: `schedule` ticks, the diary of runs decides what is due, all work is done by child processes.

This process lives for months: it imports no library of the nights and knows its settings from a child.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import schedule

from rfm_service import journal, lock, logs
from rfm_service.domain.errors import LockHeld, RfmError
from rfm_service.journal import Diary, Journal, Run
from rfm_service.watch import children, orders
from rfm_service.watch.children import Child, Ended
from rfm_service.watch.due import Start, due
from rfm_service.watch.orders import Orders
from rfm_service.watch.systemd import Systemd
from rfm_service.watch.timekeeping import Timekeeper, elapsed

if TYPE_CHECKING:
    from rfm_service.settings import Settings

log = logging.getLogger(__name__)

FAILED, LOCKED = 1, 75
PULSE_S, TICK_S = 1, 20
STOP_S = 25
LOCKED_FOR_S = 3600
"""A lock that is held for so long is told: the run that holds it hangs."""
DEADLINES_S = {"prepare": 7200, "deliver": 1800, "aftermath": 600}
AGAIN_S = {"deliver": (60, 120, 240, 300), "aftermath": (60, 120, 240, 300), "poll": (10, 20, 40, 80, 160, 320, 600)}
"""Gaps before a child is started again."""


@dataclass(frozen=True)
class Night:
    """A night under way: the runs that were `known` before tell which one is its own."""

    as_of: date
    at: datetime
    known: frozenset[str]


def clock(settings: Settings) -> Callable[[], datetime]:
    """The time of day in the configured zone."""
    return clock_of(settings.timezone)


def clock_of(timezone: str) -> Callable[[], datetime]:
    """The time of day in a zone."""
    zone = ZoneInfo(timezone)
    return lambda: datetime.now(zone)


@dataclass
class Daemon:
    """Watches the clock of the configured zone and its children; `command` starts one, by name and options.

    Gaps are counted by `elapsed`, in seconds that nobody sets, those of a sleeping machine among them where it can.
    """

    orders: Orders
    clock: Callable[[], datetime]
    command: Callable[..., Sequence[str]]
    elapsed: Callable[[], float] = elapsed
    stopping: bool = False
    children: dict[str, Child] = field(default_factory=dict)
    starts: deque[Start] = field(default_factory=lambda: deque(maxlen=100))
    night: Night | None = None
    untold: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=100))
    tries: dict[str, int] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    owed: bool = False
    locked: float | None = None
    ticked: float = 0
    timekeeper: Timekeeper | None = None
    seen: tuple[tuple[int, int], Diary] | None = None

    def run(self) -> None:
        """Tick until a signal asks for the end. Raises LockHeld where another daemon is at work."""
        for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda _number, _frame: self.stop())
        with lock.held(self.folder / "daemon.lock", "daemon"):
            print(self.orders.texts("Nights run at {at} ({zone}). Stop with Ctrl-C.", at=self.orders.at,
                                    zone=self.orders.timezone), flush=True)
            log.info("Nights run at %s, %s", self.orders.at, self.orders.timezone)
            systemd = Systemd(self.orders.notify, self.orders.watchdog_s)
            systemd.ready()
            ticker = schedule.Scheduler()
            ticker.every(TICK_S).seconds.do(self.tick)
            try:
                self.start("prepare")
                self.tick()
                while not self.stopping:
                    time.sleep(PULSE_S)
                    self.pulse(ticker)
                    systemd.alive(self.status())
            finally:
                systemd.stopping()
                self.close()

    def stop(self) -> None:
        """Ask for the end; a night under way is ended too, and run again at the next start."""
        self.stopping = True

    def close(self) -> None:
        """End the children, asked first, killed if need be; a night among them was not cut off by a fault."""
        if self.night is not None and (run := self._own_run(self.night)):
            self._book(run.run, self.night.as_of, "watch").write("night", "end", counts={"stopped": 1})
        for child in self.children.values():
            child.end()
        end = monotonic() + STOP_S
        while self.children and monotonic() < end:
            self.children = {name: child for name, child in self.children.items() if child.poll() is None}
            time.sleep(0.05)
        for child in self.children.values():
            child.popen.kill()

    def pulse(self, ticker: schedule.Scheduler) -> None:
        """Look after the children, and tick when it is time; a fault is logged and the watch goes on."""
        try:
            followed = self.look()
            ticker.run_pending()
            # `schedule` counts in local time and falls silent when the clock is set back.
            if followed or self.elapsed() - self.ticked > 3 * TICK_S:
                self.tick()
        except Exception:
            log.exception("An unexpected fault of the daemon")

    def look(self) -> bool:
        """Follow up on the children that ended; whether one did."""
        ended_any = False
        for name, child in list(self.children.items()):
            if (ended := child.poll()) is not None:
                ended_any = True
                del self.children[name]
                log.log(logging.WARNING if ended.code else logging.INFO, "%s ended with the exit code %s after %s s, "
                        "at most %s MB of memory", name, ended.code, ended.seconds, ended.peak_mb)
                self._ended(name, ended)
        return ended_any

    def tick(self) -> None:
        """Start what is due."""
        self.ticked, now = self.elapsed(), self.clock()
        if self.stopping:
            return
        self._look_at_the_clock(now, self._diary())
        diary = self._diary()
        self._tell()
        if self.orders.polls and self._may("poll"):
            self.start("poll")
        if not self.children.keys() & {"run", "prepare"} and not self._request(now, diary):
            self._due(now, diary)
        self._deliver(diary)

    def start(self, name: str, *more: str, told: bytes | None = None) -> bool:
        """Start a child by the name of its command; whether it could be."""
        deadline_s = self.orders.deadline_minutes * 60 if name == "run" else DEADLINES_S.get(name)
        try:
            self.children[name] = children.started(self.command(name, *more), deadline_s, told)
        except OSError as error:
            log.error("%s could not be started: %s", name, error)
            self._put_off(name)
            return False
        return True

    def status(self) -> str:
        """What is under way, or when the next night is, in a line."""
        if self.night is not None:
            return self.orders.texts("The night of {day}", day=self.night.as_of)
        at = self.orders.times.next(self.clock().replace(second=0, microsecond=0))
        return self.orders.texts("Next night: {at}", at=at.strftime("%Y-%m-%d %H:%M"))

    @property
    def folder(self) -> Path:
        """The folder of the ledger: locks and requests."""
        return Path(self.orders.folder)

    def _diary(self) -> Diary:
        """The diary, read again when it has changed."""
        path = Path(self.orders.diary)
        try:
            found = path.stat()
        except FileNotFoundError:
            return Diary()
        if self.seen is None or self.seen[0] != (found.st_size, found.st_mtime_ns):
            self.seen = (found.st_size, found.st_mtime_ns), journal.read(path)
        return self.seen[1]

    def _look_at_the_clock(self, now: datetime, diary: Diary) -> None:
        """Note in the diary that the clock was set: nights that it led astray do not count."""
        self.timekeeper = self.timekeeper or Timekeeper(diary.last)
        if turn := self.timekeeper.turned(now, self.elapsed()):
            if turn.by < timedelta():
                log.warning("The clock was put back by %s%s", -turn.by, "" if turn.sure else ", it seems")
            else:
                log.info("The clock was set ahead by %s", turn.by)
            self._book("clock", now.date(), "clock").write("clock", "end" if turn.sure else "start",
                                                           seconds=turn.by.total_seconds(),
                                                           counts={"at_least": int(turn.at_least)})

    def _book(self, run: str, as_of: date, task: str) -> Journal:
        return Journal(Path(self.orders.diary), run, as_of, self.clock, task=task)

    def _may(self, name: str) -> bool:
        return name not in self.children and self.elapsed() >= self.not_before.get(name, 0)

    def _due(self, now: datetime, diary: Diary) -> None:
        as_of = due(now, diary.runs, self.starts, self.orders.times)
        if as_of is not None:
            self.starts.append(Start(as_of, now))
            self._run(as_of, now, diary, "--unattended")

    def _request(self, now: datetime, diary: Diary) -> bool:
        """Start the night that a chat asked for, if any; whether one did."""
        for path in sorted((self.folder / "requests").glob("run-*.json")):
            try:
                told = json.loads(path.read_bytes())
                as_of = date.fromisoformat(told["as_of"]) if told.get("as_of") else now.date() - timedelta(days=1)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                log.warning("The request %s cannot be understood", path.name)
                path.unlink(missing_ok=True)
                continue
            path.unlink(missing_ok=True)
            self._run(as_of, now, diary, "--asked")
            return True
        return False

    def _run(self, as_of: date, now: datetime, diary: Diary, *more: str) -> None:
        log.info("The night of %s starts", as_of)
        if self.start("run", "--as-of", as_of.isoformat(), *more):
            self.night = Night(as_of, now, frozenset(run.run for run in diary.runs))

    def _ended(self, name: str, ended: Ended) -> None:
        """What follows from the end of a child."""
        if name == "run" and self.night is not None:
            night, self.night = self.night, None
            self._night_ended(night, ended)
        elif name == "poll":
            self.tries[name] = 0 if ended.seconds > AGAIN_S[name][-1] else self.tries.get(name, 0)
            self._put_off(name)
        elif name in AGAIN_S:
            self._put_off(name)
            if not ended.code:
                self._done(name)

    def _put_off(self, name: str) -> None:
        """Let the next try of a child wait, ever longer."""
        tries = self.tries.get(name, 0)
        self.tries[name] = tries + 1
        gaps = AGAIN_S.get(name, (TICK_S,))
        self.not_before[name] = self.elapsed() + gaps[min(tries, len(gaps) - 1)]

    def _done(self, name: str) -> None:
        """A failure that was queued is sent at once; the next one need not wait either."""
        self.owed = name == "aftermath"
        if name == "aftermath":
            self.untold.popleft()
            self.tries[name] = 0
            self.not_before.update(aftermath=0, deliver=0)

    def _night_ended(self, night: Night, ended: Ended) -> None:
        """Note a night's exit code and memory; see that a failure is told."""
        run = self._own_run(night)
        name = run.run if run else f"{night.as_of}-{night.at:%Y%m%dT%H%M%S}-child"
        counts = {"exit_code": ended.code, "peak_mb": ended.peak_mb, "seconds": round(ended.seconds)}
        self._book(name, night.as_of, "watch").write("night", "end", counts=counts)
        self.locked = (self.locked or monotonic()) if ended.code == LOCKED else None
        if ended.code == 0 or (run and run.told) or self.stopping:
            return
        if self.locked is None or monotonic() - self.locked > LOCKED_FOR_S:
            self.untold.append({"run": name, "as_of": night.as_of.isoformat(), "reason": _reason(ended), **counts})
            self.locked = self.locked and monotonic()
        if ended.code != LOCKED and (run is None or run.ended is None) and "prepare" not in self.children:
            self.start("prepare")

    def _own_run(self, night: Night) -> Run | None:
        """What the diary tells of a night under way, or just over."""
        return next((run for run in reversed(self._diary().runs)
                     if run.as_of == night.as_of and run.run not in night.known), None)

    def _tell(self) -> None:
        """Have a night that ended without telling told."""
        if self.untold and self._may("aftermath"):
            told = {**self.untold[0], "tables": self.orders.tables, "minutes": self.orders.deadline_minutes}
            self.start("aftermath", told=json.dumps(told).encode())

    def _deliver(self, diary: Diary) -> None:
        """Have sent what waits, after gaps that grow to five minutes."""
        if not self.owed and not diary.waiting:
            self.tries["deliver"] = 0
        elif self._may("deliver") and "prepare" not in self.children:
            if not self.owed and not self.tries.get("deliver"):
                self._put_off("deliver")
            else:
                self.start("deliver")


def _reason(ended: Ended) -> str:
    if ended.late:
        return "deadline"
    return {LOCKED: "locked", 2: "settings"}.get(ended.code, "signal" if ended.code < 0 else "crash")


def command(settings: Path) -> Callable[..., Sequence[str]]:
    """How a child is started, by its name and options."""
    return lambda name, *more: [sys.executable, "-m", "rfm_service", name, "--settings", str(settings), *more]


def learned(how: Sequence[str]) -> Orders | int:
    """The orders, from a child started so, or the exit code once it was said what is wrong."""
    try:
        return orders.asked(how)
    except (OSError, ValueError, TypeError) as error:
        # The language is not known yet.
        print(f"The daemon cannot ask a child process for its settings: {error}. Check the memory, the rights and the "
              f"installation of the service.", file=sys.stderr)
        return FAILED


def main(settings: Path) -> int:
    """Run until stopped; the exit code. What is wrong with the settings is said by the child that reads them."""
    found = learned(command(settings.resolve())("orders"))
    if isinstance(found, int):
        return max(found, FAILED)
    opened = None
    try:
        # Its children write service.log, and two writers cannot rotate one file on Windows.
        opened = logs.start(Path(found.log), found.log_level, found.redactor, found.log_growth,
                            ZoneInfo(found.timezone))
        Daemon(found, clock_of(found.timezone), command(settings.resolve())).run()
    except RfmError as error:
        print(error.sentence(found.texts), file=sys.stderr)
        return LOCKED if isinstance(error, LockHeld) else FAILED
    finally:
        if opened:
            logs.stop(opened)
    return 0
