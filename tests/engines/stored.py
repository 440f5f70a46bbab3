"""Made-up sale lines as a ledger would tell them to any engine, without the ledger: for millions of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from rfm_service.domain.stored import Heaviest, LeftOut, Mark
from rfm_service.domain.tables import LINES, STORED_LINES, TRADE_LINES
from rfm_service.domain.values import MONEY_SCALE, Bucket, Period, View, day_number, day_of

AS_OF = date(2026, 3, 10)


def sold(lines: int, customers: int, days: int = 365, seed: int = 1) -> pd.DataFrame:
    """STORED_LINES of the days up to AS_OF, two lines an order, in a hundredth of them returned."""
    rng = np.random.default_rng(seed)
    order = np.arange(lines) // 2
    customer, ago = rng.integers(1, customers + 1, lines // 2 + 1), rng.integers(0, days, lines // 2 + 1)
    columns = {"customer_no": customer[order], "order_no": order + 1, "day": day_number(AS_OF) - ago[order],
               "amount": (np.exp(rng.normal(9, 1.3, lines)) * MONEY_SCALE).astype(np.int64),
               "returned": rng.random(lines) < 0.01, "product_no": rng.integers(1, 5_000, lines),
               "quantity": rng.integers(1, 9, lines) * 1000, "category_no": rng.integers(1, 40, lines),
               "channel_no": rng.integers(1, 5, lines), "cost": rng.integers(1, 10**8, lines),
               "contractor_no": np.zeros(lines), "since": np.ones(lines), "until": np.zeros(lines)}
    frame = pd.DataFrame({name: columns[name].astype(kind) for name, kind in STORED_LINES.items()})
    frame.loc[frame["returned"], "amount"] *= -1
    return frame.sort_values("day", kind="stable", ignore_index=True)


class StoredFacts:
    """Facts over STORED_LINES, sorted by day, all of which are true."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def stored(self) -> int:
        return len(self.frame)

    def buckets(self, lines_each: int) -> list[Bucket]:
        end = int(self.frame["customer_no"].max()) + 1
        edges = np.linspace(1, end, max(1, -(-len(self.frame) // lines_each)) + 1).astype(int).tolist()
        return [Bucket(first, last) for first, last in pairwise(edges)]

    def lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        return self.trade_lines(bucket, view, own)[list(LINES)]

    def trade_lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        frame = self.stored_lines(view.period)
        inside = (frame["customer_no"] >= bucket.first) & (frame["customer_no"] < bucket.end)
        return frame.loc[inside, list(TRADE_LINES)]

    def stored_lines(self, period: Period) -> pd.DataFrame:
        first, end = self.frame["day"].searchsorted([day_number(period.first), day_number(period.end)])
        return self.frame.iloc[int(first):int(end)]

    def versions(self, customers: Collection[int], period: Period, own: frozenset[str]) -> pd.DataFrame:
        raise NotImplementedError

    def left_out(self, view: View, own: frozenset[str]) -> Mapping[str, int]:
        raise NotImplementedError

    def day_tallies(self) -> pd.DataFrame:
        raise NotImplementedError

    def newest(self) -> Mark:
        return Mark(1, "made-up")

    def follows(self, mark: Mark) -> bool:
        return mark == self.newest()

    def changed_days(self, since: int) -> list[Period]:
        days = self.frame["day"]
        return [] if since else [Period(day_of(int(days.min())), day_of(int(days.max())) + timedelta(days=1))]

    def leaving_out(self, own: frozenset[str]) -> LeftOut:
        return LeftOut()

    def heaviest(self, own: frozenset[str]) -> Heaviest:
        counts = self.frame["customer_no"].value_counts()
        return Heaviest(f"customer-{counts.index[0]}", int(counts.iloc[0]))
