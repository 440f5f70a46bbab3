from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.fates import LATEST_WRITE, LONGEST_MOVE, Fates, Life, Wave, at, life
from rfm_service.emulator.papers import Paper, guid
from tests.emulator.asking import SALE

DAY = SALE.date.date()
EVERYTHING = Fates(5_000, 5_000, 5_000, 2_000, 2_000, 5_000, 5_000, 5_000, 5_000)


def paper(number: int) -> Paper:
    return Paper(guid(number), "sale", 1, posted=True, marked=False, lines=(SALE, SALE._replace(product="Пальто")))


def only(name: str) -> Fates:
    return replace(Fates.none(), **{name: 10_000})


def lives(fates: Fates, count: int = 3_000) -> list[Life]:
    return [life(7, paper(number), [paper(0)], fates) for number in range(count)]


@pytest.fixture(scope="module")
def usual() -> Counter[str]:
    """How often each deed is done to 20 000 documents."""
    return Counter(moment.deed for each in lives(Fates(), 20_000) for moment in each)


def test_without_fates_a_document_is_written_on_its_day_and_stays() -> None:
    (moment,) = life(7, paper(1), [], Fates.none())
    assert moment == (DAY, "written", paper(1))
    assert at((moment,), DAY - timedelta(1)) is None
    assert at((moment,), DAY) == at((moment,), date.max) == paper(1)


@pytest.mark.parametrize(("deed", "percent"), [
    ("posted_late", 3), ("edited", 2), ("unposted", 1), ("reposted", 0.5), ("marked", 0.5), ("deleted", 0.2),
    ("moved", 0.3), ("rewritten", 0.5), ("resold", 0.2)])
def test_shares_are_those_that_were_set(usual: Counter[str], deed: str, percent: float) -> None:
    assert percent * 0.6 < usual[deed] / 200 < percent * 1.4


@given(st.integers(0, 10**9))
def test_writes_come_in_order_with_growing_versions_within_reach(number: int) -> None:
    moments = life(7, paper(number), [paper(0)], EVERYTHING)
    days = [moment.day for moment in moments]
    versions = [moment.paper.version for moment in moments if moment.paper]
    assert days == sorted(days)
    assert days[0] >= DAY
    assert days[-1] <= DAY + timedelta(LATEST_WRITE)
    assert versions == sorted(set(versions))
    assert {moment.paper.ref for moment in moments if moment.paper} == {paper(number).ref}


@given(st.integers(0, 10**9))
def test_dates_move_a_little_and_never_into_the_future(number: int) -> None:
    for moment in life(7, paper(number), [paper(0)], EVERYTHING):
        if moment.paper:
            assert abs((moment.paper.day - DAY).days) <= LONGEST_MOVE
            assert moment.paper.day <= moment.day


def test_dates_move_both_ways() -> None:
    found = [moment.paper.day - DAY for each in lives(only("moved")) for moment in each
             if moment.paper and moment.deed == "moved"]
    assert min(found) < timedelta(-35)
    assert max(found) > timedelta(35)
    assert timedelta(0) not in found


def test_changes_come_after_the_overlap_too() -> None:
    delays = [(each[1].day - DAY).days for each in lives(only("edited"))]
    assert min(delays) == 1
    assert 0.2 < sum(delay > 45 for delay in delays) / len(delays) < 0.6
    assert 250 < max(delays) <= 300


def test_late_documents_lie_about_unposted_or_are_not_there_at_all() -> None:
    late = lives(only("late"))
    waits = [(each[-1].day - DAY).days for each in late]
    assert min(waits) == 1
    assert 150 < max(waits) <= 200
    assert 0.4 < sum(len(each) == 2 for each in late) / len(late) < 0.6
    for each in late:
        before = at(each, each[-1].day - timedelta(1))
        assert before is None or not before.posted
        assert each[-1].paper.posted


def test_unposted_documents_are_posted_again_half_the_time() -> None:
    unposted = lives(only("unposted"))
    assert all(not each[1].paper.posted for each in unposted)
    back = [each for each in unposted if len(each) == 3]
    assert 0.4 < len(back) / len(unposted) < 0.6
    assert all(each[2].paper.posted for each in back)


def test_marked_documents_do_not_count_and_deleted_ones_are_gone() -> None:
    assert all(each[-1].paper.marked and not each[-1].paper.posted for each in lives(only("marked")))
    assert all(each[-1].paper is None for each in lives(only("deleted")))


def test_a_rewrite_changes_the_version_only() -> None:
    for each in lives(only("rewritten"), 10):
        assert each[1].paper == each[0].paper._replace(version=each[1].paper.version)


def test_a_wave_unposts_a_share_of_the_month_and_posts_it_again() -> None:
    wave = Wave(DAY + timedelta(5), DAY + timedelta(8))
    struck = [each for each in lives(replace(Fates.none(), waves=(wave,))) if len(each) > 1]
    assert 0.3 < len(struck) / 3_000 < 0.37
    assert all(not at(each, wave.day).posted and at(each, wave.until).posted for each in struck)
    early = Wave(DAY + timedelta(31), DAY + timedelta(40))
    assert all(len(each) == 1 for each in lives(replace(Fates.none(), waves=(early,))))


def test_a_document_posted_by_the_end_of_a_wave_stays_unposted_by_its_own_fate() -> None:
    wave = Wave(DAY + timedelta(5), DAY + timedelta(400), share=10_000)
    for each in lives(replace(only("unposted"), waves=(wave,)), 200):
        own_end = [moment.deed for moment in each if moment.day not in (wave.day, wave.until)][-1]
        assert at(each, date.max).posted == (own_end == "reposted")
