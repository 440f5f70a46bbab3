"""Turns of the clock: seen by seconds that nobody sets, and told in the diary for the nights it led."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from rfm_service import journal
from rfm_service.watch.timekeeping import Timekeeper, Turn

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
    assert seen(*later, last=NOON + 5 * HOUR) == [Turn(-5 * HOUR, sure=False), Turn(-5 * HOUR)]
    assert seen(*later, last=NOON - HOUR) == []


def test_what_the_diary_makes_of_them(tmp_path: Path) -> None:
    """A day ahead: word that it is sure comes after a sleep longer than that, or after a restart that knows less."""
    def diary(*told: tuple[str, datetime, float]) -> list[datetime | None]:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
        for event, at, seconds in told:
            task = "" if event == "night" else "clock"
            book = journal.Journal(path, "r" if task else f"night {at}", date(2026, 5, 9), lambda at=at: at, task=task)
            book.write("clock" if task else "notify", event if task else "end", seconds=seconds)
        return [run.clock for run in journal.runs(path)]

    ahead, day = NOON + DAY, DAY.total_seconds()
    led, right = ("night", ahead, 1), ("night", NOON + HOUR, 1)
    back = ("start", NOON + MINUTE, -day)
    assert diary(led, back, right, ("end", NOON + 2 * DAY, -day)) == [NOON, NOON + HOUR]
    assert diary(("end", ahead, day), led, ("start", NOON + MINUTE, -60), ("end", NOON + HOUR, -60)) == [NOON]
    assert diary(led, back, right) == [ahead, NOON + HOUR]
    # What was settled once says nothing of a later turn.
    assert diary(("end", ahead, day), back, ("end", NOON + HOUR, -day), ("night", ahead, 1), ("start", NOON, -60),
                 ("end", NOON + HOUR, -60)) == [ahead - MINUTE]
