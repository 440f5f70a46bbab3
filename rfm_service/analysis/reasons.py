"""What each move is laid to: the document that did it, and the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rfm_service.analysis.cleaning import gifts
from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.domain.values import Period, Rules, day_number

BY_DOCUMENT = ("document_changed", "return", "own_order")
"""The causes that a document brings about."""


_INGESTS = 1 << 31
"""More than there will ever be: a document and an ingest make one number."""


@dataclass(frozen=True)
class Views:
    """VERSIONED_LINES with marks: known to the previous snapshot (`then`), true `now`, dated up to it, counting.

    What was known then of a document stands under the customer whom merges since then gave it to. `counting` leaves
    out gifts, and returns where the rules ignore them.
    """

    lines: pd.DataFrame
    then: Flags
    now: Flags
    earlier: Flags
    counting: Flags

    @classmethod
    def of(cls, versions: pd.DataFrame, previous_as_of: date, known: tuple[int, Collection[int]],
           rules: Rules) -> Views:
        """The views of VERSIONED_LINES from a snapshot that saw the ingests up to `known`, merges after it."""
        until = versions["until"].to_numpy()
        then = _followed(versions, *known)
        lines = versions.assign(customer_no=_owners(versions, then, known[1]))
        ignored = lines["returned"].to_numpy() if rules.returns == "ignore" else np.zeros(len(lines), np.bool_)
        return cls(lines, then, until == 0, lines["day"].to_numpy() <= day_number(previous_as_of),
                   ~gifts(lines, rules) & ~ignored)

    @property
    def returned(self) -> Flags:
        """Return lines."""
        flags: Flags = self.lines["returned"].to_numpy()
        return flags

    def touched(self, cause: str, window: Period) -> Flags:
        """The lines that can have brought about a cause; purchases and returns are those of the window."""
        if cause == "document_changed":
            return self.counting & self.earlier & (self.then ^ self.now)
        inside = self.lines["day"].to_numpy() >= day_number(window.first)
        later = self.counting & inside & self.now & ~self.earlier
        return later & self.returned if cause == "return" else later & ~self.returned


def _followed(versions: pd.DataFrame, known: int, merges: Collection[int]) -> Flags:
    """The lines known at ingest `known`, each followed through the merges that only moved its document."""
    document, since, until = (versions[name].to_numpy() for name in ("document_no", "since", "until"))
    moved = np.array(sorted(merges), np.int64)
    then: Flags = (since <= known) & ((until == 0) | (until > known))
    for _ in merges:
        ended = then & np.isin(until, moved)
        heirs = np.isin(document * _INGESTS + since, document[ended] * _INGESTS + until[ended])
        then = (then & ~ended) | heirs
    return then & ~np.isin(until, moved)


def _owners(versions: pd.DataFrame, then: Flags, merges: Collection[int]) -> Ints:
    """The customer of each line; lines of `then` whose document was changed and then moved go with their document."""
    customer, document, since = (versions[name].to_numpy() for name in ("customer_no", "document_no", "since"))
    by_merge = np.flatnonzero(np.isin(since, list(merges)))
    if not len(by_merge):
        return customer
    newest = by_merge[np.lexsort((since[by_merge], document[by_merge]))]
    place = np.searchsorted(document[newest], document, side="right") - 1
    at = newest[np.maximum(place, 0)]
    moved = then & (versions["until"].to_numpy() != 0) & (place >= 0) & (document[at] == document)
    return np.where(moved, customer[at], customer)


@dataclass(frozen=True)
class Reasons:
    """MOVES' document_no, change and day, an element a customer."""

    document_no: Ints
    change: NDArray[Any]
    day: Ints


def reasons(customers: Ints, cause: NDArray[Any], worse: Flags, views: Views, window: Period) -> Reasons:
    """Lay the moves of `customers` (ascending) to documents: the one with the most money, of several such the newest.

    `cause` and `worse` (whether the number that crossed got worse) are an element a customer.
    """
    laid = Reasons(np.zeros(len(customers), np.int64), np.full(len(customers), "", dtype=object),
                   np.zeros(len(customers), np.int64))
    for each in BY_DOCUMENT:
        mine = customers[cause == each]
        lines = views.touched(each, window) & np.isin(views.lines["customer_no"].to_numpy(), mine)
        told = views.lines[lines].assign(then=views.then[lines], now=views.now[lines])
        if each == "document_changed":
            told = _unlike(told)
        if each == "own_order":
            # A purchase does not make worse, nor a correction better.
            storno = worse[np.searchsorted(customers, told["customer_no"].to_numpy())]
            told = told[(told["amount"].to_numpy() < 0) == storno]
        chosen = _weightiest(told)
        at = np.searchsorted(customers, chosen["customer_no"].to_numpy())
        laid.document_no[at], laid.day[at] = chosen["document_no"], chosen["day"]
        if each == "document_changed":
            laid.change[at] = np.where(chosen["then"] & chosen["now"], "corrected",
                                       np.where(chosen["now"], "late", "gone"))
    return laid


def _unlike(lines: pd.DataFrame) -> pd.DataFrame:
    """Without the lines that a customer had then and has now, though of another document: told under a new name."""
    key = ["customer_no", "day", "amount", "returned"]
    number = lines.groupby([*key, "now"], sort=False).cumcount().to_numpy()
    sides = lines.groupby(key, sort=False)["now"]
    there, every = sides.transform("sum").to_numpy(), sides.transform("size").to_numpy()
    unlike: Flags = number >= np.minimum(there, every - there)
    return lines.loc[unlike]


def _weightiest(lines: pd.DataFrame) -> pd.DataFrame:
    """customer_no, document_no, day, then, now: the document of each customer whose change is worth the most."""
    amount = lines["amount"].to_numpy()
    worth = lines.assign(worth=np.where(lines["now"], amount, 0) - np.where(lines["then"], amount, 0))
    documents = worth.groupby(["customer_no", "document_no"], as_index=False).agg(
        worth=("worth", "sum"), day=("day", "max"), then=("then", "any"), now=("now", "any"))
    documents["worth"] = documents["worth"].abs()
    return documents.sort_values(["customer_no", "worth", "day", "document_no"]).drop_duplicates(
        "customer_no", keep="last")
