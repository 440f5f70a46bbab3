"""The engine for one machine: pandas and numpy over the ledger, bucket by bucket."""

from __future__ import annotations

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from rfm_service.analysis import summary, trade
from rfm_service.domain.findings import Trade
from rfm_service.domain.values import Basis, View
from rfm_service.ports import Facts


class Engine(BaseModel):
    """Takes the customers in buckets of about `bucket_lines` stored lines; their number changes no result."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket_lines: int = Field(default=2_000_000, gt=0)

    def summarise(self, facts: Facts, basis: Basis) -> pd.DataFrame:
        """SUMMARY of all customers with a clean line in the window, sorted by customer_no."""
        view, own = View(basis.window), basis.rules.own_companies
        parts = [summary.summarise(facts.lines(bucket, view, own), basis)
                 for bucket in facts.buckets(self.bucket_lines)]
        return pd.concat(parts).sort_values("customer_no", ignore_index=True)

    def trade(self, facts: Facts, basis: Basis) -> Trade:
        """MONTHS, PRODUCTS and ORDERS of the window, and the number of gift lines left out."""
        view, own = View(basis.window), basis.rules.own_companies
        return trade.added([trade.trade(facts.trade_lines(bucket, view, own), basis)
                            for bucket in facts.buckets(self.bucket_lines)])
