"""The baseline that every marketer knows: who bought lately buys again, as a chance by bands of recency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags

_BANDS = 12
_SHRINK = 10.0


@dataclass(frozen=True)
class RecencyBands:
    """The share that bought, by the logarithm of recency_days + 1 at the middle of each band."""

    middle: Floats
    share: Floats

    def chance(self, recency_days: Floats) -> Floats:
        """The chance to buy, between the middles in a straight line."""
        # Beyond the last middle the line is flat: a hair's breadth keeps the longer silent behind.
        silent = np.log1p(recency_days)
        return np.interp(silent, self.middle, self.share) * (1 - 1e-6 * silent)


def recency_bands(recency_days: Floats, bought: Flags, otherwise: float) -> RecencyBands:
    """The RecencyBands of a past: twelve bands of equally many, shrunk to all; `otherwise` where there is none."""
    if not len(recency_days):
        return RecencyBands(np.zeros(1), np.full(1, otherwise))
    silent = np.log1p(recency_days)
    edges = np.unique(np.quantile(silent, np.arange(1, _BANDS) / _BANDS))
    band = np.searchsorted(edges, silent, side="left")
    number = np.bincount(band, minlength=len(edges) + 1)
    there = number > 0
    middle = np.bincount(band, weights=silent, minlength=len(number))[there] / number[there]
    share = (np.bincount(band, weights=bought, minlength=len(number))[there] + _SHRINK * bought.mean()) / (
        number[there] + _SHRINK)
    return RecencyBands(middle, share)
