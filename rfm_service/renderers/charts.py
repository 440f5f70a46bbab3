"""charts/*.png: every chart as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rfm_service.domain.findings import Findings
from rfm_service.drawing.charts import CHARTS, files
from rfm_service.drawing.gallery import drawing_of
from rfm_service.ports import Texts


@dataclass(frozen=True)
class Renderer:
    """Draws CHARTS in their order."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """One PNG a chart, numbered: charts/01-segments.png."""
        named = files()
        return {named[chart.name]: drawing_of(chart, findings, texts).png for chart in CHARTS}
