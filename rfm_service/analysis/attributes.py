"""Customers by what 1C says of them: category, sales manager, or any other text that is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Ints, counts, empty, frame, sums
from rfm_service.domain.tables import ATTRIBUTES
from rfm_service.domain.values import clean_name

IDENTITY = frozenset({"customer_no", "customer_id", "customer", "email", "phone", "tax_id", "tax_code", "ref"})
"""Columns of CUSTOMERS that tell one customer from another: no attributes."""
MOST_VALUES = 10


def attributes_of(customers: pd.DataFrame) -> tuple[str, ...]:
    """The columns of CUSTOMERS that may group customers: text beyond their IDENTITY."""
    return tuple(str(name) for name in customers
                 if name not in IDENTITY and pd.api.types.is_string_dtype(customers[name]))


def by_attribute(snapshot: pd.DataFrame, value: pd.DataFrame, customers: pd.DataFrame,
                 attributes: Sequence[str] | None = None, most: int = MOST_VALUES) -> pd.DataFrame:
    """ATTRIBUTES of a SNAPSHOT and its VALUE by columns of CUSTOMERS (None: attributes_of), `most` values each.

    Values are compared trimmed and in NFC; a column without any value is left out.
    """
    told = snapshot[["customer_no", "monetary", "frequency"]].merge(value[["customer_no", "risk"]]).merge(
        customers, on="customer_no", how="left")
    wanted = attributes_of(customers) if attributes is None else attributes
    tables = [_distribution(told, name, most) for name in wanted]
    there = [table for table in tables if len(table)]
    return pd.concat(there, ignore_index=True) if there else empty(ATTRIBUTES)


def _distribution(told: pd.DataFrame, attribute: str, most: int) -> pd.DataFrame:
    """The rows of one attribute; none where nobody has a value of it."""
    of_row, values = _values(told[attribute])
    measures = _measures(told, of_row, len(values))
    blank = [at for at, text in enumerate(values) if not text]
    filled = sorted({*range(len(values))}.difference(blank), key=lambda at: (
        -measures["money"][at], -measures["customers"][at], values[at]))
    # One rare value alone is not worth hiding.
    own = filled if len(filled) <= most + 1 else filled[:most]
    rare = filled[len(own):]
    groups = [*([at] for at in own), *filter(None, (blank, rare))] if filled else []
    joined = [1] * len(own) + [0] * bool(blank) + [len(rare)] * bool(rare)
    return frame({"attribute": np.full(len(groups), attribute, dtype=object),
                  "value": np.array([values[at] for at in own] + [""] * (len(groups) - len(own)), dtype=object),
                  "joined": np.array(joined[:len(groups)], dtype=np.int64),
                  **{name: np.array([int(column[group].sum()) for group in groups], dtype=np.int64)
                     for name, column in measures.items()}}, ATTRIBUTES)


def _measures(told: pd.DataFrame, of_row: Ints, size: int) -> dict[str, Ints]:
    money, risky = told["monetary"].to_numpy(), (told["risk"] == "at_risk").to_numpy()
    return {"customers": counts(of_row, size), "money": sums(of_row, money, size),
            "orders": sums(of_row, told["frequency"].to_numpy(), size),
            "at_risk": counts(of_row[risky], size), "at_risk_money": sums(of_row[risky], money[risky], size)}


def _values(column: pd.Series) -> tuple[Ints, list[str]]:
    """The value of each row as a position among the different ones, which are trimmed and in NFC."""
    as_told, texts = pd.factorize(column.fillna("").to_numpy(dtype=object))
    cleaned, values = pd.factorize(np.array([clean_name(str(text)) for text in texts], dtype=object), sort=True)
    return cleaned[as_told].astype(np.int64), [str(value) for value in values]
