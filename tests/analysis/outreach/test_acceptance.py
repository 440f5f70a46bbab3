"""Shops whose truth is known: intervals hold it as often as they say, and nothing is said to help that does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import log

import numpy as np
import pandas as pd
import pytest

from rfm_service.analysis.outreach.effect import effects
from rfm_service.analysis.outreach.factors import measured_pace
from rfm_service.domain.outreach import Effects, Holdout
from rfm_service.domain.values import day_of
from tests.analysis.outreach.shops import DAYS, FIRST, KINDS, SLOWEST, Seen, Shop, Truth
from tests.sampling import sampled

SOAK = bool(os.environ.get("TEST_SOAK"))
SHOPS = 500 if SOAK else 60
LEAST, MOST = (0.90, 0.99) if SOAK else (0.87, 1.0)
QUARTERS = 25 if SOAK else 4
Z = 1.96


def found(seen: Seen, shop: Shop, night: int | None = None) -> Effects:
    last = FIRST + shop.nights + DAYS - 1
    return effects(*seen, day_of(last if night is None else night), Holdout(shop.share))


def holds(frame: pd.DataFrame, truth: Truth) -> np.ndarray:
    """Whether the intervals of each row that has them hold the truth."""
    rows = frame[frame["buyers"].notna()]
    return np.column_stack([(rows[f"{name}_low"] <= getattr(truth, name)) & (getattr(truth, name) <= rows[
        f"{name}_high"]) for name in Truth._fields])


@pytest.mark.parametrize("case", sampled(product(KINDS, (1.0, 1.5)), 8), ids=str)
def test_intervals_hold_the_truth_as_often_as_they_say(case: tuple[str, float],
                                                       measured: Callable[[str], None]) -> None:
    kind, times = case
    shop = replace(KINDS[kind], times=times)
    frames = [found(shop.seen(seed), shop).frame for seed in range(SHOPS)]
    whole, parts = (np.concatenate([holds(frame[(frame["segment"] == "") == one], shop.truth) for frame in frames])
                    for one in (True, False))
    verdicts = [frame["verdict"].iloc[0] for frame in frames]
    measured(f"{kind} x{times}: {len(whole)} shops, intervals that held {np.round(100 * whole.mean(axis=0), 1)}, "
             f"of {len(parts)} segments {np.round(100 * parts.mean(axis=0), 1) if len(parts) else '-'}; "
             f"{verdicts.count('helps')} helps, {verdicts.count('harms')} harms, {verdicts.count('too_few')} too few")
    assert len(whole) > 0.9 * SHOPS
    assert (whole.mean(axis=0) >= LEAST).all()
    assert (whole.mean(axis=0) <= MOST).all()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_help_is_not_said_to(kind: str) -> None:
    """In no row of at least 95 of 100 shops."""
    shop = KINDS[kind]
    said = [(found(shop.seen(seed), shop).frame["verdict"] == "helps").any() for seed in range(1000, 1000 + SHOPS)]
    assert np.mean(said) <= 0.05


@pytest.mark.slow
def test_nor_on_any_night_of_a_quarter(measured: Callable[[str], None]) -> None:
    """The report is looked at every night, and one of them is enough to be believed."""
    said = []
    for kind, seed in product(KINDS, range(QUARTERS)):
        shop = replace(KINDS[kind], nights=90)
        seen = shop.seen(20_000 + seed)
        nights = range(FIRST + DAYS, FIRST + DAYS + shop.nights, 1 if SOAK else 3)
        said.append(any((found(seen, shop, night).frame["verdict"] == "helps").any() for night in nights))
    measured(f"of {len(said)} quarters in which nothing helped, {sum(said)} had a night that said so")
    assert np.mean(said) <= 0.05


@pytest.mark.slow
def test_what_helps_much_is_said_to() -> None:
    shop = replace(KINDS["wholesale"], customers=10_000, times=1.8)
    verdicts = [found(shop.seen(seed), shop).frame["verdict"].iloc[0] for seed in range(SHOPS // 5)]
    assert verdicts.count("helps") >= 0.9 * len(verdicts)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_factor_of_a_contact_is_measured_with_its_error(kind: str) -> None:
    """A contact comes a week after the offer on the mean: what is left of the month counts."""
    shop = replace(KINDS[kind], times=1.5)
    true = log(1 + 0.5 * (DAYS - (1 + SLOWEST) / 2) / DAYS)
    told = [measured_pace(found(shop.seen(seed), shop)) for seed in range(SHOPS)]
    value, error = np.array([each for each in told if each]).T
    assert np.mean(abs(value - true) < Z * error) >= LEAST
