"""The rhythm of each customer: how often it buys, when its silence is unusual, and when it counts as going."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.grouping import Flags, Ints, counts
from rfm_service.analysis.histories import Histories, Placed, purchase_gaps
from rfm_service.analysis.intervals import rounded_ratio
from rfm_service.domain.outreach import Outreach


@dataclass(frozen=True)
class Rhythm:
    """In days, one element a customer: see `rhythm`; `personal` and `line` are 0 where too few purchases are known."""

    silence: Ints
    personal: Ints
    category: Ints
    warning: Ints
    line: Ints
    out: Flags

    @property
    def going(self) -> Flags:
        """Who is silent for longer than the warning line."""
        return self.silence > self.warning


def rhythm(bought: Placed, known: Histories, silence: Ints, category: Ints, rules: Outreach) -> Rhythm:
    """The Rhythm of customers that are silent for so many days and whose goods are bought every `category` days.

    personal: days from the first purchase to the last / (purchases - 1), over different days (reference S3-04).
    warning: the larger of that and of `category`, x 1.5, at least 60, rounded down (S3-05). line: the 90 % quantile
    (linear) of the customer's own gaps, rounded down, from 4 purchases on; out: the silence is longer than it, which
    tells of a weekly buyer long before day 90 (S3-05, mended).
    """
    gaps = np.maximum(known.days - 1, 1)
    span = np.where(known.days > 1, known.last - known.first, 0)
    times = rules.churn_multiplier
    own = span * times.numerator // (gaps * times.denominator)
    goods = category * times.numerator // times.denominator
    warning = np.maximum(np.maximum(own, goods), rules.churn_floor_days)
    tenths = _quantile(bought, rules)
    line = np.where(known.days >= rules.rhythm_orders, tenths // rules.rhythm_quantile.denominator, 0)
    out = (known.days >= rules.rhythm_orders) & (silence * rules.rhythm_quantile.denominator > tenths)
    return Rhythm(silence, rounded_ratio(span, gaps), category, warning, line, out)


def _quantile(bought: Placed, rules: Outreach) -> Ints:
    """The quantile of each customer's gaps between different days, in parts of a day so small that it is whole."""
    customer, gap = purchase_gaps(bought)
    order = np.lexsort((gap, customer))
    gap = gap[order]
    number = counts(customer, bought.size)
    start = np.cumsum(number) - number
    share = rules.rhythm_quantile
    at, rest = np.divmod(np.maximum(number - 1, 0) * share.numerator, share.denominator)
    padded = np.append(gap, (0, 0))
    low, high = padded[np.minimum(start + at, len(gap))], padded[np.minimum(start + at + (rest > 0), len(gap))]
    return np.where(number > 0, low * share.denominator + rest * (high - low), 0)
