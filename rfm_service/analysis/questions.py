"""What a night asks of all customers, as pure functions over all lines of some of them and the addition of answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

import pandas as pd

from rfm_service.analysis import orders, scoring, summary, trade
from rfm_service.domain.findings import Trade
from rfm_service.domain.tables import LINES, TRADE_LINES, Table
from rfm_service.domain.values import Basis, Period, View

T = TypeVar("T")


@dataclass(frozen=True)
class Question(Generic[T]):
    """`of_lines` is laid to all LINES or TRADE_LINES (`table`) of some customers, `added` to its answers in any order.

    The lines are those of `view` but for those of `own` names, which count for nobody. A question can be pickled.
    """

    table: Table
    view: View
    own: frozenset[str]
    of_lines: Callable[[pd.DataFrame], T]
    added: Callable[[Sequence[T]], T]


def summary_of(basis: Basis) -> Question[pd.DataFrame]:
    """SUMMARY of all customers with a clean line in the window, sorted by customer_no."""
    return _of_window(basis, LINES, partial(summary.summarise, basis=_bare(basis)),
                      partial(_sorted, by=["customer_no"]))


def purchases_of(basis: Basis) -> Question[pd.DataFrame]:
    """PURCHASES of all customers, up to basis.as_of."""
    return Question(LINES, View(basis.history, basis.known), basis.rules.left_out,
                    partial(orders.purchases, basis=_bare(basis)),
                    partial(_sorted, by=["customer_no", "day", "amount"]))


def trade_of(basis: Basis, push_days: int) -> Question[Trade]:
    """What was sold in the window, of which the last `push_days` are told apart."""
    return _of_window(basis, TRADE_LINES, partial(trade.trade, basis=_bare(basis), push_days=push_days), trade.added)


def tallies_of(basis: Basis) -> Question[pd.DataFrame]:
    """TALLIES of the scored customers: what exact quintile cuts are made of."""
    return _of_window(basis, LINES, partial(_tallies, basis=_bare(basis)), scoring.tallies_added)


def briefs_of(bases: Sequence[Basis]) -> Question[list[pd.DataFrame]]:
    """BRIEF of all customers for each of some bases that differ in as_of alone; their lines are read once."""
    windows, rules = [basis.window for basis in bases], bases[0].rules
    view = View(Period(min(each.first for each in windows), max(each.end for each in windows)), bases[0].known)
    return Question(LINES, view, rules.left_out, partial(_briefs, bases=list(map(_bare, bases))), _briefs_added)


def _bare(basis: Basis) -> Basis:
    """What functions over lines need of a basis; names of who is left out go nowhere: lines are chosen by numbers."""
    return replace(basis, rules=replace(basis.rules, own_companies=frozenset(), exclude_customers=frozenset()))


def _of_window(basis: Basis, table: Table, of_lines: Callable[[pd.DataFrame], T],
               added: Callable[[Sequence[T]], T]) -> Question[T]:
    return Question(table, View(basis.window, basis.known), basis.rules.left_out, of_lines, added)


def _sorted(parts: Sequence[pd.DataFrame], by: list[str]) -> pd.DataFrame:
    return pd.concat(parts).sort_values(by, ignore_index=True)


def _tallies(lines: pd.DataFrame, basis: Basis) -> pd.DataFrame:
    return scoring.tallies(summary.summarise(lines, basis))


def _briefs(lines: pd.DataFrame, bases: Sequence[Basis]) -> list[pd.DataFrame]:
    return [summary.brief(lines, basis) for basis in bases]


def _briefs_added(parts: Sequence[list[pd.DataFrame]]) -> list[pd.DataFrame]:
    return [pd.concat(each, ignore_index=True) for each in zip(*parts, strict=True)]
