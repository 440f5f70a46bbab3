"""Segment grids as values: rules in their order, the first one that holds names the segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Measure = Literal["frequency", "monetary", "recency_days"]
Axis = Literal["r", "f", "m", "fm", "frequency", "monetary", "recency_days"]
SCORES: tuple[Axis, ...] = ("r", "f", "m")
MEASURES: tuple[Measure, ...] = ("frequency", "monetary", "recency_days")
MEASURE_OF: dict[Axis, Measure] = {"r": "recency_days", "f": "frequency", "m": "monetary"}
"""The measure that a score divides."""


class Border(NamedTuple):
    """A number that divides segments: `line` as people say it, `start` the first value on its upper side."""

    line: int
    start: int


class Condition(NamedTuple):
    """One side of a border on one axis: `upper` holds from `start` on, else below it.

    Scores are 1..5, `fm` is f + m (2..10); orders, days, money in 1/10 000.
    """

    axis: Axis
    border: Border
    upper: bool

    def holds(self, value: int) -> bool:
        """Whether a value of the axis lies on this side."""
        return (value >= self.border.start) == self.upper


@dataclass(frozen=True)
class Rule:
    """One line of a grid: all conditions must hold, and the scores be one of `cells` (111..555; none: any)."""

    segment: str
    conditions: tuple[Condition, ...] = ()
    cells: frozenset[int] = frozenset()

    @property
    def axes(self) -> frozenset[Axis]:
        """What the rule looks at."""
        return frozenset(condition.axis for condition in self.conditions) | frozenset(SCORES if self.cells else ())


@dataclass(frozen=True)
class Grid:
    """A preset or somebody's own rules; `order`: its segments, the best first.

    `fallback` takes the customers that no rule holds for; without one there must be none (analysis/linting.py).
    """

    name: str
    rules: tuple[Rule, ...]
    order: tuple[str, ...]
    fallback: str | None = None

    @property
    def axes(self) -> frozenset[Axis]:
        """What the rules look at."""
        return frozenset(axis for rule in self.rules for axis in rule.axes)

    @property
    def by_score(self) -> bool:
        """Whether scores decide a segment, so that it depends on the cuts."""
        return bool(self.axes & {"r", "f", "m", "fm"})

    def borders(self, axis: Axis) -> tuple[Border, ...]:
        """All borders of one axis, ascending; `cells` of rules tell every score apart."""
        found = {condition.border for rule in self.rules for condition in rule.conditions if condition.axis == axis}
        if axis in SCORES and any(rule.cells for rule in self.rules):
            found |= {Border(score, score) for score in range(2, 6)}
        return tuple(sorted(found, key=lambda border: (border.start, border.line)))


def code(r: int, f: int, m: int) -> int:
    """Three scores as one number: 5, 4, 3 -> 543."""
    return 100 * r + 10 * f + m


PARTS = 5
"""Cuts are held in fifths of a unit: quintiles of whole numbers fall on fifths exactly."""

Quintiles = tuple[int, int, int, int]


@dataclass(frozen=True)
class Cuts:
    """Score borders q20, q40, q60, q80 in fifths: of a day, of an order, of 1/10 000 of the currency unit."""

    r: Quintiles
    f: Quintiles
    m: Quintiles

    def borders(self, axis: Axis) -> tuple[Border, ...]:
        """What divides the measure of a score: a value above the cut lies on the upper side."""
        cuts: Quintiles = getattr(self, axis)
        return tuple(Border(cut // PARTS, cut // PARTS + 1) for cut in cuts)


@dataclass(frozen=True)
class Scheme:
    """What makes segments of measures: a grid, and the cuts that its scores are made by."""

    grid: Grid
    cuts: Cuts

    def borders(self, measure: Measure) -> tuple[Border, ...]:
        """All borders of a measure that can divide segments, ascending."""
        own = set(self.grid.borders(measure))
        if self.grid.by_score:
            score = next(axis for axis, divided in MEASURE_OF.items() if divided == measure)
            own |= set(self.cuts.borders(score))
        return tuple(sorted(own, key=lambda border: (border.start, border.line)))
