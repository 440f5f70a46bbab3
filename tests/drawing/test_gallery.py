"""A chart is drawn once a night, both forms show the same, and nothing of it outlives the findings."""

from __future__ import annotations

import dataclasses
import gc
import re
import weakref
from pathlib import Path
from xml.etree import ElementTree

from matplotlib.figure import Figure
from matplotlib.image import imread

from rfm_service.domain.findings import Findings
from rfm_service.drawing import gallery
from rfm_service.drawing.charts import CHARTS, Chart
from rfm_service.drawing.gallery import drawing_of
from rfm_service.ports import Texts
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings

TEXTS = Catalogue("en", "USD")
TIERS = CHARTS[1]


def test_a_chart_is_built_once_for_the_same_findings_and_words() -> None:
    built = []

    def builder(findings: Findings, texts: Texts) -> Figure:
        built.append(texts.language)
        return TIERS.builder(findings, texts)

    chart = Chart("counted", TIERS.drawable, builder)
    findings, russian = make_findings(5), Catalogue("ru", "RUB")
    assert drawing_of(chart, findings, TEXTS) is drawing_of(chart, findings, TEXTS)
    assert drawing_of(chart, findings, russian) != drawing_of(chart, findings, TEXTS)
    assert built == ["en", "ru"]
    same = dataclasses.replace(findings)
    assert drawing_of(chart, same, TEXTS) == drawing_of(chart, findings, TEXTS)
    assert built == ["en", "ru", "en"]


def test_drawings_go_with_their_findings_and_figures_at_once() -> None:
    figures = []

    def builder(findings: Findings, texts: Texts) -> Figure:
        figure = TIERS.builder(findings, texts)
        figures.append(weakref.ref(figure))
        return figure

    findings = make_findings(5)
    drawing_of(Chart("watched", TIERS.drawable, builder), findings, TEXTS)
    gc.collect()
    assert [figure() for figure in figures] == [None]
    held = id(findings)
    assert held in gallery._SHELVES
    del findings
    gc.collect()
    assert held not in gallery._SHELVES


def test_both_forms_have_one_layout(tmp_path: Path) -> None:
    drawn = drawing_of(TIERS, make_findings(5), TEXTS)
    (tmp_path / "chart.png").write_bytes(drawn.png)
    height, width = imread(tmp_path / "chart.png").shape[:2]
    assert width == 1024
    left, top, right, bottom = map(float, ElementTree.fromstring(drawn.svg).attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    assert abs(width / right - height / bottom) < 0.02
    assert re.search(r"<text [^>]*>Retail</text>", drawn.svg)
