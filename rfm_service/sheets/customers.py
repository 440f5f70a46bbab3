"""The sheet Customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rfm_service.domain.findings import Findings
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, amounts, cells, days, labelled
from rfm_service.drawing.outlook import gate_sentence
from rfm_service.drawing.period import period
from rfm_service.ports import Texts
from rfm_service.sheets.book import MOST_ROWS, Book
from rfm_service.texts.labels import segment_labels, tier_labels
from rfm_service.texts.outreach_labels import (
    growth_labels,
    potential_labels,
    risk_tag_labels,
    state_labels,
    value_tier_labels,
)

if TYPE_CHECKING:
    import pandas as pd


def customers(book: Book, findings: Findings, texts: Texts) -> None:
    """The customers, the most valuable first."""
    book.sheet(texts("Customers"), customer_columns(findings, texts), period(findings, texts),
               gate_sentence(findings.gate, texts), known="rfm_customers")


def customer_columns(findings: Findings, texts: Texts) -> list[Column]:
    """What is known of each customer; on paper only as much as can be read there."""
    ranked = findings.snapshot.sort_values(["monetary", "customer_id"], ascending=[False, True])
    frame = ranked.head(MOST_ROWS)
    named = value_tables.named(findings, texts)
    segments, tiers = segment_labels(texts), tier_labels(texts)
    printed = [
        Column(named["customer"], cells(frame["customer"]), width=35),
        Column(named["recency_days"], frame["recency_days"].tolist(), "number", 10),
        Column(named["frequency"], frame["frequency"].tolist(), "number", 10),
        Column(named["monetary"], amounts(frame["monetary"]), "money", bars="most"),
        Column(named["order_interval_days"], frame["order_interval_days"].tolist(), "number", 14),
        Column(named["segment"], labelled(frame["segment"], segments)),
        Column(named["tier"], labelled(frame["tier"], tiers), width=20),
        Column(named["email"], cells(frame["email"]), width=25)]
    beside = [
        *(Column(named[score], frame[score].tolist(), "number", 9) for score in ("r", "f", "m")),
        Column(named["previous_segment"], labelled(frame["previous_segment"], {**segments, "": ""})),
        *(Column(named[day], days(frame[day]), "day", 12)
          for day in ("first_purchase", "last_purchase")),
        Column(named["orders_returned"], frame["orders_returned"].tolist(), "number", 12),
        Column(named["manager"], cells(frame["manager"]), width=22),
        Column(named["customer_id"], cells(frame["customer_id"]), width=20),
        *value_tables.customer_columns(frame, findings, texts),
        *_outreach(frame, texts, named)]
    return [*printed, *(replace(column, printed=False) for column in beside)]


def _outreach(frame: pd.DataFrame, texts: Texts, named: Mapping[str, str]) -> list[Column]:
    """What the list of the day knows of each customer, and where it is as to that list."""
    return [
        Column(named["value_tier"], labelled(frame["value_tier"], value_tier_labels(texts)), width=12),
        Column(named["growth"], labelled(frame["growth"], growth_labels(texts)), width=25),
        Column(named["clv"], frame["clv"].tolist(), "number", 16),
        Column(named["potential"], labelled(frame["potential"], potential_labels(texts)), width=17),
        Column(named["risk_tag"], labelled(frame["risk_tag"], {**risk_tag_labels(texts), "": ""}), width=26),
        Column(named["warning_line"], frame["warning_line"].tolist(), "number", 13),
        Column(named["state"], labelled(frame["state"], state_labels(texts)), width=60),
        Column(named["last_contact"], days(frame["last_contact"]), "day", 13)]
