"""Segments as rules that are data: the first rule that matches names the segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.domain.values import MONEY_SCALE

Measure = Literal["frequency", "monetary", "recency_days"]
Names: TypeAlias = NDArray[Any]
"""An object array of str."""

SEGMENT_ORDER = ("champions", "loyal", "growing", "promising", "newcomers", "drifting", "at_risk", "sleeping",
                 "lost")
"""Segment ids, the best first, for reports."""


@dataclass(frozen=True)
class Rule:
    """One line of a preset: all conditions given must hold; days, orders, money in 1/10 000."""

    segment: str
    frequency_from: int | None = None
    monetary_from: int | None = None
    recency_below: int | None = None
    recency_from: int | None = None
    recency_above: int | None = None

    def holds(self, frequency: Ints, monetary: Ints, recency: Ints) -> Flags:
        """For which customers all conditions of the rule hold."""
        ok = np.ones(len(frequency), np.bool_)
        if self.frequency_from is not None:
            ok &= frequency >= self.frequency_from
        if self.monetary_from is not None:
            ok &= monetary >= self.monetary_from
        if self.recency_below is not None:
            ok &= recency < self.recency_below
        if self.recency_from is not None:
            ok &= recency >= self.recency_from
        if self.recency_above is not None:
            ok &= recency > self.recency_above
        return ok


Preset = tuple[Rule, ...]
"""Rules in their order; the last one has no condition and takes who is left."""

SEED: Preset = (
    Rule("champions", frequency_from=12, monetary_from=600_000 * MONEY_SCALE, recency_below=90),
    Rule("lost", frequency_from=9, recency_from=180),
    Rule("at_risk", frequency_from=9, recency_from=90),
    Rule("loyal", frequency_from=9),
    Rule("growing", frequency_from=6, monetary_from=300_000 * MONEY_SCALE, recency_below=90),
    Rule("promising", frequency_from=3, monetary_from=100_000 * MONEY_SCALE, recency_below=90),
    Rule("sleeping", frequency_from=3, recency_above=135),
    Rule("drifting", frequency_from=3, recency_above=45),
    Rule("promising", frequency_from=3),
    Rule("sleeping", recency_above=135),
    Rule("drifting", recency_above=45),
    Rule("newcomers"),
)
"""The seed's nine segments (DESIGN section 3; reference S2-09)."""

PRESETS: Mapping[str, Preset] = {"seed": SEED}


class Border(NamedTuple):
    """A number that divides segments: `line` as people say it, `start` the first value on its upper side."""

    line: int
    start: int


def segment_of(frequency: Ints, monetary: Ints, recency: Ints, preset: Preset) -> Names:
    """The segment id of each customer with frequency > 0: orders, money in 1/10 000, recency in days."""
    first = np.full(len(frequency), len(preset) - 1, np.int64)
    for at in range(len(preset) - 2, -1, -1):
        first[preset[at].holds(frequency, monetary, recency)] = at
    return np.array([rule.segment for rule in preset], dtype=object)[first]


def borders(preset: Preset, measure: Measure) -> tuple[Border, ...]:
    """All borders of a measure in a preset, ascending; money in 1/10 000."""
    if measure == "frequency":
        found = {_from(rule.frequency_from) for rule in preset}
    elif measure == "monetary":
        found = {_from(rule.monetary_from) for rule in preset}
    else:
        found = {border for rule in preset for border in (
            _from(rule.recency_from), _from(rule.recency_below), _above(rule.recency_above))}
    return tuple(sorted(border for border in found if border is not None))


def _from(line: int | None) -> Border | None:
    return None if line is None else Border(line, line)


def _above(line: int | None) -> Border | None:
    return None if line is None else Border(line, line + 1)
