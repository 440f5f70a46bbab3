"""Tonight's forecast of every customer that ever bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.due import gaps_of, levels_held
from rfm_service.analysis.forecasting.levels import buyers_said, level_of, spend_factor, spend_said
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.forecasting.past import YEAR, Rehearsal, best, scored, spend_if, year_before
from rfm_service.analysis.forecasting.prepared import BASELINES, Prepared, prepared
from rfm_service.analysis.grouping import Ints, frame
from rfm_service.domain.forecasts import LONG, SHORT, Forecast, Level, Method, Trial
from rfm_service.domain.tables import FORECAST
from rfm_service.domain.values import day_number

_DIGITS = 9
"""Chances are rounded, so that the last bits of a sum in another order do not show."""


@dataclass(frozen=True)
class Ahead:
    """What is foretold of one horizon: chances and spend (1/10 000) of all customers, and the levels of sums."""

    chance: Floats
    spend: Floats
    buyers: Level
    money: Level


def forecast(purchases: pd.DataFrame, as_of: date, instead: Method | None = None) -> Forecast:
    """The Forecast of as_of from PURCHASES (all history up to as_of; later rows are left out).

    `instead` is the baseline that the card of the last completed forecast found better, if it did: then the
    chances come from it. Else from the method with the lowest Brier score over past cut-offs.
    """
    stand = prepared(purchases, day_number(as_of))
    rehearsals = stand.rehearsals(LONG)
    scores = scored(rehearsals)
    method = instead or best(rehearsals, stand.span(LONG))
    long, known = ahead(stand, rehearsals, method, LONG)
    short, _ = ahead(stand, stand.rehearsals(SHORT), method, SHORT)
    columns = {"customer_no": stand.visits.customer_no, **_columns(short, long), **_due(stand)}
    found = frame(columns, FORECAST).sort_values("customer_no", ignore_index=True)
    return Forecast(found, as_of, known, instead is not None,
                    tuple(Trial(name, brier) for name, brier in scores.items()),
                    {"p30": short.buyers, "p90": long.buyers, "spend30": short.money, "spend90": long.money},
                    stand.seasonal)


def ahead(stand: Prepared, rehearsals: list[Rehearsal], method: Method, days: int) -> tuple[Ahead, Method]:
    """What is foretold of the next `days` days, and by which method: "mbg" where the wanted one lacks a past."""
    horizon = stand.span(days)
    judged: Method = "mbg"
    used: Method = method
    if method in BASELINES:
        chance = stand.baseline(method, days)
    else:
        known = stand.chances(days)
        used = judged = method if method in known else "mbg"
        chance = known[used]
    held = [each for each in rehearsals if judged in each.chances]
    same_season = year_before(stand.past, horizon) if stand.seasonal else []
    factor = spend_factor([*((each, "mbg") for each in same_season), *((each, judged) for each in held)])
    value = spend_if(stand.known, stand.past.cutoffs[0].model, stand.past.money, horizon) * factor
    buyers = level_of([buyers_said(each, each.chances[judged]) for each in held], horizon, money=False)
    money = level_of([spend_said(each, each.chances[judged], factor) for each in held], horizon, money=True)
    return Ahead(chance, chance * value, buyers, money), used


def _columns(short: Ahead, long: Ahead) -> dict[str, Floats | Ints]:
    later = np.clip(long.chance, 0.0, 1.0).round(_DIGITS)
    return {"p30": np.minimum(short.chance, later).clip(0.0, 1.0).round(_DIGITS), "p90": later,
            "spend30": _whole(np.minimum(short.spend, long.spend)), "spend90": _whole(long.spend)}


def _whole(amount: Floats) -> Ints:
    return np.rint(np.maximum(amount, 0.0)).astype(np.int64)


def _due(stand: Prepared) -> dict[str, Floats | Ints]:
    gaps = gaps_of(stand.past.visits, stand.now, stand.span(LONG))
    days = gaps.due(stand.known, levels_held(gaps, stand.past, YEAR), YEAR)
    early, middle, late = (stand.clock.day(stand.now + column) for column in days.T)
    least = stand.as_of + 1
    return {"due": np.maximum(middle, least), "due_from": np.maximum(early, least), "due_to": np.maximum(late, least)}
