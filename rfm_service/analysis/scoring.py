"""Scores 1..5 by quintile cuts, held exactly so that neither row order nor the unit of money matters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Ints
from rfm_service.domain.grids import PARTS, Axis, Cuts, Quintiles
from rfm_service.domain.values import FixedCuts

MIN_SCORED = 100
"""Where fewer customers are scored, the cuts of a month are not stored (DESIGN section 3)."""


def quintile_cuts(summary: pd.DataFrame) -> Cuts:
    """The cuts of the SUMMARY's scored customers (frequency > 0); all 0 where there are none."""
    scored = summary[summary["frequency"] > 0]
    return Cuts(_quintiles(scored["recency_days"].to_numpy()), _quintiles(scored["frequency"].to_numpy()),
                _quintiles(scored["monetary"].to_numpy()))


def fixed(cuts: FixedCuts) -> Cuts:
    """The cuts that the settings fix, in fifths."""
    return Cuts(_in_fifths(cuts.r), _in_fifths(cuts.f), _in_fifths(cuts.m))


def scores(summary: pd.DataFrame, cuts: Cuts) -> pd.DataFrame:
    """Scores r, f, m (1..5) of SUMMARY rows, on their index."""
    return pd.DataFrame({"r": score_of("r", summary["recency_days"].to_numpy(), cuts),
                         "f": score_of("f", summary["frequency"].to_numpy(), cuts),
                         "m": score_of("m", summary["monetary"].to_numpy(), cuts)}, index=summary.index)


def score_of(axis: Axis, values: Ints, cuts: Cuts) -> Ints:
    """The score r, f or m (1..5) of each value: days, orders, money in 1/10 000.

    f = 1 + number of cuts < frequency, m likewise, r = 5 - number of cuts < recency_days (DESIGN section 3).
    """
    # For whole values "cut < value" is "value >= floor(cut) + 1", which cannot overflow.
    starts = np.array([border.start for border in cuts.borders(axis)], dtype=np.int64)
    below = np.searchsorted(starts, values, side="right").astype(np.int64, copy=False)
    return 5 - below if axis == "r" else 1 + below


def _quintiles(values: Ints) -> Quintiles:
    ordered = np.sort(values)
    return (_quantile(ordered, 1), _quantile(ordered, 2), _quantile(ordered, 3), _quantile(ordered, 4))


def _quantile(ordered: Ints, fifth: int) -> int:
    """The linear-interpolation quantile fifth / 5 of ascending values, in fifths."""
    if not len(ordered):
        return 0
    at, rest = divmod((len(ordered) - 1) * fifth, PARTS)
    low = int(ordered[at])
    return PARTS * low + ((int(ordered[at + 1]) - low) * rest if rest else 0)


def _in_fifths(cuts: Quintiles) -> Quintiles:
    return (cuts[0] * PARTS, cuts[1] * PARTS, cuts[2] * PARTS, cuts[3] * PARTS)
