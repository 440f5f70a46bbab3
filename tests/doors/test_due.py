"""Which night is due at which moment: a table over the diary, quiet hours, month ends and the days clocks change."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rfm_service.due import Span, Start, Times, due
from rfm_service.journal import Run

MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
NIGHT = date(2026, 5, 9)
AT_2 = Times(time(2), None)


def at(clock: str, day: date = NIGHT + timedelta(days=1), zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), zone)


def ran(started: datetime, as_of: date = NIGHT, *, good: bool = True, minutes: int = 1) -> Run:
    """A run as the diary gives it back: times with a fixed offset."""
    fixed = datetime.fromisoformat(started.isoformat())
    steps = {"notify": 1.0}
    return Run("r", as_of, fixed, fixed + timedelta(minutes=minutes), None if good else "fetch", None, steps)


@pytest.mark.parametrize(("clock", "expected"), [
    ("00:00", None), ("01:59", None), ("02:00", NIGHT), ("09:30", NIGHT), ("23:59", NIGHT)])
def test_the_first_start(clock: str, expected: date | None) -> None:
    assert due(at(clock), [], [], AT_2) == expected


def test_a_success_is_enough_until_the_next_night() -> None:
    runs = [ran(at("02:01"))]
    for clock in ("02:30", "12:00", "23:59"):
        assert due(at(clock), runs, [], AT_2) is None
    assert due(at("01:00", NIGHT + timedelta(days=2)), runs, [], AT_2) is None
    assert due(at("02:00", NIGHT + timedelta(days=2)), runs, [], AT_2) == NIGHT + timedelta(days=1)


def failed(*clocks: str) -> list[Run]:
    return [ran(at(clock), good=False) for clock in clocks]


@pytest.mark.parametrize(("tried", "now", "expected"), [
    (["02:00"], "02:05", None), (["02:00"], "02:11", NIGHT),
    (["02:00", "02:11"], "02:25", None), (["02:00", "02:11"], "02:32", NIGHT),
    (["02:00", "02:11", "02:32"], "03:05", None), (["02:00", "02:11", "02:32"], "03:13", NIGHT),
    (["02:00"] * 30 + ["12:00"], "13:59", None), (["02:00"] * 30 + ["12:00"], "14:01", NIGHT)])
@pytest.mark.parametrize("known_to", ["diary", "daemon", "both"])
def test_a_failed_night_is_tried_again_ever_later(tried: list[str], now: str, expected: date | None,
                                                  known_to: str) -> None:
    runs = failed(*tried) if known_to != "daemon" else []
    starts = [Start(NIGHT, at(clock) + timedelta(minutes=1)) for clock in tried] if known_to != "diary" else []
    assert due(at(now), runs, starts, AT_2) == expected


def test_a_night_that_failed_before_midnight_is_tried_until_the_next_is_due() -> None:
    after = NIGHT + timedelta(days=2)
    runs = failed("23:30")
    assert due(at("01:59", after), runs, [], AT_2) == NIGHT
    assert due(at("02:00", after), runs, [], AT_2) == NIGHT + timedelta(days=1)


def test_a_run_by_hand_before_the_day_was_over_is_no_night() -> None:
    by_hand = ran(at("15:00", NIGHT))
    assert due(at("02:00"), [by_hand], [], AT_2) == NIGHT
    assert due(at("02:00"), [ran(at("15:00", NIGHT), date(2062, 1, 1))], [], AT_2) == NIGHT


def test_a_run_by_hand_after_midnight_counts() -> None:
    assert due(at("02:00"), [ran(at("00:10"))], [], AT_2) is None
    before = ran(at("12:00"), NIGHT - timedelta(days=1), good=False)
    assert due(at("00:20"), [before, ran(at("00:10"))], [], AT_2) is None


def test_an_older_success_does_not_count() -> None:
    assert due(at("03:00"), [ran(at("02:30"), NIGHT - timedelta(days=1))], [], AT_2) == NIGHT


@pytest.mark.parametrize(("quiet", "clock", "expected"), [
    ("20:00-08:00", "02:00", NIGHT), ("20:00-08:00", "07:59", NIGHT), ("20:00-08:00", "08:00", None),
    ("20:00-08:00", "12:00", None), ("20:00-08:00", "20:00", NIGHT), ("01:00-05:00", "00:30", None),
    ("01:00-05:00", "04:59", NIGHT), ("01:00-05:00", "05:00", None)])
def test_quiet_hours(quiet: str, clock: str, expected: date | None) -> None:
    first, last = map(time.fromisoformat, quiet.split("-"))
    assert due(at(clock), [], [], Times(time(2), Span(first, last))) == expected


@pytest.mark.parametrize(("today", "expected"), [
    (date(2026, 3, 1), date(2026, 2, 28)), (date(2028, 3, 1), date(2028, 2, 29)),
    (date(2027, 1, 1), date(2026, 12, 31))])
def test_month_ends(today: date, expected: date) -> None:
    assert due(at("02:00", today), [], [], AT_2) == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Cairo", "America/Sao_Paulo", "Australia/Lord_Howe",
    "Asia/Tehran"])
@pytest.mark.parametrize("hour", ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00"])
def test_every_date_runs_once_whatever_the_clocks_do(zone: str, hour: str) -> None:
    """Ticks of ten minutes of real time over the days on which clocks change."""
    place, hours = ZoneInfo(zone), Times(time.fromisoformat(hour), None)
    utc = ZoneInfo("UTC")
    for month, first in ((3, 25), (4, 1), (4, 24), (9, 20), (10, 3), (10, 22), (10, 27)):
        now = datetime(2026, month, first, 12, tzinfo=utc)
        runs = [ran(now.astimezone(place), now.astimezone(place).date() - timedelta(days=1))]
        nights: list[date] = []
        for _ in range(6 * 24 * 8):
            now += timedelta(minutes=10)
            local = now.astimezone(place)
            as_of = due(local, runs, [], hours)
            if as_of is not None:
                nights.append(as_of)
                runs.append(ran(local, as_of))
        assert nights == [nights[0] + timedelta(days=at) for at in range(len(nights))]
        assert len(nights) in (7, 8)


def test_gaps_are_of_real_time_when_the_clock_is_put_back() -> None:
    """Berlin, 2026-10-25: 02:55 summer time is 15 minutes before 02:10 winter time."""
    day = date(2026, 10, 25)
    before = at("02:55", day, BERLIN)
    start = Start(day - timedelta(days=1), before)
    assert due(at("02:10", day, BERLIN).replace(fold=1), [], [start], AT_2) == day - timedelta(days=1)
    assert due(at("02:00", day, BERLIN).replace(fold=1), [], [start], AT_2) is None
