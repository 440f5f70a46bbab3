"""What both the forecast and its card stand on: the visits on the shop's clock, and the past of a sample."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.clock import Clock, clock_of
from rfm_service.analysis.forecasting.geometric import fit
from rfm_service.analysis.forecasting.histories import History, Visits, history, sample, visits_of
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.forecasting.past import YEAR, Chances, Past, Rehearsal, chances, past_of, rehearsals_of
from rfm_service.analysis.forecasting.recency import recency_bands
from rfm_service.domain.forecasts import Method

FITTED = 30_000
"""Models are fitted to so many customers of a larger shop; predictions are made for all."""
BASELINES: tuple[Method, Method] = ("recency", "bgnbd")


@dataclass(frozen=True)
class Prepared:
    """All customers as known on the day number `as_of`, and the past of a sample; times on `clock`."""

    as_of: int
    visits: Visits
    clock: Clock
    known: History
    past: Past

    def span(self, days: int) -> float:
        """How long the next so many days are on the clock: longer where they lie in the season."""
        return float(self.clock.time(np.array([self.as_of + days]))[0] - self.now)

    @property
    def now(self) -> float:
        """The time at the end of as_of."""
        return float(self.clock.time(np.array([self.as_of]))[0])

    @property
    def seasonal(self) -> bool:
        """Whether the clock runs otherwise than the calendar."""
        return bool(np.ptp(np.diff(self.clock.ends)) > 0.1)

    def rehearsals(self, days: int) -> list[Rehearsal]:
        """The rolling back-test of forecasts as long as the next so many days."""
        return rehearsals_of(self.past, self.span(days))

    def chances(self, days: int) -> Chances:
        """The chance of every customer to buy within the next so many days, by each of our methods."""
        return chances(self.known, self.past.cutoffs[0].model, self.past.taught(0, self.span(days)), self.span(days))

    def baseline(self, method: Method, days: int) -> Floats:
        """The same by a baseline: BG/NBD, or bands of recency in the past (on the same clock, season and all)."""
        horizon = self.span(days)
        newest = self.past.cutoffs[0]
        if method == "bgnbd":
            start = replace(newest.model, modified=False)
            model = fit(newest.history.grouped, modified=False, start=start, least=YEAR)
            return model.chance(self.known.seen, horizon)
        lessons = self.past.lessons(0, horizon)
        silent = np.concatenate([np.zeros(0), *(cutoff.history.recency_days for cutoff, _ in lessons)])
        bought = np.concatenate([np.zeros(0, np.bool_), *(bought for _, bought in lessons)])
        otherwise = float(np.mean(newest.model.chance(newest.history.seen, horizon))) if len(self.known.place) else 0.0
        return recency_bands(silent, bought, otherwise).chance(self.known.recency_days)


def prepared(purchases: pd.DataFrame, as_of: int) -> Prepared:
    """Prepared of PURCHASES up to the day number `as_of`."""
    visits = visits_of(purchases, as_of)
    few = sample(visits, FITTED)
    clock = clock_of(few, as_of)
    now = float(clock.time(np.array([as_of]))[0])
    timed = visits.on_clock(clock.time(visits.time))
    past = past_of(few.on_clock(clock.time(few.time)), now)
    return Prepared(as_of, timed, clock, history(timed, now), past)
