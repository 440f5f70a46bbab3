"""Who brings the money: the smallest number of customers that brings 80 % of it, and the curve."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Ints, distinct, frame
from rfm_service.domain.standings import Pareto
from rfm_service.domain.tables import PARETO

POINTS = 100
"""The curve has at most so many points after 0, closer together among the richest, where it bends."""


def pareto(snapshot: pd.DataFrame, share: Fraction = Fraction(80, 100)) -> Pareto:
    """The richest customers of a SNAPSHOT that bring `share` of its money (monetary above 0, 1/10 000)."""
    gain = np.maximum(np.sort(snapshot["monetary"].to_numpy())[::-1], 0)
    upto: Ints = np.concatenate((np.zeros(1, np.int64), np.cumsum(gain)))
    money, size = int(upto[-1]), len(gain)
    top = int(np.searchsorted(upto, ceil(share * money)))
    at = _points(size)
    curve = frame({"customers": at, "money": upto[at]}, PARETO)
    return Pareto(curve, share, size, money, top, int(upto[top]))


def _points(size: int) -> Ints:
    """From 0 to size: each number, or where there are many those nearest above squares of hundredths of it."""
    steps = np.arange(POINTS + 1, dtype=np.int64)
    return np.arange(size + 1) if size <= POINTS else distinct(-(-steps * steps * size // (POINTS * POINTS)))
