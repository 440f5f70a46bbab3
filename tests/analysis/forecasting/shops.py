"""Shops made up to test forecasts on: customers won at a pace, buying at their own rates, leaving, in seasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import frame
from rfm_service.domain.tables import PURCHASES
from rfm_service.domain.values import day_of

FIRST = 18_262
"""2020-01-01."""

Season = Callable[[np.ndarray], np.ndarray]


def even(day: np.ndarray) -> np.ndarray:
    return np.ones(len(day))


def december(times: float) -> Season:
    """So many times the usual from 15 November to 31 December."""
    return lambda day: np.where(_of_year(day) >= 318, times, 1.0)


def waves(times: float) -> Season:
    """A summer wave: so many times the January trough's pace in July, in a smooth curve."""
    return lambda day: np.exp(np.log(times) * 0.5 * (1 - np.cos(2 * np.pi * _of_year(day) / 365.25)))


def two_peaks(times: float) -> Season:
    """March, and September with October."""
    months = {3, 9, 10}
    return lambda day: np.array([times if day_of(int(each)).month in months else 1.0 for each in day])


def _of_year(day: np.ndarray) -> np.ndarray:
    days = day.astype("datetime64[D]")
    return (days - days.astype("datetime64[Y]")).astype(np.int64)


@dataclass(frozen=True)
class Shop:
    """`customers` won over `days` days at a pace that grows `growth`-fold from the first day to the last.

    A customer buys at a gamma(`shape`) rate with a mean of one order in `every` days, times the season; the gap to
    the next order is gamma with `regular` as its shape (1: at random). It stays for an exponential time with a
    mean of `stays` days of its own (spread by a gamma of shape 2). `trend`: the pace of orders over all days.
    """

    customers: int = 4000
    days: int = 730
    every: float = 60.0
    shape: float = 0.8
    regular: float = 1.0
    stays: float = 300.0
    growth: float = 1.0
    trend: float = 1.0
    season: Season = even
    seed: int = 1

    def purchases(self) -> pd.DataFrame:
        """PURCHASES of all days."""
        rng = np.random.default_rng(self.seed)
        days = np.arange(FIRST, FIRST + self.days)
        progress = np.arange(self.days) / self.days
        pace = self.season(days) * self.trend**progress
        clock = np.concatenate([[0.0], np.cumsum(pace)])
        won = rng.choice(self.days, self.customers, p=_shares(self.season(days) * self.growth**progress))
        rate = rng.gamma(self.shape, 1 / self.shape, self.customers) / self.every + 1e-9
        ends = np.minimum(won + rng.exponential(1, self.customers) * self.stays * rng.gamma(2, 0.5, self.customers),
                          self.days)
        until = np.interp(ends, np.arange(self.days + 1), clock)
        now = clock[won]
        customer, day = [np.arange(self.customers)], [won]
        alive = np.arange(self.customers)
        while len(alive):
            now[alive] += rng.gamma(self.regular, 1 / self.regular, len(alive)) / rate[alive]
            alive = alive[now[alive] < until[alive]]
            customer.append(alive)
            day.append(np.minimum(np.searchsorted(clock, now[alive], side="right") - 1, self.days - 1))
        who, when = np.concatenate(customer), np.concatenate(day) + FIRST
        worth = rng.lognormal(0, 0.6, self.customers)
        amount = np.rint(1e4 * 50 * worth[who] * rng.lognormal(0, 0.5, len(who))).astype(np.int64)
        place = np.lexsort((amount, when, who))
        return frame({"customer_no": who[place] + 1, "day": when[place], "amount": amount[place]}, PURCHASES)


def _shares(pace: np.ndarray) -> np.ndarray:
    return pace / pace.sum()


def split(purchases: pd.DataFrame, as_of: int, days: int = 90) -> tuple[pd.DataFrame, pd.DataFrame]:
    """PURCHASES up to as_of, and those of its customers in the days after."""
    known = purchases[purchases["day"] <= as_of]
    later = purchases[(purchases["day"] > as_of) & (purchases["day"] <= as_of + days)]
    return known, later[later["customer_no"].isin(known["customer_no"])]
