"""Intervals of sums: the error of the level from cut-off to cut-off, of groups, and chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.numeric import Floats, t90
from rfm_service.analysis.forecasting.past import Rehearsal, independent
from rfm_service.analysis.grouping import Flags
from rfm_service.domain.forecasts import Level, Method, Total

_PRIOR = 3.0
_PRIOR_SD = 0.10
_MONEY_SD = 0.15
"""Before any rehearsal: levels err by about a tenth, money by more; worth three rehearsals."""
_WALK = 0.05
_MOST = 0.3


@dataclass(frozen=True)
class Said:
    """Predictions and outcomes of one test: sums add up, `variance` is what chance alone would do to each."""

    predicted: Floats
    actual: Floats
    variance: Floats
    group: Floats
    when: float


def buyers_said(held: Rehearsal, chance: Floats) -> Said:
    """Buyers: a coin a customer."""
    return Said(chance, held.bought.astype(np.float64), chance * (1 - chance), held.group, held.when)


def spend_said(held: Rehearsal, chance: Floats, factor: float) -> Said:
    """Spend in 1/10 000, with the variance of a customer that spends its value or nothing."""
    value = held.value * factor
    return Said(chance * value, held.spent, chance * value**2, held.group, held.when)


def spend_factor(rehearsals: Sequence[tuple[Rehearsal, Method]]) -> float:
    """What to multiply the spend of a buyer by, as far as past cut-offs (the most telling first) show its error."""
    errors = []
    for held, method in rehearsals:
        buyers, spend = (_error(said, np.ones(len(held.group), np.bool_), 1.0) for said in (
            buyers_said(held, held.chances[method]), spend_said(held, held.chances[method], 1.0)))
        errors.append((spend[0] - buyers[0], spend[1]))
    return _lasting(errors)


def _lasting(errors: Sequence[tuple[float, float]]) -> float:
    """The factor that undoes the lasting part of log errors (newest first, each with its variance by chance).

    A level that walks slowly and is seen through noise, filtered from the oldest on (Kalman 1960, local level).
    """
    level, variance = 0.0, _PRIOR_SD**2
    for error, chance in reversed(errors):
        variance += _WALK**2
        gain = variance / (variance + chance + _WALK**2)
        level += gain * (error - level)
        variance *= 1 - gain
    return float(np.exp(np.clip(level, -_MOST, _MOST)))


def level_of(said: Sequence[Said], horizon: float, *, money: bool) -> Level:
    """The Level that rehearsals show of buyers or of money, with a prior for what too few of them cannot show."""
    prior = _MONEY_SD if money else _PRIOR_SD
    noise = _noise(said)
    tests = independent([each.when for each in said], horizon)
    whole = [_error(each, np.ones(len(each.group), np.bool_), noise) for each in said]
    part = [(error - centre, variance) for each, (centre, _) in zip(said, whole, strict=True)
            for error, variance in (_error(each, each.group == group, noise) for group in np.unique(each.group))]
    return Level(_spread(whole, tests, prior), _spread(part, 2 * tests, prior), _PRIOR + tests, noise)


def total(predicted: Floats, variance: Floats, level: Level, share: float = 1.0) -> Total:
    """The Total of customers' predictions; `share` is the part of the shop's whole that they are.

    A log-t interval: chance, the level and, the more the smaller the share, the group's own error.
    """
    mean = float(predicted.sum())
    if mean <= 0:
        return Total(0.0, 0.0, 0.0)
    spread = float(np.sqrt(level.whole**2 + max(1 - share, 0.0) * level.part**2
                           + level.noise * float(variance.sum()) / mean**2))
    reach = float(np.exp(t90(level.freedom) * min(spread, 2.0)))
    return Total(mean, mean / reach, mean * reach)


def _noise(said: Sequence[Said]) -> float:
    """How much more customers vary than their variance says."""
    expected = sum(float(each.variance.sum()) for each in said)
    seen = sum(float(((each.actual - each.predicted) ** 2).sum()) for each in said)
    return float(np.clip(seen / expected, 0.5, 20.0)) if expected > 0 else 1.0


def _error(said: Said, among: Flags, noise: float) -> tuple[float, float]:
    """log(actual / predicted) of some customers, and its variance by chance."""
    predicted, actual = float(said.predicted[among].sum()), float(said.actual[among].sum())
    variance = noise * float(said.variance[among].sum())
    # A whole customer's variance on both sides keeps a group without a single sale finite.
    little = variance / max(predicted, 1e-9) / 2
    base = max(predicted + little, 1e-9)
    return float(np.log(max(actual + little, 1e-9) / base)), variance / base**2


def _spread(errors: Sequence[tuple[float, float]], tests: float, prior: float) -> float:
    """The standard deviation of errors beyond their variance by chance; those of few customers weigh little."""
    weights = [1 / (variance + prior**2) for _, variance in errors]
    squares = sum(weight * (error**2 - variance) for weight, (error, variance) in zip(weights, errors, strict=True))
    mean = max(squares / sum(weights), 0.0) if errors else 0.0
    return float(np.sqrt((_PRIOR * prior**2 + tests * mean) / (_PRIOR + tests)))
