"""How many documents the generated firm writes on each day, in integers and from the calendar alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import NamedTuple

from rfm_service.emulator.hashing import below, mixed

_BY_WEEKDAY = (100, 112, 110, 108, 118, 45, 12)
_BY_MONTH = (70, 85, 125, 130, 105, 75, 65, 90, 130, 135, 115, 80)
_LAST_DAY_OFF = 8

# What the weights of a year add up to, noise left out.
_USUAL_YEAR = 3_119_000


class Calendar(NamedTuple):
    """Days from `first` on: documents of the year before the day, documents of the day, its year."""

    first: date
    before: list[int]
    counts: list[int]
    years: list[int]


def calendar(seed: int, first: date, last: date, documents: int) -> Calendar:
    """Return the calendar of the whole years around [first, last], with about `documents` in these days."""
    years = range(first.year - 1, last.year + 1)
    weights = {year: [_weight(seed, day) for day in _days(year)] for year in years}
    share = _share(weights, first, last, documents)
    before: list[int] = []
    counts: list[int] = []
    for of_year in weights.values():
        starts = [total * share[0] // share[1] for total in accumulate(of_year, initial=0)]
        before += starts[:-1]
        counts += [after - start for start, after in pairwise(starts)]
    return Calendar(date(years[0], 1, 1), before, counts, [y for y in years for _ in weights[y]])


def _share(weights: dict[int, list[int]], first: date, last: date, documents: int) -> tuple[int, int]:
    """Return documents for a unit of weight, as a fraction."""
    days = (last - first).days + 1
    if days >= 365:
        # By the usual year, so that a day keeps its documents when the last day moves on.
        return documents * 365, days * _USUAL_YEAR
    of_window = sum(w for year, of_year in weights.items() for w in _within(of_year, year, first, last))
    return documents, max(1, of_window)


def _within(of_year: list[int], year: int, first: date, last: date) -> list[int]:
    new_year = date(year, 1, 1)
    return of_year[max(0, (first - new_year).days) : max(0, (last - new_year).days + 1)]


def _weight(seed: int, day: date) -> int:
    if day.month == 1 and day.day <= _LAST_DAY_OFF:
        return 0
    noise = 75 + below(mixed(seed, 50, day.toordinal()), 0, 51)
    return _BY_WEEKDAY[day.weekday()] * _BY_MONTH[day.month - 1] * noise // 100


def _days(year: int) -> Iterator[date]:
    length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return (date(year, 1, 1) + timedelta(days=n) for n in range(length))
