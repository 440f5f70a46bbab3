"""Intervals of differences: published examples, drawing anew by brute force, mirror images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.analysis.outreach.differences import Counts, Sample, means_differ, shares_differ, z_of

Z = z_of(0.95)


def sample(listed: np.ndarray, held: np.ndarray) -> Sample:
    return Sample(listed, held, np.ones(len(listed)), np.ones(len(held)))


@pytest.mark.parametrize(("counts", "low", "high"), [
    ((70, 80, 56, 48), 0.0524, 0.3339),
    ((10, 10, 9, 3), 0.1705, 0.8090),
    ((7, 7, 6, 2), 0.0582, 0.8062),
    ((56, 29, 5, 0), -0.0381, 0.1926),
    ((10, 20, 0, 0), -0.1611, 0.2775),
    ((10, 10, 0, 0), -0.2775, 0.2775),
    ((10, 20, 10, 0), 0.6791, 1.0),
    ((10, 10, 10, 0), 0.6075, 1.0),
])
def test_the_examples_of_newcombe(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    """Table II of the paper, method 10."""
    found = shares_differ([Counts(*counts)], Z)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_normal_quantiles() -> None:
    assert z_of(0.95) == pytest.approx(1.959964, abs=1e-6)
    assert z_of(0.99) == pytest.approx(2.575829, abs=1e-6)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1)), min_size=1,
                max_size=4))
def test_shares_mirror_and_stay_where_shares_are(drawn: list[tuple[int, int, float, float]]) -> None:
    strata = [Counts(one, two, round(one * p), round(two * q)) for one, two, p, q in drawn]
    difference, low, high = shares_differ(strata, Z)
    assert -1 - 1e-9 <= low <= difference <= high <= 1 + 1e-9
    mirrored = shares_differ([Counts(each.held, each.listed, each.buyers_held, each.buyers_listed) for each in strata],
                             Z)
    assert mirrored == pytest.approx((-difference, -high, -low), abs=1e-12)


@given(st.integers(0, 10_000), st.floats(1e-3, 1e6))
def test_means_mirror_and_scale(seed: int, times: float) -> None:
    rng = np.random.default_rng(seed)
    listed, held = rng.lognormal(0, 1.5, 60) * (rng.random(60) < 0.4), rng.lognormal(0, 1, 25)
    found = means_differ([sample(listed, held)], Z)
    assert found.low < found.difference < found.high
    assert means_differ([sample(held, listed)], Z) == pytest.approx(
        (-found.difference, -found.high, -found.low), rel=1e-9)
    assert means_differ([sample(listed * times, held * times)], Z) == pytest.approx(
        [each * times for each in found], rel=1e-9)


@pytest.mark.parametrize("spread", [0.3, 1.0, 1.5])
def test_an_interval_reaches_as_far_as_drawing_the_groups_anew_would(spread: float) -> None:
    rng = np.random.default_rng(5)
    values = rng.lognormal(0, spread, 400) * (rng.random(400) < 0.3)
    listed, held = values[:360], values[360:]
    found = means_differ([sample(listed - listed.mean() + 1, held - held.mean() + 1)], Z)
    pool = np.concatenate([listed - listed.mean(), held - held.mean()])
    drawn = np.array([rng.permutation(pool)[:40].mean() for _ in range(20_000)]) * (1 + 40 / 360)
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert found.difference == pytest.approx(0, abs=1e-12)
    assert found.low == pytest.approx(low, rel=0.12)
    assert found.high == pytest.approx(high, rel=0.12)


def test_a_small_group_without_its_great_buyers_is_not_certain() -> None:
    """Welch's interval, which spreads each group by itself, would leave nothing out of a group that lacks them."""
    listed = np.concatenate([np.full(290, 10.0), np.full(10, 10_000.0)])
    found = means_differ([sample(listed, np.full(30, 10.0) + np.arange(30) / 100)], Z)
    assert found.low < 0 < found.difference < found.high


def test_strata_of_unlike_customers_are_not_mixed_up() -> None:
    """Ten of a hundred buy in the first, eighty in the second, on the list or not; most of the held are in one."""
    strata = [Counts(900, 100, 90, 10), Counts(100, 900, 80, 720)]
    assert shares_differ(strata, Z).difference == pytest.approx(0, abs=1e-12)
    values = [sample(np.repeat((0.0, 1.0), (810, 90)), np.repeat((0.0, 1.0), (90, 10))),
              sample(np.repeat((0.0, 1.0), (20, 80)), np.repeat((0.0, 1.0), (180, 720)))]
    assert means_differ(values, Z).difference == pytest.approx(0, abs=1e-12)


def test_values_that_are_all_alike_differ_by_nothing() -> None:
    assert means_differ([sample(np.ones(30), np.ones(20))], Z) == (0, 0, 0)
