"""What a night found, put together for the report: frames of numbers get their names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import pandas as pd

from rfm_service.analysis.attributes import by_attribute
from rfm_service.analysis.cohorts import cohorts
from rfm_service.analysis.pareto import pareto
from rfm_service.analysis.value import abc_by_segment, abc_by_xyz, churn, segment_value, unseen
from rfm_service.domain.findings import Gate, Quality, SettingChange, Trade, Worth
from rfm_service.domain.tables import FORECAST
from rfm_service.domain.values import day_number
from rfm_service.ports import Texts


class Named(NamedTuple):
    """The names that frames of numbers need: CUSTOMERS, and product_no with product."""

    customers: pd.DataFrame
    products: pd.DataFrame


def called(rows: pd.DataFrame, forgotten: Mapping[str, int], texts: Texts) -> pd.DataFrame:
    """Rows with customer_id and customer, those who were forgotten (customer_id -> number) called by their number."""
    if not forgotten:
        return rows
    names = {each: texts("Forgotten customer {number}", number=number) for each, number in forgotten.items()}
    return rows.assign(customer=rows["customer_id"].map(names).fillna(rows["customer"]).astype("str"))


def named_snapshot(snapshot: pd.DataFrame, previous: pd.DataFrame | None, names: Named,
                   beside: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    """SNAPSHOT with CUSTOMERS, previous_segment ('' = none) and VALUE, FORECAST, OUTREACH (`beside`), by customer_id.

    Nothing is foretold (0) of a customer without an order of all time that counts. `favourite` is the name of the
    usual product.
    """
    before = {} if previous is None else dict(zip(previous["customer_no"], previous["segment"], strict=True))
    full = snapshot.merge(names.customers, on="customer_no", how="left", validate="one_to_one")
    value, forecast, outreach = beside
    full = full.merge(value, on="customer_no", validate="one_to_one").merge(forecast, on="customer_no", how="left")
    full = full.fillna(dict.fromkeys(FORECAST, 0)).astype(FORECAST)
    full = full.merge(outreach, on="customer_no", validate="one_to_one")
    product = dict(zip(names.products["product_no"], names.products["product"], strict=True))
    full["favourite"] = full["favourite_no"].map(product).astype(object).fillna("").astype("str")
    full["previous_segment"] = pd.Series([before.get(number, "") for number in full["customer_no"]], dtype="str",
                                         index=full.index)
    return full.sort_values("customer_id", ignore_index=True)


def named_moves(moves: pd.DataFrame, details: pd.DataFrame, snapshots: tuple[pd.DataFrame, pd.DataFrame | None],
                names: Named) -> pd.DataFrame:
    """MOVES with customer_id, customer, detail and monetary (of the newer snapshot that has it), by customer_id.

    `details` are the columns to add: the sentence `detail`, and the number of the `document`.
    """
    current, previous = snapshots
    money = dict(zip(current["customer_no"], current["monetary"], strict=True))
    earlier = {} if previous is None else dict(zip(previous["customer_no"], previous["monetary"], strict=True))
    full = moves.join(details).assign(monetary=[money.get(number, earlier.get(number, 0))
                                                  for number in moves["customer_no"]])
    full = full.merge(names.customers[["customer_no", "customer_id", "customer"]], on="customer_no", how="left")
    return full.sort_values("customer_id", ignore_index=True)


def named_products(trade: Trade, names: Named) -> pd.DataFrame:
    """PRODUCTS with product, by revenue, the largest first."""
    full = trade.products.merge(names.products, on="product_no", how="left")
    return full.sort_values(["revenue", "product"], ascending=[False, True], ignore_index=True)


def named_orders(trade: Trade, snapshot: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """CUSTOMER_ORDERS of the customers of a SNAPSHOT with ORDER_NAMES, in their order."""
    listed = trade.customer_orders[trade.customer_orders["customer_no"].isin(snapshot["customer_no"])]
    return listed.merge(names, on="order_no", how="left").reset_index(drop=True)


def quality(summary: pd.DataFrame, names: Named, gifts: int, left_out: Mapping[str, int],
            quarantined: int) -> Quality:
    """What was left out, and the customers with lines but no counting order (customer_id, customer, monetary)."""
    without = summary.loc[summary["frequency"] == 0, ["customer_no", "monetary"]]
    without = without.merge(names.customers, on="customer_no", how="left")
    return Quality(gifts, left_out["own_companies"], left_out["excluded"], left_out["no_customer"], quarantined,
                   without[["customer_id", "customer", "monetary"]].sort_values("customer_id", ignore_index=True))


def settings_changed(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[SettingChange, ...]:
    """The settings that are otherwise now, by key; none where those of before are not known."""
    if not before:
        return ()
    return tuple(SettingChange(key, before.get(key, ""), now.get(key, "")) for key in sorted({*before, *now})
                 if before.get(key, "") != now.get(key, ""))


def gate(snapshot: pd.DataFrame, purchases: pd.DataFrame, as_of: date) -> Gate:
    """The data gate of a SNAPSHOT and all PURCHASES."""
    first = int(purchases["day"].min()) if len(purchases) else day_number(as_of) + 1
    return Gate(len(snapshot), day_number(as_of) + 1 - first)


def worth(purchases: pd.DataFrame, snapshot: pd.DataFrame, value: pd.DataFrame, names: Named, former: pd.DataFrame,
          as_of: date) -> Worth:
    """Lifecycle and value of a SNAPSHOT with its VALUE; `former` is the SNAPSHOT of LONG days ago."""
    return Worth(cohorts(purchases, as_of), pareto(snapshot),
                 segment_value(snapshot, value, churn(former[["customer_no", "segment"]], purchases, as_of)),
                 abc_by_segment(snapshot, value), abc_by_xyz(snapshot, value),
                 by_attribute(snapshot, value, names.customers), unseen(snapshot, value))
