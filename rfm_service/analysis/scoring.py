"""Scores 1..5 by quintile cuts, held exactly so that neither row order nor the unit of money matters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Ints
from rfm_service.domain.grids import MEASURE_OF, PARTS, Axis, Cuts, Quintiles
from rfm_service.domain.tables import TALLIES
from rfm_service.domain.values import FixedCuts

MIN_SCORED = 100
"""Where fewer customers are scored, the cuts of a month are not stored (DESIGN section 3)."""


def quintile_cuts(summary: pd.DataFrame) -> Cuts:
    """The cuts of the SUMMARY's scored customers (frequency > 0); all 0 where there are none."""
    return cuts_of(tallies(summary))


def tallies(summary: pd.DataFrame) -> pd.DataFrame:
    """TALLIES of the SUMMARY's scored customers (frequency > 0)."""
    scored = summary[summary["frequency"] > 0]
    parts = [_tally(axis, scored[column].to_numpy()) for axis, column in sorted(MEASURE_OF.items())]
    return pd.concat(parts, ignore_index=True).astype(TALLIES)


def tallies_added(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The TALLIES of one or more TALLIES of different customers."""
    every = pd.concat(parts).groupby(["axis", "value"], as_index=False).agg({"customers": "sum"})
    return every.astype(TALLIES)


def cuts_of(counted: pd.DataFrame) -> Cuts:
    """The exact quintile cuts of TALLIES; all 0 where there are none."""
    r, f, m = (_quintiles(counted[counted["axis"] == axis]) for axis in MEASURE_OF)
    return Cuts(r, f, m)


def scored_customers(counted: pd.DataFrame) -> int:
    """The number of customers in TALLIES."""
    return int(counted.loc[counted["axis"] == "r", "customers"].sum())


def fixed(cuts: FixedCuts) -> Cuts:
    """The cuts that the settings fix, in fifths."""
    return Cuts(_in_fifths(cuts.r), _in_fifths(cuts.f), _in_fifths(cuts.m))


def scores(summary: pd.DataFrame, cuts: Cuts) -> pd.DataFrame:
    """Scores r, f, m (1..5) of SUMMARY rows, on their index."""
    return pd.DataFrame({axis: score_of(axis, summary[column].to_numpy(), cuts)
                         for axis, column in MEASURE_OF.items()}, index=summary.index)


def score_of(axis: Axis, values: Ints, cuts: Cuts) -> Ints:
    """The score r, f or m (1..5) of each value: days, orders, money in 1/10 000.

    f = 1 + number of cuts < frequency, m likewise, r = 5 - number of cuts < recency_days (DESIGN section 3).
    """
    # For whole values "cut < value" is "value >= floor(cut) + 1", which cannot overflow.
    starts = np.array([border.start for border in cuts.borders(axis)], dtype=np.int64)
    below = np.searchsorted(starts, values, side="right").astype(np.int64, copy=False)
    return 5 - below if axis == "r" else 1 + below


def _tally(axis: Axis, values: Ints) -> pd.DataFrame:
    value, customers = np.unique(values, return_counts=True)
    return pd.DataFrame({"axis": axis, "value": value, "customers": customers})


def _quintiles(counted: pd.DataFrame) -> Quintiles:
    values, through = counted["value"].to_numpy(), counted["customers"].to_numpy().cumsum()
    return (_quantile(values, through, 1), _quantile(values, through, 2), _quantile(values, through, 3),
            _quantile(values, through, 4))


def _quantile(values: Ints, through: Ints, fifth: int) -> int:
    """The linear-interpolation quantile fifth / 5 of ascending values, in fifths; `through` counts up to each value."""
    if not len(values):
        return 0
    at, rest = divmod((int(through[-1]) - 1) * fifth, PARTS)
    low, high = (int(values[np.searchsorted(through, place, side="right")]) for place in (at, at + (rest > 0)))
    return PARTS * low + (high - low) * rest


def _in_fifths(cuts: Quintiles) -> Quintiles:
    return (cuts[0] * PARTS, cuts[1] * PARTS, cuts[2] * PARTS, cuts[3] * PARTS)
