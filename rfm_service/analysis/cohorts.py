"""Cohorts: the customers of one month of first purchase, and who of them buys again in the months after."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Ints, codes, counts, distinct, empty, frame, smallest, sums
from rfm_service.analysis.months import month_of
from rfm_service.domain.tables import COHORTS, RETENTION, RETURNED


def cohorts(purchases: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """COHORTS of all PURCHASES up to as_of, up to the month of as_of, which is complete on its last day only.

    `as_of` is the last day whose sales are known: where they lag behind, the day that they reach.
    """
    if purchases.empty:
        return empty(COHORTS)
    customer = codes(purchases["customer_no"].to_numpy())
    month = month_of(purchases["day"].to_numpy())
    cohort = smallest(customer.of_row, month, customer.size)[customer.of_row]
    newest, oldest = as_of.year * 12 + as_of.month - 1, int(month.min())
    side = newest - oldest + 1
    cell = (cohort - oldest) * side + (month - cohort)
    pairs = distinct(customer.of_row.astype(np.int64) * side * side + cell)
    cells = {"customers": counts(pairs % (side * side), side * side), "orders": counts(cell, side * side),
             "revenue": sums(cell, purchases["amount"].to_numpy(), side * side)}
    rows = _triangle(cells["customers"], side)
    cohort_of, offset = oldest + rows // side, rows % side
    ended = newest + ((as_of + timedelta(days=1)).day == 1)
    return frame({"cohort": cohort_of, "offset": offset, "complete": cohort_of + offset < ended,
                  **{name: column[rows] for name, column in cells.items()}}, COHORTS)


def retention(found: pd.DataFrame) -> pd.DataFrame:
    """RETENTION: COHORTS with customers and revenue of each month as shares 0..1 of the cohort's first month.

    Revenue may pass 1: customers that stay may buy more than at first.
    """
    first = found[found["offset"] == 0].set_index("cohort")[["customers", "revenue"]].loc[found["cohort"]]
    size, revenue = first["customers"].to_numpy(), first["revenue"].to_numpy()
    return frame({**{name: found[name].to_numpy() for name in COHORTS}, "size": size,
                  "retention": found["customers"].to_numpy() / size,
                  "revenue_retention": found["revenue"].to_numpy() / revenue}, RETENTION)


def returned(found: pd.DataFrame) -> pd.DataFrame:
    """RETURNED: who of all customers came back after 1, 2, ... months, over the complete months of COHORTS.

    The oldest cohort is left out: it also holds customers who first bought before the stored sales begin.
    """
    shares = retention(found)
    kept = shares[shares["complete"] & (shares["offset"] > 0) & (shares["cohort"] > shares["cohort"].min())]
    summed = kept.groupby("offset", as_index=False)[["size", "customers"]].sum()
    return frame({"offset": summed["offset"].to_numpy(), "customers": summed["size"].to_numpy(),
                  "returned": summed["customers"].to_numpy()}, RETURNED)


def _triangle(customers: Ints, side: int) -> Ints:
    """The cells of cohorts that hold customers, in their months up to the newest, of a square of `side` months."""
    row, offset = np.divmod(np.arange(side * side), side)
    held = customers[::side] > 0
    cells: Ints = np.flatnonzero(held[row] & (row + offset < side))
    return cells
