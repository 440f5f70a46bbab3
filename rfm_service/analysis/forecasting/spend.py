"""What a visit brings: gamma-gamma, the customer's own mean shrunk towards that of the shop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.numeric import Floats, gammaln, most_likely


@dataclass(frozen=True)
class GammaGamma:
    """A visit is gamma(p, rate), the rate of a customer gamma(q, v) (Fader & Hardie 2013, note 025); q > 1."""

    p: float
    q: float
    v: float

    def each(self, visits: Floats, mean: Floats) -> Floats:
        """The log-likelihood of each customer with so many visits of such a mean above 0 (note 025, eq. 1a)."""
        kinds = np.arange(1, int(visits.max(initial=1)) + 1, dtype=np.float64)
        shape = self.p * kinds
        known = (gammaln(shape + self.q) - gammaln(shape) - gammaln(self.q) + self.q * np.log(self.v)
                 + shape * np.log(kinds))[visits.astype(np.int64) - 1]
        shape = self.p * visits
        found: Floats = known + (shape - 1) * np.log(mean) - (shape + self.q) * np.log(visits * mean + self.v)
        return found

    def expected(self, visits: Floats, mean: Floats) -> Floats:
        """The expected mean visit of customers with so many visits of such a mean (note 025, eq. 5)."""
        found: Floats = self.p * (self.v + visits * mean) / (self.p * visits + self.q - 1)
        return found


def fit_spend(visits: Floats, mean: Floats) -> GammaGamma:
    """The most likely GammaGamma of customers with a mean above 0, any unit of money (weak prior as for visits)."""
    bought = mean > 0
    visits, mean = visits[bought], mean[bought]
    unit = float(mean.mean()) if len(mean) else 1.0

    scaled = mean / unit
    found = _of(most_likely(lambda logs: _of(logs).each(visits, scaled), np.ones(len(mean)),
                            np.array([1.0, 0.5, 0.5]), 1e-6))
    return GammaGamma(found.p, found.q, found.v * unit)


def _of(logs: Floats) -> GammaGamma:
    p, above, v = np.exp(np.clip(logs, -10, 10)).tolist()
    return GammaGamma(p, 1 + above, v)
