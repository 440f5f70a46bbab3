"""Segment presets as data: each TOML file here is one, in the format of `[[rfm.thresholds]]` in settings.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainValidator, model_validator

from rfm_service.analysis.linting import lint
from rfm_service.domain.grids import MEASURES, SCORES, Axis, Border, Condition, Grid, Rule
from rfm_service.domain.values import MONEY_SCALE, Remark
from rfm_service.setting_types import MOST_COUNTED, units

OWN = "own"
"""The name of the grid that the settings write out themselves."""
REFUSED = {"classic6": "its six rows have no segment for HHL and LLH; take classic8"}
"""Published tables that are not shipped, and why."""
HIGH_SCORE, TOP_SCORE = 4, 5
LONGEST_NAME = 60

_RANGE = re.compile(r"(\d(?:\.[05])?)(?:-(\d(?:\.[05])?))?")
_SIDE = re.compile(r"(>=|<=|>|<)\s*(\S+)")
_CELL = re.compile(r"[1-5]{3}")

Ends = tuple[float, float] | str
"""The lowest and the highest score of a range; or "high" or "low", which a setting divides."""
Side = tuple[str, str]
"""An operator and a number as written."""


def _range(value: object) -> Ends:
    if value in ("high", "low"):
        return str(value)
    ends = _ends(value)
    if ends is None or not all(end.is_integer() for end in ends):
        raise ValueError('must be a whole score like 5, a range like "4-5", "high" or "low"' if ends else
                         'must be a score like 5, a range like "4-5", "high" or "low"')
    return ends


def _mean(value: object) -> Ends:
    ends = _ends(value)
    if ends is None:
        raise ValueError('must be a score like 3.5 or a range like "3-4.5"')
    return ends


def _ends(value: object) -> tuple[float, float] | None:
    known = isinstance(value, int | float | str) and not isinstance(value, bool)
    found = _RANGE.fullmatch(str(value)) if known else None
    ends = (float(found[1]), float(found[2] or found[1])) if found else (1.0, 0.0)
    return ends if ends[0] <= ends[1] <= TOP_SCORE else None


def _sides(value: object) -> tuple[Side, ...]:
    parts = [_SIDE.fullmatch(part.strip()) for part in value.split(",")] if isinstance(value, str) else [None]
    for part in parts:
        if part is None:
            raise ValueError('must be a condition like ">= 12" or ">= 90, < 180"')
        units(part[2])
    return tuple((part[1], part[2]) for part in parts if part)


def _cells(value: object) -> frozenset[int]:
    listed = value.split() if isinstance(value, str) else []
    if not listed or not all(_CELL.fullmatch(cell) for cell in listed):
        raise ValueError('must be cells of three scores each, like "554 555"')
    return frozenset(map(int, listed))


def _name(text: str) -> str:
    if not text or text != text.strip() or len(text) > LONGEST_NAME:
        raise ValueError(f"must be a name of 1 to {LONGEST_NAME} letters, without spaces around it")
    return text


SegmentName = Annotated[str, AfterValidator(_name)]
ScoreRange = Annotated[Any, PlainValidator(_range)]
MeanRange = Annotated[Any, PlainValidator(_mean)]
Sides = Annotated[Any, PlainValidator(_sides)]
Cells = Annotated[Any, PlainValidator(_cells)]


class RuleTable(BaseModel):
    """One rule as it is written: all that it says must hold; without conditions it takes everybody.

    Scores are 1..5 (`fm` is the mean of f and m); `frequency` in orders, `monetary` in currency units.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    segment: SegmentName
    cells: Cells = frozenset()
    r: ScoreRange = None
    f: ScoreRange = None
    m: ScoreRange = None
    fm: MeanRange = None
    frequency: Sides = ()
    monetary: Sides = ()
    recency_days: Sides = ()

    def rule(self, high: int) -> Rule:
        """The rule, where scores of `high` and above are high."""
        return Rule(self.segment, tuple(self._conditions(high)), self.cells)

    def _conditions(self, high: int) -> Iterator[Condition]:
        for axis in (*SCORES, "fm"):
            yield from _of_range(axis, getattr(self, axis), high)
        for axis in MEASURES:
            scale = MONEY_SCALE if axis == "monetary" else 1
            for operator, number in getattr(self, axis):
                line = units(number) * scale // MONEY_SCALE
                yield Condition(axis, Border(line, line + (operator in (">", "<="))), operator in (">", ">="))

    @model_validator(mode="after")
    def _whole(self) -> RuleTable:
        """Orders and days are whole numbers."""
        for axis in ("frequency", "recency_days"):
            numbers = [units(number) for _, number in getattr(self, axis)]
            if any(number % MONEY_SCALE for number in numbers):
                raise ValueError(f"{axis} must be compared with whole numbers")
            if any(number > MOST_COUNTED * MONEY_SCALE for number in numbers):
                raise ValueError(f"{axis} must be compared with numbers up to {MOST_COUNTED}")
        return self


def _of_range(axis: Axis, ends: Ends | None, high: int) -> Iterator[Condition]:
    if ends is None:
        return
    if isinstance(ends, str):
        yield Condition(axis, Border(high, high), ends == "high")
        return
    scale = 2 if axis == "fm" else 1
    first, last = (int(end * scale) for end in ends)
    if first > scale:
        yield Condition(axis, Border(first, first), upper=True)
    if last < TOP_SCORE * scale:
        yield Condition(axis, Border(last + 1, last + 1), upper=False)


class PresetTable(BaseModel):
    """A preset as its file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    thresholds: tuple[RuleTable, ...]
    fallback: str | None = None
    order: tuple[str, ...] = ()


def names() -> list[str]:
    """The presets of the package."""
    return sorted(each.name.removesuffix(".toml") for each in files(__package__).iterdir()
                  if each.name.endswith(".toml"))


@lru_cache(maxsize=32)
def preset(name: str, high: int = HIGH_SCORE) -> Grid:
    """A preset of the package, where scores of `high` and above are high. Raises FileNotFoundError."""
    written = files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    table = PresetTable.model_validate(tomllib.loads(written))
    return grid_of(name, table.thresholds, table.fallback, order=table.order, high=high)


def grid_of(name: str, thresholds: Sequence[RuleTable], fallback: str | None, *, order: Sequence[str] = (),
            high: int = HIGH_SCORE) -> Grid:
    """Rules as a grid; without an `order` its segments are ordered as the rules first name them."""
    rules = tuple(table.rule(high) for table in thresholds)
    named = dict.fromkeys([*order, *(rule.segment for rule in rules), *([fallback] if fallback else [])])
    return Grid(name, rules, tuple(named), fallback)


def remarks(grid: Grid) -> list[Remark]:
    """What the linter says of an accepted grid: how many segments there are, then each rule that never applies."""
    said = [Remark(True, "{preset}: {count} segments, and everybody is in exactly one.",
                   (("preset", grid.name), ("count", len(grid.order))))]
    for idle in lint(grid).idle:
        told = (("place", idle.place), ("segment", idle.segment), ("cells", ", ".join(idle.cells)),
                ("others", ", ".join(idle.taken_by)))
        said.append(Remark(True, "Rule {place} ({segment}) never applies: rules above it take all its cells: {cells} "
                                 "({others})." if idle.cells else
                           "Rule {place} ({segment}) never applies: its conditions exclude each other.", told))
    return said
