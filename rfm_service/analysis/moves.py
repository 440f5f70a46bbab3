"""Who moved to another segment since the previous snapshot, why, and which number crossed which line.

The cause is found by a walk (DESIGN section 3, cause): the facts of the moved customers are summarised in
steps that lead from the previous snapshot to this one; the last step that changes the segment is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm_service.analysis import reasons
from rfm_service.analysis.crossings import Crossing, Standing, crossing, cuts_crossing
from rfm_service.analysis.grouping import Flags, Ints, distinct, empty, frame
from rfm_service.analysis.segments import segment_of
from rfm_service.analysis.summary import summarise
from rfm_service.domain.grids import Cuts, Scheme
from rfm_service.domain.tables import MOVES
from rfm_service.domain.values import Basis, Cause, Period, day_number, day_of

CAUSES: tuple[Cause, ...] = ("customers_merged", "settings_changed", "document_changed", "ageing", "return",
                             "own_order", "cuts_moved")
"""The steps of the walk, in order."""


@dataclass(frozen=True)
class Walk:
    """The previous snapshot's day and the last ingest that it saw, the basis of this one, and the cuts of both.

    `merges`: the ingests since then that only moved documents from one customer to another, `joined` the customers of
    these documents that the versions do not show, since they count as own companies. Where the settings
    changed in between, `cuts_then` are those of now: what they change is laid to the settings.
    """

    previous_as_of: date
    known: int
    basis: Basis
    cuts_then: Cuts
    cuts_now: Cuts
    merges: frozenset[int] = frozenset()
    joined: frozenset[int] = frozenset()

    @property
    def start(self) -> Basis:
        """The previous day under the rules of today."""
        return Basis(self.previous_as_of, self.basis.rules)

    @property
    def period(self) -> Period:
        """The days whose versions the walk needs: both windows."""
        return Period(min(self.start.window.first, self.basis.window.first), self.basis.window.end)

    @property
    def then(self) -> Scheme:
        """The grid with the cuts of the previous snapshot."""
        return Scheme(self.basis.rules.grid, self.cuts_then)

    @property
    def now(self) -> Scheme:
        """The grid with the cuts of this snapshot."""
        return Scheme(self.basis.rules.grid, self.cuts_now)


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
    views = reasons.Views.of(versions, walk.previous_as_of, (walk.known, walk.merges), walk.basis.rules)
    stages = [standing_of(views.lines[lines], basis, customers, walk.then) for lines, basis in _stages(views, walk)]
    before_merging, last = _standing(previous, customers), _standing(current, customers)
    steps = [before_merging, _merged(before_merging, stages[0], _in_merges(versions, walk, customers)), *stages,
             _redrawn(last, walk.then), last]
    at = _last_change(steps)
    before, after = _chosen(steps, at - 1), _chosen(steps, at)
    cause = np.array(CAUSES, dtype=object)[at - 1]
    found = crossing(before, after, cause == "ageing", walk.then)
    by_cuts = cause == "cuts_moved"
    if by_cuts.any():
        found = found.where(~by_cuts, cuts_crossing(last, walk.cuts_then, walk.now))
    laid = reasons.reasons(customers, cause, found.worse, views, walk.basis.window)
    laid.day[cause == "ageing"] = _aged(customers[cause == "ageing"], steps[4].segment[cause == "ageing"],
                                        views.lines[views.now & views.earlier], walk)
    return _moves(customers, (steps[0], steps[-1]), cause, found, laid)


def _stages(views: reasons.Views, walk: Walk) -> list[tuple[Flags, Basis]]:
    """Which lines are known on which basis, from the step `settings_changed` to the last but two."""
    return [(views.then, walk.start), (views.now, walk.start), (views.now & views.earlier, walk.basis),
            (views.now & (views.earlier | views.returned), walk.basis)]


def _aged(customers: Ints, aged: NDArray[Any], lines: pd.DataFrame, walk: Walk) -> Ints:
    """The day on which each customer came into the segment that time alone led to, and stayed."""
    last = day_number(walk.basis.as_of)
    day = np.full(len(customers), last, np.int64)
    there = np.ones(len(customers), np.bool_)
    mine = lines[np.isin(lines["customer_no"].to_numpy(), customers)]
    for before in range(last - 1, day_number(walk.previous_as_of), -1):
        if not there.any():
            break
        stood = standing_of(mine, Basis(day_of(before), walk.basis.rules), customers, walk.then)
        there &= stood.segment == aged
        day[there] = before
    return day


def _in_merges(versions: pd.DataFrame, walk: Walk, customers: Ints) -> Flags:
    """Which of the customers gained or lost lines by a merge."""
    by_merge = versions["since"].isin(walk.merges) | versions["until"].isin(walk.merges)
    there = [*versions.loc[by_merge, "customer_no"].unique(), *walk.joined]
    touched: Flags = np.isin(customers, np.array(there, np.int64))
    return touched


def _merged(before: Standing, after: Standing, touched: Flags) -> Standing:
    """How all stood once the customers touched by a merge had their lines; the rules of then are not kept."""
    old, new = vars(before).values(), vars(after).values()
    return Standing(*(np.where(touched, after_it, before_it) for before_it, after_it in zip(old, new, strict=True)))


def standing_of(lines: pd.DataFrame, basis: Basis, customers: Ints, scheme: Scheme) -> Standing:
    """Where the customers stand by LINES on a basis and under a scheme."""
    summary = summarise(lines, basis)
    scored = summary[summary["frequency"] > 0]
    segment = segment_of(scored["frequency"].to_numpy(), scored["monetary"].to_numpy(),
                         scored["recency_days"].to_numpy(), scheme)
    return _standing(scored.assign(segment=segment), customers)


def _redrawn(standing: Standing, scheme: Scheme) -> Standing:
    """The same numbers under another scheme; who is absent stays so."""
    drawn = np.where(standing.segment == "", "", standing.drawn(scheme))
    return replace(standing, segment=drawn)


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
           found: Crossing, laid: reasons.Reasons) -> pd.DataFrame:
    return frame({"customer_no": customers, "from_segment": ends[0].segment, "to_segment": ends[1].segment,
                  "cause": cause, "measure": found.measure, "before": found.before, "after": found.after,
                  "line": found.line, "document_no": laid.document_no, "change": laid.change, "day": laid.day}, MOVES)
