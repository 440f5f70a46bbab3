"""The Online Retail set as sale lines: the sum is price times pieces, a C before the number marks a return."""

from __future__ import annotations

import re
from decimal import Decimal

from rfm_service.domain.values import MONEY_SCALE, QUANTITY_SCALE
from rfm_service.tabular.cells import Unreadable, units
from rfm_service.tabular.table import Batch

RETURN = "online retail return"
"""What `cash_flow_type` says of a return."""

TOLD = frozenset(("date", "sale_id", "buyer", "product", "feature", "quantity", "sum", "address", "cash_flow_type"))
"""The fields that `as_sales` gives."""

_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(?:20)?(\d{2})(.*)")


def as_sales(batch: Batch) -> Batch:
    """The fields of sale lines (NAMES of our own) of a batch of texts by RETAIL_NAMES."""
    cell = {field: [str(each) for each in cells] for field, cells in batch.items()}
    return {
        "date": [_moment(each) for each in cell["date"]],
        "sale_id": list(cell["number"]),
        "buyer": [each.removesuffix(".0") for each in cell["buyer"]],
        "product": [name or code for name, code in zip(cell["product"], cell["code"], strict=True)],
        "feature": list(cell["code"]),
        "quantity": list(cell["quantity"]),
        "sum": [_sum(*each) for each in zip(cell["quantity"], cell["price"], strict=True)],
        "address": list(cell["address"]),
        "cash_flow_type": [RETURN if each.startswith("C") else "" for each in cell["number"]],
    }


def _moment(written: str) -> str:
    """12/1/2010 8:26 as 01.12.2010 8:26."""
    return _AMERICAN.sub(r"\2.\1.20\3\4", written)


def _sum(quantity: str, price: str) -> str:
    """The product, exact; a number that cannot be read stays, so that its row is set aside for it."""
    for written, scale in ((quantity, QUANTITY_SCALE), (price, MONEY_SCALE)):
        try:
            if units(written, scale) is None:
                return ""
        except Unreadable:
            return written
    return str(Decimal((units(quantity, QUANTITY_SCALE) or 0) * (units(price, MONEY_SCALE) or 0))
               / (QUANTITY_SCALE * MONEY_SCALE))
