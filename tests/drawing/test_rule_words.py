"""The rules in words say what the rules do."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest

from rfm_service import presets
from rfm_service.domain.grids import Cuts
from rfm_service.domain.standings import ClassBorders, Lifecycle
from rfm_service.domain.values import FixedCuts
from rfm_service.drawing.rule_words import cuts_sentence, grid_rules, rule_sentence, score_rows, score_sentence
from rfm_service.drawing.standing_words import class_borders, risk_borders, value_borders
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.renderers.findings import make_findings

EN, RU = Catalogue("en", "USD"), Catalogue("ru", "RUB")
FINDINGS = make_findings(3)
RULES = FINDINGS.basis.rules


def said(preset: str, texts: Catalogue = EN) -> list[tuple[str, str]]:
    return [(rule.segment, rule_sentence(rule, texts)) for rule in grid_rules(presets.preset(preset))]


def test_orders_money_and_days() -> None:
    told = said("seed")
    assert told[0] == ("champions", "orders ≥ 12, spent ≥ $600,000, bought less than 90 days ago")
    assert told[1] == ("lost", "orders ≥ 9, no purchase for 180 days or longer")
    assert told[9] == ("sleeping", "no purchase for more than 135 days")
    assert told[11] == ("newcomers", "everybody else")


def test_scores_means_and_cells() -> None:
    assert said("rf10")[7] == ("newcomers", "recency score 5, orders score 1")
    assert said("putler")[0] == ("champions", "recency score 4–5, mean of the orders and money scores 4–5")
    assert said("classic8")[1] == ("key_development", "recency score 4–5, orders score 1–3, money score 4–5")
    assert said("list125")[0][1].endswith("one of: 555, 554, 545, 544, 455, 454, 445")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("preset", presets.names())
def test_every_rule_of_every_preset_can_be_said(preset: str, language: str) -> None:
    assert all(sentence for _, sentence in said(preset, Catalogue(language, "RUB")))


def test_own_rules_keep_the_sides_that_they_were_written_with() -> None:
    table = presets.RuleTable(segment="x", frequency="> 2, <= 7", monetary="< 99.50", recency_days="<= 30")
    sentence = rule_sentence(table.rule(4), RU).replace("\xa0", " ")
    assert sentence == "заказов > 2, заказов ≤ 7, потратил < 99,50 ₽, покупал не больше 30 дней назад"


def test_scores_are_told_by_the_cuts_of_the_night() -> None:
    cuts = Cuts(r=(52, 100, 150, 500), f=(5, 5, 10, 42), m=(-50_000, 500_000, 500_002, 5_000_000))
    rows = list(score_rows(dataclasses.replace(FINDINGS, cuts=cuts), EN))
    assert [row[1] for row in rows] == ["1 to 10 days", "11 to 20 days", "21 to 30 days", "31 to 100 days",
                                        "101 days and more"]
    assert [row[2] for row in rows] == ["9 and more", "3–8", "2", "—", "1"]
    assert [row[3] for row in rows] == ["more than $100", "more than $10, up to $100", "—", "more than -$1, up to $10",
                                        "up to -$1"]


def test_where_the_borders_come_from() -> None:
    fixed = FixedCuts((1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4))
    told = {cuts_sentence(dataclasses.replace(RULES, cuts=cuts), EN) for cuts in ("monthly", "nightly", fixed)}
    assert len(told) == 3
    assert score_sentence(RULES, EN) != score_sentence(dataclasses.replace(RULES, grid=presets.preset("rf10")), EN)


def test_lifecycle_and_classes_are_told_with_their_own_borders() -> None:
    usual = Lifecycle(churn_multiplier=Fraction(3, 2))
    assert dict(risk_borders(usual, EN))["at_risk"] == (
        "no purchase for longer than 1.5 times the customer's usual days between purchases, and for longer than "
        "60 days")
    assert dict(risk_borders(Lifecycle(rhythm="fixed"), EN))["at_risk"] == "no purchase for more than 30 days"
    assert dict(value_borders(usual, EN))["vip"] == "orders ≥ 3 or spent ≥ $50,000, in the period"
    assert dict(value_borders(Lifecycle(over="ever"), EN))["vip"].endswith("of all time")
    told = dict(class_borders(ClassBorders(a=Fraction(775, 1000)), EN))
    assert told["A"] == "the customers that spent most, up to 77.5% of the money together"
    assert told[""] == "fewer than 3 full months since the first purchase"
