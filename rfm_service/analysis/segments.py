"""The segment of every customer: the first rule of a grid that holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.analysis.scoring import score_of
from rfm_service.domain.grids import MEASURE_OF, Axis, Condition, Measure, Rule, Scheme

Names: TypeAlias = NDArray[Any]
"""An object array of str."""
LARGEST_CELL = 555


class _Axes:
    """The axes of a grid over customers; a score is made when a rule first asks for it."""

    def __init__(self, measures: Mapping[Measure, Ints], scheme: Scheme) -> None:
        self._values: dict[Axis, Ints] = dict(measures.items())
        self._scheme = scheme

    def __getitem__(self, axis: Axis) -> Ints:
        if axis not in self._values:
            self._values[axis] = self["f"] + self["m"] if axis == "fm" else score_of(
                axis, self._values[MEASURE_OF[axis]], self._scheme.cuts)
        return self._values[axis]

    @cached_property
    def cell(self) -> Ints:
        """The three scores as one number, 111..555."""
        return 100 * self["r"] + 10 * self["f"] + self["m"]


def segment_of(frequency: Ints, monetary: Ints, recency: Ints, scheme: Scheme) -> Names:
    """The segment id of each customer with frequency > 0: orders, money in 1/10 000, recency in days.

    '' where no rule holds and the grid has no fallback, which the linter does not let pass.
    """
    rules = scheme.grid.rules
    axes = _Axes({"frequency": frequency, "monetary": monetary, "recency_days": recency}, scheme)
    first = np.full(len(frequency), len(rules), np.int64)
    for at in range(len(rules) - 1, -1, -1):
        first[_holds(rules[at], axes, len(frequency))] = at
    names = [*(rule.segment for rule in rules), scheme.grid.fallback or ""]
    return np.array(names, dtype=object)[first]


def _holds(rule: Rule, axes: _Axes, size: int) -> Flags:
    ok: Flags = np.ones(size, np.bool_)
    if rule.cells:
        listed = np.zeros(LARGEST_CELL + 1, np.bool_)
        listed[list(rule.cells)] = True
        ok &= listed[axes.cell]
    for condition in rule.conditions:
        ok &= _side(condition, axes)
    return ok


def _side(condition: Condition, axes: _Axes) -> Flags:
    upper: Flags = axes[condition.axis] >= condition.border.start
    return upper if condition.upper else ~upper
