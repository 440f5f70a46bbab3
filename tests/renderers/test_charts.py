from __future__ import annotations

from rfm_service.drawing.charts import CHARTS
from rfm_service.renderers.charts import Renderer
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings


def test_every_chart_is_a_picture_with_its_number() -> None:
    files = Renderer().render(make_findings(20), Catalogue("tr", "TRY"))
    assert list(files) == [f"charts/{place:02d}-{chart.name}.png" for place, chart in enumerate(CHARTS, start=1)]
    assert all(content.startswith(b"\x89PNG") for content in files.values())
