"""Where each customer stands beside RFM, and what segments are worth."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from rfm_service.analysis.classes import abc_of, xyz_of
from rfm_service.analysis.grouping import Ints, counts, frame, sums
from rfm_service.analysis.histories import churn_thresholds, histories, placed
from rfm_service.analysis.intervals import rounded_ratio
from rfm_service.analysis.lifecycle import risk_of, value_of
from rfm_service.analysis.months import month_of
from rfm_service.analysis.proportions import wilson
from rfm_service.domain.forecasts import LONG
from rfm_service.domain.standings import USUAL_BORDERS, USUAL_LIFECYCLE, ClassBorders, Lifecycle, Unseen
from rfm_service.domain.tables import ABC_SEGMENTS, ABC_XYZ, CHURN, SEGMENT_VALUE, VALUE, Table
from rfm_service.domain.values import Basis, day_number


def standings(purchases: pd.DataFrame, snapshot: pd.DataFrame, basis: Basis,
              lifecycle: Lifecycle = USUAL_LIFECYCLE, borders: ClassBorders = USUAL_BORDERS) -> pd.DataFrame:
    """VALUE of the customers of a SNAPSHOT, from all PURCHASES up to basis.as_of."""
    bought = placed(purchases, snapshot)
    known = histories(bought, snapshot)
    threshold, tenure = churn_thresholds(known, lifecycle), day_number(basis.window.end) - known.first
    found = frame({
        "customer_no": snapshot["customer_no"].to_numpy(),
        "abc": abc_of(snapshot["monetary"].to_numpy(), borders),
        "xyz": xyz_of(bought, known, basis.window, borders),
        "value": value_of(snapshot, known, lifecycle),
        "risk": risk_of(snapshot["recency_days"].to_numpy(), tenure, threshold, lifecycle),
        "cohort": month_of(known.first), "tenure_days": tenure, "orders_ever": known.orders,
        "revenue_ever": known.revenue, "churn_threshold": threshold}, VALUE)
    return found.sort_values("customer_no", ignore_index=True)


def abc_by_xyz(snapshot: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """ABC_XYZ of a SNAPSHOT and its VALUE."""
    together = _together(snapshot, value)
    return _crossed(together[["abc", "xyz"]], together["monetary"].to_numpy(), ABC_XYZ)


def abc_by_segment(snapshot: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """ABC_SEGMENTS of a SNAPSHOT and its VALUE."""
    together = _together(snapshot, value)
    return _crossed(together[["abc", "segment"]], together["monetary"].to_numpy(), ABC_SEGMENTS)


def unseen(snapshot: pd.DataFrame, value: pd.DataFrame) -> Unseen:
    """What RFM adds to ABC: how many customers of class A are leaving, and with how much money (1/10 000)."""
    together = _together(snapshot, value)
    best = together[together["abc"] == "A"]
    silent, at_risk = best["recency_days"] > best["churn_threshold"], best["risk"] == "at_risk"
    (some, money), (quiet, quiet_money), (risky, risky_money), (leaving, leaving_money) = (
        (len(part), int(part["monetary"].sum()))
        for part in (best, best[silent], best[at_risk], best[silent | at_risk]))
    return Unseen(some, money, quiet, quiet_money, risky, risky_money, leaving, leaving_money)


def churn(former: pd.DataFrame, purchases: pd.DataFrame, as_of: date, days: int = LONG) -> pd.DataFrame:
    """CHURN: of the customers by their segment `days` ago (FORMER, as of as_of - days), who has not ordered since.

    An order is one that counts and whose first sale line lies in the `days` days that end with as_of.
    """
    since = purchases["day"] > day_number(as_of - timedelta(days=days))
    stayed = former["customer_no"].isin(purchases.loc[since, "customer_no"])
    segment, ids = _named(former["segment"])
    return frame({"segment": np.array(ids, dtype=object), "former": counts(segment, len(ids)),
                  "churned": counts(segment[~stayed.to_numpy()], len(ids))}, CHURN)


def segment_value(snapshot: pd.DataFrame, value: pd.DataFrame, churned: pd.DataFrame) -> pd.DataFrame:
    """SEGMENT_VALUE of a SNAPSHOT, its VALUE and the CHURN of its segments (without rows: not known)."""
    worth = _worth(_together(snapshot, value)).set_index("segment")
    lost = churned.set_index("segment")
    ids = sorted({*worth.index, *lost.index})
    joined = worth.reindex(ids, fill_value=0).join(lost.reindex(ids, fill_value=0)).reset_index(names="segment")
    pairs = [(int(gone), int(all_)) for gone, all_ in zip(joined["churned"], joined["former"], strict=True)]
    shares = np.array([(gone / all_, *wilson(gone, all_)) if all_ else (np.nan,) * 3 for gone, all_ in pairs])
    columns = {str(name): joined[name].to_numpy() for name in joined}
    return frame({**columns, **dict(zip(("churn", "churn_low", "churn_high"), shares.reshape(-1, 3).T, strict=True))},
                 SEGMENT_VALUE)


def _worth(together: pd.DataFrame) -> pd.DataFrame:
    """Customers, money, orders, AOV, ARPU and mean tenure by segment."""
    segment, ids = _named(together["segment"])
    customers = counts(segment, len(ids))
    money, orders, tenure = (sums(segment, together[name].to_numpy(), len(ids))
                             for name in ("monetary", "frequency", "tenure_days"))
    return pd.DataFrame({"segment": ids, "customers": customers, "money": money, "orders": orders,
                         "aov": money // orders, "arpu": money // customers,
                         "tenure_days": rounded_ratio(tenure, customers)})


def _together(snapshot: pd.DataFrame, value: pd.DataFrame) -> pd.DataFrame:
    """SNAPSHOT and VALUE of the same customers, a row each."""
    ordered = snapshot.sort_values("customer_no", ignore_index=True)
    return ordered.join(value.drop(columns="customer_no"))


def _named(ids: pd.Series) -> tuple[Ints, list[str]]:
    """Ids as positions among the different ones, ascending."""
    of_row, names = pd.factorize(ids.to_numpy(dtype=object), sort=True)
    return of_row.astype(np.int64), [str(name) for name in names]


def _crossed(pair: pd.DataFrame, money: Ints, table: Table) -> pd.DataFrame:
    """The pairs of ids that customers have: how many have it, and their money; sorted by both."""
    (one, ones), (other, others) = (_named(pair[name]) for name in pair)
    cell, size = one * len(others) + other, len(ones) * len(others)
    customers = counts(cell, size)
    at = np.flatnonzero(customers)
    left, right = (np.array(names, dtype=object)[place] for names, place in (
        (ones, at // max(len(others), 1)), (others, at % max(len(others), 1))))
    first, second = pair.columns
    return frame({first: left, second: right, "customers": customers[at], "money": sums(cell, money, size)[at]}, table)
