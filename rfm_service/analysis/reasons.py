"""What each move is laid to: the document that did it, and the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.domain.values import day_number

BY_DOCUMENT = ("document_changed", "return", "own_order")
"""The causes that a document brings about."""


@dataclass(frozen=True)
class Views:
    """Marks on VERSIONED_LINES: known to the previous snapshot (`then`), true `now`, dated up to it, returns.

    Lines that a merge moved from customer to customer since then count as known to it where they are now.
    """

    then: Flags
    now: Flags
    earlier: Flags
    returned: Flags

    @classmethod
    def of(cls, versions: pd.DataFrame, previous_as_of: date, known: int, merges: Collection[int]) -> Views:
        """The views of VERSIONED_LINES from a snapshot that saw the ingests up to `known`."""
        since, until = versions["since"].to_numpy(), versions["until"].to_numpy()
        moved = list(merges)
        then = (since <= known) & ((until == 0) | (until > known))
        return cls((then | np.isin(since, moved)) & ~np.isin(until, moved), until == 0,
                   versions["day"].to_numpy() <= day_number(previous_as_of), versions["returned"].to_numpy())

    def touched(self, cause: str) -> Flags:
        """The lines that can have brought about a cause."""
        if cause == "document_changed":
            return self.earlier & (self.then ^ self.now)
        later = self.now & ~self.earlier
        return later & self.returned if cause == "return" else later & ~self.returned


@dataclass(frozen=True)
class Reasons:
    """MOVES' document_no, change and day, an element a customer."""

    document_no: Ints
    change: NDArray[Any]
    day: Ints


def reasons(customers: Ints, cause: NDArray[Any], versions: pd.DataFrame, views: Views) -> Reasons:
    """Lay the moves of `customers` (ascending) to documents: the one with the most money, of several such the newest.

    `cause` is an element a customer, `versions` VERSIONED_LINES.
    """
    laid = Reasons(np.zeros(len(customers), np.int64), np.full(len(customers), "", dtype=object),
                   np.zeros(len(customers), np.int64))
    for each in BY_DOCUMENT:
        mine = customers[cause == each]
        lines = views.touched(each) & np.isin(versions["customer_no"].to_numpy(), mine)
        chosen = _weightiest(versions[lines].assign(then=views.then[lines], now=views.now[lines]))
        at = np.searchsorted(customers, chosen["customer_no"].to_numpy())
        laid.document_no[at], laid.day[at] = chosen["document_no"], chosen["day"]
        if each == "document_changed":
            laid.change[at] = np.where(chosen["then"] & chosen["now"], "corrected",
                                       np.where(chosen["now"], "late", "gone"))
    return laid


def _weightiest(lines: pd.DataFrame) -> pd.DataFrame:
    """customer_no, document_no, day, then, now: the document of each customer whose change is worth the most."""
    amount = lines["amount"].to_numpy()
    worth = lines.assign(worth=np.where(lines["now"], amount, 0) - np.where(lines["then"], amount, 0))
    documents = worth.groupby(["customer_no", "document_no"], as_index=False).agg(
        worth=("worth", "sum"), day=("day", "max"), then=("then", "any"), now=("now", "any"))
    documents["worth"] = documents["worth"].abs()
    return documents.sort_values(["customer_no", "worth", "day", "document_no"]).drop_duplicates(
        "customer_no", keep="last")
