"""What is said of the future, and how well what was said came true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

SHORT, LONG = 30, 90
"""The days ahead that are foretold; who orders nothing for as long as the longer of them counts as churned."""
Method = Literal["mean", "mbg", "own_past", "bgnbd", "recency"]
Measure = Literal["p30", "p90", "spend30", "spend90"]


@dataclass(frozen=True)
class Level:
    """How far sums were off in the shop's past: what an interval is made of.

    `whole` is the standard deviation of log(actual / predicted) of all customers beyond chance, `part` what a small
    group adds to it, `freedom` the degrees of freedom behind both, `noise` the variance of one customer's outcome in
    units of that of a model in which it orders once or not at all.
    """

    whole: float
    part: float
    freedom: float
    noise: float


@dataclass(frozen=True)
class Total:
    """A predicted sum with the interval that holds 8 of 10 outcomes: buyers, or money in 1/10 000."""

    predicted: float
    low: float
    high: float


@dataclass(frozen=True)
class Trial:
    """The mean Brier score of a method for 90 days over past cut-offs; lower is better."""

    method: Method
    brier: float


@dataclass(frozen=True)
class Forecast:
    """Tonight's forecast: a FORECAST frame, by which method and why, and the levels of its sums.

    `trials` are what the choice was made from (none: too little past), `instead` tells that the last completed
    forecast was worse than this method, a baseline; `seasonal` that a season of earlier years is in it.
    """

    frame: pd.DataFrame
    as_of: date
    method: Method
    instead: bool
    trials: tuple[Trial, ...]
    levels: dict[Measure, Level]
    seasonal: bool


@dataclass(frozen=True)
class Score:
    """How good one method was: AUC, Brier score, calibration error, and predicted buyers."""

    method: Method
    auc: float
    brier: float
    calibration_error: float
    predicted: float


@dataclass(frozen=True)
class GroupScore:
    """What was said of a group of customers and what came: a segment, or all (segment '')."""

    segment: str
    customers: int
    buyers: Total
    bought: int
    spend: Total
    spent: int


@dataclass(frozen=True)
class ForecastCard:
    """A completed forecast of `as_of` for `days` days against what happened, beside the baselines.

    `scores` begins with the forecast itself; `groups` with all customers, then segment by segment in the order of
    their names. `better` is the baseline that had a lower Brier score ('' where none had), `ranked_worse` tells that
    a baseline had a higher AUC.
    """

    as_of: date
    days: int
    method: Method
    scores: tuple[Score, ...]
    groups: tuple[GroupScore, ...]
    better: Method | Literal[""]
    ranked_worse: bool
