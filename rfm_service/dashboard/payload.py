"""What the page is given of the findings: facts, and the columns of its sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from rfm_service.analysis.sentences import sentences
from rfm_service.dashboard import packing
from rfm_service.dashboard.alerts import alerts_section
from rfm_service.dashboard.cells import chances, numbers_of, phones, readable, readable_lines, texts_of, whole_units
from rfm_service.dashboard.packing import Column, Numbered
from rfm_service.dashboard.sections import tables, told
from rfm_service.dashboard.worklist import listed, states, worklist, worklist_facts
from rfm_service.domain.findings import Findings
from rfm_service.domain.grids import PARTS, Condition, Grid
from rfm_service.domain.tables import OUTREACH, PUBLISHED_CUSTOMERS
from rfm_service.domain.values import day_number
from rfm_service.ports import Texts
from rfm_service.texts.plain import plain

MOST_CUSTOMERS = 100_000
CONTACTS = frozenset({"email", "phone"})
"""Columns that an edition without contacts leaves out."""
CUSTOMERS = (*(name for name in PUBLISHED_CUSTOMERS if name not in OUTREACH), "phone", "category")
FORETOLD_MONEY = ("spend30", "spend90")

Pack = Callable[["pd.Series[Any]"], Column]


@dataclass(frozen=True)
class Shown:
    """The customers on the page, the most money first, with today's list, and the row of each by its number."""

    customers: pd.DataFrame
    listed: pd.DataFrame
    all_customers: int
    all_money: int

    @classmethod
    def of(cls, findings: Findings) -> Shown:
        """Everybody, or the MOST_CUSTOMERS with most money and those of today's list."""
        every, today = findings.snapshot, listed(findings)
        first = every.sort_values(["monetary", "customer_id"], ascending=[False, True], ignore_index=True)
        if len(first) > MOST_CUSTOMERS:
            wanted = first["customer_no"].isin(today["customer_no"]).to_numpy()
            first = first[wanted | (np.arange(len(first)) < MOST_CUSTOMERS)].reset_index(drop=True)
        return cls(first, today, len(every), int(every["monetary"].sum()))

    def rows(self, customers: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The row of each customer_no, -1 where it is not on the page."""
        numbers = self.customers["customer_no"].to_numpy()
        if not len(numbers):
            return np.full(len(customers), -1, np.int64)
        order = np.argsort(numbers, kind="stable")
        at = np.minimum(np.searchsorted(numbers[order], customers.to_numpy()), len(numbers) - 1)
        found: np.ndarray[Any, np.dtype[np.int64]] = np.where(numbers[order][at] == customers.to_numpy(), order[at], -1)
        return found


def payload(findings: Findings, languages: Sequence[Texts], *, contacts: bool) -> bytes:
    """Everything that the page shows, packed; without `contacts` nothing by which a customer could be reached."""
    shown = Shown.of(findings)
    sections: dict[str, Mapping[str, Column]] = {
        "customers": _customers(shown.customers, contacts=contacts),
        "worklist": worklist(shown.listed, findings.worklist, shown.rows(shown.listed["customer_no"])),
        "moves": _moves(findings, shown, languages), "history": _history(findings, shown),
        **_orders(findings.orders, shown), **_tables(findings), **tables(findings),
        "alerts": alerts_section(findings.worklist.alerts)}
    return packing.packed({
        **facts(findings, shown, contacts=contacts), **told(findings, languages),
        "worklist": worklist_facts(findings, shown.listed, languages)}, sections)


def facts(findings: Findings, shown: Shown, *, contacts: bool) -> Mapping[str, Any]:
    """What is no column: days as day numbers, money in 1/10 000, cuts in units of their measure."""
    basis, worth, previous = findings.basis, findings.worth, findings.previous_figures
    return {
        "as_of": day_number(basis.as_of), "first": day_number(basis.window.first), "window_days": basis.window.days,
        "company": plain(findings.company), "currency": findings.currency, "complete": findings.complete,
        "contacts": contacts, "customers": shown.all_customers, "money": shown.all_money,
        "sales_through": day_number(findings.sales_through) if findings.sales_through else None,
        "previous_as_of": day_number(findings.previous_as_of) if findings.previous_as_of else None,
        "figures": asdict(findings.figures), "previous_figures": asdict(previous) if previous else None,
        "rules": rules(basis.rules.grid), "returns": basis.rules.returns, "gift_below": basis.rules.gift_below,
        "monthly_cuts": basis.rules.cuts if isinstance(basis.rules.cuts, str) else "fixed",
        "cuts": {axis: [cut / PARTS for cut in getattr(findings.cuts, axis)] for axis in ("r", "f", "m")},
        "tiers": [[tier.id, tier.floor] for tier in basis.rules.tiers],
        "lifecycle": _plainly(findings.lifecycle), "classes": _plainly(findings.classes),
        "gate": {**asdict(findings.gate), "passed": findings.gate.passed},
        "quality": {name: getattr(findings.quality, name)
                    for name in ("gifts", "own_companies", "excluded", "no_customer", "quarantined")},
        "without_purchase": int(findings.quality.without_purchase["monetary"].sum()),
        "settings_changed": [[change.key, plain(change.before), plain(change.after)]
                             for change in findings.settings_changed],
        "pareto": {"share": float(worth.pareto.share), "customers": worth.pareto.customers,
                   "money": worth.pareto.money, "top": worth.pareto.top, "top_money": worth.pareto.top_money},
        "unseen": asdict(worth.unseen), "method": findings.forecast.method,
    }


def rules(grid: Grid) -> Mapping[str, Any]:
    """A grid for the page: of a condition its axis, the line, the first value above it, and whether that side holds."""
    return {"name": grid.name, "by_score": grid.by_score, "order": list(grid.order), "fallback": grid.fallback,
            "rules": [{"segment": rule.segment, "conditions": [_condition(each) for each in rule.conditions],
                       "cells": sorted(rule.cells)} for rule in grid.rules]}


def _condition(condition: Condition) -> list[Any]:
    return [condition.axis, condition.border.line, condition.border.start, condition.upper]


def _plainly(borders: Any) -> Mapping[str, Any]:
    """A dataclass of borders with shares as floats."""
    return {name: float(value) if hasattr(value, "numerator") and not isinstance(value, int) else value
            for name, value in asdict(borders).items()}


def _customers(customers: pd.DataFrame, *, contacts: bool) -> Mapping[str, Column]:
    left_out = {"customer_id", "cohort"} | (set() if contacts else CONTACTS)
    names = [name for name in CUSTOMERS if name not in left_out]
    return {"customer_id": packing.ids(customers["customer_id"].tolist()),
            **{name: _pack(name, customers[name]) for name in names}, "cohort": numbers_of(customers["cohort"]),
            **states(customers)}


def _pack(name: str, values: pd.Series[Any]) -> Column:
    if name in ("p30", "p90"):
        return chances(values)
    if name in FORETOLD_MONEY:
        return whole_units(values)
    if name == "phone":
        return phones(values)
    return numbers_of(values) if pd.api.types.is_integer_dtype(values) else texts_of(values)


def _moves(findings: Findings, shown: Shown, languages: Sequence[Texts]) -> Mapping[str, Column]:
    moves, window = findings.moves, findings.basis.window.days
    documents = {number: name for number, name in zip(moves["document_no"].tolist(),
                                                      readable(moves["document"].tolist()), strict=True) if name}
    told = {f"detail_{texts.language}": texts_of(sentences(moves, texts, window, documents)) for texts in languages}
    return {"row": packing.numbers(shown.rows(moves["customer_no"])),
            "customer_id": packing.ids(moves["customer_id"].tolist()),
            **{name: texts_of(moves[name]) for name in ("customer", "from_segment", "to_segment", "cause")},
            "monetary": numbers_of(moves["monetary"]), **told}


def _history(findings: Findings, shown: Shown) -> Mapping[str, Column]:
    rows = shown.rows(findings.history["customer_no"])
    history, rows = findings.history[rows >= 0], rows[rows >= 0]
    order = np.lexsort((history["as_of"].to_numpy(), rows))
    history = history.iloc[order]
    return {"row": packing.numbers(rows[order]), "as_of": numbers_of(history["as_of"]),
            **{name: texts_of(history[name]) for name in ("from_segment", "to_segment", "cause")}}


def _orders(orders: pd.DataFrame, shown: Shown) -> Mapping[str, Mapping[str, Column]]:
    """Orders in the order of their numbers, which lie close together then; `documents` has a row a document."""
    rows = shown.rows(orders["customer_no"])
    orders, rows = orders[rows >= 0], rows[rows >= 0]
    papers = readable_lines(orders["documents"].tolist())
    names = Numbered.of(readable_lines(orders["order"].tolist()))
    documents = Numbered.of("\n".join(papers).split("\n") if papers else [])
    count = np.fromiter((paper.count("\n") + 1 for paper in papers), np.int64, len(papers))
    first = np.cumsum(count) - count
    at = np.lexsort((documents.numbers[first], documents.codes[first], names.numbers, names.codes))
    inside = np.arange(count.sum()) - np.repeat(np.cumsum(count[at]) - count[at], count[at])
    return {"orders": {
        "row": packing.numbers(rows[at]),
        **{name: packing.numbers(orders[name].to_numpy()[at].astype(np.int64))
           for name in ("day", "amount", "items", "returned", "counts")},
        "order": names.taken(at).column(), "documents": packing.numbers(count[at])},
        "documents": {"document": documents.taken(np.repeat(first[at], count[at]) + inside).column()}}


def _tables(findings: Findings) -> Mapping[str, Mapping[str, Column]]:
    worth, trade = findings.worth, findings.trade
    return {
        "products": _section(findings.products, ("product", "revenue", "orders", "customers", "pieces",
                                                 "returned_pieces", "returned_money", "last_sale")),
        "trends": _section(findings.trends), "months": _section(trade.months), "cohorts": _section(worth.cohorts),
        "curve": _section(worth.pareto.curve), "segments": _section(worth.segments),
        "abc_xyz": _section(worth.abc_by_xyz), "abc_segments": _section(worth.abc_by_segment),
        "attributes": _section(worth.attributes)}


def _section(frame: pd.DataFrame, names: Iterable[str] | None = None) -> Mapping[str, Column]:
    return {name: _cells(frame[name]) for name in (names or map(str, frame.columns))}


def _cells(values: pd.Series[Any]) -> Column:
    kinds: list[tuple[Callable[[Any], bool], Pack]] = [
        (pd.api.types.is_bool_dtype, numbers_of), (pd.api.types.is_integer_dtype, numbers_of),
        (pd.api.types.is_float_dtype, chances)]
    return next((pack for fits, pack in kinds if fits(values)), texts_of)(values)
