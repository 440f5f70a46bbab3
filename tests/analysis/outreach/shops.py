"""Shops made up to measure contacts in: customers of their own rates, skewed baskets, an effect that is known."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from rfm_service.analysis.outreach.holdout import held
from rfm_service.domain.tables import CONTACTS, OFFERS, PURCHASES
from rfm_service.domain.values import MONEY_SCALE

FIRST = 20_726
"""2026-09-30: the night whose list is the first of the quarter."""
DAYS = 30
BEFORE = 60
SLOWEST = 14


class Seen(NamedTuple):
    """OFFERS, CONTACTS and PURCHASES."""

    offers: pd.DataFrame
    contacts: pd.DataFrame
    purchases: pd.DataFrame


class Truth(NamedTuple):
    """What being on the lists changes on the mean: the share of buyers, orders, and units of money a customer."""

    buyers: float
    orders: float
    money: float


@dataclass(frozen=True)
class Shop:
    """`customers` offered in `nights` nights, two of five in the first one, a share of them held back.

    They order at gamma(`shape`) rates with a mean of one order in `every` days; a basket is lognormal (`spread`), as is
    the size of a customer (`sizes`). Of the listed `contacted` are contacted within 14 days; from the next day to the
    end of the 30 days they order `times` as often.
    """

    customers: int
    every: float
    shape: float
    spread: float
    sizes: float
    basket: float = 1000.0
    contacted: float = 0.75
    times: float = 1.0
    nights: int = 60
    share: Fraction = Fraction(1, 10)
    segments: int = 5

    @property
    def truth(self) -> Truth:
        """The expected difference by intention, from the process itself."""
        each, usual = self.shape * self.every, DAYS + (self.times - 1) * (DAYS - np.arange(1, SLOWEST + 1))
        nobody = (1 + DAYS / each) ** -self.shape - ((1 + usual / each) ** -self.shape).mean()
        orders = self.contacted * (usual.mean() - DAYS) / self.every
        worth = self.basket * np.exp((self.spread**2 + self.sizes**2) / 2)
        return Truth(self.contacted * nobody, orders, orders * worth)

    def seen(self, seed: int) -> Seen:
        """What a shop of these looks like."""
        rng = np.random.default_rng(seed)
        size = self.customers
        number = np.arange(1, size + 1)
        day = FIRST + np.where(rng.random(size) < 0.4, 0, rng.integers(0, self.nights, size))
        back = held([f"{seed}/{each}" for each in number], "2026-Q4", self.share)
        offers = pd.DataFrame({"campaign": "2026-Q4", "customer_no": number, "day": day, "held": back,
                               "segment": rng.choice([f"segment {at}" for at in range(self.segments)], size)})
        touched = ~back & (rng.random(size) < self.contacted)
        contact = day + rng.integers(1, SLOWEST + 1, size)
        contacts = pd.DataFrame({"customer_no": number[touched], "day": contact[touched], "outcome": "called",
                                 "next_day": 0})
        who, when = self._orders(rng, day, np.where(touched, contact, day + DAYS))
        worth = self.basket * rng.lognormal(0, self.sizes, size)[who] * rng.lognormal(0, self.spread, len(who))
        purchases = pd.DataFrame({"customer_no": who + 1, "day": when,
                                  "amount": np.rint(worth * MONEY_SCALE).astype(np.int64)})
        return Seen(offers[list(OFFERS)].astype(OFFERS), contacts.astype(CONTACTS), purchases.astype(PURCHASES)
                    .sort_values(list(PURCHASES), ignore_index=True))

    def _orders(self, rng: np.random.Generator, day: np.ndarray, contact: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whose orders came on which days: the usual ones, fewer or more of them after a contact."""
        rate = rng.gamma(self.shape, 1 / self.shape, self.customers) / self.every
        span = BEFORE + self.nights + DAYS + 1
        who = np.repeat(np.arange(self.customers), rng.poisson(rate * span))
        when = FIRST - BEFORE + rng.integers(0, span, len(who))
        lost = (when > contact[who]) & (when <= day[who] + DAYS) & (rng.random(len(who)) > self.times)
        left = day + DAYS - contact
        added = rng.poisson(rate * max(self.times - 1, 0) * left)
        more = np.repeat(np.arange(self.customers), added)
        late = contact[more] + 1 + np.floor(rng.random(len(more)) * left[more]).astype(np.int64)
        return np.concatenate([who[~lost], more]), np.concatenate([when[~lost], late])


KINDS = {
    "small": Shop(customers=300, every=62, shape=0.8, spread=0.8, sizes=0.8, segments=3),
    "one-timers": Shop(customers=6000, every=330, shape=0.3, spread=0.9, sizes=0.3),
    "wholesale": Shop(customers=2500, every=42, shape=1.2, spread=1.0, sizes=1.2, basket=40_000),
    "regulars": Shop(customers=1000, every=12, shape=2.0, spread=0.8, sizes=0.8),
}
"""Few who buy at all; many who bought once; a few large ones among firms; those who buy every other week."""
