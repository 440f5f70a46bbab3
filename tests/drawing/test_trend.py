"""The trend of segments: which days are shown, what is pale, what the title says, and nothing of an unfinished day."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_number
from rfm_service.drawing.charts import CHARTS
from rfm_service.drawing.style import ACCENT
from rfm_service.drawing.trend import LAST_YEAR, WEEKS, YEAR, courses
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.renderers.findings import AS_OF, make_findings

EN = Catalogue("en", "USD")
CHART = next(chart for chart in CHARTS if chart.name == "segment-trend")
FINDINGS = make_findings(200)
TODAY = day_number(AS_OF)


def trended(*rows: tuple[int, str, int], whole: bool = True) -> Findings:
    """Findings with customers by days back and segment."""
    frame = pd.DataFrame([(TODAY - back, segment, customers, 0, 0, 0, 0, whole) for back, segment, customers in rows],
                         columns=list(FINDINGS.trends.columns))
    return dataclasses.replace(FINDINGS, trends=frame.sort_values(["as_of", "segment"], ignore_index=True))


def words(findings: Findings, texts: Catalogue = EN) -> list[str]:
    return [found.get_text() for found in CHART.draw(findings, texts).findobj(Text)]


def test_this_year_and_the_one_before_lie_over_each_other() -> None:
    found = courses(FINDINGS.trends, ())
    assert {course.segment for course in found} == set(FINDINGS.trends["segment"]) - {""}
    for course in found:
        assert course.lately[-1, 0] == TODAY
        assert abs(course.lately[-1, 0] - course.lately[0, 0] - 7 * WEEKS) <= 3
        assert set(course.lately[-20:, 0]) <= set(course.year_before[:, 0])
        assert course.now == (FINDINGS.snapshot["segment"] == course.segment).sum()


def test_numbers_are_the_last_ones_and_the_change() -> None:
    told = words(trended((180, "loyal", 10), (90, "loyal", 40), (0, "loyal", 17), (180, "lost", 5), (0, "lost", 4)))
    assert {"Loyal", "17", "+7", "Lost", "4", "-1"} <= set(told)
    assert "Loyal: +7 in 26 weeks, now 17" in told


def test_a_segment_without_anybody_is_at_nought() -> None:
    found = trended((14, "loyal", 3), (14, "lost", 2), (7, "loyal", 3), (0, "loyal", 3), (0, "", 3))
    assert [(course.segment, course.lately[:, 1].tolist()) for course in courses(found.trends, ("loyal", "lost"))] == [
        ("loyal", [3, 3, 3]), ("lost", [2, 0, 0])]


def test_an_unfinished_day_and_days_before_the_first_sales_are_not_shown() -> None:
    unfinished = trended((14, "loyal", 9), (7, "loyal", 8))
    assert courses(unfinished.trends, ())[0].lately[-1, 0] == TODAY - 7
    assert not CHART.drawable(trended((14, "loyal", 9), (0, "loyal", 8), whole=False))
    assert not CHART.drawable(trended((0, "loyal", 8), (YEAR, "loyal", 8)))
    assert not CHART.drawable(make_findings(0))


def test_a_year_before_is_pale() -> None:
    figure = CHART.draw(trended((YEAR + 7, "loyal", 3), (YEAR, "loyal", 5), (7, "loyal", 4), (0, "loyal", 6)), EN)
    [lines] = figure.axes[0].collections
    assert isinstance(lines, LineCollection)
    assert [to_hex(colour) for colour in np.asarray(lines.get_edgecolor())][1:] == [LAST_YEAR, ACCENT]
    ground, before, lately = (line[:, 1] for line in lines.get_segments())
    assert (lately < before).all()
    assert (before < ground[0]).all()
    for too_few in ((), ((YEAR, "loyal", 5),), ((YEAR + 8, "loyal", 5), (YEAR + 9, "loyal", 5))):
        assert "Pale" not in "".join(words(trended((7, "loyal", 4), (0, "loyal", 6), *too_few)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_changed(language: str) -> None:
    assert CHART.draw(trended((14, "loyal", 4), (0, "loyal", 4)), Catalogue(language, "RUB")).get_suptitle()


def test_many_segments_of_own_rules_leave_out_the_smallest() -> None:
    found = trended(*((back, f"own_{number}", number) for back in (14, 0) for number in range(1, 31)))
    told = words(found)
    assert "Own 30" in told
    assert "Own 15" not in told
