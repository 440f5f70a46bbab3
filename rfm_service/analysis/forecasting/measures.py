"""How good chances were: ranking, squared error, calibration."""

from __future__ import annotations

import numpy as np

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags

_BANDS = 10


def auc(chance: Floats, bought: Flags) -> float:
    """The share of pairs (buyer, other) ranked rightly, ties half (Mann-Whitney); .5 where there are no pairs."""
    buyers, others = int(bought.sum()), int((~bought).sum())
    if not buyers * others:
        return 0.5
    ordered = np.sort(chance)
    low, high = (np.searchsorted(ordered, chance[bought], side=side) for side in ("left", "right"))
    ranks = float((low + high + 1).sum()) / 2
    return (ranks - buyers * (buyers + 1) / 2) / (buyers * others)


def brier(chance: Floats, bought: Flags) -> float:
    """The mean squared difference of chance and outcome (Brier 1950); 0 where there is nobody."""
    return float(((chance - bought) ** 2).sum()) / max(len(chance), 1)


def calibration_error(chance: Floats, bought: Flags) -> float:
    """The mean distance of predicted and actual share in ten bands of equally many customers, by their number.

    Bands end at the deciles of the chances (linear interpolation), equal chances share a band; 0 for nobody.
    """
    if not len(chance):
        return 0.0
    band = np.searchsorted(np.unique(np.quantile(chance, np.arange(1, _BANDS) / _BANDS)), chance, side="left")
    return float(np.abs(np.bincount(band, weights=chance - bought)).sum()) / len(chance)
