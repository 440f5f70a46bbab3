"""What an order looks like: its sum and its number of pieces."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import MONEY_SCALE, QUANTITY_SCALE
from rfm_service.drawing.shares import shown_share
from rfm_service.drawing.style import ACCENT, INK, MUTED, PALE, framed
from rfm_service.ports import Texts

Values = npt.NDArray[np.float64]

SUM_LIMIT = 100_000.0
SUM_BINS = 25
ITEMS_LIMIT = 170.0
ITEMS_BINS = 30
FINE = 20


@dataclass(frozen=True)
class Shape:
    """A histogram's picture: values from 0 to `limit`, the share of all that is shown, the middle value."""

    shown: Values
    limit: float
    share: float
    median: float
    bins: int


def order_sums(findings: Findings, texts: Texts) -> Figure:
    """How many orders there are of each size in money."""
    shape = shaped(findings.trade.orders["amount"].to_numpy("float64") / MONEY_SCALE, SUM_LIMIT, SUM_BINS)
    median = texts.amount(round(shape.median) * MONEY_SCALE)
    figure = framed(texts("Half of the orders are below {amount}", amount=median), 2.7)
    axes = figure.subplots()
    axes.set_title(texts("Orders by their sum: up to {limit}, {share} of all orders",
                         limit=texts.amount(round(shape.limit) * MONEY_SCALE),
                         share=shown_share(texts, shape.share)))
    _histogram(axes, shape, lambda value: texts.compact(round(value * MONEY_SCALE)), texts)
    return figure


def items_in_orders(findings: Findings, texts: Texts) -> Figure:
    """How many orders there are of each size in pieces."""
    items = findings.trade.orders["items"].to_numpy("float64") / QUANTITY_SCALE
    shape = shaped(items, ITEMS_LIMIT, ITEMS_BINS)
    title = texts.plural("Half of the orders have at most {count} piece",
                         "Half of the orders have at most {count} pieces", math.ceil(shape.median))
    figure = framed(title, 2.7)
    axes = figure.subplots()
    axes.set_title(texts("Orders by number of pieces: up to {limit}, {share} of all orders",
                         limit=texts.number(shape.limit), share=shown_share(texts, shape.share)))
    _histogram(axes, shape, lambda value: texts.number(value, 0 if shape.limit >= 5 else 1), texts)
    return figure


def shaped(values: Values, limit: float, bins: int) -> Shape:
    """The values up to `limit` where it shows most of them well, else to their 99th percentile rounded up."""
    whole = np.clip(values, 0.0, None)
    high = float(np.quantile(whole, 0.99))
    if not (limit / 4 <= high and np.mean(whole <= limit) >= 0.9):
        limit = rounded_up(high)
    shown = whole[whole <= limit]
    return Shape(shown, limit, shown.size / whole.size, float(np.median(whole)), bins)


def rounded_up(value: float) -> float:
    """The next 1, 1.5, 2, 3, 5 or 7 times a power of ten; at least 1."""
    power = 10.0 ** math.floor(math.log10(max(value, 1.0)))
    return next(factor * power for factor in (1, 1.5, 2, 3, 5, 7, 10) if factor * power >= value)


def _bars_and_density(axes: Axes, shape: Shape) -> None:
    """Bars and a kernel density by Scott's rule, from fine counts: millions of orders cost no more than hundreds."""
    counts, edges = np.histogram(shape.shown, bins=shape.bins * FINE, range=(0.0, shape.limit))
    seaborn.histplot(
        x=(edges[:-1] + edges[1:]) / 2, weights=counts, bins=edges[::FINE].tolist(), ax=axes, color=PALE, alpha=1,
        edgecolor="white", linewidth=0.8, kde=bool(shape.shown.size > 1 and shape.shown.std() > 0),
        kde_kws={"bw_method": shape.shown.size ** -0.2, "clip": (0.0, shape.limit)},
        line_kws={"color": ACCENT, "linewidth": 1.6})
    # seaborn draws the density in the colour of the bars, whatever it is asked
    for line in axes.lines:
        line.set_color(ACCENT)
    axes.set_xlabel("")


def _histogram(axes: Axes, shape: Shape, ticks: Callable[[float], str], texts: Texts) -> None:
    _bars_and_density(axes, shape)
    if shape.median <= shape.limit:
        axes.axvline(shape.median, color=INK, linewidth=1, linestyle=(0, (3, 2)))
        axes.annotate(texts("median"), (shape.median, 1), (4, -2), xycoords=("data", "axes fraction"),
                      textcoords="offset points", va="top", fontsize=8)
    axes.set_xlim(0, shape.limit)
    axes.set_ylabel(texts("Orders"))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks(value)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: texts.number(value)))
    axes.grid(axis="y")
    axes.tick_params(length=0, labelcolor=MUTED)
