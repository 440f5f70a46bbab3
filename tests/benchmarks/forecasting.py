"""The forecast of a million customers, card and all, beside the fit of lifetimes' BG/NBD to the same summary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.card import Made, card
from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.analysis.forecasting.geometric import Geometric, fit
from rfm_service.analysis.forecasting.histories import history, sample, visits_of
from rfm_service.analysis.forecasting.prepared import FITTED, prepared
from rfm_service.domain.values import day_of
from tests.analysis.forecasting.shops import FIRST, Shop
from tests.benchmarks.timing import timed

SHOP = Shop(customers=1_000_000, days=750, every=100, stays=400)
NOW = FIRST + SHOP.days - 1


def forecasts(folder: Path) -> Iterator[tuple[str, str]]:
    """Tonight's work: the forecast, and the card of the one made 90 days ago; then the fits alone."""
    purchases = SHOP.purchases()
    then = day_of(NOW - 90)
    kept = forecast(purchases, then)
    segments = kept.frame[["customer_no"]].assign(segment=np.where(kept.frame["p90"] > 0.2, "high", "low"))
    made, found = timed(lambda: forecast(purchases, day_of(NOW)), runs=1)
    judged, result = timed(lambda: card(Made(kept.frame, then, kept.method, segments), purchases), runs=1)
    stood, _ = timed(lambda: prepared(purchases, NOW), runs=1)
    yield "customers, purchases", f"{len(found.frame):,}, {len(purchases):,}"
    yield "forecast: models, rolling back-test, season, predictions, due dates", f"{made:.1f} s"
    yield "of it until the models are fitted", f"{stood:.1f} s"
    yield "card of the forecast of 90 days ago, baselines and intervals", f"{judged:.1f} s"
    yield "both", f"{made + judged:.1f} s (limit 10 s)"
    ours = result.scores[0]
    yield "AUC, calibration error; BG/NBD", f"{ours.auc:.3f}, {ours.calibration_error:.3f}; {result.scores[2].auc:.3f}"
    yield from _fits(purchases)


def _fits(purchases: pd.DataFrame) -> Iterator[tuple[str, str]]:
    from lifetimes import BetaGeoFitter

    visits = visits_of(purchases, NOW)
    known = history(visits, NOW)
    every = known.grouped

    def fitted_to_a_sample() -> Geometric:
        return fit(history(sample(visits, FITTED), NOW).grouped, modified=False)

    def fitted_by_lifetimes() -> Geometric:
        theirs = BetaGeoFitter().fit(known.repeats, known.purchase_span, known.tenure_days).params_
        return Geometric(theirs["r"], theirs["alpha"], theirs["a"], theirs["b"], modified=False)

    for name, work in (("BG/NBD of a sample, as every night", fitted_to_a_sample),
                       ("BG/NBD of all customers, ours", lambda: fit(every, modified=False)),
                       ("BG/NBD of all customers, lifetimes BetaGeoFitter", fitted_by_lifetimes)):
        seconds, model = timed(work, runs=1)
        yield name, f"{seconds:.1f} s, log-likelihood of all {model.log_likelihood(every):,.0f}"
