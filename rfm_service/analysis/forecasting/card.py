"""The forecast card: the last completed forecast against what happened, beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.forecast import ahead
from rfm_service.analysis.forecasting.histories import visits_of
from rfm_service.analysis.forecasting.measures import auc, brier, calibration_error
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.forecasting.prepared import BASELINES, Prepared, prepared
from rfm_service.analysis.forecasting.totals import total_of
from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.domain.forecasts import LONG, ForecastCard, GroupScore, Level, Measure, Method, Score
from rfm_service.domain.values import day_number


@dataclass(frozen=True)
class Made:
    """A forecast as it was kept or rebuilt: its FORECAST frame, its day, its method and the segments of then.

    `segments` holds `customer_no` and `segment` of the customers that had one: a SNAPSHOT will do.
    """

    frame: pd.DataFrame
    as_of: date
    method: Method
    segments: pd.DataFrame


def card(made: Made, purchases: pd.DataFrame) -> ForecastCard:
    """The ForecastCard of a forecast whose 90 days are over; PURCHASES up to now, at least to their end.

    Customers of the frame that PURCHASES no longer know (merged, deleted) count as not having bought.
    """
    then = day_number(made.as_of)
    rows = made.frame.reset_index(drop=True)
    bought, spent = outcome(purchases, rows["customer_no"].to_numpy(), then, then + LONG)
    stand = prepared(purchases, then)
    scores = (_score(made.method, rows["p90"].to_numpy(), bought),
              *(_score(method, _at(stand, rows["customer_no"].to_numpy(), stand.baseline(method, LONG)), bought)
                for method in BASELINES))
    found, _ = ahead(stand, stand.rehearsals(LONG), made.method, LONG)
    groups = _groups(rows.assign(bought=bought, spent=spent), made.segments, {"p90": found.buyers,
                                                                             "spend90": found.money})
    # A forecast that was a baseline's own is no worse than itself, though made anew it may differ in its last digits.
    others = [each for each in scores[1:] if each.method != made.method]
    best = min(others, key=lambda each: each.brier)
    return ForecastCard(made.as_of, LONG, made.method, scores, groups,
                        best.method if best.brier < scores[0].brier else "",
                        max(each.auc for each in others) > scores[0].auc)


def outcome(purchases: pd.DataFrame, customers: Ints, after: int, until: int) -> tuple[Flags, Ints]:
    """Whether each customer ordered after the day number `after` up to `until`, and what it paid (1/10 000)."""
    visits = visits_of(purchases, until)
    if not visits.size:
        return np.zeros(len(customers), np.bool_), np.zeros(len(customers), np.int64)
    before, number = visits.count(after), visits.count(until)
    place, there = visits.find(customers)
    spent = (visits.spent(number) - visits.spent(before))[place]
    return there & (number > before)[place], np.where(there, spent, 0)


def _at(stand: Prepared, customers: Ints, chance: Floats) -> Floats:
    """The chances of these customers; 0 for those that are not known any more."""
    if not stand.visits.size:
        return np.zeros(len(customers))
    place, there = stand.visits.find(customers)
    return np.where(there, chance[place], 0.0)


def _score(method: Method, chance: Floats, bought: Flags) -> Score:
    return Score(method, auc(chance, bought), brier(chance, bought), calibration_error(chance, bought),
                 float(chance.sum()))


def _groups(rows: pd.DataFrame, segments: pd.DataFrame, levels: Mapping[Measure, Level]) -> tuple[GroupScore, ...]:
    named = rows.merge(segments[["customer_no", "segment"]], on="customer_no")
    parts = [("", rows), *((str(name), part) for name, part in named.groupby("segment", sort=True))]
    every: dict[Measure, float] = {measure: float(rows[measure].sum()) for measure in levels}
    return tuple(GroupScore(name, len(part), total_of(part, "p90", levels, every["p90"]), int(part["bought"].sum()),
                            total_of(part, "spend90", levels, every["spend90"]), int(part["spent"].sum()))
                 for name, part in parts)
