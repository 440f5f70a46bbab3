"""Turns of the clock: seen by seconds that nobody sets, and told in the diary for the nights it led."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from rfm_service import journal
from rfm_service.watch import timekeeping
from rfm_service.watch.timekeeping import Timekeeper, Turn
from tests.doors.daemons import NOW, Stage, settle
from tests.watch.clocks import Year

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def seen(*looks: tuple[timedelta, timedelta], last: datetime | None = None) -> list[Turn]:
    """What a timekeeper says who looks after so much true time at a clock that is off by so much."""
    keeper = Timekeeper(last)
    turns = [keeper.turned(NOON + passed + off, passed.total_seconds()) for passed, off in looks]
    return [turn for turn in turns if turn]


@pytest.mark.parametrize(("looks", "turns"), [
    ([(0 * HOUR, 0 * HOUR), (HOUR, 0 * HOUR), (30 * HOUR, 30 * timedelta(seconds=1))], []),
    ([(0 * HOUR, 0 * HOUR), (HOUR, DAY), (2 * HOUR, DAY)], [Turn(DAY)]),
    ([(0 * HOUR, 0 * HOUR), (HOUR, -DAY), (HOUR + MINUTE, -DAY)], [Turn(-DAY, sure=False)]),
    ([(0 * HOUR, 0 * HOUR), (HOUR, -DAY), (2 * HOUR, -DAY), (3 * HOUR, -DAY)], [Turn(-DAY, sure=False), Turn(-DAY)]),
    ([(0 * HOUR, 0 * HOUR), (HOUR, -DAY), (HOUR + MINUTE, 0 * HOUR), (3 * HOUR, 0 * HOUR)], [Turn(-DAY, sure=False)])])
def test_turns(looks: list[tuple[timedelta, timedelta]], turns: list[Turn]) -> None:
    assert seen(*looks) == turns


def test_a_clock_put_back_while_nobody_looked() -> None:
    later = (0 * HOUR, 0 * HOUR), (HOUR, 0 * HOUR)
    assert seen(*later, last=NOON + 5 * HOUR) == [Turn(-5 * HOUR, sure=False),
                                                           Turn(-5 * HOUR, at_least=True)]
    assert seen(*later, last=NOON - HOUR) == []


def test_what_the_diary_makes_of_them(tmp_path: Path) -> None:
    """A day ahead: word that it is sure comes after a sleep longer than that, or after a restart that knows less."""
    def diary(*told: tuple[str, datetime, float]) -> list[datetime | None]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
        for event, at, seconds in told:
            task = "" if event == "night" else "clock"
            book = journal.Journal(path, "r" if task else f"night {at}", date(2026, 5, 9), lambda at=at: at, task=task)
            book.write("clock" if task else "notify", "start" if event == "start" else "end", seconds=seconds,
                       counts={"at_least": int(event == "at least")})
        return [run.clock for run in journal.runs(path)]

    ahead, day = NOON + DAY, DAY.total_seconds()
    led, right, back = ("night", ahead, 1), ("night", NOON + HOUR, 1), ("start", NOON + MINUTE, -day)
    set_ahead, little = ("end", ahead, day), ("start", NOON + MINUTE, -60)
    assert diary(led, back, right, ("end", NOON + 2 * DAY, -day)) == [NOON, NOON + HOUR]
    assert diary(led, back, right) == [ahead, NOON + HOUR]
    assert diary(set_ahead, led, little, ("at least", NOON + HOUR, -60)) == [NOON]
    assert diary(set_ahead, led, little, ("end", NOON + HOUR, -60)) == [ahead - MINUTE]
    # What was settled once says nothing of a later turn.
    assert diary(set_ahead, back, ("end", NOON + HOUR, -day), led, ("start", NOON, -60),
                 ("at least", NOON + HOUR, -60)) == [ahead - MINUTE]
    # Put back wrongly and right again.
    assert diary(led, back, ("end", NOON + HOUR, -day), set_ahead) == [ahead]


def test_case_37_a_clock_put_back_is_noted_in_the_diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day ahead the night of a day that is not over seems to succeed; put right, that night is due in its time."""
    monkeypatch.setattr(timekeeping, "BELIEVED_AFTER_S", 0)
    stage = Stage(tmp_path)
    one = stage.daemon()
    settle(one)
    stage.at(NOW + timedelta(days=1))
    settle(one)
    stage.at(NOW + timedelta(minutes=5))
    for _ in range(2):
        settle(one)
    assert [(each["event"], each["seconds"]) for each in stage.diary if each.get("task") == "clock"] == [
        ("end", 86400), ("start", -86100), ("end", -86100)]
    assert stage.nights() == ["2026-05-09", "2026-05-10"]
    stage.at(NOW + timedelta(hours=23, minutes=45))
    for _ in range(3):
        settle(one)
    assert stage.nights() == ["2026-05-09", "2026-05-10", "2026-05-10"]


class Led(Year):
    """A year in which nothing happens but what a test does to its clock."""

    def happen(self) -> None:
        pass

    def go(self, span: timedelta) -> None:
        end = self.true + span
        while self.true < end:
            self.tick()
            self.true += 5 * MINUTE

    def deliver(self) -> None:
        self.write("deliver", self.now.date(), "notify", "end", "deliver")


def seen_then_restarted(year: Led) -> None:
    year.off = DAY
    year.go(HOUR)
    year.off = timedelta()
    for _ in range(2):
        year.tick()
        year.true += MINUTE
        year.deliver()
        year.restart()


def put_right_while_stopped(year: Led) -> None:
    year.off = DAY
    year.go(HOUR)
    year.off = timedelta()
    year.deliver()
    year.restart()


def put_right_before_a_long_sleep(year: Led) -> None:
    year.off = DAY
    year.go(HOUR)
    year.off = timedelta()
    year.tick()
    year.true += 30 * HOUR


def in_two_steps(year: Led) -> None:
    for year.off in (DAY, 2 * DAY):
        year.go(HOUR)
    for year.off in (DAY, timedelta()):
        year.tick()
        year.true += 5 * MINUTE


def a_dead_battery(year: Led) -> None:
    year.true += 3 * DAY
    year.off, year.boot = datetime(2020, 1, 1, tzinfo=UTC) - year.true, year.true
    year.restart()
    year.go(HOUR)
    year.off = timedelta()


def wrongly_put_back(year: Led) -> None:
    year.off = -DAY
    year.go(HOUR)
    year.off = timedelta()


def paused_and_set_too_far(year: Led) -> None:
    paused = 2 * DAY + 2 * HOUR
    year.true, year.boot, year.off = year.true + paused, year.boot + paused, 5 * HOUR
    year.go(HOUR)
    year.off = timedelta()


@pytest.mark.parametrize("what", [seen_then_restarted, put_right_while_stopped, put_right_before_a_long_sleep,
    in_two_steps, a_dead_battery, wrongly_put_back, paused_and_set_too_far])
def test_case_37_each_date_once_whatever_befalls_the_clock(what: Callable[[Led], None]) -> None:
    year = Led("Europe/Moscow", "02:00", 1, NOON)
    year.run(year.first)
    year.go(3 * DAY)
    what(year)
    year.go(5 * DAY)
    days = (year.true.astimezone(year.zone).date() - year.first).days
    assert {night: year.good[night] for night in (year.first + at * DAY for at in range(days))} == (
        {year.first + at * DAY: 1 for at in range(days)})
