"""A year of nights by a clock that sleeps, jumps and is put right, with the diary of what ran kept beside the truth."""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rfm_service.journal import Run
from rfm_service.watch.due import Start, Times, due
from rfm_service.watch.timekeeping import Timekeeper

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FAULTS, KNOWN = 0.05, 30
"""Of the diary only so much is looked at, to be quick."""


class Year:
    """`true` is the time of the world, `off` what the machine's clock is wrong by; nights last twenty minutes."""

    def __init__(self, zone: str, at: str, seed: int, begin: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self.zone, self.hours, self.luck = ZoneInfo(zone), Times(time.fromisoformat(at)), random.Random(seed)
        self.true = begin
        self.off, self.wrong_until = timedelta(), self.true
        self.runs: list[Run] = []
        self.starts: deque[Start] = deque(maxlen=100)
        self.good: Counter[date] = Counter()
        self.last = self.true
        self.keeper = Timekeeper()
        self.doubted: set[str] = set()
        self.back_at, self.ahead = self.true, (self.true, timedelta())
        self.first = self.true.astimezone(self.zone).date() - DAY

    @property
    def now(self) -> datetime:
        return (self.true + self.off).astimezone(self.zone)

    def live(self, days: int) -> Counter[date]:
        """How often each night succeeded when its day was truly over; one by hand comes first."""
        self.run(self.first)
        end = self.true + days * DAY
        while self.true < end:
            self.happen()
            self.look_at_the_clock()
            night = due(self.now, self.runs[-KNOWN:], self.starts, self.hours)
            if night is not None:
                self.starts.append(Start(night, self.now))
                self.run(night)
            hour = self.now.hour
            self.true += MINUTE * (10 if hour < 4 or self.off else 60)
        return self.good

    def happen(self) -> None:
        """Now and then the machine sleeps, is restarted, or its clock is wrong for a while."""
        if self.off and self.true >= self.wrong_until:
            self.off = timedelta()
        luck = self.luck.random()
        if luck < 0.001:
            self.true += self.luck.choice([3, 9, 30, 80]) * timedelta(hours=1)
        elif luck < 0.003:
            self.starts.clear()
            self.keeper = Timekeeper(self.last)
        elif luck < 0.004 and not self.off:
            self.off = self.luck.choice([-timedelta(hours=2), DAY])
            self.wrong_until = self.true + self.luck.choice([30, 200, 600]) * MINUTE

    def look_at_the_clock(self) -> None:
        """What the daemon notes of a clock that was put back, and the diary tells then."""
        now = self.now.astimezone(UTC)
        turn = self.keeper.turned(now, self.true.timestamp())
        if turn is None:
            return
        if turn.by > timedelta():
            self.ahead = now, turn.by
        elif not turn.sure:
            self.back_at, self.doubted = now, {run.run for run in self.runs[-KNOWN:] if run.started > now}
        else:
            by = min(turn.by, -self.ahead[1]) if self.ahead[0] > self.back_at else turn.by
            self.runs[-KNOWN:] = [replace(run, clock=min(run.clock or run.started, run.started + by))
                                  if run.run in self.doubted else run for run in self.runs[-KNOWN:]]
            self.ahead = self.true, timedelta()
        if turn.sure:
            self.last = now

    def run(self, night: date) -> None:
        bad = self.luck.random() < FAULTS
        begun = self.now
        day_over = self.true.astimezone(self.zone).date() > night
        self.true += 20 * MINUTE
        ended = self.last = self.now.astimezone(UTC)
        self.runs.append(Run(str(len(self.runs)), night, begun.astimezone(UTC), ended, "fetch" if bad else None, None,
                             {}, clock=begun.astimezone(UTC)))
        self.good[night] += not bad and day_over
