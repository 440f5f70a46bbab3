"""A year of nights by a clock that sleeps, jumps and is put right, led by what the diary tells of them."""

from __future__ import annotations

import random
from collections import Counter, deque
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rfm_service.journal import Diary, _Told
from rfm_service.watch.due import Start, Times, due
from rfm_service.watch.timekeeping import Timekeeper

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FAULTS, KNOWN = 0.05, 30
"""Of the diary only so many nights are looked at, as of one whose older part was cut off."""


class Year:
    """`true` is the time of the world, `off` what the machine's clock is wrong by; nights last twenty minutes."""

    def __init__(self, zone: str, at: str, seed: int, begin: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self.zone, self.luck = ZoneInfo(zone), random.Random(seed)
        self.true = self.boot = begin
        self.off, self.wrong_until = timedelta(), begin
        self.first = begin.astimezone(self.zone).date() - DAY
        self.hours = Times(time.fromisoformat(at), start=self.first)
        self.told, self.diary = _Told(), Diary()
        self.starts: deque[Start] = deque(maxlen=100)
        self.keeper: Timekeeper | None = None
        self.good: Counter[date] = Counter()
        self.number = 0

    @property
    def now(self) -> datetime:
        return (self.true + self.off).astimezone(self.zone)

    def live(self, days: int) -> Counter[date]:
        """How often each night succeeded when its day was truly over; one by hand comes first."""
        self.run(self.first)
        end = self.true + days * DAY
        while self.true < end:
            self.happen()
            self.tick()
            self.true += MINUTE * (10 if self.now.hour < 4 or self.off else 60)
        return self.good

    def tick(self) -> None:
        """What the daemon does each time."""
        self.keeper = self.keeper or Timekeeper(self.diary.last)
        if turn := self.keeper.turned(self.now, (self.true - self.boot).total_seconds()):
            self.write("clock", self.now.date(), "clock", "end" if turn.sure else "start", "clock",
                       seconds=turn.by.total_seconds(), counts={"at_least": int(turn.at_least)})
        night = due(self.now, self.diary.runs, self.starts, self.hours)
        if night is not None:
            self.starts.append(Start(night, self.now))
            self.run(night)

    def happen(self) -> None:
        """Now and then the machine sleeps, is restarted, sends what waited, or its clock is wrong for a while."""
        if self.off and self.true >= self.wrong_until:
            self.off = timedelta()
        luck = self.luck.random()
        if luck < 0.001:
            self.true += self.luck.choice([3, 9, 30, 80]) * HOUR
        elif luck < 0.003:
            self.restart()
        elif luck < 0.004 and not self.off:
            self.off = self.luck.choice([-2 * HOUR, DAY])
            self.wrong_until = self.true + self.luck.choice([30, 200, 600]) * MINUTE
        elif luck < 0.0043 and not self.off:
            self.true += self.luck.choice([1, 9, 30, 80]) * HOUR
            self.off, self.boot = self.luck.choice([-400 * DAY, -2400 * DAY]), self.true
            self.wrong_until = self.true + self.luck.choice([30, 200]) * MINUTE
            self.restart()
        elif luck < 0.03:
            self.write("deliver", self.now.date(), "notify", "end", "deliver")

    def restart(self) -> None:
        """The daemon begins anew; what it knows is in the diary."""
        self.starts.clear()
        self.keeper = None

    def run(self, night: date) -> None:
        self.number += 1
        bad, name = self.luck.random() < FAULTS, str(self.number)
        day_over = self.true.astimezone(self.zone).date() > night
        self.write(name, night, "fetch", "start")
        self.true += 20 * MINUTE
        self.write(name, night, "fetch" if bad else "notify", "fail" if bad else "end")
        self.good[night] += not bad and day_over

    def write(self, run: str, as_of: date, step: str, event: str, task: str = "", **more: object) -> None:
        """A line of the diary, its time with a fixed offset as it is read back."""
        at = datetime.fromisoformat(self.now.isoformat())
        self.told.take({"at": at, "run": run, "as_of": as_of, "step": step, "event": event, "task": task,
                        "seconds": 0.0, "counts": {}, **more})
        while len(self.told.nights) > KNOWN:
            del self.told.nights[next(iter(self.told.nights))]
        self.diary = self.told.diary()
