"""Which night is due at which moment: a table over the diary, quiet hours, month ends and the days clocks change."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rfm_service.journal import Run
from rfm_service.watch.due import Span, Start, Times, due, open_nights, span
from tests.watch.clocks import Year

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


def nights_of(clock: str, runs: list[Run], hours: Times = AT_2, days: int = 1) -> list[date]:
    """The nights that run one after the other, each a success of a minute."""
    done: list[date] = []
    now = at(clock, NIGHT + timedelta(days=days))
    while (night := due(now, runs, [], hours)) is not None:
        runs = [*runs, ran(now, night)]
        done.append(night)
        now += timedelta(minutes=2)
    return done


def test_missed_nights_are_made_up_for_oldest_first() -> None:
    first = ran(at("02:00", NIGHT - timedelta(days=4)), NIGHT - timedelta(days=5))
    missed = [NIGHT - timedelta(days=back) for back in (4, 3, 2, 1, 0)]
    assert nights_of("09:00", [first]) == missed
    assert nights_of("09:00", [first], Times(time(2), catch_up_days=2)) == missed[-3:]
    assert nights_of("09:00", [first], Times(time(2), catch_up_days=0)) == missed[-1:]
    assert nights_of("09:00", [first], Times(time(2), start=NIGHT - timedelta(days=1))) == missed[-2:]
    assert nights_of("09:00", [first], Times(time(2), span("20:00-08:00"))) == []
    # Those of before the first success are nobody's; one by hand for an old day makes none of them due.
    old = ran(at("03:00", NIGHT), NIGHT - timedelta(days=9))
    assert nights_of("09:00", [ran(at("02:00", NIGHT), NIGHT - timedelta(days=1)), old]) == [NIGHT]


def test_a_night_that_fails_for_good_lets_the_newest_by() -> None:
    """Two weeks of it: the newest night succeeds each day; within an hour, once the first day of failures is over."""
    bad, runs, now = NIGHT, [ran(at("02:00", NIGHT), NIGHT - timedelta(days=1))], at("02:00")
    end = now + timedelta(days=14)
    while now < end:
        if (night := due(now, runs, [], AT_2)) is not None:
            runs.append(ran(now, night, good=night != bad))
        now += timedelta(minutes=5)
    good = [run for run in runs if run.succeeded][1:]
    assert [run.as_of for run in good] == [NIGHT + timedelta(days=each) for each in range(1, 14)]
    assert [run.started.time() < time(3) for run in good[1:]] == [True] * 12
    assert good[0].started.time() <= time(4)
    assert 14 <= len(runs) - len(good) <= 40


def test_all_tries_together_are_no_more_than_those_of_one_night() -> None:
    """1C is down: three open nights ask it as seldom as one would."""
    first = ran(at("02:00", NIGHT - timedelta(days=2)), NIGHT - timedelta(days=3))
    runs, now, tried = [first], at("02:00"), list[datetime]()
    for _ in range(12 * 8):
        if (night := due(now, runs, [], AT_2)) is not None:
            runs.append(ran(now, night, good=False, minutes=0))
            tried.append(now)
        now += timedelta(minutes=5)
    gaps = [(later - sooner).total_seconds() / 60 for sooner, later in itertools.pairwise(tried)]
    assert gaps == [10, 20, 40, 80, 120, 120]
    assert [run.as_of for run in runs[1:4]] == [NIGHT - timedelta(days=2), NIGHT - timedelta(days=1), NIGHT]


def test_a_new_night_begins_at_its_own_hour_though_those_before_it_still_fail() -> None:
    """1C has been down since the day before: the gap of two hours that was reached then holds nobody back."""
    known = [ran(at("02:00", NIGHT - timedelta(days=1)), NIGHT - timedelta(days=2))]
    tries = [ran(at(f"{hour:02}:30", NIGHT), NIGHT - timedelta(days=1), good=False) for hour in (18, 20, 22)]
    tries += [ran(at("01:00"), NIGHT - timedelta(days=1), good=False)]
    assert due(at("01:59"), [*known, *tries], [], AT_2) is None
    assert due(at("02:00"), [*known, *tries], [], AT_2) == NIGHT
    assert due(at("02:05"), [*known, *tries, ran(at("02:00"), good=False)], [], AT_2) is None


def test_an_hour_that_the_clock_leaps_over_keeps_the_gaps() -> None:
    """Berlin, 2026-03-29: 02:30 does not exist. What 1C refuses is asked for once in two hours from 03:00 on."""
    day, hours = date(2026, 3, 29), Times(time(2, 30))
    now = at("12:00", day - timedelta(days=5), BERLIN)
    runs, tried = [ran(now, day - timedelta(days=6))], list[datetime]()
    now = at("01:20", day, BERLIN).astimezone(UTC)
    for _ in range(6 * 60):
        if (night := due(now.astimezone(BERLIN), runs, [], hours)) is not None:
            runs.append(Run("r", night, now, now, "fetch", None, {}, kind="SourceRefused"))
            tried.append(now.astimezone(BERLIN))
        now += timedelta(minutes=1)
    assert [f"{each:%H:%M}" for each in tried] == ["01:20", "03:00", "05:00", "07:00"]


def test_an_older_night_grows_to_a_day_and_a_refusal_begins_with_the_longest_gap() -> None:
    hours, older = AT_2, NIGHT - timedelta(days=1)
    known = [ran(at("02:00", NIGHT - timedelta(days=2)), NIGHT - timedelta(days=3)),
             ran(at("02:00", NIGHT - timedelta(days=1)), NIGHT - timedelta(days=2))]
    tries = [ran(at("02:00", NIGHT), older, good=False) for _ in range(9)]
    newest = ran(at("02:30"))
    assert due(at("23:00", NIGHT), [*known, *tries], [], hours) == older
    assert due(at("01:00"), [*known, *tries], [], hours) == older
    assert due(at("02:05", NIGHT + timedelta(days=1)), [*known, *tries, newest], [], hours) == older
    refused = Run("r", NIGHT, at("02:00"), at("02:01"), "fetch", None, {}, kind="SourceRefused")
    known.append(ran(at("02:00", NIGHT), older))
    assert due(at("04:00"), [*known, refused], [], hours) is None
    assert due(at("04:01"), [*known, refused], [], hours) == NIGHT


def test_a_restored_copy_makes_later_nights_due_again() -> None:
    runs = [ran(at("02:00", NIGHT - timedelta(days=2)), NIGHT - timedelta(days=3))]
    runs += [Run("r", NIGHT - timedelta(days=back), moment, moment, None, None, {}, undone=back < 2)
             for back in (2, 1, 0) for moment in [at("02:00", NIGHT - timedelta(days=back - 1))]]
    assert open_nights(at("12:00"), runs, AT_2) == [NIGHT - timedelta(days=1), NIGHT]


@pytest.mark.parametrize(("closed", "clock", "expected"), [
    ("01:00-05:00", "02:00", None), ("01:00-05:00", "05:00", NIGHT), ("Sun 01:00-05:00", "02:00", None),
    ("Mon 01:00-05:00", "02:00", NIGHT), ("Sat 23:00-04:00", "02:00", None), ("Sat 23:00-04:00", "04:00", NIGHT),
    ("Sun 23:00-04:00", "02:00", NIGHT), ("Sun 23:00-04:00", "23:30", None)])
def test_case_09_no_night_while_1c_is_closed(closed: str, clock: str, expected: date | None) -> None:
    """The tenth of May 2026 is a Sunday."""
    hours = Times(time(2), closed=(span(closed),))
    assert due(at(clock), [], [], hours) == expected
    assert hours.open(hours.next(at("00:00")))


def test_the_next_night_waits_for_its_hours() -> None:
    hours = Times(time(2), span("20:00-08:00"), (span("01:00-05:30"),))
    assert hours.next(at("00:00")) == at("05:30")
    assert AT_2.next(at("02:00")) == at("02:00", NIGHT + timedelta(days=2))


ZONES = ["Europe/Berlin", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "Europe/Moscow"]
SOAK = "TEST_SOAK" in os.environ


@pytest.mark.parametrize("zone", ZONES)
def test_case_37_a_month_of_a_clock_that_jumps(zone: str) -> None:
    lived(Year(zone, "02:30", 5, datetime(2026, 3, 20, 12, tzinfo=UTC)), 20)


@pytest.mark.slow
@pytest.mark.parametrize("hour", ["02:30", "00:00", "00:30"])
@pytest.mark.parametrize("zone", ZONES)
def test_case_37_a_year_of_a_clock_that_sleeps_and_jumps(zone: str, hour: str) -> None:
    """365 nights in each zone: every date has exactly one success of a night whose day was over."""
    for seed in range(1, 6 if SOAK else 2):
        lived(Year(zone, hour, seed), 366)


def lived(year: Year, days: int) -> None:
    good = year.live(days)
    dates = [year.first + timedelta(days=each) for each in range(days - 1)]
    assert {day: good[day] for day in dates if good[day] != 1} == {}
