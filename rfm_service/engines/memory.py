"""The engine for one machine: pandas and numpy over the ledger, bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from rfm_service.analysis import orders, summary, trade
from rfm_service.domain.findings import Trade
from rfm_service.domain.values import Basis, Bucket, Period, View
from rfm_service.ports import Facts

T = TypeVar("T")


class Engine(BaseModel):
    """Takes the customers in buckets of about `bucket_lines` stored lines, `workers` buckets at a time.

    Neither number changes a result.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket_lines: int = Field(default=1_000_000, gt=0)
    workers: int = Field(default=2, gt=0)

    def summarise(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """SUMMARY of all customers with a clean line in the window, sorted by customer_no."""
        view, own = View(basis.window, basis.known), basis.rules.own_companies
        parts = self._each(facts, lambda bucket: summary.summarise(facts.lines(bucket, view, own), basis))
        return pd.concat(parts).sort_values("customer_no", ignore_index=True)

    def briefs(self, facts: Facts, bases: Sequence[Basis]) -> list[pd.DataFrame]:
        """BRIEF of all customers for each of some bases that differ in as_of alone; their lines are read once."""
        windows, rules = [basis.window for basis in bases], bases[0].rules
        view = View(Period(min(each.first for each in windows), max(each.end for each in windows)), bases[0].known)

        def of_bucket(bucket: Bucket) -> list[pd.DataFrame]:
            lines = facts.lines(bucket, view, rules.own_companies)
            return [summary.brief(lines, basis) for basis in bases]

        return [pd.concat(parts, ignore_index=True) for parts in zip(*self._each(facts, of_bucket), strict=True)]

    def trade(self, facts: Facts, basis: Basis, push_days: int) -> Trade:
        """What was sold in the window, of which the last `push_days` are told apart."""
        view, own = View(basis.window, basis.known), basis.rules.own_companies
        return trade.added(self._each(
            facts, lambda bucket: trade.trade(facts.trade_lines(bucket, view, own), basis, push_days)))

    def purchases(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """PURCHASES of all customers, up to basis.as_of."""
        view, own = View(basis.history, basis.known), basis.rules.own_companies
        parts = self._each(facts, lambda bucket: orders.purchases(facts.lines(bucket, view, own), basis))
        return pd.concat(parts).sort_values(["customer_no", "day", "amount"], ignore_index=True)

    def _each(self, facts: Facts, work: Callable[[Bucket], T]) -> list[T]:
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(work, facts.buckets(self.bucket_lines)))
