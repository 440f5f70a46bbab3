"""Sums of a forecast with their intervals: of all customers, and of groups such as segments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.levels import total
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.domain.forecasts import Level, Measure, Total

_CHANCE: dict[Measure, str] = {"p30": "p30", "p90": "p90", "spend30": "p30", "spend90": "p90"}


def total_of(rows: pd.DataFrame, measure: Measure, levels: Mapping[Measure, Level], every: float = 0.0) -> Total:
    """The Total of a measure over FORECAST rows: buyers, or money in 1/10 000.

    `every` is the sum of the measure over all customers where the rows are not all of them (0: they are).
    """
    predicted = rows[measure].to_numpy(np.float64)
    variance = _variance(predicted, rows[_CHANCE[measure]].to_numpy(np.float64), money=measure.startswith("s"))
    share = float(predicted.sum()) / every if every > 0 else 1.0
    return total(predicted, variance, levels[measure], share)


def totals_by(frame: pd.DataFrame, segments: pd.DataFrame, measure: Measure,
              levels: Mapping[Measure, Level]) -> dict[str, Total]:
    """The Totals of a FORECAST frame by the `segment` of `customer_no` in `segments`, in the order of their names."""
    every = float(frame[measure].sum())
    named = frame.merge(segments[["customer_no", "segment"]], on="customer_no")
    return {str(name): total_of(rows, measure, levels, every) for name, rows in named.groupby("segment", sort=True)}


def _variance(predicted: Floats, chance: Floats, *, money: bool) -> Floats:
    if not money:
        return predicted * (1 - predicted)
    # A customer that spends v with chance p is expected to spend p v; the variance p v squared is (p v)^2 / p.
    return np.divide(predicted**2, chance, out=np.zeros(len(chance)), where=chance > 0)
