"""The few numerical tools that the models need: log-gamma, likelihoods climbed, quantiles, Gauss-Jacobi nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

_LANCZOS = np.array((
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7))
_TERMS, _PLACES = _LANCZOS[1:], np.arange(1.0, 9.0)
_Z90 = 1.2815515655446004
_NUDGE = 1e-6
_STEPS = 60


def gammaln(value: Floats | float) -> Floats:
    """The logarithm of the gamma function of numbers above 0 (Lanczos 1964, g = 7, nine terms)."""
    # The series is exact from .5 up; below, gamma(z) = gamma(z + 1) / z.
    given = np.asarray(value, np.float64)
    small = given < 0.5
    shifted = np.where(small, given + 1, given) - 1
    series = _LANCZOS[0] + (_TERMS / (shifted[..., None] + _PLACES)).sum(axis=-1)
    base = shifted + 7.5
    found = 0.5 * np.log(2 * np.pi) + (shifted + 0.5) * np.log(base) - base + np.log(series)
    result: Floats = found - np.where(small, np.log(given), 0.0)
    return result


def most_likely(each: Callable[[Floats], Floats], customers: Floats, start: Floats, tolerance: float,
                wide: float = 6.0) -> Floats:
    """The parameters under which rows that stand for so many `customers` are most likely, from `start`.

    `each` gives the log-likelihood of every row. Parameters are logarithms, held by a normal prior around 0, `wide`:
    with few customers the likelihood has no maximum. Steps by the outer product of the scores (Berndt, Hall, Hall &
    Hausman 1974) until the next one would gain less than `tolerance`.
    """
    at, rows = start, each(start)
    for _ in range(_STEPS):
        scores = np.column_stack([(each(at + _NUDGE * axis) - rows) / _NUDGE for axis in np.eye(len(at))])
        slope = scores.T @ customers - at / wide**2
        curve = (scores * customers[:, None]).T @ scores + np.eye(len(at)) / wide**2
        step = np.linalg.solve(curve, slope)
        step = step / max(1.0, float(np.abs(step).max()) / 1.5)
        gain, length = 0.0, 2.0
        while gain <= 0 and length > 0.01:
            length = length / 2
            ahead = each(at + length * step)
            held = (at @ at - (at + length * step) @ (at + length * step)) / (2 * wide**2)
            gain = float(customers @ (ahead - rows) + held)
        if gain <= 0:
            break
        at, rows = at + length * step, ahead
        if gain < tolerance:
            break
    return at


def t90(freedom: float) -> float:
    """The 90 % quantile of Student's t (Cornish-Fisher, Abramowitz & Stegun 26.7.5; from 3 degrees within .01)."""
    z, n = _Z90, freedom
    terms = ((z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96,
             (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384)
    return float(z + sum(term / n**power for power, term in enumerate(terms, 1)))


def beta_nodes(a: float, b: Floats, size: int) -> tuple[Floats, Floats]:
    """Nodes and weights (rows of `size`) of the means of functions of p ~ Beta(a, each b) (Golub & Welsch 1969)."""
    # Jacobi polynomials on 0..1: their recurrence in p, weight p^(a-1) (1-p)^(b-1).
    s, k = a + b[:, None], np.arange(1, size)[None, :]
    first = (a / s)
    total = s + 2 * k
    inner = 0.5 + (a - s + a) * (s - 2) / (2 * (total - 2) * total) if size > 1 else np.empty((len(b), 0))
    ahead = s - 2
    off = (k * (k + a - 1) * (k + b[:, None] - 1) * (k + ahead)
           / ((2 * k + ahead) ** 2 * (2 * k + ahead + 1) * np.where(k == 1, 1.0, 2 * k + ahead - 1)))
    # For k = 1 the factors (k + s - 2) and (2k + s - 3) are the same number and cancel.
    off = np.where(k == 1, a * b[:, None] / (s**2 * (s + 1)), off)
    matrix = np.zeros((len(b), size, size))
    at = np.arange(size)
    matrix[:, at, at] = np.hstack([first, inner])
    matrix[:, at[1:], at[:-1]] = np.sqrt(off)
    nodes, vectors = np.linalg.eigh(matrix)
    return nodes, vectors[:, 0, :] ** 2
