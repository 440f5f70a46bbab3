"""Buy-till-you-die by beta-geometric dropout: BG/NBD and its modification MBG/NBD, on grouped histories.

x repeat purchases, t_x = purchase_span (first to last) and T = tenure_days; any one unit of time. A customer buys
at a gamma(r, alpha) rate and drops out after a purchase with a beta(a, b) chance; in MBG/NBD after the first too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import lgamma, log

import numpy as np

from rfm_service.analysis.forecasting.numeric import Floats, beta_nodes, gammaln, most_likely

_NODES = 16
_EXACT = 1e-10
_QUICK = 1e-3
"""What another step must gain in log-likelihood; warm starts need no more than a statistician can see."""
_FEW = 50
"""Fewer customers tell so little of four parameters that a quick answer is as good as an exact one."""
_STARTS = (np.zeros(4), np.log([0.5, 0.2, 0.5, 2.0]))
"""A cold start may end on the plateau where nobody drops out at different chances: two are tried."""


@dataclass(frozen=True)
class Seen:
    """Different histories and how many customers have each: arrays of one length."""

    repeats: Floats
    span: Floats
    tenure: Floats
    customers: Floats


@dataclass(frozen=True)
class Geometric:
    """The parameters of a fitted model; `modified` tells MBG/NBD from BG/NBD."""

    r: float
    alpha: float
    a: float
    b: float
    modified: bool

    def log_likelihood(self, seen: Seen) -> float:
        """The log-likelihood of histories (Fader, Hardie & Lee 2005, eq. 6; Batislam et al. 2007, eq. 6)."""
        return float(seen.customers @ self.each(seen))

    def each(self, seen: Seen) -> Floats:
        """The log-likelihood of one customer of each history."""
        number = seen.repeats.astype(np.int64)
        power, until = self.r + seen.repeats, np.log(self.alpha + seen.tenure)
        steady = self._steady(np.arange(number.max(initial=0) + 1, dtype=np.float64))[number]
        found: Floats = steady - power * until + np.logaddexp(0.0, self._log_odds_gone(seen, power, until))
        return found

    def chance(self, seen: Seen, horizon: float) -> Floats:
        """The chance to buy within `horizon` of each history: still there, and not silent for so long."""
        start = self.alpha + seen.tenure
        silent = np.exp(-(self.r + seen.repeats) * np.log1p(horizon / start))
        found: Floats = self._there(seen) * (1 - silent)
        return found

    def orders(self, seen: Seen, horizon: float) -> Floats:
        """The expected purchases within `horizon` of each history (Fader, Hardie & Lee 2005, eq. 10).

        Instead of its hypergeometric function the mean over the dropout chance p of the purchases of a customer
        with that p, (1 - (1 + p h / (alpha + T))^-(r + x)) / p, by Gauss-Jacobi nodes.
        """
        kinds, of_row = np.unique(seen.repeats, return_inverse=True)
        nodes, weights = beta_nodes(self.a, self.b + kinds + self.modified, _NODES)
        step = horizon / (self.alpha + seen.tenure)
        shape = self.r + seen.repeats
        total = np.zeros(len(step))
        for node, weight in zip(nodes.T, weights.T, strict=True):
            p = np.maximum(node, 1e-12)[of_row]
            total -= weight[of_row] * np.expm1(-shape * np.log1p(p * step)) / p
        return self._there(seen) * total

    def pmf(self, purchases: int, time: float) -> float:
        """The chance of so many repeat purchases of a new customer in `time` (BG/NBD only, eq. 8 of 2005)."""
        n = np.arange(purchases + 1, dtype=np.float64)
        negative_binomial = np.exp(gammaln(self.r + n) - gammaln(self.r) - gammaln(n + 1)
                                   + self.r * np.log(self.alpha / (self.alpha + time))
                                   + n * np.log(time / (self.alpha + time)))
        there = np.exp(_log_beta(self.a, self.b + purchases) - _log_beta(self.a, self.b))
        gone = 0.0
        if purchases:
            left = np.exp(_log_beta(self.a + 1, self.b + purchases - 1) - _log_beta(self.a, self.b))
            gone = left * (1 - negative_binomial[:-1].sum())
        return float(there * negative_binomial[-1] + gone)

    def _steady(self, repeats: Floats) -> Floats:
        # One call for all: with few rows the calls are what takes the time.
        trials = repeats + self.modified
        bought, stayed, tried = np.split(gammaln(np.concatenate(
            [self.r + repeats, self.b + trials, self.a + self.b + trials])), 3)
        constant = self.r * log(self.alpha) - lgamma(self.r) - lgamma(self.b) + lgamma(self.a + self.b)
        found: Floats = bought + stayed - tried + constant
        return found

    def _log_odds_gone(self, seen: Seen, power: Floats, until: Floats) -> Floats:
        trials = seen.repeats + self.modified
        left = np.log(self.a / np.where(trials > 0, self.b + trials - 1, 1.0))
        return np.where(trials > 0, left + power * (until - np.log(self.alpha + seen.span)), -np.inf)

    def _there(self, seen: Seen) -> Floats:
        """The chance not to have dropped out; never shown, as BG/NBD gives every one-time buyer 1."""
        power, until = self.r + seen.repeats, np.log(self.alpha + seen.tenure)
        return np.exp(-np.logaddexp(0.0, self._log_odds_gone(seen, power, until)))


def _log_beta(a: Floats | float, b: Floats | float) -> Floats:
    return gammaln(a) + gammaln(b) - gammaln(np.add(a, b))


def grouped(repeats: Floats, span: Floats, tenure: Floats) -> Seen:
    """Seen of customers' histories: equal ones together, so that order and number of rows do not matter."""
    rows = np.column_stack([repeats, span, tenure]).astype(np.float64)
    different, count = np.unique(rows, axis=0, return_counts=True)
    return Seen(different[:, 0], different[:, 1], different[:, 2], count.astype(np.float64))


def fit(seen: Seen, *, modified: bool, start: Geometric | None = None, least: float = 1.0,
        wide: float = 6.0) -> Geometric:
    """The most likely parameters under a weak prior, `wide` on the logarithms; some default where nobody is seen.

    The prior's unit of time is the longest tenure, `least` where that is shorter; `start` is where to search from.
    """
    unit = max(float(seen.tenure.max(initial=0.0)), least)
    scaled = replace(seen, span=seen.span / unit, tenure=seen.tenure / unit)

    def each(logs: Floats) -> Floats:
        return _of(logs, modified=modified).each(scaled)

    if start is None:
        enough = _EXACT if seen.customers.sum() >= _FEW else _QUICK
        found = [most_likely(each, seen.customers, begin, enough, wide) for begin in _STARTS]
        best = max(found, key=lambda logs: float(seen.customers @ each(logs)) - 0.5 * float(logs @ logs) / wide**2)
    else:
        begin = np.log([start.r, start.alpha / unit, start.a, start.b])
        best = most_likely(each, seen.customers, begin, _QUICK, wide)
    model = _of(best, modified=modified)
    return replace(model, alpha=model.alpha * unit)


def _of(logs: Floats, *, modified: bool) -> Geometric:
    r, alpha, a, b = np.exp(np.clip(logs, -12, 12)).tolist()
    return Geometric(r, alpha, a, b, modified)
