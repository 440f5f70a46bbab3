"""Each chart of a night drawn once, whichever renderers show it.

Renderers know nothing of each other and are given the same findings one after another: the first that asks for a
chart has it drawn, and the drawing (not the figure) is kept for as long as these findings live.
"""

from __future__ import annotations

import weakref

from rfm_service.domain.findings import Findings
from rfm_service.drawing.charts import Chart
from rfm_service.drawing.output import Drawn, drawn
from rfm_service.ports import Texts

_SHELVES: dict[int, dict[tuple[Chart, Texts], Drawn]] = {}
"""By the identity of findings: they are frozen, but frames have no hash."""


def drawing_of(chart: Chart, findings: Findings, texts: Texts) -> Drawn:
    """The chart in both forms; ids in its SVG are told apart from those of other charts."""
    shelf = _shelf_of(findings)
    if (chart, texts) not in shelf:
        shelf[chart, texts] = drawn(chart.draw(findings, texts), chart.name)
    return shelf[chart, texts]


def _shelf_of(findings: Findings) -> dict[tuple[Chart, Texts], Drawn]:
    if id(findings) not in _SHELVES:
        _SHELVES[id(findings)] = {}
        weakref.finalize(findings, _SHELVES.pop, id(findings))
    return _SHELVES[id(findings)]
