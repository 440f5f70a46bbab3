"""The sheet Rules: how everything is counted, with the night's own numbers, and what the columns mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from xlsxwriter.worksheet import Worksheet

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_number, money
from rfm_service.drawing import value_tables
from rfm_service.drawing.columns import EXCEL_EPOCH
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
from rfm_service.sheets.book import Book
from rfm_service.sheets.customers import meanings
from rfm_service.sheets.period import period
from rfm_service.texts.labels import class_labels, label, risk_labels, segment_labels, tier_labels, value_labels
from rfm_service.texts.plain import wrapped

CAPTION_WIDTH, TOLD_WIDTH, INDENT = 36, 84, 2
TITLE_HEIGHT, LINE_HEIGHT = 26, 15


class Fact(NamedTuple):
    """A line of the sheet: its caption, what is told, and the name by which formulas can call it."""

    caption: str
    told: str | int | Decimal | date
    name: str = ""


class Part(NamedTuple):
    """Lines under one title."""

    title: str
    facts: Iterable[Fact]


def rules(book: Book, findings: Findings, texts: Texts) -> None:
    """The rules part by part; the figures of the night bear names."""
    sheet = book.page(texts("Rules"), period(findings, texts))
    sheet.set_portrait()
    sheet.set_column(0, 0, CAPTION_WIDTH)
    sheet.set_column(1, 1, TOLD_WIDTH)
    row = 0
    for part in _parts(findings, texts):
        sheet.set_row(row, TITLE_HEIGHT)
        sheet.write_string(row, 0, part.title, book.named["title"])
        row += 1
        for fact in part.facts:
            _write(book, sheet, row, fact)
            row += 1
        row += 1


def _write(book: Book, sheet: Worksheet, row: int, fact: Fact) -> None:
    sheet.write_string(row, 0, fact.caption, book.named["caption"])
    lines = max(_lines(fact.caption, CAPTION_WIDTH), _lines(str(fact.told), TOLD_WIDTH))
    sheet.set_row(row, LINE_HEIGHT * lines)
    match fact.told:
        case str():
            sheet.write_string(row, 1, fact.told, book.named["told"])
        case date():
            sheet.write_number(row, 1, day_number(fact.told) - EXCEL_EPOCH, book.named["told_day"])
        case int():
            sheet.write_number(row, 1, fact.told, book.named["told_number"])
        case _:
            sheet.write_number(row, 1, fact.told, book.named["told_money"])
    if fact.name:
        book.name(fact.name, sheet, (row, 1, row, 1))


def _lines(text: str, width: int) -> int:
    """The lines that a text takes in a column; not all programs make a row as high as its text."""
    return wrapped(text, width - INDENT).count("\n") + 1


def _parts(findings: Findings, texts: Texts) -> Iterator[Part]:
    yield Part(texts("The report"), _night(findings, texts))
    yield Part(texts("How it is counted"), _counting(findings, texts))
    yield Part(texts("Segments: the first line that fits"), _segments(findings, texts))
    yield Part(texts("Scores"), _scores(findings, texts))
    yield Part(texts("Wholesale levels"), _levels(findings, texts))
    yield Part(texts("Value and risk: the first line that fits"), _lifecycle(findings, texts))
    yield Part(texts("ABC and XYZ"), _classes(findings, texts))
    yield Part(texts("Columns of the sheet Customers"), _columns(findings, texts))


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


def _columns(findings: Findings, texts: Texts) -> Iterator[Fact]:
    named = value_tables.named(findings, texts)
    yield from (Fact(named[column], told) for column, told in meanings(texts).items())
