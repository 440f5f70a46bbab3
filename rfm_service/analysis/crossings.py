"""Which number crossed which border when a customer's segment changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.analysis.scoring import score_of
from rfm_service.analysis.segments import Names, segment_of
from rfm_service.domain.grids import MEASURE_OF, MEASURES, Axis, Border, Cuts, Measure, Scheme

_RANK = (0, 1, 2)
_RANK_AGEING = (1, 2, 0)
"""Which of MEASURES is told first where several crossed: ageing is told by recency, the rest by orders."""
_NOT_CROSSED = 2 * len(MEASURES)


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

    def drawn(self, scheme: Scheme) -> Names:
        """The segments that the measures have under a scheme."""
        return segment_of(self.frequency, self.monetary, self.recency_days, scheme)


@dataclass(frozen=True)
class Crossing:
    """MOVES' measure, before, after and line, an element a customer."""

    measure: NDArray[Any]
    before: Ints
    after: Ints
    line: Ints

    @property
    def worse(self) -> Flags:
        """Where the number got worse: fewer orders, less money, more days."""
        fell = self.after < self.before
        got_worse: Flags = (fell != (self.measure == "recency_days")) & (self.after != self.before)
        return got_worse

    def where(self, mine: Flags, other: Crossing) -> Crossing:
        """Mine where so marked, else the other one's."""
        return Crossing(*(np.where(mine, own, others)
                          for own, others in zip(vars(self).values(), vars(other).values(), strict=True)))


def crossing(before: Standing, after: Standing, ageing: Flags, scheme: Scheme) -> Crossing:
    """The number that took each customer from the segment `before` to that `after`, and the border it passed.

    Where several numbers passed one: the number whose own change alone explains the move, else orders, money,
    recency in this order (`ageing`: recency first). Where the customer came or left, or only the rules
    changed: measure '', line -1 and the orders before and after.
    """
    alone = {name: before.having(name, after.value(name)).drawn(scheme) == after.segment
             for name in MEASURES}
    told = _told(before, after, ageing, alone, scheme)
    measure = np.full(len(told), "", dtype=object)
    line = np.full(len(told), -1, np.int64)
    values = [before.frequency.copy(), after.frequency.copy()]
    for at, name in enumerate(MEASURES):
        mine = told == at
        measure[mine] = name
        values[0][mine], values[1][mine] = before.value(name)[mine], after.value(name)[mine]
        line[mine] = _line(name, before, after, alone[name], scheme)[mine]
    return Crossing(measure, values[0], values[1], line)


def cuts_crossing(standing: Standing, then: Cuts, now: Scheme) -> Crossing:
    """The cut that passed each customer's number when the cuts went from `then` to those of `now`.

    `before` and `after` are the cut, `line` the number that stood still. Where several cuts passed one: that whose
    move alone explains the segment, else orders, money, recency in this order.
    """
    size = len(standing.segment)
    found = Crossing(np.full(size, "", dtype=object), np.zeros(size, np.int64), np.zeros(size, np.int64),
                     np.full(size, -1, np.int64))
    ends = standing.drawn(now)
    best = np.full(size, _NOT_CROSSED)
    axes: tuple[Axis, ...] = ("f", "m", "r")
    for rank, axis in enumerate(axes):
        _tell_cut(found, best, rank, _CutMove(axis, standing, then, now, ends))
    return found


@dataclass(frozen=True)
class _CutMove:
    """One axis whose cuts moved, over customers."""

    axis: Axis
    standing: Standing
    then: Cuts
    now: Scheme
    ends: Names

    @property
    def value(self) -> Ints:
        return self.standing.value(MEASURE_OF[self.axis])

    @property
    def alone(self) -> Flags:
        """Where the move of this axis alone makes the segment of now."""
        cuts = replace(self.then, **{self.axis: getattr(self.now.cuts, self.axis)})
        explained: Flags = self.standing.drawn(Scheme(self.now.grid, cuts)) == self.ends
        return explained

    def passed(self) -> tuple[Flags, Ints]:
        """Where a cut of the axis passed the number, and which one (0..3)."""
        was, is_now = (score_of(self.axis, self.value, cuts) for cuts in (self.then, self.now.cuts))
        lower = np.maximum(was, is_now) if self.axis == "r" else np.minimum(was, is_now)
        return was != is_now, np.minimum(5 - lower if self.axis == "r" else lower - 1, 3)


def _tell_cut(found: Crossing, best: Ints, rank: int, move: _CutMove) -> None:
    """Write the cut of one axis where none better was written."""
    crossed, index = move.passed()
    merit = np.where(crossed, np.where(move.alone, rank, rank + len(MEASURES)), _NOT_CROSSED)
    mine = merit < best
    lines = [np.array([border.line for border in cuts.borders(move.axis)], np.int64)
             for cuts in (move.then, move.now.cuts)]
    found.measure[mine] = MEASURE_OF[move.axis]
    found.before[mine], found.after[mine] = lines[0][index[mine]], lines[1][index[mine]]
    found.line[mine], best[mine] = move.value[mine], merit[mine]


def _told(before: Standing, after: Standing, ageing: Flags, alone: Mapping[Measure, Flags],
          scheme: Scheme) -> Ints:
    """The index in MEASURES of the number to tell, -1 where there is none."""
    merit = np.empty((len(MEASURES), len(ageing)), np.int64)
    for at, name in enumerate(MEASURES):
        rank = np.where(ageing, _RANK_AGEING[at], _RANK[at])
        crossed = _side(name, before, scheme) != _side(name, after, scheme)
        merit[at] = np.where(crossed, np.where(alone[name], rank, rank + len(MEASURES)), _NOT_CROSSED)
    by_numbers = (before.drawn(scheme) != after.segment) & (merit.min(axis=0) < _NOT_CROSSED)
    stayed = (before.segment != "") & (after.segment != "")
    return np.where(stayed & by_numbers, merit.argmin(axis=0), -1)


def _side(name: Measure, standing: Standing, scheme: Scheme) -> Ints:
    """How many borders of the measure the value has reached."""
    starts = np.array([border.start for border in scheme.borders(name)], np.int64)
    return np.searchsorted(starts, standing.value(name), side="right").astype(np.int64)


def _line(name: Measure, before: Standing, after: Standing, alone: Flags, scheme: Scheme) -> Ints:
    """The border passed: the one nearest to the new value that divides segments, else the nearest."""
    was, now = before.value(name), after.value(name)
    rising = now > was
    others = Standing(np.where(alone, before.frequency, after.frequency),
                      np.where(alone, before.monetary, after.monetary),
                      np.where(alone, before.recency_days, after.recency_days), after.segment)
    passed = [(border, (np.minimum(was, now) < border.start) & (border.start <= np.maximum(was, now)),
               _divides(border, name, others, scheme)) for border in scheme.borders(name)]
    line = np.full(len(was), -1, np.int64)
    for only_dividing in (False, True):
        # The last one written stays, so borders come in the direction in which the number went.
        for ordered, way in ((passed, rising), (passed[::-1], ~rising)):
            for border, crossed, divides in ordered:
                line[way & crossed & (divides | (not only_dividing))] = border.line
    return line


def _divides(border: Border, name: Measure, others: Standing, scheme: Scheme) -> Flags:
    """Whether the segment differs on the two sides of the border, the other measures as they are."""
    below, above = (others.having(name, np.full(len(others.segment), value, np.int64)).drawn(scheme)
                    for value in (border.start - 1, border.start))
    differs: Flags = below != above
    return differs
