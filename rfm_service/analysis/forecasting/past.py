"""The shop's past as cut-offs 30 days apart: what the models would have said at each, and what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from rfm_service.analysis.forecasting.geometric import Geometric, fit
from rfm_service.analysis.forecasting.histories import History, Visits, history
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.forecasting.own_past import Lesson, OwnPast, Scale, learn, moved_to, scale_of
from rfm_service.analysis.forecasting.spend import GammaGamma, fit_spend
from rfm_service.analysis.grouping import Flags
from rfm_service.domain.forecasts import Method

STEP = 30
YEAR = 365.0
_NEWEST_LESSONS = 4
_REHEARSALS = 4
_OLDEST = 19
_YEAR_BACK = 12
_YOUNG = 45
_NOBODY = 20
"""Cut-offs with fewer days or customers behind them teach nothing."""

Chances = dict[Method, Floats]


@dataclass(frozen=True)
class CutOff:
    """What was known `when`, and the MBG/NBD fitted to it."""

    when: float
    history: History
    model: Geometric


@dataclass(frozen=True)
class Past:
    """Visits up to now and the cut-offs behind: `cutoffs[k]` is k * 30 days before now, the first one now."""

    visits: Visits
    cutoffs: tuple[CutOff, ...]
    scale: Scale
    money: GammaGamma

    def bought(self, cutoff: CutOff, horizon: float) -> Flags:
        """Which customers of a cut-off bought within `horizon` after it."""
        number = self.visits.count(cutoff.when + horizon)[cutoff.history.place]
        bought: Flags = number > cutoff.history.visits
        return bought

    def spent(self, cutoff: CutOff, horizon: float) -> Floats:
        """What each customer of a cut-off paid within `horizon` after it, in 1/10 000."""
        paid = self.visits.spent(self.visits.count(cutoff.when + horizon))[cutoff.history.place]
        return (paid - cutoff.history.paid).astype(np.float64)

    def lessons(self, newest: int, horizon: float) -> list[tuple[CutOff, Flags]]:
        """The cut-offs whose outcome was known at cut-off `newest`, the latest first, with their outcomes."""
        known = newest + ceil(horizon / STEP - 1e-9)
        return [(cutoff, self.bought(cutoff, horizon)) for cutoff in self.cutoffs[known:known + _NEWEST_LESSONS]]

    def taught(self, newest: int, horizon: float) -> OwnPast | None:
        """The OwnPast that could have been learnt at cut-off `newest`."""
        return learn([Lesson(cutoff.history, cutoff.model.chance(cutoff.history.seen, horizon), bought)
                      for cutoff, bought in self.lessons(newest, horizon)], self.scale)

    def value(self, cutoff: CutOff, horizon: float) -> Floats:
        """What a customer that buys within `horizon` is expected to spend in it, in 1/10 000."""
        return spend_if(cutoff.history, cutoff.model, self.money, horizon)


@dataclass(frozen=True)
class Rehearsal:
    """What was said at a cut-off and what came: chances by method, spend if bought, outcomes, and groups alike."""

    when: float
    chances: Chances
    value: Floats
    bought: Flags
    spent: Floats
    group: Floats


def past_of(visits: Visits, now: float) -> Past:
    """The Past of visits up to `now`."""
    begin = float(visits.time.min(initial=now))
    cutoffs: list[CutOff] = []
    for back in range(_OLDEST):
        when = now - STEP * back
        known = history(visits, when)
        if back and (when - begin < _YOUNG or len(known.visits) < _NOBODY):
            break
        start = cutoffs[-1].model if cutoffs else None
        cutoffs.append(CutOff(when, known, fit(known.grouped, modified=True, start=start, least=YEAR)))
    newest = cutoffs[0].history
    mean = newest.paid / newest.visits
    return Past(visits, tuple(cutoffs), scale_of(newest), fit_spend(newest.visits.astype(np.float64), mean))


def spend_if(known: History, model: Geometric, money: GammaGamma, horizon: float) -> Floats:
    """The spend expected of a customer that buys at all: visits of such a one times its mean visit, in 1/10 000."""
    seen, visits = known.seen, known.visits.astype(np.float64)
    often = np.maximum(model.orders(seen, horizon) / np.maximum(model.chance(seen, horizon), 1e-12), 1.0)
    return often * money.expected(visits, known.paid / visits)


def chances(known: History, model: Geometric, own: OwnPast | None, horizon: float) -> Chances:
    """The chance to buy by method: "mbg", and where the past could teach, "own_past" and "mean".

    The mean takes its level (the sum) halfway between the two and the order of customers from the own past, which
    starts from MBG/NBD anyway: the level is what errs from one cut-off to the next, the order is not.
    """
    mbg = model.chance(known.seen, horizon)
    if own is None:
        return {"mbg": mbg}
    learnt = own.chance(known, mbg)
    return {"mean": moved_to(learnt, float(mbg.sum() + learnt.sum()) / 2), "mbg": mbg, "own_past": learnt}


def rehearsals_of(past: Past, horizon: float) -> list[Rehearsal]:
    """The rolling back-test: every method at cut-offs whose outcome is known, taught by what was known then.

    Only cut-offs that had as many lessons as tonight has: a shop in its first months says little of itself later.
    The outcomes of two rehearsals do not overlap where the past is long enough for three such; else they may.
    """
    first = ceil(horizon / STEP - 1e-9)
    lessons = len(past.cutoffs[first:][:_NEWEST_LESSONS])
    able = list(range(first, len(past.cutoffs) - first - max(lessons, 1) + 1))
    apart = able[::first]
    return [_rehearsal(past, back, horizon) for back in (apart if len(apart) >= 3 else able)[:_REHEARSALS]]


def year_before(past: Past, horizon: float) -> list[Rehearsal]:
    """What MBG/NBD said at this time of last year, where there was one: the season of how often buyers come."""
    known = past.cutoffs[_YEAR_BACK:_YEAR_BACK + 1] if horizon <= _YEAR_BACK * STEP else ()
    return [_held(past, cutoff, {"mbg": cutoff.model.chance(cutoff.history.seen, horizon)}, horizon)
            for cutoff in known]


def _rehearsal(past: Past, back: int, horizon: float) -> Rehearsal:
    cutoff = past.cutoffs[back]
    said = chances(cutoff.history, cutoff.model, past.taught(back, horizon), horizon)
    return _held(past, cutoff, said, horizon)


def _held(past: Past, cutoff: CutOff, said: Chances, horizon: float) -> Rehearsal:
    known = cutoff.history
    quarter = np.searchsorted(np.quantile(known.recency_days, (0.25, 0.5, 0.75)), known.recency_days)
    return Rehearsal(cutoff.when, said, past.value(cutoff, horizon), past.bought(cutoff, horizon),
                     past.spent(cutoff, horizon), (2 * quarter + (known.visits > 1)).astype(np.float64))


def scored(rehearsals: Sequence[Rehearsal]) -> dict[Method, float]:
    """The mean Brier score of each method that all rehearsals know, the best one first (the mean of two equals)."""
    methods: tuple[Method, ...] = ("mean", "mbg", "own_past")
    shared = [method for method in methods if rehearsals and all(method in held.chances for held in rehearsals)]
    scores = {method: float(np.mean([((held.chances[method] - held.bought) ** 2).mean() for held in rehearsals]))
              for method in shared}
    return dict(sorted(scores.items(), key=lambda each: each[1]))


def independent(whens: Sequence[float], horizon: float) -> float:
    """How many rehearsals these are worth: ones that overlap count as what they span."""
    return min((max(whens) - min(whens)) / horizon + 1, len(whens)) if whens else 0.0


def best(rehearsals: Sequence[Rehearsal], horizon: float) -> Method:
    """The method with the lowest mean Brier score; the mean where fewer than two independent rehearsals can tell."""
    if independent([held.when for held in rehearsals], horizon) < 2:
        return "mean"
    return next(iter(scored(rehearsals)), "mean")
