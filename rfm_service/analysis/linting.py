"""The grid linter: by first match every cell of a grid has one segment, and every rule has a cell of its own.

A cell is a combination of the sides of all borders that the rules of a grid draw, so that no rule can tell two
customers of one cell apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod

from rfm_service.domain.grids import MEASURES, SCORES, Axis, Grid, Rule, code
from rfm_service.domain.values import MONEY_SCALE

MOST_CELLS = 20_000
"""A grid with more cells is refused: nobody could read what the linter has to say of it."""
LOWEST_SCORE, HIGHEST_SCORE = 1, 5
SIDES = {True: "H", False: "L"}
SHORT: dict[Axis, str] = {"r": "R", "f": "F", "m": "M", "frequency": "orders", "monetary": "money",
                          "recency_days": "days"}


class TooManyCells(ValueError):
    """The borders of a grid make more than MOST_CELLS cells."""


@dataclass(frozen=True)
class Span:
    """The values of one axis from `first` to `last`, both included; `last` None has no end."""

    first: int | None
    last: int | None

    @property
    def sample(self) -> int:
        """A value of the span."""
        return self.first if self.first is not None else (self.last or 0)


Cell = Mapping[Axis, Span]


@dataclass(frozen=True)
class Idle:
    """A rule that never names anybody's segment: its place (1..), the cells that it would hold for, who takes them.

    Without cells its conditions exclude each other.
    """

    place: int
    segment: str
    cells: tuple[str, ...]
    taken_by: tuple[str, ...]


@dataclass(frozen=True)
class Flaws:
    """What is wrong with a grid: cells without a segment, and idle rules."""

    holes: tuple[str, ...]
    idle: tuple[Idle, ...]


@lru_cache(maxsize=8)
def lint(grid: Grid) -> Flaws:
    """The holes and the idle rules of a grid. Raises TooManyCells."""
    cells = cells_of(grid)
    held = [(cell, [place for place, rule in enumerate(grid.rules) if _holds(rule, cell)]) for cell in cells]
    binary = _binary(grid)
    holes = tuple(name_of(cell, binary=binary) for cell, places in held if not places) if grid.fallback is None else ()
    first = {places[0] for _, places in held if places}
    idle = tuple(_idle(grid, place, [(name_of(cell, binary=binary), places[0])
                                     for cell, places in held if place in places])
                 for place in range(len(grid.rules)) if place not in first)
    return Flaws(holes, idle)


def _idle(grid: Grid, place: int, cells: Sequence[tuple[str, int]]) -> Idle:
    takers = dict.fromkeys(grid.rules[taker].segment for _, taker in cells)
    return Idle(place + 1, grid.rules[place].segment, tuple(name for name, _ in cells), tuple(takers))


def cells_of(grid: Grid) -> list[Cell]:
    """Every cell of a grid, lowest first. Raises TooManyCells."""
    spans = {axis: _spans(grid, axis) for axis in (*SCORES, *MEASURES)}
    if prod(map(len, spans.values())) > MOST_CELLS:
        raise TooManyCells(f"the borders of {grid.name} make more than {MOST_CELLS} cells")
    used = {axis: those for axis, those in spans.items() if len(those) > 1}
    return [dict(zip(used, combined, strict=True)) for combined in product(*used.values())]


def _spans(grid: Grid, axis: Axis) -> list[Span]:
    if axis in SCORES and _each_score(grid, axis):
        return [Span(score, score) for score in range(LOWEST_SCORE, HIGHEST_SCORE + 1)]
    low, high = (LOWEST_SCORE, HIGHEST_SCORE) if axis in SCORES else (None, None)
    starts = sorted({border.start for border in grid.borders(axis)})
    if axis in SCORES:
        starts = [start for start in starts if LOWEST_SCORE < start <= HIGHEST_SCORE]
    return [Span(first, last) for first, last in zip([low, *starts], [*(start - 1 for start in starts), high],
                                                     strict=True)]


def _each_score(grid: Grid, axis: Axis) -> bool:
    """Whether the five scores of an axis are cells of their own: but where the grid only knows high and low."""
    looked_at = bool(grid.borders(axis)) or (axis in ("f", "m") and bool(grid.borders("fm")))
    return looked_at and not _binary(grid)


def _binary(grid: Grid) -> bool:
    """Whether the grid only tells high scores from low ones."""
    return not grid.borders("fm") and all(len(grid.borders(axis)) == 1 for axis in SCORES)


def _holds(rule: Rule, cell: Cell) -> bool:
    samples = {axis: span.sample for axis, span in cell.items()}
    values: dict[Axis, int] = dict.fromkeys((*SCORES, *MEASURES), 0) | samples
    values["fm"] = values["f"] + values["m"]
    listed = not rule.cells or code(values["r"], values["f"], values["m"]) in rule.cells
    return listed and all(condition.holds(values[condition.axis]) for condition in rule.conditions)


def name_of(cell: Cell, *, binary: bool) -> str:
    """What a cell is called: 215, R4 F5, HHL, or the sides of its borders; money in units."""
    scores = [(axis, cell[axis]) for axis in SCORES if axis in cell]
    sides = " ".join(_side(axis, cell[axis]) for axis in MEASURES if axis in cell)
    if binary:
        named = "".join(SIDES[span.last == HIGHEST_SCORE] for _, span in scores)
    elif len(scores) == len(SCORES):
        named = "".join(str(span.first) for _, span in scores)
    else:
        named = " ".join(f"{SHORT[axis]}{span.first}" for axis, span in scores)
    return f"{named} ({sides})" if named and sides else named or sides or "everybody"


def _side(axis: Axis, span: Span) -> str:
    first, last = (None if value is None else _said(axis, value) for value in _ends(axis, span))
    if first is None or last is None:
        return f"{SHORT[axis]} {'<' if first is None else '≥'} {last if first is None else first}"
    return f"{SHORT[axis]} {first}..<{last}" if axis == "monetary" else f"{SHORT[axis]} {first}..{last}"


def _ends(axis: Axis, span: Span) -> tuple[int | None, int | None]:
    """The ends of a span as they are said: below a border of money, up to the last whole number of the rest."""
    if span.last is None or span.first is None or axis == "monetary":
        return span.first, None if span.last is None else span.last + 1
    return span.first, span.last


def _said(axis: Axis, value: int) -> str:
    if axis != "monetary":
        return str(value)
    units, rest = divmod(value, MONEY_SCALE)
    return f"{units}.{rest:04d}".rstrip("0") if rest else str(units)
