"""Which number crossed which border when a customer's segment changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.analysis.segments import Border, Measure, Names, Preset, borders, segment_of

_MEASURES: tuple[Measure, ...] = ("frequency", "monetary", "recency_days")
_RANK = (0, 1, 2)
_RANK_AGEING = (1, 2, 0)
"""Which of _MEASURES is told first where several crossed: ageing is told by recency, the rest by orders."""
_NOT_CROSSED = 2 * len(_MEASURES)


@dataclass(frozen=True)
class Standing:
    """Where customers stood at one moment: orders, money in 1/10 000, days; segment '' and zeros = absent."""

    frequency: Ints
    monetary: Ints
    recency_days: Ints
    segment: NDArray[Any]

    def value(self, measure: Measure) -> Ints:
        """One of the three measures."""
        values: Ints = getattr(self, measure)
        return values

    def having(self, measure: Measure, values: Ints) -> Standing:
        """The same but for one measure (and with the segment of before)."""
        return replace(self, **{measure: values})

    def drawn(self, preset: Preset) -> Names:
        """The segments that the measures have under a preset."""
        return segment_of(self.frequency, self.monetary, self.recency_days, preset)


@dataclass(frozen=True)
class Crossing:
    """MOVES' measure, before, after and line, an element a customer."""

    measure: NDArray[Any]
    before: Ints
    after: Ints
    line: Ints


def crossing(before: Standing, after: Standing, ageing: Flags, preset: Preset) -> Crossing:
    """The number that took each customer from the segment `before` to that `after`, and the border it passed.

    Where several numbers passed one: the number whose own change alone explains the move, else orders, money,
    recency in this order (`ageing`: recency first). Where the customer came or left, or only the rules
    changed: measure '', line -1 and the orders before and after.
    """
    alone = {name: before.having(name, after.value(name)).drawn(preset) == after.segment
             for name in _MEASURES}
    told = _told(before, after, ageing, alone, preset)
    measure = np.full(len(told), "", dtype=object)
    line = np.full(len(told), -1, np.int64)
    values = [before.frequency.copy(), after.frequency.copy()]
    for at, name in enumerate(_MEASURES):
        mine = told == at
        measure[mine] = name
        values[0][mine], values[1][mine] = before.value(name)[mine], after.value(name)[mine]
        line[mine] = _line(name, before, after, alone[name], preset)[mine]
    return Crossing(measure, values[0], values[1], line)


def _told(before: Standing, after: Standing, ageing: Flags, alone: Mapping[Measure, Flags],
          preset: Preset) -> Ints:
    """The index in _MEASURES of the number to tell, -1 where there is none."""
    merit = np.empty((len(_MEASURES), len(ageing)), np.int64)
    for at, name in enumerate(_MEASURES):
        rank = np.where(ageing, _RANK_AGEING[at], _RANK[at])
        crossed = _side(name, before, preset) != _side(name, after, preset)
        merit[at] = np.where(crossed, np.where(alone[name], rank, rank + len(_MEASURES)), _NOT_CROSSED)
    by_numbers = (before.drawn(preset) != after.segment) & (merit.min(axis=0) < _NOT_CROSSED)
    stayed = (before.segment != "") & (after.segment != "")
    return np.where(stayed & by_numbers, merit.argmin(axis=0), -1)


def _side(name: Measure, standing: Standing, preset: Preset) -> Ints:
    """How many borders of the measure the value has reached."""
    starts = np.array([border.start for border in borders(preset, name)], np.int64)
    return np.searchsorted(starts, standing.value(name), side="right").astype(np.int64)


def _line(name: Measure, before: Standing, after: Standing, alone: Flags, preset: Preset) -> Ints:
    """The border passed: the one nearest to the new value that divides segments, else the nearest."""
    was, now = before.value(name), after.value(name)
    rising = now > was
    others = Standing(np.where(alone, before.frequency, after.frequency),
                      np.where(alone, before.monetary, after.monetary),
                      np.where(alone, before.recency_days, after.recency_days), after.segment)
    passed = [(border, (np.minimum(was, now) < border.start) & (border.start <= np.maximum(was, now)),
               _divides(border, name, others, preset)) for border in borders(preset, name)]
    line = np.full(len(was), -1, np.int64)
    for only_dividing in (False, True):
        # The last one written stays, so borders come in the direction in which the number went.
        for ordered, way in ((passed, rising), (passed[::-1], ~rising)):
            for border, crossed, divides in ordered:
                line[way & crossed & (divides | (not only_dividing))] = border.line
    return line


def _divides(border: Border, name: Measure, others: Standing, preset: Preset) -> Flags:
    """Whether the segment differs on the two sides of the border, the other measures as they are."""
    below, above = (others.having(name, np.full(len(others.segment), value, np.int64)).drawn(preset)
                    for value in (border.start - 1, border.start))
    differs: Flags = below != above
    return differs
