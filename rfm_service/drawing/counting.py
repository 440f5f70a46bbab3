"""How everything is counted, with the night's own numbers: what the workbook and the pages say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from rfm_service.domain.findings import LEAST_CUSTOMERS, LEAST_DAYS, Findings
from rfm_service.domain.values import money
from rfm_service.drawing import value_tables
from rfm_service.drawing.meanings import meanings
from rfm_service.drawing.outlook import card_sentence, gate_sentence, method_sentence, verdict
from rfm_service.drawing.period import period
from rfm_service.drawing.rule_words import (
    cuts_sentence,
    exact_amount,
    grid_rules,
    rule_sentence,
    score_rows,
    score_sentence,
    tier_floors,
)
from rfm_service.drawing.standing_words import class_borders, risk_borders, value_borders
from rfm_service.ports import Texts
from rfm_service.texts.labels import class_labels, label, risk_labels, segment_labels, tier_labels, value_labels


class Fact(NamedTuple):
    """A line: its caption, what is told, and the name by which formulas can call it."""

    caption: str
    told: str | int | Decimal | date
    name: str = ""


class Part(NamedTuple):
    """Lines under one title."""

    title: str
    facts: Iterable[Fact]


def parts(findings: Findings, texts: Texts) -> Iterator[Part]:
    """All of it, part by part."""
    yield Part(texts("The report"), _night(findings, texts))
    yield Part(texts("How it is counted"), _counting(findings, texts))
    yield Part(texts("Segments: the first line that fits"), _segments(findings, texts))
    yield Part(texts("Scores"), _scores(findings, texts))
    yield Part(texts("Wholesale levels"), _levels(findings, texts))
    yield Part(texts("Value and risk: the first line that fits"), _lifecycle(findings, texts))
    yield Part(texts("ABC and XYZ"), _classes(findings, texts))
    yield Part(texts("Forecast"), _forecast(findings, texts))
    yield Part(texts("What the columns of customers mean"), _columns(findings, texts))


def _night(findings: Findings, texts: Texts) -> Iterator[Fact]:
    figures, named = findings.figures, value_tables.named(findings, texts)
    yield Fact(texts("Report of the day"), findings.basis.as_of, "rfm_as_of")
    yield Fact(named["customers"], figures.customers, "rfm_customers_count")
    yield Fact(named["frequency"], figures.orders, "rfm_orders")
    yield Fact(named["money"], money(figures.revenue), "rfm_revenue")


def _counting(findings: Findings, texts: Texts) -> Iterator[Fact]:
    rules, left_out = findings.basis.rules, findings.quality
    yield Fact(texts("Period"), period(findings, texts))
    yield Fact(texts("Orders that count"), texts(
        "An order counts when goods were sold in the period and its money, returns taken off, is above 0."))
    yield Fact(texts("Returns"), texts("Returns are left out before anything is counted.") if rules.returns == "ignore"
               else texts("A return lowers the money of its customer."))
    gifts = {"count": texts.number(left_out.gifts), "money": exact_amount(rules.gift_below, texts)}
    yield Fact(texts("Gifts"), texts("Lines of 0 or of less than {money} are left out: {count} lines.", **gifts)
               if rules.gift_below else texts("Lines of 0 are left out: {count} lines.", **gifts))
    yield Fact(texts("Own companies"), texts(
        "In the settings: {companies}; left out: {lines} lines.", companies=texts.number(len(rules.own_companies)),
        lines=texts.number(left_out.own_companies)))
    if rules.exclude_customers:
        yield Fact(texts("Excluded customers"), texts(
            "In the settings: {companies}; left out: {lines} lines.",
            companies=texts.number(len(rules.exclude_customers)), lines=texts.number(left_out.excluded)))
    yield Fact(texts("Moves"), texts("Compared with the report of {day}", day=texts.day(findings.previous_as_of))
               if findings.previous_as_of else texts("This is the first report: there is nothing to compare with."))


def _segments(findings: Findings, texts: Texts) -> Iterator[Fact]:
    labels = segment_labels(texts)
    for number, rule in enumerate(grid_rules(findings.basis.rules.grid), start=1):
        yield Fact(f"{texts.number(number)}. {label(labels, rule.segment)}", rule_sentence(rule, texts))


def _scores(findings: Findings, texts: Texts) -> Iterator[Fact]:
    rules = findings.basis.rules
    yield Fact(texts("Borders"), cuts_sentence(rules, texts))
    yield Fact(texts("What they decide"), score_sentence(rules, texts))
    for score, recency, orders, spent in score_rows(findings, texts):
        yield Fact(texts("Score {score}", score=score), texts(
            "since the last purchase: {recency}; orders: {orders}; money: {money}", recency=recency, orders=orders,
            money=spent))


def _levels(findings: Findings, texts: Texts) -> Iterator[Fact]:
    labels = tier_labels(texts)
    yield Fact(texts("Which money"), texts("Money of the period divided by the number of two-month blocks (January and "
                                           "February, and so on) in which the customer bought."))
    for tier, floor in tier_floors(findings.basis.rules, texts):
        yield Fact(label(labels, tier), floor)


def _lifecycle(findings: Findings, texts: Texts) -> Iterator[Fact]:
    values, risks = value_labels(texts), risk_labels(texts)
    yield from (Fact(values[value], told) for value, told in value_borders(findings.lifecycle, texts))
    yield from (Fact(risks[risk], told) for risk, told in risk_borders(findings.lifecycle, texts))


def _classes(findings: Findings, texts: Texts) -> Iterator[Fact]:
    labels = class_labels(texts)
    yield from (Fact(labels[each], told) for each, told in class_borders(findings.classes, texts))


def _forecast(findings: Findings, texts: Texts) -> Iterator[Fact]:
    card = findings.card
    yield Fact(texts("The forecast of this night"), method_sentence(findings, texts))
    yield Fact(texts("Last completed forecast"),
               f"{card_sentence(findings, texts)} {verdict(card, texts) if card else ''}".strip())
    yield Fact(texts("How to read it"), texts(
        "Of each segment it says how many customers would order and for how much, between which numbers eight of ten "
        "outcomes lie, and what came. Two of ten outside are usual; more of them say that the forecast was too sure."))
    yield Fact(texts("How methods are compared"), texts(
        "By how well they tell who will order (0.5 is chance, 1 is never wrong), and by the error of the chances (0 is "
        "never wrong)."))
    yield Fact(texts("Enough data"), gate_sentence(findings.gate, texts) or texts(
        "Yes: at least {customers} customers and {days} days of sales are needed.",
        customers=texts.number(LEAST_CUSTOMERS), days=texts.number(LEAST_DAYS)))


def _columns(findings: Findings, texts: Texts) -> Iterator[Fact]:
    named = value_tables.named(findings, texts)
    yield from (Fact(named[column], told) for column, told in meanings(texts).items())
