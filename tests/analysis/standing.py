"""Purchases and scored customers as the frames that lifecycle and value read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from rfm_service.domain.tables import PURCHASES, SNAPSHOT
from rfm_service.domain.values import Basis, day_number
from tests.oracle_value import Bought, Scored
from tests.rules import ruled

AS_OF = date(2025, 3, 10)
BASIS = Basis(AS_OF, ruled(window_days=200))
"""23 August 2024 to 10 March 2025: six full months."""


@dataclass(frozen=True)
class Shop:
    """Orders of all time, and the customers scored tonight."""

    bought: list[Bought]
    scored: list[Scored]

    @property
    def purchases(self) -> pd.DataFrame:
        return purchases_of(self.bought)

    @property
    def snapshot(self) -> pd.DataFrame:
        return snapshot_of(self.scored)


def purchases_of(bought: Iterable[Bought]) -> pd.DataFrame:
    """The orders as PURCHASES."""
    rows = sorted((customer, day_number(day), amount) for customer, day, amount in bought)
    columns = zip(*rows, strict=True) if rows else ([],) * 3
    return pd.DataFrame({name: np.array(column, dtype=dtype)
                         for (name, dtype), column in zip(PURCHASES.items(), columns, strict=True)})


def snapshot_of(scored: Iterable[Scored]) -> pd.DataFrame:
    """The customers as SNAPSHOT, the columns that standings do not read left 0."""
    rows = [{"customer_no": one.number, "recency_days": day_number(AS_OF) + 1 - day_number(one.last),
             "frequency": one.frequency, "monetary": one.monetary, "first_purchase": day_number(one.first),
             "last_purchase": day_number(one.last), "segment": one.segment, "tier": "retail"}
            for one in sorted(scored, key=lambda one: one.number)]
    frame = pd.DataFrame(rows, columns=list(SNAPSHOT)).fillna(0)
    return frame.astype(SNAPSHOT)


def scored_of(bought: Iterable[Bought], segment: str = "loyal") -> list[Scored]:
    """Who is scored when nothing came back: the customers with an order in the window."""
    inside: dict[int, list[tuple[date, int]]] = {}
    for customer, day, amount in bought:
        if day in BASIS.window:
            inside.setdefault(customer, []).append((day, amount))
    return [Scored(customer, min(orders)[0], max(orders)[0], len(orders), sum(amount for _, amount in orders), segment)
            for customer, orders in inside.items()]


@st.composite
def shops(draw: st.DrawFn) -> Shop:
    """Few customers with orders that are often alike, so that classes and borders tie."""
    ago = st.one_of(st.integers(0, 200), st.integers(0, 12), st.integers(0, 900))
    orders = st.tuples(st.integers(1, 9), ago, st.sampled_from((1, 2, 3, 90, 110, 10**13, 10**13 + 1)))
    bought = [(customer * 7, AS_OF - timedelta(days=days), amount)
              for customer, days, amount in draw(st.lists(orders, max_size=45))]
    scored = []
    for one in scored_of(bought):
        back = draw(st.sampled_from((0, 0, 0, 1, one.monetary, one.monetary + 5)))
        scored.append(replace(one, monetary=one.monetary - back, segment=draw(st.sampled_from("ab"))))
    if draw(st.booleans()):
        # An order that counts in the window only.
        day = AS_OF - timedelta(days=draw(st.integers(0, 199)))
        scored.append(Scored(1, day, day, 1, 2, "a"))
    return Shop(bought, scored)
