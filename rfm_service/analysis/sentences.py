"""Why a customer moved, in one plain sentence: what did it, and the number that crossed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from rfm_service.domain.values import MONEY_SCALE, day_of
from rfm_service.ports import Texts


class _Move(NamedTuple):
    """The columns of a MOVES row that a sentence is made of."""

    cause: str
    measure: str
    before: int
    after: int
    line: int
    document_no: int
    change: str
    day: int

    @property
    def reason(self) -> str:
        """The cause; own_order whose number got worse is told as a correction (storno), not as a purchase."""
        fell = self.after < self.before
        worse = self.cause == "own_order" and fell != (self.measure == "recency_days")
        return "correction" if worse else self.change or self.cause

    @property
    def came(self) -> bool:
        """Whether the customer was absent before."""
        return not self.measure and not self.before


def sentences(moves: pd.DataFrame, texts: Texts, window_days: int, documents: Mapping[int, str]) -> pd.Series[str]:
    """One sentence for each row of MOVES, on its index; `documents`: document_no -> number."""
    window = _days(texts, window_days)
    columns = (moves[name].tolist() for name in _Move._fields)
    told = [_sentence(_Move(*row), texts, window, documents) for row in zip(*columns, strict=True)]
    return pd.Series(told, index=moves.index, dtype="str", name="detail")


def _sentence(move: _Move, texts: Texts, window: str, documents: Mapping[int, str]) -> str:
    if move.cause == "cuts_moved":
        return _cut(move, texts)
    document = documents.get(move.document_no, "?")
    return texts("{reason}: {outcome}.", reason=_reason(move, texts, document), outcome=_outcome(move, texts, window))


def _reason(move: _Move, texts: Texts, document: str) -> str:
    told = {"document": document, "day": texts.day(day_of(move.day)) if move.day else "?"}
    match move.reason:
        case "own_order":
            return texts("Bought on {day} (document {document})", **told)
        case "correction":
            return texts("A correction of {day} (document {document})", **told)
        case "return":
            return texts("Goods came back on {day} (document {document})", **told)
        case "late":
            return texts("Document {document} of {day} came late", **told)
        case "corrected":
            return texts("Document {document} of {day} was corrected", **told)
        case "gone":
            return texts("Document {document} of {day} is no longer in 1C", **told)
        case "document_changed":
            return texts("An earlier document came late or changed")
        case "settings_changed":
            return texts("The settings changed")
        case "customers_merged":
            return texts("Customers were parted") if move.came else texts("Customers were joined")
        case _:
            return texts("Time passed, the line was crossed on {day}", **told)


def _outcome(move: _Move, texts: Texts, window: str) -> str:
    match move.measure:
        case "frequency":
            told = {name: texts.number(getattr(move, name)) for name in ("before", "after", "line")}
            return texts("orders of {window} {before} → {after}, the line is {line}", window=window, **told)
        case "monetary":
            return texts("purchases of {window} {before} → {after}, the line is {line}", window=window,
                         **_amounts(move, texts))
        case "recency_days":
            return texts("{before} → {after} without buying, the line is {line}", before=texts.number(move.before),
                         after=_days(texts, move.after), line=_days(texts, move.line))
    if move.before and move.after:
        return texts("the same numbers are another segment now")
    return (texts("an order of the last {window} counts now", window=window) if move.came else
            texts("no order of the last {window} counts any more", window=window))


def _amounts(move: _Move, texts: Texts) -> Mapping[str, str]:
    # Rounded to whole units, 99 999.60 would stand on the wrong side of a line of 100 000.
    close = min(abs(move.before - move.line), abs(move.after - move.line)) < MONEY_SCALE
    return {name: texts.amount(getattr(move, name), 2 if close else 0) for name in ("before", "after", "line")}


def _cut(move: _Move, texts: Texts) -> str:
    """The score border that moved, and the number that stood still."""
    match move.measure:
        case "frequency":
            told = {name: texts.number(getattr(move, name)) for name in ("before", "after", "line")}
            return texts("The score border of orders moved {before} → {after}; here they are {line}.", **told)
        case "monetary":
            return texts("The score border of money moved {before} → {after}; here it is {line}.",
                         **_amounts(move, texts))
        case "recency_days":
            return texts("The score border of recency moved {before} → {after}; here it is {line}.",
                         before=texts.number(move.before), after=_days(texts, move.after), line=_days(texts, move.line))
        case _:
            return texts("The score borders moved.")


def _days(texts: Texts, count: int) -> str:
    return texts.plural("{count} day", "{count} days", count)
