"""Key figures: what they are held against, and when against nothing."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest

from rfm_service.analysis.trends import YEAR
from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_number
from rfm_service.drawing.key_figures import Card, cards, comparison_note, key_figures, legend, past_of
from rfm_service.drawing.sparkline import LAST_YEAR, sparkline
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings

RU, EN = Catalogue("ru", "RUB"), Catalogue("en", "USD")
FINDINGS = make_findings(900)
AS_OF = FINDINGS.basis.as_of


def shown(findings: Findings, texts: Catalogue = EN) -> list[Card]:
    return cards(findings, past_of(findings), texts)


def not_whole(day_of_as_of: int) -> Findings:
    """The findings as if no sales were stored before the window of that day."""
    return dataclasses.replace(FINDINGS, trends=FINDINGS.trends.assign(
        whole=FINDINGS.trends["as_of"] >= day_number(AS_OF) - day_of_as_of))


def test_changes_are_those_of_the_trend_points() -> None:
    points = FINDINGS.trends[FINDINGS.trends["segment"] == ""].set_index("as_of")
    for card, name in zip(shown(FINDINGS)[:2], ("customers", "active"), strict=True):
        for change, day in zip(card.changes, (AS_OF - timedelta(weeks=1), AS_OF - YEAR), strict=True):
            by = int(points.loc[day_number(AS_OF), name] - points.loc[day_number(day), name])
            arrow, words = ("▲", "more") if by > 0 else ("▼", "less")
            assert change.words == f"{arrow} {EN.number(abs(by))} {words}"


def test_there_are_six_with_both_lines_and_their_words() -> None:
    found = shown(FINDINGS, RU)
    assert [card.caption for card in found] == [figure.caption for figure in key_figures(365, RU)]
    assert len(found) == 6
    assert all(LAST_YEAR in card.spark and "26 недель: от" in card.spark_words for card in found)
    assert legend(found, RU).startswith("Линия с точкой")
    assert comparison_note(FINDINGS, past_of(FINDINGS), RU) == ""


def test_an_incomplete_day_is_marked_and_never_a_fall() -> None:
    findings = dataclasses.replace(FINDINGS, complete=False)
    assert {card.mark for card in shown(findings)} == {"not final"}
    assert not any(card.changes for card in shown(findings))
    assert "compared with nothing" in comparison_note(findings, past_of(findings), EN)
    ends = [re.search(r'cx="([\d.]+)"', card.spark) for card in shown(findings)]
    assert all(end and float(end[1]) < 115 for end in ends), "tonight is not drawn"


@pytest.mark.parametrize(("days", "told", "captions"), [
    (400, "No comparison with last year yet", ["against last week"]), (6, "No comparison with last week yet", []),
    (-1, "No comparison with last week yet", []),
])
def test_points_that_are_not_whole_are_left_alone(days: int, told: str, captions: list[str]) -> None:
    findings = not_whole(days if days != 400 else 300)
    assert [change.caption for change in shown(findings)[0].changes] == captions
    assert comparison_note(findings, past_of(findings), EN).startswith(told)
    assert LAST_YEAR not in shown(findings)[0].spark


def test_nobody_has_nothing_to_compare() -> None:
    nobody = make_findings(0)
    assert comparison_note(nobody, past_of(nobody), EN) == ""
    assert legend(shown(nobody), EN) == ""
    assert {card.spark for card in shown(nobody)} == {""}


@pytest.mark.parametrize("values", [(5, 5, 5), (0, 10, 3), (-7, 10**18, 4)])
def test_a_sparkline_stays_within_its_frame(values: tuple[int, ...]) -> None:
    drawn = sparkline([(at / 2, value) for at, value in enumerate(values)], [(0.0, values[0]), (1.0, values[1])])
    spots = [spot.split(",") for line in re.findall(r'points="([^"]+)"', drawn) for spot in line.split()]
    assert len(spots) == 5
    assert all(0 <= float(x) <= 120 and 0 <= float(y) <= 26 for x, y in spots)


def test_one_point_is_no_line() -> None:
    assert sparkline([(0.5, 3)], []) == ""
