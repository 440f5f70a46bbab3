"""Ranking by expected money against total spend and recency: 90 days on made-up shops and on the real sales."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from tests.analysis.forecasting.reference import day
from tests.analysis.forecasting.shops import FIRST, Shop, december
from tests.analysis.outreach.backtests import Tried, lines_of, online_retail_lines, tried

NIGHT = FIRST + 620
SHOPS = {"usual": Shop(), "wholesale": Shop(customers=1500, every=20, shape=0.5, stays=900),
         "seasonal": Shop(season=december(2.0)), "growing": Shop(growth=4.0)}
CUTS = ("2011-06-11", "2011-07-11", "2011-08-11", "2011-09-10")


@pytest.mark.slow
@pytest.mark.parametrize("shop", SHOPS)
def test_the_best_tenth_brings_more_than_that_by_total_spend(shop: str, measured: Callable[[str], None]) -> None:
    found = tried(lines_of(SHOPS[shop].purchases()), NIGHT)
    every, listed = np.ones(len(found.coming), bool), found.listed
    ours, spend, recency = (found.best(worth, every) for worth in (found.expected, found.monetary, -found.recency))
    measured(f"back-test, {shop}: best tenth by expected money {ours.money:.3f} of the next 90 days' money, by total "
             f"spend {spend.money:.3f}, by recency {recency.money:.3f}; out of rhythm and bought {ours.regained}, "
             f"{spend.regained}, {recency.regained}")
    assert ours.money >= spend.money
    assert ours.regained > recency.regained
    assert found.best(found.expected, listed).money >= found.best(found.monetary, listed).money


@cache
def nights(mode: str = "model") -> list[Tried]:
    lines = online_retail_lines()
    return [tried(lines, day(cut), mode) for cut in CUTS]  # type: ignore[arg-type]


@pytest.mark.real
@pytest.mark.slow
def test_the_best_tenth_of_the_real_sales(measured: Callable[[str], None]) -> None:
    """On the mean of the four cut-offs of the reference; among all customers, and among those on the list."""
    for among in ("all", "listed"):
        chosen = [np.ones(len(night.coming), bool) if among == "all" else night.listed for night in nights()]
        ours, spend, recency = ([night.best(worth, who) for night, worth, who in zip(nights(), worths, chosen,
                                                                                     strict=True)]
                                for worths in ([night.expected for night in nights()],
                                               [night.monetary for night in nights()],
                                               [-night.recency for night in nights()]))
        money = [np.mean([each.money for each in way]) for way in (ours, spend, recency)]
        measured(f"back-test, Online Retail, {among}: best tenth {money[0]:.4f} of the money, by total spend "
                 f"{money[1]:.4f}, by recency {money[2]:.4f}; out of rhythm and bought "
                 f"{[sum(each.regained for each in way) for way in (ours, spend, recency)]}")
        assert money[0] >= money[1]
        assert sum(each.regained for each in ours) > sum(each.regained for each in recency)


@pytest.mark.real
@pytest.mark.slow
def test_s3_06_the_model_brings_more_than_the_seed(measured: Callable[[str], None]) -> None:
    """Which of the two modes won on a back-test."""
    model, seed = (np.mean([night.best(night.expected, night.listed).money for night in nights(mode)])
                   for mode in ("model", "seed"))
    measured(f"back-test, Online Retail: best tenth of the list by mode model {model:.4f}, seed {seed:.4f}")
    assert model > seed
