"""Where segments lie: customers and money by recency and orders, with the borders that the rules draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rfm_service.analysis.segments import segment_of
from rfm_service.domain.findings import Findings
from rfm_service.domain.grids import PARTS, Measure, Scheme
from rfm_service.drawing.shares import SHADES, shown_share
from rfm_service.drawing.style import INK, MUTED, framed
from rfm_service.drawing.totals import ordered, segment_order, share_of
from rfm_service.ports import Texts
from rfm_service.texts.labels import label, segment_labels
from rfm_service.texts.plain import shortened, wrapped

Ints: TypeAlias = NDArray[np.int64]
Place: TypeAlias = tuple[int, int]
USUAL: dict[Measure, tuple[int, ...]] = {"recency_days": (31, 61, 91, 181), "frequency": (2, 3, 5, 10)}
"""First values of bands where the rules draw fewer than two lines."""
MOST_BANDS = 8
CELL_HEIGHT = 0.6
LINE_PLACES = 90
"""Letters of segments' names in a line across the whole map."""
CAPTION_PLACES = 84
NOTE_PLACES = 100
DARK = 0.62
"""Shades above this bear white letters."""


@dataclass(frozen=True)
class Bands:
    """Bands of days or orders: `starts` holds the first value of each, ascending from 1."""

    starts: tuple[int, ...]

    def of(self, values: Ints) -> Ints:
        """The place of the band of each value."""
        return np.clip(np.searchsorted(self.starts, values, "right") - 1, 0, None).astype(np.int64)

    def written(self, at: int) -> str:
        """A band as people write it: 46–89."""
        first = self.starts[at]
        if at + 1 == len(self.starts):
            return f"{first}+"
        last = self.starts[at + 1] - 1
        return f"{first}–{last}" if last > first else str(first)


@dataclass(frozen=True)
class Map:
    """Customers and money (1/10 000) by band of orders (rows, few first) and of days (columns, the oldest first).

    `segments` names each cell: that of most of its customers, of an empty one what the rules would make of its first
    values with the usual money. `mixed`: whether a cell holds several; `hidden`: those that no cell is named by.
    """

    orders: Bands
    days: Bands
    customers: Ints
    money: Ints
    segments: Sequence[Sequence[str]]
    mixed: bool
    hidden: Sequence[str]


def rule_map(findings: Findings, texts: Texts) -> Figure:
    """A heat map of money by recency and orders, the number of customers in each cell, segments within borders."""
    found = mapped(findings)
    figure = framed(_title(found, texts), 0.95 + CELL_HEIGHT * len(found.segments))
    axes = figure.subplots()
    shades = np.sqrt(np.clip(found.money, 0, None) / max(int(found.money.max()), 1))
    axes.pcolormesh(shades, cmap=SHADES, vmin=0, vmax=1, edgecolors="white", linewidth=1)
    axes.add_collection(LineCollection(list(_borders(found.segments)), colors=INK, linewidths=1.8, capstyle="round"))
    _numbers(axes, found, shades > DARK, texts)
    _names(axes, found, shades > DARK, texts)
    _sides(axes, findings, found, texts)
    if note := _note(found, texts):
        figure.supxlabel(wrapped(note, NOTE_PLACES), x=0.012, ha="left", fontsize=8, color=MUTED)
    return figure


def mapped(findings: Findings) -> Map:
    """The map of the night's customers."""
    snapshot = findings.snapshot
    orders, days = (_bands(findings, measure) for measure in ("frequency", "recency_days"))
    rows, columns = len(orders.starts), len(days.starts)
    cell = orders.of(snapshot["frequency"].to_numpy()) * columns + (
        columns - 1 - days.of(snapshot["recency_days"].to_numpy()))
    names = ordered(map(str, snapshot["segment"].unique()), segment_order(findings.basis))
    places = snapshot["segment"].map({name: at for at, name in enumerate(names)}).to_numpy("int64")
    inside = np.bincount(cell * len(names) + places, minlength=rows * columns * len(names)).reshape(-1, len(names))
    money = np.zeros(rows * columns, np.int64)
    np.add.at(money, cell, snapshot["monetary"].to_numpy("int64"))
    customers, ruled = inside.sum(axis=1), _ruled(findings, orders, days)
    most = inside.argmax(axis=1)
    segments = [names[most[at]] if customers[at] else ruled[at] for at in range(rows * columns)]
    return Map(orders, days, customers.reshape(rows, columns), money.reshape(rows, columns),
               [segments[row * columns:(row + 1) * columns] for row in range(rows)],
               bool((inside.max(axis=1) < customers).any()), [name for name in names if name not in segments])


def _bands(findings: Findings, measure: Measure) -> Bands:
    lines = Scheme(findings.basis.rules.grid, findings.cuts).borders(measure)
    starts = sorted({border.start for border in lines if border.start > 1})
    if len(starts) < 2:
        starts = sorted({*starts, *USUAL[measure]})
    thinned = starts if len(starts) < MOST_BANDS else [
        starts[at * len(starts) // (MOST_BANDS - 1)] for at in range(MOST_BANDS - 1)]
    return Bands((1, *thinned))


def _ruled(findings: Findings, orders: Bands, days: Bands) -> list[str]:
    """What the rules make of the first values of every band with the middle money of all customers, row by row."""
    frequency = np.repeat(np.array(orders.starts, np.int64), len(days.starts))
    recency = np.tile(np.array(days.starts[::-1], np.int64), len(orders.starts))
    money = np.full(len(frequency), int(findings.snapshot["monetary"].median()), np.int64)
    return [str(name) for name in segment_of(frequency, money, recency,
                                             Scheme(findings.basis.rules.grid, findings.cuts))]


def _title(found: Map, texts: Texts) -> str:
    """Which cell brings most."""
    row, column = np.unravel_index(int(found.money.argmax()), found.money.shape)
    days = found.days.written(len(found.days.starts) - 1 - int(column))
    return texts.plural(
        "{count} customer brings {share} of the money: orders {orders}, days since the last one {days}",
        "{count} customers bring {share} of the money: orders {orders}, days since the last one {days}",
        int(found.customers[row, column]), orders=found.orders.written(int(row)), days=days,
        share=shown_share(texts, share_of(int(found.money[row, column]), int(found.money.sum()))))


def _note(found: Map, texts: Texts) -> str:
    if found.hidden:
        labels = segment_labels(texts)
        return texts("A cell bears the name of its largest segment; nowhere the largest: {segments}.",
                     segments=" · ".join(shortened(label(labels, name), NOTE_PLACES // 2) for name in found.hidden))
    return texts("A cell bears the name of its largest segment.") if found.mixed else ""


def _borders(segments: Sequence[Sequence[str]]) -> Iterator[list[Place]]:
    """The sides between cells of different segments."""
    for row, names in enumerate(segments):
        for column, name in enumerate(names):
            if column and names[column - 1] != name:
                yield [(column, row), (column, row + 1)]
            if row and segments[row - 1][column] != name:
                yield [(column, row), (column + 1, row)]


def _numbers(axes: Axes, found: Map, dark: NDArray[np.bool_], texts: Texts) -> None:
    for (row, column), customers in np.ndenumerate(found.customers):
        if customers:
            colour, middle = "white" if dark[row, column] else INK, column + 0.5
            axes.text(middle, row + 0.4, texts.number(int(customers)), ha="center", va="center", fontsize=10,
                      fontweight="bold", color=colour, in_layout=False)
            axes.text(middle, row + 0.15, texts.compact(int(found.money[row, column])), ha="center", va="center",
                      fontsize=7, color=colour, in_layout=False)


def _names(axes: Axes, found: Map, dark: NDArray[np.bool_], texts: Texts) -> None:
    labels, line = segment_labels(texts), LINE_PLACES // found.customers.shape[1]
    for row, column in _areas(found.segments):
        name = wrapped(shortened(label(labels, found.segments[row][column]), 2 * line), line)
        axes.text(column + 0.04, row + 0.94, name, va="top", fontsize=7, linespacing=1, in_layout=False,
                  color="white" if dark[row, column] else INK)


def _areas(segments: Sequence[Sequence[str]]) -> Iterator[Place]:
    """The upper left cell of each joined area, where its name stands."""
    left = {(row, column) for row, names in enumerate(segments) for column in range(len(names))}
    while left:
        area = _joined(min(left), segments)
        left -= area
        yield max(area, key=lambda place: (place[0], -place[1]))


def _joined(start: Place, segments: Sequence[Sequence[str]]) -> set[Place]:
    area, edge = {start}, [start]
    while edge:
        row, column = edge.pop()
        for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            inside = 0 <= near[0] < len(segments) and 0 <= near[1] < len(segments[0])
            if inside and near not in area and segments[near[0]][near[1]] == segments[row][column]:
                area.add(near)
                edge.append(near)
    return area


def _sides(axes: Axes, findings: Findings, found: Map, texts: Texts) -> None:
    orders, days = ([bands.written(at) for at in range(len(bands.starts))] for bands in (found.orders, found.days))
    if findings.basis.rules.grid.by_score:
        orders = [f"{written}\nF {1 + _below(findings.cuts.f, start)}"
                  for written, start in zip(orders, found.orders.starts, strict=True)]
        days = [f"{written}\nR {5 - _below(findings.cuts.r, start)}"
                for written, start in zip(days, found.days.starts, strict=True)]
    axes.set_yticks([at + 0.5 for at in range(len(orders))], orders)
    axes.set_xticks([at + 0.5 for at in range(len(days))], days[::-1])
    axes.set_ylabel(texts("Orders"))
    axes.set_xlabel(texts("Days since the last purchase"))
    caption = texts("Customers and their money, the darker the more; the lines divide segments")
    axes.set_title(wrapped(caption, CAPTION_PLACES))
    axes.tick_params(length=0, labelcolor=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _below(cuts: Sequence[int], value: int) -> int:
    return sum(cut < value * PARTS for cut in cuts)
