"""What was read when: days known by their hash, the horizon read in turn, held removals, trials."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Answer, DayTotal, Ingest, Period, Rejected, Removal, SaleLine, day_number, day_of
from rfm_service.ledger import holds, known, replace
from rfm_service.ledger.ledger import Ledger
from rfm_service.syncing import NIGHTS_TO_READ_ALL, Sync, main_period
from tests.ledger.books import DAY, answer, days, dump, ledger_in, line, live, query, tell

FIRST = date(2025, 12, 29)
ALL = Period(FIRST, FIRST + timedelta(days=8))
DATES = [FIRST + timedelta(days=ago) for ago in range(ALL.days)]


class Shop(NamedTuple):
    """1C behind a source that knows days by their hash."""

    lines: list[SaleLine]
    aside: list[date]

    def rejected(self, day: date) -> list[Rejected]:
        return [Rejected("a number was expected", each, "{}") for each in self.aside if each == day]

    def sold(self, day: date) -> list[SaleLine]:
        return sorted(each for each in self.lines if each.at.date() == day)

    def hash(self, day: date) -> bytes:
        return blake2b(repr((self.sold(day), self.rejected(day))).encode(), digest_size=16).digest()

    def told(self, periods: Sequence[Period], known: Mapping[date, bytes]) -> Answer:
        asked = [day for day in DATES if any(day in period for period in periods)]
        same = frozenset(day for day in asked if known.get(day) == self.hash(day))
        read = [day for day in asked if day not in same]
        return Answer(tuple(periods), [each for day in read for each in self.sold(day)],
                      [row for day in read for row in self.rejected(day)], same_days=same,
                      hashes={day: self.hash(day) for day in read})


LINE = st.builds(lambda number, day, amount, customer, hour: line(number, day, amount, customer, at=time(hour)),
                 st.sampled_from(["1", "2", "3"]), st.sampled_from(DATES), st.integers(1, 3),
                 st.sampled_from(["A", "B"]), st.sampled_from([0, 23]))


class Night(NamedTuple):
    """Which lines leave 1C (by place), which come, which rows cannot be read, which days are asked for."""

    gone: list[int]
    lines: list[SaleLine]
    aside: list[date]
    periods: list[Period]


@st.composite
def nights(draw: st.DrawFn) -> Night:
    def period() -> Period:
        first = draw(st.integers(0, 7))
        return Period(DATES[first], FIRST + timedelta(days=draw(st.integers(first + 1, 8))))

    return Night(draw(st.lists(st.integers(0, 9), max_size=3)), draw(st.lists(LINE, max_size=4)),
                 draw(st.lists(st.sampled_from(DATES), max_size=2)), [period() for _ in range(draw(st.integers(1, 2)))])


def fetched(shop: Shop, periods: Sequence[Period], ledger: Ledger) -> Answer:
    """The loop of a night's fetch."""
    known = {day: made for period in periods for day, made in ledger.hashes(period).items()}
    found, rounds = shop.told(periods, known), 0
    while older := ledger.elsewhere(found):
        rounds += 1
        assert rounds <= ALL.days
        found = found.joined(shop.told(older, {}))
    return found


def held(ledger: Ledger, asked: set[date]) -> tuple[Counter[tuple[object, ...]], Counter[date]]:
    """The live lines and the rows set aside of some days."""
    return (Counter((*row[:2], row[2], row[3]) for row in live(ledger) if day_of(row[2]) in asked),
            Counter(day_of(day) for (day,) in query(ledger, "SELECT day FROM quarantine") if day_of(day) in asked))


def true(shop: Shop, asked: set[date]) -> tuple[Counter[tuple[object, ...]], Counter[date]]:
    return (Counter((each.number, each.customer, day_number(each.at.date()), each.amount) for each in shop.lines
                    if each.at.date() in asked), Counter(day for day in shop.aside if day in asked))


def untouched(ledger: Ledger, same: frozenset[date]) -> set[tuple[object, ...]]:
    """The versions and the rows set aside that lie on some days alone."""
    versions = query(ledger, "SELECT 'v', version_no, day, last_day FROM versions WHERE until = 0")
    aside = query(ledger, "SELECT 'q', row_no, day, day FROM quarantine")
    return {row[:2] for row in versions + aside
            if all(day_of(day) in same for day in range(row[2], row[3] + 1))}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(nights(), min_size=1, max_size=5))
def test_days_known_by_their_hash_are_as_1c_has_them(told: list[Night]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, shop = ledger_in(Path(folder)), Shop([], [])
        for night in told:
            kept = [each for at, each in enumerate(shop.lines) if at not in night.gone]
            shop = Shop([*kept, *night.lines], night.aside)
            found = fetched(shop, night.periods, ledger)
            before = untouched(ledger, found.same_days)
            tell(ledger, found.lines, *found.periods, rejected=found.rejected, same_days=found.same_days,
                 hashes=found.hashes)
            asked = {day for day in DATES if any(day in period for period in found.periods)}
            assert held(ledger, asked) == true(shop, asked)
            assert before <= untouched(ledger, found.same_days)
            assert {day: made for day, made in ledger.hashes(ALL).items() if day in asked} == {
                day: shop.hash(day) for day in asked}
        tell_all = fetched(shop, [ALL], ledger)
        tell(ledger, tell_all.lines, ALL, rejected=tell_all.rejected, same_days=tell_all.same_days,
             hashes=tell_all.hashes)
        assert held(ledger, set(DATES)) == true(shop, set(DATES))
        again = fetched(shop, [ALL], ledger)
        assert (again.same_days, again.told, again.lines) == (frozenset(DATES), [], [])
        assert ledger.removal(again).gone == 0
        assert tell(ledger, [], ALL, same_days=again.same_days) == (0, 0, 0)
        assert held(ledger, set(DATES)) == true(shop, set(DATES))


def test_a_day_that_is_the_same_stays_with_what_was_set_aside(tmp_path: Path) -> None:
    ledger, next_day = ledger_in(tmp_path), DAY + timedelta(days=1)
    both, aside = days(DAY, next_day), [Rejected("why", day, "{}") for day in (DAY, next_day)]
    tell(ledger, [line("1"), line("2", next_day)], both, rejected=aside, hashes={DAY: b"a", next_day: b"b"})
    assert tell(ledger, [line("3", next_day)], both, same_days=frozenset({DAY}), hashes={next_day: b"c"}) == (1, 0, 1)
    assert [row[0] for row in live(ledger)] == ["1", "3"]
    assert query(ledger, "SELECT day, ingest_no FROM quarantine") == [(day_number(DAY), 1)]
    assert ledger.hashes(both) == {DAY: b"a", next_day: b"c"}
    assert query(ledger, "SELECT ingest_no FROM days") == [(2,), (2,)]


def test_a_document_of_another_day_makes_a_day_that_is_the_same_be_asked_again(tmp_path: Path) -> None:
    ledger, next_day = ledger_in(tmp_path), DAY + timedelta(days=1)
    both = days(DAY, next_day)
    tell(ledger, [line("1"), line("1", next_day), line("2", next_day)], both)
    same = frozenset({next_day})
    only = answer([line("1", amount=5)], both, same_days=same)
    assert ledger.elsewhere(only) == [days(next_day, next_day)]
    joined = only.joined(answer([line("1", next_day), line("2", next_day)], days(next_day, next_day)))
    assert joined.same_days == frozenset()
    assert joined.told == [both]
    assert ledger.elsewhere(joined) == []
    assert ledger.elsewhere(answer([line("2")], both, same_days=same)) == [days(next_day, next_day)]
    assert ledger.elsewhere(answer([line("3")], days(DAY, DAY))) == [days(next_day, next_day)], "it lies on both"


def test_a_day_read_without_a_hash_is_known_no_more(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line()], hashes={DAY: b"a"})
    tell(ledger, [line()])
    assert ledger.hashes(days(DAY, DAY)) == {}


def slept(horizon: int, overlap: int, gaps: list[int], age: int, ledger: Ledger) -> int:
    """The most nights for which a day of the horizon stayed unread, over nights that lie some days apart."""
    start, loaded, longest = DAY - timedelta(days=age), None, 0
    as_of = DAY
    with ledger.warehouse.trial() as connection:
        for gap in gaps:
            as_of += timedelta(days=gap)
            asked = Sync(as_of, "run", start, overlap, horizon)
            whole, around = main_period(asked, loaded), asked.horizon(loaded)
            older = known.longest_unread(connection, Period(around.first, whole.first), NIGHTS_TO_READ_ALL)
            periods = (whole, older) if older else (whole,)
            now = replace.replace(connection, Answer(periods, []), "run", whole).number
            loaded = Period(start, whole.end)
            oldest, first = connection.execute(
                sa.text("SELECT min(ingest_no), min(day) FROM days WHERE day >= :first"),
                {"first": day_number(around.first)}).one()
            assert day_of(first) == around.first
            longest = max(longest, now - oldest)
    return longest


NIGHTS = st.lists(st.sampled_from([1, 1, 1, 2, 3, 4]), min_size=20, max_size=70)
BORDERS = st.builds(lambda power, overlap, off: (13 * 2**power + overlap + off, overlap), st.integers(0, 5),
                    st.integers(0, 60), st.integers(-6, 6)).filter(lambda found: found[0] > 0)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(BORDERS, st.tuples(st.integers(1, 700), st.integers(0, 100))), NIGHTS, st.integers(0, 800))
@example((400, 45), [1] * 45, 60)
@example((475, 56), [4] * 60, 800)
@example((1, 0), [1, 4] * 10, 0)
def test_every_day_of_the_horizon_is_read_within_14_good_nights(
        reach: tuple[int, int], gaps: list[int], age: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Last read so many nights ago, it is read at the latest in the next one.
        assert slept(*reach, gaps, age, ledger_in(Path(folder))) <= NIGHTS_TO_READ_ALL - 1


def test_what_was_never_read_comes_first_and_an_empty_horizon_has_nothing(tmp_path: Path) -> None:
    ledger, horizon = ledger_in(tmp_path), days(DAY, DAY + timedelta(days=99))
    found = [ledger.longest_unread(horizon, NIGHTS_TO_READ_ALL)]
    for _ in range(NIGHTS_TO_READ_ALL):
        tell(ledger, [], found[-1])
        found.append(ledger.longest_unread(horizon, NIGHTS_TO_READ_ALL))
    assert {day for part in found for day in dates_of(part)} == set(dates_of(horizon))
    assert ledger.longest_unread(Period(DAY, DAY), NIGHTS_TO_READ_ALL) is None
    assert ledger.longest_unread(Period(DAY, DAY - timedelta(days=3)), NIGHTS_TO_READ_ALL) is None
    assert ledger.longest_unread(days(DAY, DAY), NIGHTS_TO_READ_ALL) == days(DAY, DAY)
    assert ledger.longest_unread(horizon, 1) is not None


def dates_of(period: Period | None) -> list[date]:
    return [period.first + timedelta(days=at) for at in range(period.days)] if period else []


REMOVAL = Removal(7, 9, -123, DAY, DAY)


def test_a_held_night_is_granted_for_one_run_and_released_by_its_ingest_or_a_later_one(tmp_path: Path) -> None:
    ledger, next_day = ledger_in(tmp_path), DAY + timedelta(days=1)
    assert ledger.held() == []
    ledger.hold(DAY, "run-1", REMOVAL)
    ledger.hold(next_day, "run-2", REMOVAL._replace(gone=8))
    assert ledger.held() == [holds.Hold(next_day, "run-2", granted=False, gone=8, stored=9, amount=-123),
                             holds.Hold(DAY, "run-1", granted=False, gone=7, stored=9, amount=-123)]
    ledger.grant(DAY)
    assert [hold.granted for hold in ledger.held()] == [False, True]
    assert not ledger.take_grant(next_day)
    assert [ledger.take_grant(DAY), ledger.take_grant(DAY)] == [True, False]
    ledger.replace(answer([line()]), "run", days(DAY, DAY))
    ledger.replace(answer([line()]), "run", days(DAY, DAY), DAY - timedelta(days=1))
    assert len(ledger.held()) == 2, "an earlier night ends no hold"
    ledger.replace(answer([line()]), "run", days(DAY, DAY), DAY)
    assert [hold.as_of for hold in ledger.held()] == [next_day]
    ledger.replace(answer([line()]), "run", days(DAY, DAY), next_day + timedelta(days=1))
    assert ledger.held() == []


def test_a_night_held_again_waits_for_a_new_grant(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    for run in ("run-1", "run-2"):
        ledger.hold(DAY, run, REMOVAL)
        assert ledger.held() == [holds.Hold(DAY, run, granted=False, gone=7, stored=9, amount=-123)]
        ledger.grant(DAY)
        assert ledger.take_grant(DAY)
    ledger.grant(DAY + timedelta(days=1))
    assert [hold.granted for hold in ledger.held()] == [False]


def test_a_grant_given_while_the_night_runs_is_not_lost(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.hold(DAY, "run-1", REMOVAL)
    assert not ledger.take_grant(DAY)
    ledger.grant(DAY)
    ledger.hold(DAY, "run-2", REMOVAL)
    assert ledger.take_grant(DAY)


def test_days_are_loaded_from_the_start_on_as_far_as_none_is_left_out(tmp_path: Path) -> None:
    ledger, later = ledger_in(tmp_path), DAY + timedelta(days=60)
    assert ledger.loaded(DAY) is None
    ledger.replace(answer([line()]), "run", days(later, later + timedelta(days=30)))
    ledger.replace(answer([line()]), "run", days(DAY, DAY + timedelta(days=10)))
    ledger.replace(answer([line()]), "run", days(DAY + timedelta(days=11), DAY + timedelta(days=20)))
    assert ledger.loaded(DAY) == days(DAY, DAY + timedelta(days=20))
    assert ledger.loaded(later) == days(later, later + timedelta(days=30))
    assert ledger.loaded(DAY - timedelta(days=1)) is None
    assert ledger.watermark() == later + timedelta(days=30)


def test_totals_are_by_the_dates_of_documents(tmp_path: Path) -> None:
    ledger, next_day = ledger_in(tmp_path), DAY + timedelta(days=1)
    both = days(DAY, next_day)
    back = line("2", amount=-7, returned=True)
    tell(ledger, [line("1", amount=5), line("1", amount=6), back, line("3", next_day)], both)
    assert ledger.totals(days(DAY, DAY)) == [DayTotal(DAY, 2, 3, 4)]
    tell(ledger, [line("1", amount=5), back._replace(amount=-8)])
    assert ledger.totals(both) == [DayTotal(DAY, 2, 2, -3), DayTotal(next_day, 1, 1, 10_000)]
    assert ledger.totals(days(next_day, next_day)) == [DayTotal(next_day, 1, 1, 10_000)]
    assert ledger.totals(Period(DAY, DAY)) == []


def test_a_difference_is_what_a_replace_would_change_and_stores_nothing(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1"), line("2", amount=3), line("3")])
    ledger.hold(DAY, "run", REMOVAL)
    news = answer([line("1"), line("2", amount=4), line("4", customer="Новый", product="П"), line("5")],
                  rejected=[Rejected("why", DAY, "{}")])
    before = dump(ledger)
    ingest, then, now = ledger.difference(news)
    assert dump(ledger) == before
    assert (ingest.added, ingest.changed, ingest.removed, ingest.lines, ingest.quarantined) == (2, 1, 1, 4, 1)
    assert (then, now) == ([DayTotal(DAY, 3, 3, 20_003)], [DayTotal(DAY, 4, 4, 30_004)])
    assert tell(ledger, news.lines) == (2, 1, 1)
    assert ledger.totals(days(DAY, DAY)) == now


def test_an_answer_about_no_day_changes_nothing(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line()])
    silence = Answer((), [])
    assert ledger.difference(silence) == (Ingest(2, 0, 0, 0, 0, 0), [], [])
    assert ledger.removal(silence) == Removal(0, 0, 0, None, None)
    assert ledger.elsewhere(silence) == []


def test_a_trial_that_fails_leaves_the_ledger_usable(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    with ledger.warehouse.trial() as connection:
        replace.replace(connection, answer([line()]), "run", days(DAY, DAY))
    assert live(ledger) == []
    faulty = answer([line(), line("2", customer="A ")])
    with pytest.raises(LedgerError, match=r"UNIQUE|23P01"):
        ledger.difference(faulty)
    assert live(ledger) == []
    assert tell(ledger, [line()]) == (1, 0, 0)
