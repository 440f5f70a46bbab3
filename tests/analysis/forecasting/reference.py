"""The peers' acceptance cases and the real sales as PURCHASES; tests skip where they are absent."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import frame
from rfm_service.domain.tables import PURCHASES
from rfm_service.domain.values import MONEY_SCALE, day_number
from tests.real import real


def case(name: str) -> dict[str, Any]:
    return json.loads(real("acceptance.json").read_text("utf-8"))[name]


def day(text: str) -> int:
    return day_number(date.fromisoformat(text))


def of_rows(rows: list[list[Any]], way: str = "%Y-%m-%d") -> pd.DataFrame:
    """PURCHASES of rows (customer, date, amount where there is one), as they come."""
    days = pd.to_datetime([row[1] for row in rows], format=way).to_numpy().astype("datetime64[D]").astype(np.int64)
    amounts = [round((row[2] if len(row) > 2 else 1) * MONEY_SCALE) for row in rows]
    return frame({"customer_no": np.array([row[0] for row in rows]), "day": days, "amount": np.array(amounts)},
                 PURCHASES)


@cache
def online_retail() -> pd.DataFrame:
    """Invoices of customers with a number, netted by invoice; those with a sum above 0 count (C-invoices never)."""
    columns = ["InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    sales = pd.read_parquet(real("online_retail.parquet"), columns=columns)
    sales = sales[sales["CustomerID"].notna()]
    price = (sales["UnitPrice"] * MONEY_SCALE).round().astype(np.int64)
    days = sales["InvoiceDate"].to_numpy().astype("datetime64[D]").astype(np.int64)
    orders = sales.assign(day=days, amount=sales["Quantity"] * price, customer_no=sales["CustomerID"]).groupby(
        ["customer_no", "InvoiceNo"]).agg({"day": "min", "amount": "sum"}).reset_index()
    return _sorted(orders[orders["amount"] > 0])


@cache
def cdnow() -> pd.DataFrame:
    """The CDNOW master file; its 80 orders of nothing stay in, so that there are 23 570 customers."""
    orders = pd.read_csv(real("cdnow_master.csv.gz"))
    days = pd.to_datetime(orders["date"].astype(str)).to_numpy().astype("datetime64[D]").astype(np.int64)
    return _sorted(pd.DataFrame({"customer_no": orders["customer_id"], "day": days,
                                 "amount": (orders["amount"] * MONEY_SCALE).round()}))


def _sorted(orders: pd.DataFrame) -> pd.DataFrame:
    columns = orders[list(PURCHASES)].astype(PURCHASES)
    return columns.sort_values(list(PURCHASES), ignore_index=True)
