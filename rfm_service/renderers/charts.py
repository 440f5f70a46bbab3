"""charts/*.png and charts.pdf: every chart as a picture, and all of them for paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from importlib.resources import files

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_number
from rfm_service.drawing import charts
from rfm_service.drawing.charts import CHARTS
from rfm_service.drawing.gallery import drawing_of
from rfm_service.drawing.typesetting import Typesetter
from rfm_service.ports import Texts

PAGE_HEIGHT = (297 - 28) / (210 - 28)
"""Of the room on an A4 page, in its widths."""
FRAME = re.compile(r'aria-label="([^"]*)".*?width="([\d.]+)pt" height="([\d.]+)pt"', re.DOTALL)
INHERITED = "font-family: inherit"


@dataclass(frozen=True)
class Renderer:
    """Draws CHARTS in their order."""

    def render(self, findings: Findings, texts: Texts) -> Mapping[str, bytes]:
        """One PNG a chart, numbered: charts/01-segments.png; charts.pdf with all of them."""
        named = charts.files()
        drawn = {chart.name: drawing_of(chart, findings, texts) for chart in CHARTS}
        day = day_number(findings.basis.as_of)
        title = f"{texts('Charts')} · {texts.day(findings.basis.as_of)}"
        album = Typesetter(_template(), {"title": title, "charts": [_placed(each.svg) for each in drawn.values()]})
        return {**{named[name]: each.png for name, each in drawn.items()}, "charts.pdf": album.pdf(day)}


def _placed(svg: str) -> Mapping[str, object]:
    """A chart with its title and the share of the page's width at which it is no higher than the page."""
    found = FRAME.search(svg)
    if found is None:
        raise ValueError("an <svg> element without a title and a size")
    width, height = float(found[2]), float(found[3])
    # a page has no style to inherit from
    return {"svg": svg.replace(INHERITED, "font-family: DejaVu Sans"), "title": unescape(found[1]),
            "width": min(1.0, PAGE_HEIGHT * width / height)}


def _template() -> str:
    return files(__package__).joinpath("charts.typ").read_text(encoding="utf-8")
