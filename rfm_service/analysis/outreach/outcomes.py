"""What offered customers did in the days after: were they contacted, did they buy, how often, for how much."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Flags, Ints

_DAYS = 1 << 20
"""More days than there are day numbers: customer and day are one number, which sorts like both."""


def outcomes(offers: pd.DataFrame, contacts: pd.DataFrame, purchases: pd.DataFrame, days: int) -> pd.DataFrame:
    """OFFERS with what came within `days` days after each: contacted, orders, and money in 1/10 000.

    Sorted by campaign and customer_no, however the rows of OFFERS, CONTACTS and PURCHASES came.
    """
    found = offers.sort_values(["campaign", "customer_no"], kind="stable", ignore_index=True)
    customer, day = found["customer_no"].to_numpy(), found["day"].to_numpy()
    made = contacts[contacts["outcome"] != ""]
    touched, _ = _within(made, np.zeros(len(made), np.int64), customer * _DAYS + day, days)
    orders, money = _within(purchases, purchases["amount"].to_numpy(), customer * _DAYS + day, days)
    return found.assign(contacted=touched > 0, orders=orders, money=money)


def _within(events: pd.DataFrame, amount: Ints, offer: Ints, days: int) -> tuple[Ints, Ints]:
    """Events of each offer's customer in the days after its day, and the sum of their amounts."""
    when = events["customer_no"].to_numpy() * _DAYS + events["day"].to_numpy()
    if (when[1:] < when[:-1]).any():
        place = np.argsort(when, kind="stable")
        when, amount = when[place], amount[place]
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(amount)])
    first, end = (np.searchsorted(when, offer + more, side="right") for more in (0, days))
    return end - first, total[end] - total[first]


def compared(found: pd.DataFrame, last_day: int) -> pd.DataFrame:
    """The outcomes that are whole, offered by `last_day`, of the nights between the first and last held-back offer.

    Before and after, nobody was held back: other customers were due then, and to compare with them would mislead. A
    campaign that held back nobody stays whole.
    """
    ripe = found[found["day"] <= last_day]
    days = ripe["day"].where(ripe["held"]).groupby(ripe["campaign"])
    first, last = days.transform("min"), days.transform("max")
    inside: Flags = ~((ripe["day"] < first) | (ripe["day"] > last)).to_numpy()
    return ripe[inside]
