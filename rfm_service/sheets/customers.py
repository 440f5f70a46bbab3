"""The sheet Customers, and what each of its columns means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rfm_service.domain.findings import Findings
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import Column, amounts, cells, days, labelled
from rfm_service.drawing.outlook import gate_sentence
from rfm_service.ports import Texts
from rfm_service.sheets.book import MOST_ROWS, Book
from rfm_service.sheets.period import period
from rfm_service.texts.labels import segment_labels, tier_labels


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
        *value_tables.customer_columns(frame, findings, texts)]
    return [*printed, *(replace(column, printed=False) for column in beside)]


def meanings(texts: Texts) -> Mapping[str, str]:
    """Column of the sheet Customers -> what it means, in a sentence."""
    return {
        "customer": texts("The customer's name in 1C."),
        "recency_days": texts("Days since the last purchase; 1: bought on the day of the report."),
        "frequency": texts("Orders of the period that count: goods were sold and not all came back."),
        "monetary": texts("Money of the period, returns taken off as set above."),
        "order_interval_days": texts("How many days usually lie between two orders; 0: only one day with orders."),
        "segment": texts("The group by recency, orders and money; its rules stand above."),
        "tier": texts("The level by money of two months on average; its borders stand above."),
        "email": texts("From the customer's card in 1C."),
        "r": texts("1 to 5: how recently the customer bought compared with others; 5 is the most recent."),
        "f": texts("1 to 5: how often the customer bought compared with others; 5 is the most often."),
        "m": texts("1 to 5: how much the customer spent compared with others; 5 is the most."),
        "previous_segment": texts("The segment in the report before; empty: was not listed there."),
        "first_purchase": texts("The first purchase of the period, not of all time."),
        "last_purchase": texts("The last purchase of the period."),
        "orders_returned": texts("Orders of the period with goods that came back."),
        "manager": texts("Who looks after the customer, from 1C."),
        "customer_id": texts("The customer's mark in this service: it stays when the name changes."),
        **_beside(texts),
    }


def _beside(texts: Texts) -> Mapping[str, str]:
    return {
        "p30": texts("How likely an order within the next 30 days is."),
        "p90": texts("How likely an order within the next 90 days is."),
        "spend30": texts("Money to expect in the next 30 days, on average over many such customers."),
        "spend90": texts("Money to expect in the next 90 days, on average over many such customers."),
        "due": texts("By this day the next order has come as likely as not."),
        "due_from": texts("8 of 10 next orders come between this day and the one in the next column."),
        "due_to": texts("8 of 10 next orders come between the day in the column before and this one."),
        "value": texts("VIP or regular; the border stands above."),
        "risk": texts("New, bought lately, steady or silent for too long; the borders stand above."),
        "abc": texts("A brings most of the money, B the middle part, C the least; the borders stand above."),
        "xyz": texts("X buys evenly from month to month, Y unevenly, Z now and then; empty: too early to tell."),
        "cohort": texts("The month of the first purchase of all time."),
        "tenure_days": texts("Days since the first purchase of all time."),
        "churn_threshold": texts("From so many days of silence on it is no longer usual for this customer."),
        "orders_ever": texts("Orders of all time that count."),
        "revenue_ever": texts("Money of these orders; returns without an order are not taken off."),
    }
