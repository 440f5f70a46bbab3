"""Cohorts, Pareto and ABC/XYZ of the real sales: equal to plain pandas, and to the figures of docs/value.md."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from rfm_service.analysis.cohorts import cohorts, retention
from rfm_service.analysis.orders import purchases
from rfm_service.analysis.pareto import pareto
from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.analysis.value import abc_by_xyz, standings, unseen
from rfm_service.domain.standings import Lifecycle
from rfm_service.domain.tables import LINES
from rfm_service.domain.values import MONEY_SCALE, Basis
from tests.real import real
from tests.rules import ruled

BASIS = Basis(date(2011, 12, 9), ruled())
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def sales() -> pd.DataFrame:
    needed = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    table = pd.read_parquet(real("online_retail.parquet"), columns=needed)
    return table[table["CustomerID"].notna()].reset_index(drop=True)


@pytest.fixture(scope="module")
def frames(sales: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """PURCHASES and SNAPSHOT."""
    price = (sales["UnitPrice"] * MONEY_SCALE).round().astype(np.int64)
    lines = pd.DataFrame({
        "customer_no": sales["CustomerID"], "order_no": pd.factorize(sales["InvoiceNo"])[0],
        "day": sales["InvoiceDate"].to_numpy().astype("datetime64[D]").astype(np.int64),
        "amount": sales["Quantity"] * price, "returned": sales["InvoiceNo"].str.startswith("C")}).astype(LINES)
    summary = summarise(lines, BASIS)
    return purchases(lines, BASIS), score(summary, quintile_cuts(summary), BASIS.rules)


def test_cohorts_equal_a_pivot(sales: pd.DataFrame, frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    bought = sales[(sales["Quantity"] > 0) & (sales["UnitPrice"] > 0)]
    month = bought["InvoiceDate"].dt.year * 12 + bought["InvoiceDate"].dt.month - 1
    cohort = month.groupby(bought["CustomerID"]).transform("min")
    expected = bought.groupby([cohort.rename("cohort"), (month - cohort).rename("offset")]).agg(
        customers=("CustomerID", "nunique"), orders=("InvoiceNo", "nunique")).reset_index()
    found = cohorts(frames[0], BASIS.as_of)
    assert found[["cohort", "offset", "customers", "orders"]].to_numpy().tolist() == expected.to_numpy().tolist()
    oldest = retention(found).head(13)
    assert oldest["size"].iloc[0] == 885
    assert (oldest["retention"] * 100).round(1).tolist() == [
        100.0, 36.6, 32.3, 38.4, 36.3, 39.8, 36.3, 34.9, 35.4, 39.5, 37.4, 50.3, 26.6]
    assert oldest["complete"].tolist() == [True] * 12 + [False]


def test_a_quarter_of_the_customers_bring_the_money(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = pareto(frames[1])
    money = frames[1]["monetary"].clip(lower=0).sort_values(ascending=False).cumsum()
    assert found.top == int((money < 0.8 * money.iloc[-1]).sum()) + 1
    assert (found.customers, found.top) == (4264, 1170)


def test_few_customers_are_steady(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    value = standings(*frames, BASIS)
    assert value["abc"].value_counts().to_dict() == {"C": 1668, "B": 1426, "A": 1170}
    assert value["xyz"].value_counts().to_dict() == {"Z": 2910, "": 722, "Y": 556, "X": 76}
    assert abc_by_xyz(frames[1], value)["customers"].sum() == 4264


def test_abc_does_not_see_who_is_silent(frames: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    found = unseen(frames[1], standings(*frames, BASIS, Lifecycle(rhythm="personal")))
    assert (found.customers, found.silent, found.at_risk, found.leaving) == (1170, 133, 133, 133)
    assert found.silent_money == 3_810_658_110
