"""Where the borders lie: recency, orders and money of all customers, with the score cuts and the lines of segments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from rfm_service.domain.findings import Findings
from rfm_service.domain.grids import MEASURE_OF, PARTS, Axis, Measure
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.drawing.style import ACCENT, INK, MUTED, PALE, framed
from rfm_service.ports import Texts

Values = npt.NDArray[np.float64]
BINS = 40
SHOWN = 0.99
"""Orders above this quantile of customers are left out of the picture."""
CUT = {"color": INK, "linewidth": 1, "linestyle": (0, (3, 2))}
LINE = {"color": ACCENT, "linewidth": 1.4}


@dataclass(frozen=True)
class Panel:
    """One measure: its values, the distinct cuts of its score and lines of segments, how a number is written."""

    caption: str
    values: Values
    cuts: Sequence[float]
    lines: Sequence[float]
    written: Callable[[float], str]
    money: bool = False


def borders(findings: Findings, texts: Texts) -> Figure:
    """Histograms of the three measures with the cuts of the night dashed and the lines of the grid drawn."""
    best, worst = (findings.cuts.r[at] // PARTS for at in (0, 3))
    figure = framed(texts("A fifth of customers bought within {best}, another fifth has not for {worst}",
                          best=texts.plural("{count} day", "{count} days", best),
                          worst=texts.plural("{count} day", "{count} days", worst)), 6.2)
    for axes, panel in zip(figure.subplots(3, 1), _panels(findings, texts), strict=True):
        _draw(axes, panel, texts)
    return figure


def bins(findings: Findings, axis: Axis) -> list[tuple[int, int, int]]:
    """The bars of a measure: from, to before (days, orders, 1/10 000), customers; the last one holds all above it."""
    if findings.snapshot.empty:
        return []
    panel = _panel(findings, axis, "", str)
    edges, scale = _edges(panel), MONEY_SCALE if panel.money else 1
    counts, _ = np.histogram(np.clip(panel.values, edges[0], edges[-1]), bins=edges)
    ends = np.ceil(edges * scale).astype(np.int64).tolist()
    return list(zip(ends, ends[1:], counts.tolist(), strict=False))


def _panels(findings: Findings, texts: Texts) -> list[Panel]:
    def whole(value: float) -> str:
        return texts.number(value)

    def amount(value: float) -> str:
        return texts.compact(round(value * MONEY_SCALE))

    captions: list[tuple[Axis, str]] = [("r", texts("Days since the last purchase")), ("f", texts("Orders")),
                                        ("m", texts("Money"))]
    return [_panel(findings, axis, caption, amount if axis == "m" else whole) for axis, caption in captions]


def _panel(findings: Findings, axis: Axis, caption: str, written: Callable[[float], str]) -> Panel:
    measure: Measure = MEASURE_OF[axis]
    scale = MONEY_SCALE if axis == "m" else 1
    cuts = sorted({cut / PARTS / scale for cut in getattr(findings.cuts, axis)})
    lines = sorted({border.line / scale for border in findings.basis.rules.grid.borders(measure)})
    return Panel(caption, findings.snapshot[measure].to_numpy("float64") / scale, cuts, lines, written, axis == "m")


def _draw(axes: Axes, panel: Panel, texts: Texts) -> None:
    edges = _edges(panel)
    counts, _ = np.histogram(np.clip(panel.values, edges[0], None), bins=edges)
    axes.stairs(counts, edges, fill=True, color=PALE)
    for places, look in ((panel.lines, LINE), (panel.cuts, CUT)):
        for place in places:
            if edges[0] <= place <= edges[-1]:
                axes.axvline(place, **look)  # type: ignore[arg-type]
    axes.set_title(_told(panel, texts))
    _scales(axes, panel, edges)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: texts.number(value)))
    axes.grid(axis="y")
    axes.tick_params(length=0, labelcolor=MUTED)


def _scales(axes: Axes, panel: Panel, edges: Values) -> None:
    if panel.money:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10))
        axes.xaxis.set_minor_locator(LogLocator(10, subs=()))
    else:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlim(edges[0], edges[-1])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: panel.written(value)))


def _edges(panel: Panel) -> Values:
    """Money is spread over powers of ten, from 1 unit; days and orders lie in bars of whole numbers."""
    if panel.money:
        low, high = (max(float(end), 1.0) for end in (np.quantile(panel.values, 0.005), panel.values.max()))
        return np.geomspace(low, max(high, low * 10), BINS + 1)
    high = max(float(np.quantile(panel.values, SHOWN)), *panel.lines, *panel.cuts, 4.0)
    step = max(1, round(high / BINS))
    return np.arange(0.5, high + step + 0.5, step)


def _told(panel: Panel, texts: Texts) -> str:
    cuts, lines = (" · ".join(map(panel.written, places)) for places in (panel.cuts, panel.lines))
    told = texts("{caption}; score cuts (dashed): {cuts}", caption=panel.caption, cuts=cuts)
    return told + "\n" + texts("lines of segments: {lines}", lines=lines) if panel.lines else told
