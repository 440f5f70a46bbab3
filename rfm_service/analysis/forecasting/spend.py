"""What a visit brings: gamma-gamma, the customer's own mean shrunk towards that of the shop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.numeric import Floats, gammaln, lowest

_WIDE = 6.0


@dataclass(frozen=True)
class GammaGamma:
    """A visit is gamma(p, rate), the rate of a customer gamma(q, v) (Fader & Hardie 2013, note 025); q > 1."""

    p: float
    q: float
    v: float

    def log_likelihood(self, visits: Floats, mean: Floats) -> float:
        """The log-likelihood of customers' numbers of visits and mean visits above 0 (note 025, eq. 1a)."""
        kinds, of_row = np.unique(visits, return_inverse=True)
        shape = self.p * kinds
        known = gammaln(shape + self.q) - gammaln(shape) - gammaln(self.q) + self.q * np.log(self.v)
        known = (known + shape * np.log(kinds))[of_row]
        shape = shape[of_row]
        return float((known + (shape - 1) * np.log(mean) - (shape + self.q) * np.log(visits * mean + self.v)).sum())

    def expected(self, visits: Floats, mean: Floats) -> Floats:
        """The expected mean visit of customers with so many visits of such a mean (note 025, eq. 5)."""
        found: Floats = self.p * (self.v + visits * mean) / (self.p * visits + self.q - 1)
        return found


def fit_spend(visits: Floats, mean: Floats) -> GammaGamma:
    """The most likely GammaGamma of customers with a mean above 0, any unit of money (weak prior as for visits)."""
    bought = mean > 0
    visits, mean = visits[bought], mean[bought]
    unit = float(mean.mean()) if len(mean) else 1.0

    def cost(logs: Floats) -> float:
        return 0.5 * float((logs**2).sum()) / _WIDE**2 - _of(logs).log_likelihood(visits, mean / unit)

    p, q, v = (lambda found: (found.p, found.q, found.v))(_of(lowest(cost, np.array([1.0, 0.5, 0.5]))))
    return GammaGamma(p, q, v * unit)


def _of(logs: Floats) -> GammaGamma:
    p, above, v = np.exp(np.clip(logs, -10, 10)).tolist()
    return GammaGamma(p, 1 + above, v)
