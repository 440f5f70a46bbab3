"""Back-tests on the real sales, at the cut-offs of the reference's own."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tests.analysis.forecasting.judging import Judged, judged
from tests.analysis.forecasting.reference import cdnow, day, online_retail
from tests.real import real

pytestmark = [pytest.mark.real, pytest.mark.slow]
SHOPS = {"online_retail": online_retail, "cdnow": cdnow}
WORST_CALIBRATION = {"online_retail": 0.057, "cdnow": 0.02}


def told(shop: str) -> pd.DataFrame:
    table = pd.read_csv(real("backtest90.csv"))
    return table[table["ds"] == shop]


@cache
def cuts(shop: str) -> dict[str, Judged]:
    return {cut: judged(SHOPS[shop](), day(cut)) for cut in sorted(set(told(shop)["cut"]))}


@pytest.mark.parametrize("shop", SHOPS)
def test_the_same_customers_and_baseline_as_the_reference(shop: str) -> None:
    """Customers, base rate, and the AUC, Brier score and calibration error of BG/NBD as backtest90.csv has them."""
    for row in told(shop)[told(shop)["model"] == "bgnbd"].itertuples():
        found = cuts(shop)[row.cut]
        every = found.card.groups[0]
        assert every.customers == row.n
        assert every.bought / every.customers == pytest.approx(row.base, abs=1e-4)
        assert found.score("bgnbd", "auc") == pytest.approx(row.auc, abs=3e-4)
        assert found.score("bgnbd", "brier") == pytest.approx(row.brier, abs=3e-4)
        assert found.score("bgnbd", "calibration_error") == pytest.approx(row.ece, abs=1.5e-3)


@pytest.mark.parametrize("shop", SHOPS)
def test_the_forecast_ranks_better_than_bgnbd(shop: str) -> None:
    found = list(cuts(shop).values())
    gain = [each.ours("auc") - each.score("bgnbd", "auc") for each in found]
    assert np.mean(gain) >= 0.008
    assert min(gain) >= -0.002
    assert np.mean([each.ours("brier") - each.score("bgnbd", "brier") for each in found]) < 0


@pytest.mark.parametrize("shop", SHOPS)
def test_the_forecast_is_calibrated(shop: str) -> None:
    assert np.mean([each.ours("calibration_error") for each in cuts(shop).values()]) <= WORST_CALIBRATION[shop]


@pytest.mark.parametrize("shop", SHOPS)
def test_next_orders_come_when_due(shop: str) -> None:
    """8 of 10 of those that came within 90 days, within 5 points (what is due later cannot have come yet)."""
    assert np.mean([each.held(90) for each in cuts(shop).values()]) == pytest.approx(0.8, abs=0.05)


def test_intervals_hold_buyers_as_often_as_they_say() -> None:
    """All and the three segments of the seven cut-offs: 28 intervals at 80 %."""
    groups = [group for shop in SHOPS for each in cuts(shop).values() for group in each.card.groups]
    held = [group.buyers.low <= group.bought <= group.buyers.high for group in groups]
    assert len(held) == 28
    assert 0.65 <= np.mean(held) <= 0.95
