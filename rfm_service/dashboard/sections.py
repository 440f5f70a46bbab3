"""What the tabs beside the customers are given: sentences in every language, and counts of all customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from rfm_service.analysis.trends import WEEKS
from rfm_service.dashboard import packing
from rfm_service.dashboard.packing import Column
from rfm_service.domain.findings import Findings
from rfm_service.domain.forecasts import ForecastCard, GroupScore
from rfm_service.domain.grids import SCORES
from rfm_service.domain.values import day_number
from rfm_service.drawing.borders import bins
from rfm_service.drawing.counting import parts
from rfm_service.drawing.key_figures import Card, cards, past_of
from rfm_service.drawing.morning import page_of
from rfm_service.drawing.outlook import by_segment_of
from rfm_service.drawing.rule_map import mapped
from rfm_service.drawing.totals import rise, segment_order
from rfm_service.ports import Texts
from rfm_service.texts.plain import plain

SAID = ("freshness", "warnings", "news", "legend", "comparison", "forecast", "more_settings", "left_out")
"""Sentences of the morning page that this one says too."""
WEEK = 7


def told(findings: Findings, languages: Sequence[Texts]) -> Mapping[str, Any]:
    """What is no column: `said` by language, the lines of key figures, the map of rules, the last forecast's card."""
    return {"said": {texts.language: _said(findings, texts) for texts in languages},
            "sparks": [card.spark for card in cards(findings, past_of(findings), languages[0])],
            "map": _map(findings), "card": _card(findings, findings.card) if findings.card else None}


def tables(findings: Findings) -> Mapping[str, Mapping[str, Column]]:
    """Columns of the tabs: customers by bars of each measure, by level and segment, moves by week."""
    return {"spread": _packed(spread(findings)), "levels": _packed(levels(findings)),
            "weeks": _packed(weeks(findings))}


def _said(findings: Findings, texts: Texts) -> Mapping[str, Any]:
    page = page_of(findings, texts)
    return {**{name: getattr(page, name) for name in SAID}, "moves": page.migration.title,
            "figures": [_figure(card) for card in page.cards],
            "settings": [[plain(change.name), plain(change.before), plain(change.after)] for change in page.settings],
            "counted": [[part.title, [[plain(fact.caption), _written(fact.told, texts)] for fact in part.facts]]
                        for part in parts(findings, texts)]}


def _figure(card: Card) -> Mapping[str, Any]:
    """A key figure in words; its line is the same in every language."""
    return {name: value for name, value in asdict(card).items() if name != "spark"}


def _written(told: str | int | Decimal | date, texts: Texts) -> str:
    match told:
        case str():
            return plain(told)
        case date():
            return texts.day(told)
        case int():
            return texts.number(told)
        case _:
            return texts.number(told, 2 if told % 1 else 0)


def _map(findings: Findings) -> Mapping[str, Any] | None:
    """Bands by their first values; of each cell its customers, their money and the segment of most of them."""
    if findings.snapshot.empty:
        return None
    found = mapped(findings)
    return {"orders": found.orders.starts, "days": found.days.starts, "customers": found.customers.tolist(),
            "money": found.money.tolist(), "segments": [list(row) for row in found.segments]}


def _card(findings: Findings, card: ForecastCard) -> Mapping[str, Any]:
    return {"as_of": day_number(card.as_of), "days": card.days,
            "scores": [[score.method, score.auc, score.brier, score.predicted] for score in card.scores],
            "groups": [_group(group) for group in (card.groups[0], *by_segment_of(card, findings))]}


def _group(group: GroupScore) -> Mapping[str, Any]:
    """What was foretold of a group, in whole buyers and in 1/10 000 of money, and what came."""
    return {"segment": group.segment, "customers": group.customers, "bought": group.bought, "spent": group.spent,
            "buyers": [round(end) for end in (group.buyers.predicted, group.buyers.low, group.buyers.high)],
            "spend": [round(end) for end in (group.spend.predicted, group.spend.low, group.spend.high)]}


def spread(findings: Findings) -> pd.DataFrame:
    """How many customers lie from `low` to before `high` of the measure of each score, money in 1/10 000."""
    return pd.DataFrame([(axis, *row) for axis in SCORES for row in bins(findings, axis)],
                        columns=["axis", "low", "high", "customers"])


def levels(findings: Findings) -> pd.DataFrame:
    """Customers and money of each wholesale level and segment that hold anybody together."""
    grouped = findings.snapshot.groupby(["tier", "segment"], sort=True)["monetary"]
    return grouped.agg(customers="size", money="sum").reset_index().astype({"customers": "int64", "money": "int64"})


def weeks(findings: Findings) -> pd.DataFrame:
    """Moves for the better and for the worse of each of the last 26 weeks, told by its last day `week`."""
    end, order = day_number(findings.basis.as_of), segment_order(findings.basis)
    history = findings.history[findings.history["as_of"] > end - WEEKS * WEEK]
    back = (end - history["as_of"].to_numpy("int64")) // WEEK
    ways = zip(history["from_segment"].tolist(), history["to_segment"].tolist(), strict=True)
    rises = np.fromiter((rise(before, after, order) for before, after in ways), np.int64, len(history))
    counted = {name: np.bincount(back[rises == way], minlength=WEEKS)[::-1] for name, way in
               (("better", 1), ("worse", -1))}
    return pd.DataFrame({"week": end - np.arange(WEEKS - 1, -1, -1, dtype=np.int64) * WEEK, **counted})


def _packed(frame: pd.DataFrame) -> Mapping[str, Column]:
    return {str(name): packing.numbers(frame[name].to_numpy().astype(np.int64))
            if pd.api.types.is_integer_dtype(frame[name]) else packing.texts([str(value) for value in frame[name]])
            for name in frame.columns}
