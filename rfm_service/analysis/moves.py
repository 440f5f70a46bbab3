"""Who moved to another segment since the previous snapshot, why, and which number crossed which line.

The cause is found by a walk (DESIGN section 3, cause): the facts of the moved customers are summarised in
steps that lead from the previous snapshot to this one; the last step that changes the segment is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm_service.analysis.crossings import Crossing, Standing, crossing
from rfm_service.analysis.grouping import Flags, Ints, distinct, empty, frame
from rfm_service.analysis.segments import PRESETS, segment_of
from rfm_service.analysis.summary import summarise
from rfm_service.domain.tables import MOVES
from rfm_service.domain.values import Basis, Cause, Period, day_number

CAUSES: tuple[Cause, ...] = ("customers_merged", "settings_changed", "document_changed", "ageing", "return",
                             "own_order")
"""The steps of the walk, in order."""


@dataclass(frozen=True)
class Walk:
    """The previous snapshot's day and the last ingest that it saw, and the basis of this one.

    `merges`: the ingests since then that only moved documents from one customer to another.
    """

    previous_as_of: date
    known: int
    basis: Basis
    merges: frozenset[int] = frozenset()

    @property
    def start(self) -> Basis:
        """The previous day under the rules of today."""
        return Basis(self.previous_as_of, self.basis.rules)

    @property
    def period(self) -> Period:
        """The days whose versions the walk needs: both windows."""
        return Period(min(self.start.window.first, self.basis.window.first), self.basis.window.end)


def moved(previous: pd.DataFrame, current: pd.DataFrame) -> Ints:
    """The customer_no, ascending, whose segment differs between two SNAPSHOTs; being absent counts as one."""
    both = (previous, current)
    customers = distinct(np.concatenate([snapshot["customer_no"].to_numpy() for snapshot in both]))
    was, now = (_segments(snapshot, customers) for snapshot in both)
    changed: Ints = customers[was != now]
    return changed


def compare(previous: pd.DataFrame, current: pd.DataFrame, versions: pd.DataFrame,
            walk: Walk) -> pd.DataFrame:
    """MOVES from the `previous` to the `current` SNAPSHOT, sorted by customer_no.

    `versions`: VERSIONED_LINES of the `moved` customers (others are ignored) in walk.period.
    """
    customers = moved(previous, current)
    if not len(customers):
        return empty(MOVES)
    stages = [_standing(_with_segment(lines, basis), customers) for lines, basis in _stages(versions, walk)]
    before_merging = _standing(previous, customers)
    steps = [before_merging, _merged(before_merging, stages[0], _in_merges(versions, walk, customers)), *stages,
             _standing(current, customers)]
    at = _last_change(steps)
    before, after = _chosen(steps, at - 1), _chosen(steps, at)
    cause = np.array(CAUSES, dtype=object)[at - 1]
    found = crossing(before, after, cause == "ageing", PRESETS[walk.basis.rules.preset])
    return _moves(customers, (steps[0], steps[-1]), cause, found)


def _stages(versions: pd.DataFrame, walk: Walk) -> list[tuple[pd.DataFrame, Basis]]:
    """The lines and the basis of the steps between the two snapshots, from `settings_changed` to the last but one."""
    since, until = versions["since"].to_numpy(), versions["until"].to_numpy()
    merges = list(walk.merges)
    known = (since <= walk.known) & ((until == 0) | (until > walk.known))
    then = (known | np.isin(since, merges)) & ~np.isin(until, merges)
    now = until == 0
    earlier = versions["day"].to_numpy() <= day_number(walk.previous_as_of)
    return [(versions[then], walk.start), (versions[now], walk.start), (versions[now & earlier], walk.basis),
            (versions[now & (earlier | versions["returned"].to_numpy())], walk.basis)]


def _in_merges(versions: pd.DataFrame, walk: Walk, customers: Ints) -> Flags:
    """Which of the customers gained or lost lines by a merge."""
    by_merge = versions["since"].isin(walk.merges) | versions["until"].isin(walk.merges)
    touched: Flags = np.isin(customers, versions.loc[by_merge, "customer_no"].to_numpy())
    return touched


def _merged(before: Standing, after: Standing, touched: Flags) -> Standing:
    """How all stood once the customers touched by a merge had their lines; the rules of then are not kept."""
    old, new = vars(before).values(), vars(after).values()
    return Standing(*(np.where(touched, after_it, before_it) for before_it, after_it in zip(old, new, strict=True)))


def _with_segment(lines: pd.DataFrame, basis: Basis) -> pd.DataFrame:
    summary = summarise(lines, basis)
    scored = summary[summary["frequency"] > 0]
    segment = segment_of(scored["frequency"].to_numpy(), scored["monetary"].to_numpy(),
                         scored["recency_days"].to_numpy(), PRESETS[basis.rules.preset])
    return scored.assign(segment=segment)


def _standing(table: pd.DataFrame, customers: Ints) -> Standing:
    """Where the customers stand in a table of customer_no, the measures and segment; absent: 0 and ''."""
    rows, there = _rows(table, customers)

    def measure(name: str) -> Ints:
        values = np.zeros(len(customers), np.int64)
        values[there] = table[name].to_numpy()[rows]
        return values

    return Standing(measure("frequency"), measure("monetary"), measure("recency_days"),
                    _segments(table, customers))


def _segments(table: pd.DataFrame, customers: Ints) -> NDArray[Any]:
    rows, there = _rows(table, customers)
    segment = np.full(len(customers), "", dtype=object)
    segment[there] = table["segment"].to_numpy(dtype=object)[rows]
    return segment


def _rows(table: pd.DataFrame, customers: Ints) -> tuple[Ints, Flags]:
    """The rows of those customers that the table holds, and which of them it holds."""
    row = pd.Index(table["customer_no"].to_numpy()).get_indexer(customers)
    there: Flags = row >= 0
    return row[there].astype(np.int64), there


def _last_change(steps: Sequence[Standing]) -> Ints:
    """For each customer the number of the last step whose segment differs from the step before."""
    last = np.zeros(len(steps[0].segment), np.int64)
    for at in range(1, len(steps)):
        last[steps[at].segment != steps[at - 1].segment] = at
    return last


def _chosen(steps: Sequence[Standing], at: Ints) -> Standing:
    """Each customer's standing at its own step."""
    who = np.arange(len(at))
    return Standing(np.stack([step.frequency for step in steps])[at, who],
                    np.stack([step.monetary for step in steps])[at, who],
                    np.stack([step.recency_days for step in steps])[at, who],
                    np.stack([step.segment for step in steps])[at, who])


def _moves(customers: Ints, ends: tuple[Standing, Standing], cause: NDArray[Any],
           found: Crossing) -> pd.DataFrame:
    return frame({"customer_no": customers, "from_segment": ends[0].segment, "to_segment": ends[1].segment,
                  "cause": cause, "measure": found.measure, "before": found.before, "after": found.after,
                  "line": found.line}, MOVES)
