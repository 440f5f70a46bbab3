"""A logistic model of who buys, learnt from the shop's own past: earlier cut-offs whose outcome is known.

It starts from what MBG/NBD says (log-odds as they are) and is shrunk towards it, so that a small shop keeps the
purchase model and a large one learns where its customers differ from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.histories import History
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags

_SHRINK = 2.0
"""The weight of the prior on each standardised coefficient, for every cut-off learnt from: they share customers."""
_FEW = 10
"""With fewer buyers, or fewer others, in the past there is nothing to learn."""
_ROUNDS = 12


@dataclass(frozen=True)
class Lesson:
    """One cut-off to learn from: what was known, the chance that MBG/NBD gave, and who bought."""

    history: History
    chance: Floats
    bought: Flags


@dataclass(frozen=True)
class Scale:
    """What makes features free of units: the mean gap between visits in days, the mean visit in 1/10 000."""

    gap: float
    visit: float


@dataclass(frozen=True)
class OwnPast:
    """The fitted model: weights of the standardised features, the first one that of the constant."""

    weights: Floats
    centre: Floats
    spread: Floats
    scale: Scale

    def chance(self, history: History, chance: Floats) -> Floats:
        """The chance to buy of each customer; `chance` is what MBG/NBD says of the same horizon."""
        # One column after another: a whole matrix of a million customers costs more memory than time.
        odds = np.full(len(chance), self.weights[0])
        columns = _features(history, chance, self.scale)
        for column, weight, centre, spread in zip(columns, self.weights[1:], self.centre, self.spread, strict=True):
            odds += (column - centre) * (weight / spread)
        return from_log_odds(odds)


def scale_of(history: History) -> Scale:
    """The Scale of the customers of a history; 1 day, 1/10 000 where nothing is known."""
    gaps = history.repeats.sum()
    paid = float(history.paid.sum()) / max(float(history.visits.sum()), 1.0)
    return Scale(max(float(history.purchase_span.sum() / max(gaps, 1.0)), 1.0), max(paid, 1.0))


def learn(lessons: Sequence[Lesson], scale: Scale) -> OwnPast | None:
    """The OwnPast that the lessons teach; None where they hold too few buyers or too few others.

    Ridge logistic regression by Newton's method (le Cessie & van Houwelingen 1992), the prior mean being the
    log-odds of MBG/NBD.
    """
    bought = np.concatenate([lesson.bought for lesson in lessons]) if lessons else np.zeros(0, np.bool_)
    if min(bought.sum(), (~bought).sum()) < _FEW:
        return None
    rows = np.column_stack([np.concatenate(parts) for parts in zip(
        *(_features(lesson.history, lesson.chance, scale) for lesson in lessons), strict=True)])
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    spread = np.where(spread > 1e-9 * (1 + np.abs(centre)), spread, 1.0)
    design = np.column_stack([np.ones(len(rows)), (rows - centre) / spread])
    prior = np.zeros(design.shape[1])
    prior[:2] = centre[0], spread[0]
    strength = np.full(len(prior), _SHRINK * len(lessons))
    strength[0] = 1e-3
    return OwnPast(_newton(design, bought.astype(np.float64), prior, strength), centre, spread, scale)


def log_odds(chance: Floats) -> Floats:
    """The log-odds of chances, kept away from certainty."""
    kept = np.clip(chance, 1e-6, 1 - 1e-6)
    result: Floats = np.log(kept) - np.log1p(-kept)
    return result


def from_log_odds(odds: Floats) -> Floats:
    """The chances of log-odds."""
    result: Floats = 1 / (1 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return result


def moved_to(chance: Floats, total: float) -> Floats:
    """The chances with one shift of their log-odds, so that they add up to `total`."""
    odds, shift, moved = log_odds(chance), 0.0, chance
    for _ in range(25):
        moved = from_log_odds(odds + shift)
        miss = float(moved.sum()) - total
        if abs(miss) <= 1e-9 * (1 + total):
            break
        shift -= float(np.clip(miss / max(float((moved * (1 - moved)).sum()), 1e-9), -2, 2))
    return moved


def _features(history: History, chance: Floats, scale: Scale) -> list[Floats]:
    repeats, once = np.log1p(history.repeats), (history.visits == 1).astype(np.float64)
    silent = np.log1p(history.recency_days)
    own_gap = (history.purchase_span + scale.gap) / history.visits
    visit = np.log(history.paid / history.visits / scale.visit + 0.01)
    return [log_odds(chance), repeats, silent, np.log1p(history.tenure_days),
            np.log((history.recency_days + 3) / (own_gap + 3)), np.log1p(history.recent), np.log1p(history.newest),
            once, once * silent, visit, visit * repeats,
            history.purchase_span / np.maximum(history.tenure_days, 1.0)]


def _newton(design: Floats, bought: Floats, prior: Floats, strength: Floats) -> Floats:
    weights = prior
    cost = _cost(design, bought, weights, weights * 0)
    for _ in range(_ROUNDS):
        p = from_log_odds(design @ weights)
        slope = design.T @ (bought - p) - strength * (weights - prior)
        curve = (design * (p * (1 - p) + 1e-9)[:, None]).T @ design + np.diag(strength)
        step = np.linalg.solve(curve, slope)
        for _ in range(6):
            ahead = _cost(design, bought, weights + step, strength * (weights + step - prior) ** 2)
            if ahead <= cost:
                break
            step = step / 2
        if cost - ahead < 1e-7 * abs(cost):
            return weights + step if ahead <= cost else weights
        weights, cost = weights + step, ahead
    return weights


def _cost(design: Floats, bought: Floats, weights: Floats, penalty: Floats) -> float:
    odds = design @ weights
    return float((np.logaddexp(0.0, odds) - bought * odds).sum() + 0.5 * penalty.sum())
