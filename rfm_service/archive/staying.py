"""Which nights of an archive stay."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Keep:
    """How much of an archive stays: the newest nights, and the last night of each of the newest months and years."""

    nights: int
    months: int
    years: int


def staying(nights: Collection[date], keep: Keep) -> frozenset[date]:
    """The nights that stay; only months and years with a night are counted."""
    ordered = sorted(nights)
    months = {(day.year, day.month): day for day in ordered}
    years = {day.year: day for day in ordered}
    return frozenset((*_newest(nights, keep.nights), *_newest(months.values(), keep.months),
                      *_newest(years.values(), keep.years)))


def leaving(nights: Collection[date], published: date, keep: Keep) -> list[date]:
    """The nights that leave once `published` is there, oldest first: none that is as new as it."""
    return sorted(day for day in {*nights} - staying({*nights, published}, keep) if day < published)


def _newest(nights: Iterable[date], most: int) -> list[date]:
    return sorted(nights, reverse=True)[:most]
