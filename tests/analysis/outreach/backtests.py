"""What ranking by expected money would have brought, beside total spend and recency, in the 90 days after a night."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.analysis.orders import purchases
from rfm_service.analysis.outreach.assess import Draw, Known, assess
from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.analysis.trade import trade
from rfm_service.domain.outreach import Mode, Outreach
from rfm_service.domain.tables import CONTACTS, NO_COST, TRADE_LINES
from rfm_service.domain.values import MONEY_SCALE, Basis, day_of
from tests.real import real
from tests.rules import ruled

AHEAD = 90
GOING = ("long_silent", "out_of_rhythm")


@dataclass(frozen=True)
class Ranked:
    """Of the best tenth by a ranking: share of the next 90 days' money, and buyers among those out of rhythm."""

    money: float
    regained: int


@dataclass(frozen=True)
class Tried:
    """A night and what came after: each customer's OUTREACH, money to come, and money and recency of the window."""

    outreach: pd.DataFrame
    coming: np.ndarray
    monetary: np.ndarray
    recency: np.ndarray

    @property
    def listed(self) -> np.ndarray:
        return (self.outreach["state"] == "listed").to_numpy()

    @property
    def expected(self) -> np.ndarray:
        return self.outreach["expected"].to_numpy(np.float64)

    def best(self, worth: np.ndarray, among: np.ndarray, share: int | None = None) -> Ranked:
        """The best tenth of all customers (or `share` of them) among some of them."""
        places = np.flatnonzero(among)
        chosen = places[np.argsort(-worth[places], kind="stable")[:share or len(worth) // 10]]
        going = self.outreach["risk_tag"].isin(GOING).to_numpy()
        return Ranked(self.coming[chosen].sum() / self.coming.sum(), int((going & (self.coming > 0))[chosen].sum()))


def tried(lines: pd.DataFrame, cut: int, mode: Mode = "model") -> Tried:
    """A night on the day number `cut` over TRADE_LINES."""
    basis = Basis(day_of(cut), ruled())
    past = lines[lines["day"] <= cut]
    sold, bought, summary = trade(past, basis), purchases(past, basis), summarise(past, basis)
    snapshot = score(summary, quintile_cuts(summary), basis.rules)
    who = pd.DataFrame({"customer_no": snapshot["customer_no"], "customer_id": snapshot["customer_no"].astype(str),
                        "manager": "", "do_not_contact": False})
    known = Known(snapshot, bought, forecast(bought, basis.as_of).frame, sold.baskets, sold.habits, who,
                  pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in CONTACTS.items()}), {1: ""}, {1: ""})
    found = assess(known, Outreach(capacity=0), Draw(mode, 0.2, np.zeros(len(snapshot), np.bool_)), basis.as_of)
    later = purchases(lines[lines["day"] <= cut + AHEAD], Basis(day_of(cut + AHEAD), basis.rules))
    coming = later[later["day"] > cut].groupby("customer_no")["amount"].sum().reindex(found["customer_no"]).fillna(0)
    return Tried(found, coming.to_numpy(np.float64), snapshot["monetary"].to_numpy(np.float64),
                 snapshot["recency_days"].to_numpy(np.float64))


def lines_of(bought: pd.DataFrame) -> pd.DataFrame:
    """TRADE_LINES of PURCHASES: a line an order."""
    return pd.DataFrame({
        "customer_no": bought["customer_no"], "order_no": np.arange(len(bought)), "day": bought["day"],
        "amount": bought["amount"], "returned": False, "product_no": 1, "quantity": 1000, "category_no": 1,
        "channel_no": 1, "cost": NO_COST}).astype(TRADE_LINES)


def online_retail_lines() -> pd.DataFrame:
    """TRADE_LINES of the customers with a number; C-invoices are returns, each an order of its own."""
    sales = pd.read_parquet(real("online_retail.parquet"), columns=[
        "InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]).dropna(subset="CustomerID")
    price = (sales["UnitPrice"] * MONEY_SCALE).round().astype("int64")
    days = sales["InvoiceDate"].to_numpy().astype("datetime64[D]").astype("int64")
    return pd.DataFrame({
        "customer_no": sales["CustomerID"].astype("int64"), "order_no": pd.factorize(sales["InvoiceNo"])[0],
        "day": days, "amount": sales["Quantity"] * price, "returned": sales["InvoiceNo"].str.startswith("C"),
        "product_no": pd.factorize(sales["StockCode"])[0] + 1, "quantity": sales["Quantity"] * 1000, "category_no": 1,
        "channel_no": 1, "cost": NO_COST}).astype(TRADE_LINES)
