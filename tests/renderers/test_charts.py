from __future__ import annotations

import pytest

from rfm_service.drawing.charts import CHARTS
from rfm_service.drawing.gallery import drawing_of
from rfm_service.renderers import charts
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings


@pytest.mark.slow
def test_every_chart_is_a_picture_with_its_number_and_drawn_once() -> None:
    findings, texts = make_findings(20), Catalogue("tr", "TRY")
    files = charts.Renderer().render(findings, texts)
    assert files.pop("charts.pdf").startswith(b"%PDF")
    assert list(files) == [f"charts/{place:02d}-{chart.name}.png" for place, chart in enumerate(CHARTS, start=1)]
    assert all(content.startswith(b"\x89PNG") for content in files.values())
    drawn = [drawing_of(chart, findings, texts) for chart in CHARTS]
    assert all(file is each.png for file, each in zip(files.values(), drawn, strict=True))
