"""How much two groups differ, and how far chance alone could have moved that: shares, and skewed sums.

Groups are given by strata, in each of which chance alone decided who is held back; strata are weighted by what they
can tell, listed * held / (listed + held).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.proportions import wilson

SHOWN = 0.95
"""The level of the intervals that are shown."""
_BELIEF = 50.0
"""So many orders' worth of belief that both groups order alike, when their spread is judged."""
_SKEWEST = 3.0


class Interval(NamedTuple):
    """Listed less held-back, with the borders between which the truth lies."""

    difference: float
    low: float
    high: float


class Counts(NamedTuple):
    """Customers of a stratum, and how many of them bought."""

    listed: int
    held: int
    buyers_listed: int
    buyers_held: int


class Sample(NamedTuple):
    """Orders of each customer of a stratum, and the value that is compared."""

    listed: Floats
    held: Floats
    orders_listed: Floats
    orders_held: Floats


class _Moments(NamedTuple):
    difference: float
    variance: float
    third: float


def z_of(level: float) -> float:
    """The quantile of the normal distribution that leaves `level` between it and its mirror image."""
    return NormalDist().inv_cdf((1 + level) / 2)


def shares_differ(strata: Sequence[Counts], z: float) -> Interval:
    """The difference of the shares of buyers; every stratum has customers in both groups.

    One stratum: R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17 (1998), 873-890, method 10. Several: their distances added in squares (Zou & Donner, ibid. 27 (2008),
    1693-1702).
    """
    weights = _weights([(each.listed, each.held) for each in strata])
    found = [_newcombe(each, z) for each in strata]
    difference = sum(weight * each.difference for weight, each in zip(weights, found, strict=True))
    low = hypot(*(weight * (each.difference - each.low) for weight, each in zip(weights, found, strict=True)))
    high = hypot(*(weight * (each.high - each.difference) for weight, each in zip(weights, found, strict=True)))
    return Interval(difference, difference - low, difference + high)


def _newcombe(counts: Counts, z: float) -> Interval:
    listed, held = counts.buyers_listed / counts.listed, counts.buyers_held / counts.held
    low_listed, high_listed = wilson(counts.buyers_listed, counts.listed, z)
    low_held, high_held = wilson(counts.buyers_held, counts.held, z)
    return Interval(listed - held, listed - held - hypot(listed - low_listed, high_held - held),
                    listed - held + hypot(high_listed - listed, held - low_held))


def means_differ(strata: Sequence[Sample], z: float) -> Interval:
    """The difference of the mean orders or money of a customer; every stratum has customers in both groups.

    By the first three moments of what drawing the groups anew would give (Pearson's type III after J. Berry & P.
    Mielke, Permutation Methods, 2001), its quantiles after Wilson & Hilferty 1931. The spread and the skew are those
    of both groups together: a small group that lacks its few great buyers would think itself certain.
    """
    weights = _weights([(len(each.listed), len(each.held)) for each in strata])
    found = [_moments(each) for each in strata]
    difference = sum(weight * each.difference for weight, each in zip(weights, found, strict=True))
    spread = sqrt(sum(weight**2 * each.variance for weight, each in zip(weights, found, strict=True)))
    third = sum(weight**3 * each.third for weight, each in zip(weights, found, strict=True))
    skew = max(-_SKEWEST, min(_SKEWEST, third / spread**3)) if spread else 0.0
    return Interval(difference, difference - spread * _pearson(skew, z), difference - spread * _pearson(skew, -z))


def _moments(sample: Sample) -> _Moments:
    """The difference of a stratum, its variance and its third central moment.

    Who orders more often also varies more: each group's spread is taken in proportion to its orders.
    """
    sizes = len(sample.listed), len(sample.held)
    orders = float(sample.orders_listed.sum()), float(sample.orders_held.sum())
    usual = sum(orders) / sum(sizes)
    scales = [(each + _BELIEF) / (size * usual + _BELIEF) for each, size in zip(orders, sizes, strict=True)]
    listed, held = (values - values.mean() for values in (sample.listed, sample.held))
    second, third = (float((listed**power).sum()) / scales[0] + float((held**power).sum()) / scales[1]
                     for power in (2, 3))
    spread = scales[0] / sizes[0] + scales[1] / sizes[1]
    lean = scales[0] / sizes[0]**2 - scales[1] / sizes[1]**2
    return _Moments(float(sample.listed.mean() - sample.held.mean()), second / max(sum(sizes) - 2, 1) * spread,
                    third / sum(sizes) * lean)


def _pearson(skew: float, z: float) -> float:
    """The quantile of a standardised gamma distribution of that skew (Wilson & Hilferty 1931)."""
    if abs(skew) < 1e-6:
        return z
    return 2 / skew * (max(1 + skew * z / 6 - skew**2 / 36, 0.0) ** 3 - 1)


def _weights(sizes: Sequence[tuple[int, int]]) -> Floats:
    told = np.array([listed * held / (listed + held) for listed, held in sizes])
    weights: Floats = told / told.sum()
    return weights
