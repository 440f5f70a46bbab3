"""When the next order is due: the customer's own gaps, shrunk to the population, and how gaps spread around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.histories import History, Visits
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Ints

_KNOWN_GAPS = (1, 2, 5)
"""Borders of the groups of customers by how many gaps of theirs are known: none, 1, 2 to 4, more."""
_WEIGHTS = (0.5, 1.0, 2.0, 4.0, 8.0)
_BINS = 240
_LEVELS = (0.1, 0.5, 0.9)


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

    def due(self, known: History, within: float) -> Floats:
        """Days until the next order at the 10 %, 50 % and 90 % level (columns), if it comes within `within` days."""
        scale = self.scale(known.repeats, known.purchase_span)
        group = np.searchsorted(_KNOWN_GAPS, known.repeats, side="right")
        levels = np.zeros((len(scale), len(_LEVELS)))
        for kind, survival in enumerate(self.survival):
            mine = group == kind
            waited, unit = known.recency_days[mine], scale[mine]
            now = np.interp(waited / unit, self.edges, survival)
            end = np.interp((waited + within) / unit, self.edges, survival)
            for column, level in enumerate(_LEVELS):
                when = np.interp(-(now - level * (now - end)), -survival, self.edges) * unit - waited
                levels[mine, column] = np.clip(when, 0.0, within)
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


def _survival(length: Floats, ended: Ints, edges: Floats) -> Floats:
    """The share of gaps longer than each edge; strictly falling, so that every level has its day."""
    bins = np.minimum(np.searchsorted(edges, length, side="left"), len(edges) - 1)
    ends = np.bincount(bins[ended], minlength=len(edges)).astype(np.float64)
    lost = np.bincount(bins[~ended], minlength=len(edges))
    at_risk = (ends + lost)[::-1].cumsum()[::-1] - lost / 2
    # Where nothing was seen, gaps end slowly and evenly.
    hazard = (ends + 1e-3 * np.diff(edges, prepend=0.0)) / (at_risk + 1e-3 * np.diff(edges, prepend=0.0) + 1.0)
    falling: Floats = np.exp(np.cumsum(np.log1p(-np.minimum(hazard, 0.99))))
    return np.maximum(falling, 1e-12) + 1e-9 * np.arange(len(edges), 0, -1)
