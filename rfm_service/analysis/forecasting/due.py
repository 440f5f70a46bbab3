"""When the next order is due: the customer's own gaps, shrunk to the population, and how gaps spread around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.histories import History, Visits
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.forecasting.past import Past
from rfm_service.analysis.grouping import Flags

_KNOWN_GAPS = (1, 2, 5)
"""Borders of the groups of customers by how many gaps of theirs are known: none, 1, 2 to 4, more."""
_WEIGHTS = (0.5, 1.0, 2.0, 4.0, 8.0)
_BINS = 240
_CARRIED = 5.0
_LEVELS = np.array((0.1, 0.5, 0.9))
_CHECKED = 3
_OLDEST = 13
_CHECKS = 2
_SHRINK = 100.0


@dataclass(frozen=True)
class Gaps:
    """How gaps spread: a customer's scale is the mean of its gaps and `weight` gaps of the population's `mean`.

    `survival[g]` is, for each group of known gaps, the share of gaps longer than `edges` times the scale.
    """

    mean: float
    weight: float
    edges: Floats
    survival: Floats

    def scale(self, gaps: Floats, span: Floats) -> Floats:
        """The typical gap of customers with so many gaps that span so many days."""
        found: Floats = (span + self.weight * self.mean) / (gaps + self.weight)
        return found

    def reached(self, known: History, after: Floats, within: float) -> Floats:
        """The share of the orders that come `within` days of a cut-off that have come `after` so many days."""
        share = np.zeros(len(after))
        for mine, waited, unit, survival in self._kinds(known):
            now, then, end = (np.interp((waited + days) / unit, self.edges, survival)
                              for days in (0.0, after[mine], within))
            share[mine] = (now - then) / (now - end)
        return share

    def due(self, known: History, levels: Floats, within: float) -> Floats:
        """Days until the next order has come with the chance of each of `levels`, if it comes `within` days.

        An array of a row a customer and a column a level.
        """
        days = np.zeros((len(known.visits), len(levels)))
        for mine, waited, unit, survival in self._kinds(known):
            now, end = (np.interp((waited + ahead) / unit, self.edges, survival) for ahead in (0.0, within))
            for column, level in enumerate(levels):
                when = np.interp(-(now - level * (now - end)), -survival, self.edges) * unit - waited
                days[mine, column] = np.clip(when, 0.0, within)
        return days

    def _kinds(self, known: History) -> Iterator[tuple[Flags, Floats, Floats, Floats]]:
        """By group of known gaps: who, days waited, scales, and the group's survival."""
        scale = self.scale(known.repeats, known.purchase_span)
        group = np.searchsorted(_KNOWN_GAPS, known.repeats, side="right")
        for kind, survival in enumerate(self.survival):
            mine = group == kind
            yield mine, known.recency_days[mine], scale[mine], survival


def levels_held(gaps: Gaps, past: Past, within: float) -> Floats:
    """The levels below which 10, 50 and 90 % of the next orders came that followed past cut-offs.

    An order that has not come yet cannot be counted, so that the levels fit what can be seen of a year; they are
    shrunk to 10, 50 and 90 %.
    """
    found, weights = [_LEVELS], [1.0]
    for cutoff in past.cutoffs[_CHECKED:_OLDEST:_CHECKED][-_CHECKS:]:
        after = past.visits.next_after(cutoff.history) - cutoff.when
        came = after <= within
        if came.any():
            share = gaps.reached(cutoff.history, np.where(came, after, 0.0), within)[came]
            found.append(np.quantile(share, _LEVELS))
            weights.append(float(came.sum()) / _SHRINK)
    levels: Floats = np.average(found, axis=0, weights=np.minimum(weights, 1.0))
    return levels


def gaps_of(visits: Visits, now: float, horizon: float) -> Gaps:
    """The Gaps of all visits up to `now`, the running ones as censored (Kaplan & Meier 1958)."""
    place = np.arange(len(visits.owner)) - visits.start[:-1][visits.owner]
    first = visits.time[visits.start[:-1]][visits.owner]
    following = np.append(visits.time[1:], now)
    last = np.append(visits.owner[1:] != visits.owner[:-1], True)[:len(visits.owner)]
    ended = ~last
    gap = np.where(last, now, following[:len(last)]) - visits.time
    mean = float(gap[ended].mean()) if ended.any() else horizon
    before, span = place.astype(np.float64), visits.time - first
    weight = _weight(before[ended], span[ended], gap[ended], mean)
    scale = (span + weight * mean) / (before + weight)
    relative = gap / scale
    edges = np.concatenate([[0.0], np.geomspace(1e-3, 1e3, _BINS)])
    group = np.searchsorted(_KNOWN_GAPS, before, side="right")
    survival = np.vstack([_survival(relative[group == kind], ended[group == kind], edges)
                          for kind in range(len(_KNOWN_GAPS) + 1)])
    return Gaps(mean, weight, edges, survival)


def _weight(before: Floats, span: Floats, gap: Floats, mean: float) -> float:
    """How many of the population's gaps a customer's scale holds: the one that foretells log gaps best."""
    told = before > 0
    if not told.any():
        return 1.0
    misses = [float(np.var(np.log(gap[told]) - np.log((span[told] + weight * mean) / (before[told] + weight))))
              for weight in _WEIGHTS]
    return _WEIGHTS[int(np.argmin(misses))]


def _survival(length: Floats, ended: Flags, edges: Floats) -> Floats:
    """The share of gaps longer than each edge."""
    bins = np.minimum(np.searchsorted(edges, length, side="left"), len(edges) - 1)
    ends = np.bincount(bins[ended], minlength=len(edges)).astype(np.float64)
    lost = np.bincount(bins[~ended], minlength=len(edges))
    at_risk = (ends + lost)[::-1].cumsum()[::-1] - lost / 2
    width = np.diff(edges, prepend=0.0)
    rate, left, survival = ends.sum() / max(float(length.sum()), 1.0), 1.0, np.ones(len(edges))
    for place in range(1, len(edges)):
        # A few customers more, whose gaps end at the rate before: it lasts where nobody has waited so long yet.
        ending = (ends[place] - _CARRIED * np.expm1(-rate * width[place])) / (at_risk[place] + _CARRIED)
        rate = max(-np.log1p(-min(ending, 0.99)) / width[place], 1e-6)
        left *= 1 - min(ending, 0.99)
        survival[place] = left
    # Strictly falling, so that every level has its day.
    return survival + 1e-9 * np.arange(len(edges), 0, -1)
