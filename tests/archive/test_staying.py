"""Which nights stay, whatever nights there are."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rfm_service.archive.staying import Keep, leaving, staying

DAYS = st.sets(st.dates(date(2019, 1, 1), date(2026, 12, 31)), max_size=60)
KEEPS = st.builds(Keep, *[st.integers(0, 12)] * 3)


@given(DAYS, KEEPS)
def test_what_stays(nights: set[date], keep: Keep) -> None:
    stay = staying(nights, keep)
    assert stay <= nights
    for day in nights:
        newer = {each for each in nights if each > day}
        months, years = {(each.year, each.month) for each in newer}, {each.year for each in newer}
        wanted = (len(newer) < keep.nights or (day.year not in years and len(years) < keep.years)
                  or ((day.year, day.month) not in months and len(months) < keep.months))
        assert (day in stay) == wanted


@given(DAYS, st.dates(date(2019, 1, 1), date(2026, 12, 31)), KEEPS)
def test_nothing_as_new_as_what_is_published_leaves(nights: set[date], published: date, keep: Keep) -> None:
    gone = leaving(nights, published, keep)
    assert gone == sorted(gone)
    assert all(day in nights and day < published for day in gone)
    assert not {*gone} & staying({*nights, published}, keep)


@given(DAYS, KEEPS)
def test_night_by_night_it_comes_to_the_same(nights: set[date], keep: Keep) -> None:
    """Removing after each publish keeps no less and no more than removing once, but for the newest night."""
    there: set[date] = set()
    for day in sorted(nights):
        there = {*there, day} - {*leaving(there, day, keep)}
    assert there == staying(nights, keep) | {*sorted(nights)[-1:]}


def test_the_usual_archive_after_twelve_years() -> None:
    last = date(2026, 11, 20)
    stay = staying([last - timedelta(days=ago) for ago in range(12 * 365)], Keep(60, 24, 10))
    assert sorted(stay)[-60:] == [last - timedelta(days=ago) for ago in range(59, -1, -1)]
    assert date(2026, 8, 31) in stay
    assert date(2024, 12, 31) in stay
    assert date(2024, 11, 30) not in stay
    assert min(stay) == date(2017, 12, 31)
    assert len(stay) == 60 + 21 + 7
