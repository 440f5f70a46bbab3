"""How segments grow and shrink: a small panel each, 26 weeks and the same weeks a year before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_of
from rfm_service.drawing.style import ACCENT, MUTED, RULE, framed
from rfm_service.drawing.totals import ordered, segment_order
from rfm_service.ports import Texts
from rfm_service.texts.labels import label, segment_labels
from rfm_service.texts.plain import shortened, wrapped

if TYPE_CHECKING:
    import pandas as pd

WEEKS = 26
"""Shown; the nearest day to so long ago is the first."""
YEAR = 364
"""Days from a day to the same weekday a year later."""
ACROSS, MOST_PANELS = 3, 15
PANEL_HEIGHT = 0.85
LEFT, RIGHT, TOP, BASE = 0.02, 0.66, 0.34, 0.92
"""Where the line lies in a panel, as shares of it from the left and from the top."""
LAST_YEAR = "#b9c2cb"
NAME_PLACES, NOTE_PLACES = 30, 100

Points = NDArray[np.float64]
"""Rows of day number and customers."""


@dataclass(frozen=True)
class Course:
    """One segment: its customers in the last weeks and in the same weeks a year before, by the days of this year."""

    segment: str
    lately: Points
    year_before: Points

    @property
    def now(self) -> int:
        """Customers on the last day."""
        return int(self.lately[-1, 1])

    @property
    def change(self) -> int:
        """How many more there are than on the first day."""
        return int(self.lately[-1, 1] - self.lately[0, 1])


def courses(trends: pd.DataFrame, order: Sequence[str]) -> list[Course]:
    """The segments of TRENDS, best first; none where fewer than two days of the last weeks were covered by sales."""
    whole = trends[trends["whole"]]
    found = whole.pivot_table(index="as_of", columns="segment", values="customers", aggfunc="sum", fill_value=0)
    last = int(trends["as_of"].max()) if len(trends) else 0
    lately = found[found.index >= last - 7 * WEEKS - 3]
    if len(lately) < 2:
        return []
    before = found.set_axis(found.index + YEAR)
    before = before[(before.index >= lately.index[0]) & (before.index <= last)]
    if len(before) < 2:
        before = before.head(0)
    known = [str(segment) for segment in found.columns if segment and found[segment].any()]
    return [Course(segment, _points(lately[segment]), _points(before[segment])) for segment in ordered(known, order)]


def segment_trend(findings: Findings, texts: Texts) -> Figure:
    """A panel a segment: its customers week by week, those of a year before pale, the last number written."""
    found = courses(findings.trends, segment_order(findings.basis))
    shown = sorted(sorted(found, key=lambda course: -course.now)[:MOST_PANELS], key=found.index)
    rows = -(-len(shown) // ACROSS)
    labels = segment_labels(texts)
    figure = framed(_title(found, labels, texts), 0.45 + PANEL_HEIGHT * rows)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(0, ACROSS)
    axes.set_ylim(rows, 0)
    for at, course in enumerate(shown):
        name = shortened(label(labels, course.segment), NAME_PLACES)
        _panel(axes, (at % ACROSS, at // ACROSS), course, (name, texts.number(course.now), _signed(course, texts)))
    figure.supxlabel(_note(found[0], texts), x=0.012, ha="left", fontsize=8, color=MUTED)
    return figure


def _points(customers: pd.Series[int]) -> Points:
    return np.column_stack((customers.index.to_numpy("float64"), customers.to_numpy("float64")))


def _panel(axes: Axes, corner: tuple[int, int], course: Course, words: tuple[str, str, str]) -> None:
    """Every panel has the same weeks and a scale of its own from 0, so that a change by a tenth looks alike in all."""
    x, y = corner
    most = max(course.lately[:, 1].max(), course.year_before[:, 1].max(initial=0), 1.0)
    first, last = course.lately[0, 0], course.lately[-1, 0]

    def placed(points: Points) -> Points:
        along = LEFT + (RIGHT - LEFT) * (points[:, 0] - first) / (last - first)
        return np.column_stack((x + along, y + BASE - (BASE - TOP) * points[:, 1] / most))

    ground = np.array([[x + LEFT, y + BASE], [x + RIGHT, y + BASE]])
    lines = [ground, placed(course.year_before), placed(course.lately)]
    axes.add_collection(LineCollection(lines, colors=[RULE, LAST_YEAR, ACCENT], linewidths=[0.8, 1.2, 1.8]))
    end = min(float(lines[-1][-1, 1]), y + BASE - 0.2)
    axes.plot(*lines[-1][-1], marker="o", markersize=3.5, color=ACCENT)
    name, now, change = words
    axes.text(x + LEFT, y + 0.06, name, va="top", fontsize=8.5)
    axes.text(x + RIGHT + 0.03, end, now, va="center", fontsize=9, fontweight="bold")
    axes.text(x + RIGHT + 0.03, end + 0.2, change, va="center", fontsize=8, color=MUTED)


def _signed(course: Course, texts: Texts) -> str:
    return ("+" if course.change > 0 else "") + texts.number(course.change)


def _title(found: Sequence[Course], labels: Mapping[str, str], texts: Texts) -> str:
    """Which segment changed most."""
    most = max(found, key=lambda course: abs(course.change))
    weeks = round((most.lately[-1, 0] - most.lately[0, 0]) / 7)
    if not most.change:
        return texts.plural("No segment has changed in {count} week", "No segment has changed in {count} weeks", weeks)
    return texts.plural("{segment}: {change} in {count} week, now {now}",
                        "{segment}: {change} in {count} weeks, now {now}", weeks,
                        segment=label(labels, most.segment), change=_signed(most, texts), now=texts.number(most.now))


def _note(course: Course, texts: Texts) -> str:
    first, last = (texts.day(day_of(int(day))) for day in course.lately[[0, -1], 0])
    note = texts("Customers of each segment by week, {first} – {last}, and the change over that time; every panel has "
                 "a scale of its own from 0.", first=first, last=last)
    if len(course.year_before):
        note += " " + texts("Pale: a year earlier.")
    return wrapped(note, NOTE_PLACES)
