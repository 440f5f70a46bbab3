"""A month of the daemon with real children, while 1C, Telegram, the share and the machine fail and come back:
every night is green, or somebody was told, within ten minutes of the moment at which telling was possible again.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from rfm_service import journal, wiring
from rfm_service.daemon import Daemon
from rfm_service.emulator import faults, refusals
from rfm_service.watch import orders
from tests.nights.company import Company, company, sale, shop_of
from tests.reliability.stands import BEFORE, START, TABLES
from tests.reliability.test_faulty_nights import HURRIED

SOAK = "TEST_SOAK" in os.environ
NIGHTS, LONGEST = (30, 1700) if SOAK else (6, 120)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOON = 10 * MINUTE
ZONE = "Europe/Moscow"
ONEC = {"1C is down": faults.reset().again(), "1C refuses": faults.unauthorized().again(),
        "1C shows a page": faults.login_page().again(), "1C is under maintenance": faults.maintenance().again()}
TELEGRAM = {"Telegram is down": refusals.RESET_BEFORE.always(), "Telegram answers 502": refusals.BAD_GATEWAY.always(),
            "Telegram answers 500": refusals.SERVER_ERROR.always()}
SHARE, MACHINE, KILL = "the share is gone", "the machine is off", "nights are killed"
TELLING = {*TELEGRAM, MACHINE}
"""While one of these holds, nobody can be told."""
GREEN = re.compile(r"The night of (\w+ \d+, \d{4}) went well")
ALERT = re.compile(r"The night of (\S+) (?:stopped|is postponed)(?:.*\nNights to be made up for: ([-\d, ]+))?",
                   re.DOTALL)


class Trouble(NamedTuple):
    """Something that fails for a while."""

    kind: str
    begin: datetime
    end: datetime


def troubles(begin: datetime, nights: int, chance: random.Random) -> list[Trouble]:
    """One to three a night, each from some moment around its hour for minutes, hours or, seldom, more than a day."""
    found = []
    kinds = [*ONEC, *TELEGRAM, SHARE, SHARE, MACHINE, MACHINE, KILL, KILL]
    for at in range(nights):
        for kind in chance.sample(kinds, chance.choice([2, 2, 3])):
            first = begin + at * DAY + chance.randint(-90, 60) * MINUTE
            longest = {KILL: 200, MACHINE: 1700, **dict.fromkeys(TELEGRAM, 700)}.get(kind, 1200)
            shortest, longest = chance.choice([(3, 30), (30, 200), (30, 200), (150, longest)])
            found.append(Trouble(kind, first, first + min(LONGEST, chance.randint(shortest, longest)) * MINUTE))
    return found


@dataclass
class World:
    """A company, its daemon and what fails, by a clock that is led: real seconds pass while children are at work."""

    firm: Company
    now: datetime
    troubles: Sequence[Trouble]
    chance: random.Random
    daemon: Daemon | None = None
    holding: frozenset[str] = frozenset()
    free_since: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    waits: dict[date, timedelta] = field(default_factory=dict)
    read: int = 0
    killed: int = 0
    powered_off: int = 0
    alerts: int = 0

    def command(self, name: str, *more: str) -> Sequence[str]:
        off = (self.now - datetime.now(UTC)).total_seconds()
        return [sys.executable, "-m", "tests.reliability.later", str(off), name,
                "--settings", str(self.firm.folder / "settings.toml"), *more]

    def live(self, end: datetime) -> None:
        """A minute at a time, or as long as the children of that minute need."""
        while self.now < end:
            self.change()
            begun = time.monotonic()
            if self.daemon:
                self.daemon.tick()
                self.attend(self.daemon)
            self.now += timedelta(seconds=time.monotonic() - begun)
            self.look()
            self.now += MINUTE

    def attend(self, daemon: Daemon) -> None:
        """Wait for the children; while nights are killed, one is at a random line of its diary, or all with it."""
        end, night = time.monotonic() + 120, daemon.children.get("run")
        doomed = self.lines() + self.chance.randint(0, 20) if night and KILL in self.holding else None
        while daemon.children:
            assert time.monotonic() < end, daemon.children
            time.sleep(0.01)
            if night and doomed is not None and self.lines() >= doomed:
                doomed, self.killed = None, self.killed + 1
                night.popen.send_signal(signal.SIGKILL)
                if self.chance.random() < 0.5:
                    self.power_off(daemon)
                    return
            daemon.look()

    def power_off(self, daemon: Daemon) -> None:
        """End the daemon and its children at once; it is started again with the next minute."""
        for child in daemon.children.values():
            child.popen.kill()
            child.popen.wait()
        self.daemon, self.powered_off = None, self.powered_off + 1

    def lines(self) -> int:
        path = self.firm.folder / "logs" / "runs.jsonl"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def change(self) -> None:
        """Let begin and end what does."""
        holding = frozenset(each.kind for each in self.troubles if each.begin <= self.now < each.end)
        if self.holding & TELLING and not holding & TELLING:
            self.free_since = self.now
        before, self.holding = self.holding, holding
        self.firm.onec.faults.clear()
        self.firm.onec.faults.push(*(ONEC[each] for each in sorted(holding & ONEC.keys())))
        self.firm.chat.refusals.clear()
        self.firm.chat.refusals.push(*(TELEGRAM[each] for each in sorted(holding & TELEGRAM.keys())))
        here, away = self.firm.folder / "reports", self.firm.folder / "away"
        if SHARE in holding - before and here.exists():
            here.rename(away)
        if SHARE in before - holding and away.exists():
            assert not here.exists()
            away.rename(here)
        if MACHINE in holding:
            self.daemon = None
        elif self.daemon is None:
            self.daemon = self.started()

    def started(self) -> Daemon:
        found = orders.asked(self.command("orders"))
        assert not isinstance(found, int)
        daemon = Daemon(found, lambda: self.now.astimezone(ZoneInfo(ZONE)), self.command, self.seconds)
        daemon.start("prepare")
        return daemon

    def seconds(self) -> float:
        return self.now.timestamp()

    def look(self) -> None:
        """Who was told of which night; one that is not, when it could have been for ten minutes, is a failure."""
        sent = self.firm.chat.sent
        for each in sent[self.read:]:
            if each.chat_id == "1001":
                self.alerts += each.method == "sendMessage" and "went well" not in each.text
                for night in nights_of(each.text):
                    self.waits.setdefault(night, self.waited(night))
                    assert self.waits[night] <= SOON, (night, self.now, each.text)
        self.read = len(sent)
        if not self.holding & TELLING:
            late = [night for night in self.due() if night not in self.waits and self.waited(night) > SOON]
            assert not late, (late, self.now, self.holding, self.diary().runs[-5:])

    def due(self) -> Iterator[date]:
        """The nights from the first one that was told on."""
        night = min(self.waits, default=None)
        while night and hour(night + DAY) <= self.now:
            yield night
            night += DAY

    def waited(self, night: date) -> timedelta:
        """Since when word of a night could have been given."""
        return self.now - max(self.free_since, hour(night + DAY))

    def diary(self) -> journal.Diary:
        return journal.read(wiring.diary(wiring.load(self.firm.settings)))


def nights_of(text: str) -> Iterator[date]:
    """The nights of which a message tells: one that went well, or one that did not and those that wait with it."""
    if found := GREEN.search(text):
        yield datetime.strptime(found[1], "%B %d, %Y").date()
    elif found := ALERT.search(text):
        yield from map(date.fromisoformat, [found[1], *(found[2] or "").replace(",", " ").split()])


def hour(day: date) -> datetime:
    """When the night that ends on a day is due."""
    return datetime(day.year, day.month, day.day, 2, tzinfo=UTC) - timedelta(hours=3)


@pytest.mark.slow
def test_every_night_is_green_or_told_within_ten_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                         measured: Callable[[str], None]) -> None:
    for name, value in HURRIED.items():
        monkeypatch.setenv(name, value)
    chance = random.Random(27)
    first = START + timedelta(days=100)
    begin = hour(first)
    with company(tmp_path, shop_of(*BEFORE), start=START, renderers=TABLES, publish="commands = false",
                 deadline=0.1) as firm:
        assert firm.settings.exists()
        for at in range(NIGHTS):
            firm.onec.shop.add(sale(f"day-{at}", first + at * DAY, 700 + at, buyer="Дом"))
        world = World(firm, begin - 5 * MINUTE, troubles(begin + DAY, NIGHTS - 2, chance), chance)
        world.live(begin + NIGHTS * DAY + DAY / 2)
        nights = [first + (at - 1) * DAY for at in range(NIGHTS + 1)]
        assert sorted(world.waits) == nights
        good = [run.as_of for run in world.diary().runs if run.succeeded]
        assert sorted(good) == nights
        reports = [path.name for path in (tmp_path / "reports").iterdir() if path.is_dir()]
        assert set(map(str, nights)) <= set(reports)
        assert world.killed
        assert world.alerts <= 4 * NIGHTS
        measured(f"{NIGHTS} nights, {len(world.troubles)} troubles, {len(world.diary().runs)} runs, {world.killed} "
                 f"killed, {world.powered_off} with the daemon; {world.alerts} alerts and notices; longest wait for "
                 f"word {max(world.waits.values())}")
