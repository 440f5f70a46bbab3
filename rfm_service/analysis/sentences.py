"""Why a customer moved, in one plain sentence."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from rfm_service.domain.values import MONEY_SCALE
from rfm_service.ports import Texts


class _Move(NamedTuple):
    """The columns of a MOVES row that a sentence is made of."""

    cause: str
    measure: str
    before: int
    after: int
    line: int

    @property
    def reason(self) -> str:
        """The cause; own_order whose number got worse is told as a correction (storno), not as a purchase."""
        fell = self.after < self.before
        worse = self.cause == "own_order" and fell != (self.measure == "recency_days")
        return "correction" if worse else self.cause


def sentences(moves: pd.DataFrame, texts: Texts, window_days: int) -> pd.Series[str]:
    """One sentence for each row of MOVES, on its index."""
    window = _days(texts, window_days)
    columns = (moves[name].tolist() for name in _Move._fields)
    told = [_sentence(_Move(*row), texts, window) for row in zip(*columns, strict=True)]
    return pd.Series(told, index=moves.index, dtype="str", name="detail")


def _sentence(move: _Move, texts: Texts, window: str) -> str:
    match move.measure:
        case "frequency":
            return _orders(move, texts, window)
        case "monetary":
            return _purchases(move, texts, window)
        case "recency_days":
            return _without_buying(move, texts)
    if move.before and move.after:
        return texts("The settings changed: the same numbers are another segment now.")
    return _left(move, texts, window) if move.before else _came(move, texts, window)


def _orders(move: _Move, texts: Texts, window: str) -> str:
    told = {name: texts.number(getattr(move, name)) for name in ("before", "after", "line")}
    match move.reason:
        case "own_order":
            return texts("Bought again: orders {before} → {after}, the line is {line}.", **told)
        case "correction":
            return texts("A correction: orders {before} → {after}, the line is {line}.", **told)
        case "return":
            return texts("Goods came back: orders {before} → {after}, the line is {line}.", **told)
        case "document_changed":
            return texts("An earlier document came late or changed: orders {before} → {after}, "
                         "the line is {line}.", **told)
        case "settings_changed":
            return texts("The settings changed: orders {before} → {after}, the line is {line}.", **told)
        case "customers_merged":
            return texts("Customers were joined: orders {before} → {after}, the line is {line}.", **told)
        case _:
            return texts("Orders of the last {window}: {before} → {after}, the line is {line}.",
                         window=window, **told)


def _purchases(move: _Move, texts: Texts, window: str) -> str:
    # Rounded to whole units, 99 999.60 would stand on the wrong side of a line of 100 000.
    close = min(abs(move.before - move.line), abs(move.after - move.line)) < MONEY_SCALE
    digits = 2 if close else 0
    told = {name: texts.amount(getattr(move, name), digits) for name in ("before", "after", "line")}
    match move.reason:
        case "own_order":
            return texts("Bought again: purchases {before} → {after}, the line is {line}.", **told)
        case "correction":
            return texts("A correction: purchases {before} → {after}, the line is {line}.", **told)
        case "return":
            return texts("Goods came back: purchases {before} → {after}, the line is {line}.", **told)
        case "document_changed":
            return texts("An earlier document came late or changed: purchases {before} → {after}, "
                         "the line is {line}.", **told)
        case "settings_changed":
            return texts("The settings changed: purchases {before} → {after}, the line is {line}.", **told)
        case "customers_merged":
            return texts("Customers were joined: purchases {before} → {after}, the line is {line}.", **told)
        case _:
            return texts("Purchases of the last {window}: {before} → {after}, the line is {line}.",
                         window=window, **told)


def _without_buying(move: _Move, texts: Texts) -> str:
    told = {"before": texts.number(move.before), "after": _days(texts, move.after),
            "line": _days(texts, move.line)}
    match move.reason:
        case "own_order":
            return texts("Bought again: {before} → {after} without buying, the line is {line}.", **told)
        case "correction":
            return texts("A correction: {before} → {after} without buying, the line is {line}.", **told)
        case "return":
            return texts("Goods came back: {before} → {after} without buying, the line is {line}.", **told)
        case "document_changed":
            return texts("An earlier document came late or changed: {before} → {after} without buying, "
                         "the line is {line}.", **told)
        case "settings_changed":
            return texts("The settings changed: {before} → {after} without buying, the line is {line}.",
                         **told)
        case "customers_merged":
            return texts("Customers were joined: {before} → {after} without buying, the line is {line}.",
                         **told)
        case _:
            return texts("{before} → {after} without buying: crossed the line of {line}.", **told)


def _came(move: _Move, texts: Texts, window: str) -> str:
    match move.cause:
        case "own_order":
            return texts("The first order that counts in the last {window}.", window=window)
        case "document_changed":
            return texts("An earlier document came late or changed: an order counts now.")
        case "settings_changed":
            return texts("The settings changed: an order of the last {window} counts now.", window=window)
        case "customers_merged":
            return texts("Customers were parted: this one counts by itself now.")
        case _:
            return texts("An order of the last {window} counts now that did not.", window=window)


def _left(move: _Move, texts: Texts, window: str) -> str:
    match move.cause:
        case "ageing":
            return texts("The last order that counted left the window of {window}.", window=window)
        case "own_order":
            return texts("A correction: no order of the last {window} counts any more.", window=window)
        case "return":
            return texts("Goods came back: no order of the last {window} counts any more.", window=window)
        case "document_changed":
            return texts("An earlier document changed: no order of the last {window} counts any more.",
                         window=window)
        case "settings_changed":
            return texts("The settings changed: no order of the last {window} counts any more.",
                         window=window)
        case "customers_merged":
            return texts("Customers were joined: this one counts with another now.")
        case _:
            return texts("No order of the last {window} counts any more.", window=window)


def _days(texts: Texts, count: int) -> str:
    return texts.plural("{count} day", "{count} days", count)
