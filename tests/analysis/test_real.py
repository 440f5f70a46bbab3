"""The real sales of the reference set give the RFM that plain SQL gave."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from rfm_service.analysis.summary import summarise
from rfm_service.domain.tables import LINES
from rfm_service.domain.values import MONEY_SCALE, Basis
from tests.real import real
from tests.rules import ruled

AS_OF = date(2011, 12, 9)
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """LINES of the customers with a number; customer_no is that number."""
    needed = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    sales = pd.read_parquet(real("online_retail.parquet"), columns=needed)
    sales = sales[sales["CustomerID"].notna()].reset_index(drop=True)
    day = sales["InvoiceDate"].to_numpy().astype("datetime64[D]").astype(np.int64)
    price = (sales["UnitPrice"] * MONEY_SCALE).round().astype(np.int64)
    columns = {"customer_no": sales["CustomerID"], "order_no": pd.factorize(sales["InvoiceNo"])[0],
               "day": day, "amount": sales["Quantity"] * price,
               "returned": sales["InvoiceNo"].str.startswith("C")}
    return pd.DataFrame(columns).astype(LINES)


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    path = real("rfm_online_retail.csv.gz")
    if not path.exists():
        pytest.skip(f"no {path}")
    return pd.read_csv(path).set_index("cust")


def test_returns_ignored_equal_sql(lines: pd.DataFrame, expected: pd.DataFrame) -> None:
    summary = summarise(lines, Basis(AS_OF, ruled(window_days=375, returns="ignore")))
    bought = summary[summary["frequency"] > 0].set_index("customer_no")
    buyers = expected[expected["f"] > 0]
    assert bought.index.tolist() == buyers.index.tolist()
    assert bought["frequency"].tolist() == buyers["f"].tolist()
    assert bought["recency_days"].tolist() == buyers["r_days"].tolist()
    assert (bought["monetary"] // 10).tolist() == buyers["m3_gross"].round().tolist()
    assert (bought["monetary"] % 10 == 0).all()
    assert len(bought) == 4338
    assert bought[["frequency", "recency_days"]].sum().tolist() == [18_532, 403_692]
    assert int(bought["monetary"].sum()) == 89_114_079_040


def test_returns_netted_equal_sql(lines: pd.DataFrame, expected: pd.DataFrame) -> None:
    summary = summarise(lines, Basis(AS_OF, ruled(window_days=375)))
    bought = summary[summary["frequency"] > 0].set_index("customer_no")
    buyers = expected[expected["f"] > 0]
    assert bought.index.tolist() == buyers.index.tolist()
    assert (bought["monetary"] // 10).tolist() == buyers["m3_net"].round().tolist()
    assert int(bought["monetary"].sum()) == 83_104_770_540
