"""Forecasts of made-up shops of every kind: ranking, level, intervals, due dates, seasons."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.domain.values import day_of
from tests.analysis.forecasting.judging import Judged, judged
from tests.analysis.forecasting.shops import FIRST, Season, Shop, december, split, two_peaks, waves
from tests.sampling import sampled

KINDS = {
    "grocery": Shop(customers=2500, days=640, every=9, shape=1.5, regular=2, stays=500),
    "apparel": Shop(customers=600, days=730, every=110, stays=600),
    "growing": Shop(customers=4000, growth=8),
    "dying": Shop(customers=4000, growth=0.1, trend=0.5),
    "seasonal": Shop(customers=4000, days=900, season=december(2.5)),
    "no_signal": Shop(customers=3000, every=90, shape=500, stays=1e6),
}
YEARS = 2 * 365 + 1


@cache
def found(kind: str) -> Judged:
    shop = KINDS[kind]
    return judged(shop.purchases(), FIRST + shop.days - 91)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_shop_is_ranked_worse_than_by_bgnbd(kind: str) -> None:
    assert found(kind).ours("auc") >= found(kind).score("bgnbd", "auc") - 0.002


@pytest.mark.parametrize("kind", KINDS)
def test_the_level_is_right(kind: str) -> None:
    every = found(kind).card.groups[0]
    assert every.buyers.predicted / every.bought == pytest.approx(1, abs=0.15)
    assert every.spend.predicted / every.spent == pytest.approx(1, abs=0.25)


def test_where_nothing_tells_customers_apart_chances_are_alike() -> None:
    assert found("no_signal").made.frame["p90"].std() < 0.1


def ratios(shop: Shop, as_of: int, days: int) -> tuple[float, float]:
    """Predicted over actual, buyers and spend, of the customers known as of a day."""
    known, later = split(shop.purchases(), as_of, days)
    told = forecast(known, day_of(as_of)).frame
    return (told[f"p{days}"].sum() / later["customer_no"].nunique(),
            told[f"spend{days}"].sum() / later["amount"].sum())


PEAKS = {"december": (december(3), 305, 90), "december30": (december(2), 316, 30), "waves": (waves(3), 140, 90),
         "two_peaks": (two_peaks(2.5), 243, 90)}


@pytest.mark.parametrize("peak", sampled(PEAKS, 2))
def test_the_third_peak_is_foreseen(peak: str) -> None:
    season, after, days = PEAKS[peak]
    shop = Shop(customers=12_000, days=YEARS + after + days, season=season, seed=4)
    buyers, spend = ratios(shop, FIRST + YEARS + after - 1, days)
    assert 0.9 <= buyers <= 1.1
    assert 0.9 <= spend <= 1.1


@pytest.mark.slow
@pytest.mark.parametrize("change", [{}, {"growth": 4.0, "stays": 500.0}, {"trend": 2.0}, {"trend": 0.5}],
                         ids=["steady", "growing", "more often", "more seldom"])
@pytest.mark.parametrize(("season", "after", "days"), PEAKS.values(), ids=PEAKS)
def test_neither_trend_nor_chance_breaks_the_season(season: Season, after: int, days: int,
                                                    change: dict[str, float]) -> None:
    """Within a tenth on the mean of four shops (money an eighth); one of some 1 500 buyers also has its own luck."""
    found = np.array([ratios(Shop(customers=12_000, days=YEARS + after + days, season=season, seed=seed, **change),
                             FIRST + YEARS + after - 1, days) for seed in range(5, 9)])
    buyers, spend = found.mean(axis=0)
    assert buyers == pytest.approx(1, abs=0.1)
    assert spend == pytest.approx(1, abs=0.125)
    assert (np.abs(found - 1) <= 0.2).all()


def test_a_shop_without_a_season_gets_none() -> None:
    shop = Shop(customers=6000, days=YEARS + 200, seed=2)
    buyers, _ = ratios(shop, FIRST + YEARS + 109, 90)
    assert buyers == pytest.approx(1, abs=0.1)


@pytest.mark.slow
def test_intervals_of_sums_hold_as_often_as_they_say() -> None:
    """Thirds and all of shops of every kind and several seeds, at 80 %."""
    shops = [Shop(**{**vars(shop), "seed": seed}) for seed in range(3, 8) for shop in KINDS.values()]
    groups = [group for shop in shops for group in judged(shop.purchases(), FIRST + shop.days - 91).card.groups]
    held = [(group.buyers.low <= group.bought <= group.buyers.high,
             group.spend.low <= group.spent <= group.spend.high) for group in groups]
    buyers, spend = np.mean(held, axis=0)
    assert 0.72 <= buyers <= 0.95
    assert 0.72 <= spend <= 0.95


SLOW_AND_QUICK = [Shop(customers=3000, days=1100, every=110, stays=600, seed=4),
                  Shop(customers=2000, days=1100, every=15, regular=4, seed=3)]


@pytest.mark.slow
def test_next_orders_come_when_due() -> None:
    """With a year to see them in, 8 of 10 next orders fall between due_from and due_to, half of them by due."""
    one = [judged(shop.purchases(), FIRST + 735) for shop in SLOW_AND_QUICK]
    assert np.mean([each.held(365) for each in one]) == pytest.approx(0.8, abs=0.05)
    assert all(each.held(365) == pytest.approx(0.8, abs=0.08) for each in one)
    early = [(each.next_day.reindex(each.made.frame["customer_no"]).to_numpy(), each.made.frame["due"]) for each in one]
    assert np.mean([(days <= due)[~np.isnan(days)].mean() for days, due in early]) == pytest.approx(0.5, abs=0.05)
