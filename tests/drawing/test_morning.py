"""The words of the morning page agree with the findings."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pytest

from rfm_service.domain.findings import Findings, Gate
from rfm_service.domain.forecasts import GroupScore, Total
from rfm_service.drawing.morning import MOST_SEGMENTS, page_of
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings

RU, EN = Catalogue("ru", "RUB"), Catalogue("en", "USD")
FINDINGS = make_findings(60, hostile=True)
MANY = make_findings(900)


def test_segments_come_and_go_as_the_moves_do() -> None:
    page, moves = page_of(MANY, RU), MANY.moves
    came, left = (sum(int(getattr(row, way).strip("+−") or 0) for row in page.segments) for way in ("came", "left"))
    assert (came, left) == ((moves["to_segment"] != "").sum(), (moves["from_segment"] != "").sum())
    assert sum(int(row.customers) for row in page.segments) == MANY.figures.customers


def test_a_segment_that_all_have_left_is_still_shown() -> None:
    emptied = MANY.snapshot[MANY.snapshot["segment"] != "lost"]
    page = page_of(dataclasses.replace(MANY, snapshot=emptied), EN)
    row = next(row for row in page.segments if row.name == "Lost")
    assert (row.customers, row.money, row.left != "") == ("0", "$0", True)


def test_more_segments_than_fit_are_joined_and_nothing_is_lost() -> None:
    names = np.array([f"own {number % 30:02}" for number in range(len(MANY.snapshot))])
    own = MANY.snapshot.assign(segment=names)
    page = page_of(dataclasses.replace(MANY, snapshot=own, moves=MANY.moves.head(0)), EN)
    assert len(page.segments) == MOST_SEGMENTS
    assert page.segments[-1].name == "17 more segments"
    assert sum(int(row.customers) for row in page.segments) == len(names)


def test_little_to_go_by_is_said_aloud() -> None:
    enough = dataclasses.replace(FINDINGS, gate=Gate(500, 180))
    assert page_of(enough, RU).warnings == []
    for gate, few, short in ((Gate(499, 180), True, False), (Gate(500, 179), False, True), (Gate(1, 1), True, True)):
        (warning,) = page_of(dataclasses.replace(FINDINGS, gate=gate), RU).warnings
        assert "полагаться нельзя" in warning
        assert ("покупателей" in warning, "дней продаж" in warning) == (few, short)


def test_missing_days_and_an_incomplete_one_are_said_aloud() -> None:
    through = FINDINGS.basis.as_of - timedelta(days=2)
    page = page_of(dataclasses.replace(FINDINGS, sales_through=through, complete=False), RU)
    assert [warning[:29] for warning in page.warnings[:2]] == ["Нет продаж за последние 2 дня",
                                                               "Последний день в 1С может быт"]
    assert page.freshness[0].startswith("Данные по 18 ноября 2026")
    assert page.freshness[-1] == "в карантине: 2 строки"
    assert page_of(make_findings(0), RU).freshness[0] == "Продаж пока нет"


def test_the_first_night_names_no_night_before() -> None:
    first = dataclasses.replace(FINDINGS, previous_as_of=None)
    assert any("Сравнение" in line for line in page_of(FINDINGS, RU).freshness)
    assert not any("Сравнение" in line for line in page_of(first, RU).freshness)


def test_what_was_left_out_is_counted() -> None:
    assert list(page_of(FINDINGS, RU).left_out) == ["подарки: 41 строка", "свои компании: 12 строк",
                                                    "без покупателя: 3 строки"]


def forecast(findings: Findings) -> str:
    return " ".join(page_of(findings, RU).forecast)


@pytest.mark.parametrize(("changes", "told"), [
    ({}, "Он оказался точнее простых правил."),
    ({"better": "bgnbd"}, "Другой метод оказался точнее."),
    ({"ranked_worse": True}, "Он был ближе к истине"),
])
def test_the_verdict_on_the_last_forecast_stays_on_the_page(changes: dict[str, object], told: str) -> None:
    card = dataclasses.replace(FINDINGS.card, **changes)
    said = forecast(dataclasses.replace(FINDINGS, card=card))
    assert told in said
    assert f"заказали {card.groups[0].bought}" in said


def test_a_forecast_by_a_baseline_says_so_and_one_without_a_past_too() -> None:
    instead = dataclasses.replace(FINDINGS.forecast, method="recency", instead=True)
    assert "сегодняшний прогноз сделан по нему" in forecast(dataclasses.replace(FINDINGS, forecast=instead))
    young = dataclasses.replace(FINDINGS, card=None, gate=Gate(10, 30))
    assert forecast(young).startswith("Ни один прогноз ещё не завершён")
    few = dataclasses.replace(FINDINGS, card=None, gate=Gate(10, 300))
    assert forecast(few).startswith("Слишком мало")


@pytest.mark.parametrize(("bought", "spent", "told"), [
    (10, 10, ""), (31, 10, "Число покупателей вышло за границы"), (10, 31, "Деньги вышли за границы"),
    (31, 31, "И то и другое вышло за границы"),
])
def test_what_lay_outside_of_the_forecast_is_said_in_words(bought: int, spent: int, told: str) -> None:
    range_of = Total(10.0, 5.0, 20.0)
    every = GroupScore("", 60, range_of, bought, range_of, spent)
    card = dataclasses.replace(FINDINGS.card, groups=(every, *FINDINGS.card.groups[1:]))
    said = forecast(dataclasses.replace(FINDINGS, card=card))
    assert told in said
    assert ("за границы" in said) == bool(told)
    assert "NBD" not in said
