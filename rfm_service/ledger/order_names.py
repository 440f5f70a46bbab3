"""What orders are called in 1C: their numbers, and those of their documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rfm_service.domain.tables import ORDER_NAMES
from rfm_service.ledger.facts import true_as_known
from rfm_service.ledger.stores import AnyWarehouse

if TYPE_CHECKING:
    from rfm_service.domain.values import View

TOLD = {name: kind for name, kind in ORDER_NAMES.items() if name != "order"}
BETWEEN = "\n"
"""Stands between the numbers of an order's documents."""


def order_names(warehouse: AnyWarehouse, view: View) -> pd.DataFrame:
    """ORDER_NAMES of the orders with a line in the view, by order_no."""
    return _joined(_papers(warehouse, view), _table(warehouse, "SELECT document_no, number FROM documents"),
                   _table(warehouse, "SELECT order_no, order_id FROM orders"))


def _papers(warehouse: AnyWarehouse, view: View) -> pd.DataFrame:
    """order_no and document_no of the view, each pair once."""
    lines = _table(warehouse, f"SELECT order_no, version_no FROM lines WHERE {true_as_known(view)}")
    versions = _table(warehouse, "SELECT version_no, document_no FROM versions")
    pairs = lines.drop_duplicates().merge(versions, on="version_no")
    return pairs[["order_no", "document_no"]].drop_duplicates()


def _joined(papers: pd.DataFrame, documents: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    told = papers.merge(documents, on="document_no").sort_values(["order_no", "number"])
    number, order = told["number"].tolist(), told["order_no"].to_numpy()
    starts = np.flatnonzero(np.r_[True, order[1:] != order[:-1]][: len(order)])
    ends = np.r_[starts, len(order)][1:]
    names = pd.DataFrame({"order_no": order[starts], "documents": [
        BETWEEN.join(number[start:end]) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]})
    full = names.astype(TOLD).merge(orders.rename(columns={"order_id": "order"}), on="order_no", how="left")
    return full[list(ORDER_NAMES)].astype(ORDER_NAMES)


def _table(warehouse: AnyWarehouse, query: str) -> pd.DataFrame:
    with warehouse.arrow() as connection, connection.cursor() as cursor:
        cursor.execute(query)
        found: pd.DataFrame = cursor.fetch_arrow_table().to_pandas()
    return found
