"""The numerical tools against what can be told without them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.forecasting.clock import PARTS, clock_of, part_of_year, plain_clock
from rfm_service.analysis.forecasting.histories import visits_of
from rfm_service.analysis.forecasting.levels import total
from rfm_service.analysis.forecasting.measures import auc, brier, calibration_error
from rfm_service.analysis.forecasting.numeric import beta_nodes, gammaln, t90
from rfm_service.analysis.forecasting.own_past import moved_to
from rfm_service.domain.forecasts import Level
from tests.analysis.forecasting.shops import FIRST, Shop, two_peaks

SIDES = st.floats(0.05, 300)


@given(st.floats(1e-6, 1e6))
def test_gammaln_is_that_of_the_standard_library(value: float) -> None:
    assert float(gammaln(value)) == pytest.approx(math.lgamma(value), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize(("freedom", "quantile"), [(3, 1.6377), (4, 1.5332), (5, 1.4759), (7, 1.4149), (30, 1.3104)])
def test_t90_is_that_of_the_tables(freedom: float, quantile: float) -> None:
    assert t90(freedom) == pytest.approx(quantile, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(SIDES, SIDES)
def test_nodes_give_the_moments_of_beta(a: float, b: float) -> None:
    nodes, weights = beta_nodes(a, np.array([b]), 8)
    moment = 1.0
    for power in range(10):
        assert float(weights[0] @ nodes[0] ** power) == pytest.approx(moment, rel=1e-7, abs=1e-12)
        moment *= (a + power) / (a + b + power)


@given(st.lists(st.tuples(st.sampled_from((0.1, 0.2, 0.5, 0.9)), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs(rows: list[tuple[float, bool]]) -> None:
    chance, bought = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    pairs = [(p > q) + 0.5 * (p == q) for p, buys in rows for q, does in rows if buys and not does]
    assert auc(chance, bought) == pytest.approx(np.mean(pairs) if pairs else 0.5)
    assert brier(chance, bought) == pytest.approx(np.mean([(p - buys) ** 2 for p, buys in rows]))
    assert 0 <= calibration_error(chance, bought) <= 1


def test_calibration_error_of_bands() -> None:
    chance = np.repeat(np.arange(10) / 10 + 0.05, 100)
    bought = np.tile(np.arange(100), 10) < np.repeat(np.arange(10) * 10 + 5, 100)
    assert calibration_error(chance, bought) == pytest.approx(0, abs=1e-12)
    assert calibration_error(chance, ~bought) == pytest.approx(np.mean(np.abs(1 - 2 * chance)))


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=50), st.floats(0.02, 0.98))
def test_moved_chances_keep_their_order_and_add_up(chances: list[float], share: float) -> None:
    given_, wanted = np.array(chances), share * len(chances)
    moved = moved_to(given_, wanted)
    assert moved.sum() == pytest.approx(wanted, rel=1e-6)
    place = np.argsort(given_, kind="stable")
    assert (np.diff(moved[place]) >= -1e-12).all()


def test_an_interval_widens_with_what_is_not_known() -> None:
    sure, unsure = Level(0.05, 0.0, 50.0, 1.0), Level(0.2, 0.2, 3.0, 1.0)
    p = np.full(1000, 0.3)
    narrow, wide, part = (total(p, p * (1 - p), level, share) for level, share in (
        (sure, 1.0), (unsure, 1.0), (unsure, 0.1)))
    assert part.low < wide.low < narrow.low < 300 < narrow.high < wide.high < part.high


def test_half_months() -> None:
    days = np.array(["2024-01-01", "2024-01-15", "2024-01-16", "2024-02-29", "2024-12-31"], "datetime64[D]")
    assert part_of_year(days.astype(np.int64)).tolist() == [0, 0, 1, 3, PARTS - 1]


def test_a_clock_keeps_the_days() -> None:
    shop = Shop(customers=3000, days=800, season=two_peaks(2.5))
    for clock in (plain_clock(FIRST, FIRST + 799), clock_of(visits_of(shop.purchases(), FIRST + 799), FIRST + 799)):
        days = np.arange(FIRST, FIRST + 1200)
        times = clock.time(days)
        assert (np.diff(times) > 0).all()
        assert (clock.day(times) == days).all()
        assert times[366 + 365] - times[366] == pytest.approx(365, rel=0.01)


def test_a_clock_finds_the_season() -> None:
    shop = Shop(customers=8000, days=2 * 366, season=two_peaks(2.5))
    clock = clock_of(visits_of(shop.purchases(), FIRST + 731), FIRST + 731)
    pace = np.diff(clock.time(np.arange(FIRST, FIRST + 366)))
    usual = shop.season(np.arange(FIRST + 1, FIRST + 366))
    assert np.corrcoef(pace, usual)[0, 1] > 0.95
    assert pace[usual > 1].mean() / pace[usual == 1].mean() == pytest.approx(2.5, rel=0.2)


def test_less_than_two_years_show_no_season() -> None:
    shop = Shop(customers=3000, days=700, season=two_peaks(3))
    clock = clock_of(visits_of(shop.purchases(), FIRST + 699), FIRST + 699)
    assert (np.diff(clock.ends) == 1).all()
