"""What was sold: months and products."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from rfm_service.domain.findings import Findings
from rfm_service.domain.letters import capitalised
from rfm_service.drawing.shares import shown_share
from rfm_service.drawing.style import ACCENT, MUTED, PALE, framed, horizontal_bars, name_rows
from rfm_service.drawing.totals import share_of
from rfm_service.ports import Texts
from rfm_service.texts.plain import shortened

if TYPE_CHECKING:
    import pandas as pd

TOP_PRODUCTS = 10
LINE_BREAK = re.compile(r" |(?<=年)")


def months(findings: Findings, texts: Texts) -> Figure:
    """Revenue, orders and customers by calendar month; months that the window cuts are paler."""
    frame = findings.trade.months.set_index("month")
    span = range(int(frame.index.min()), int(frame.index.max()) + 1)
    rows = frame.reindex(span, fill_value=0)
    cut = cut_months(findings)
    figure = framed(_months_title(dict(zip(span, rows["revenue"].tolist(), strict=True)), cut, texts), 4.4)
    colours = [PALE if at in cut else ACCENT for at in span]
    shown: list[tuple[str, str, Callable[[float], str]]] = [
        ("revenue", texts("Revenue"), lambda value: texts.compact(round(value))),
        ("orders", texts("Orders"), texts.number),
        ("customers", texts("Customers"), texts.number),
    ]
    for axes, (column, caption, ticks) in zip(figure.subplots(3, 1, sharex=True), shown, strict=True):
        axes.bar(range(len(span)), rows[column].tolist(), color=colours, width=0.72)
        axes.set_title(caption)
        _upright(axes, ticks)
    labels = [LINE_BREAK.sub("\n", texts.month(*calendar(at))) for at in span]
    figure.axes[-1].set_xticks(range(len(span)), labels)
    if cut.intersection(span):
        note = texts("Paler: the month is not complete")
        figure.supxlabel(note, x=0.012, ha="left", fontsize=8, color=MUTED)
    return figure


def calendar(month: int) -> tuple[int, int]:
    """Year and month of a month number (year * 12 + month - 1)."""
    return month // 12, month % 12 + 1


def cut_months(findings: Findings) -> frozenset[int]:
    """Months of which the window, or what is stored, holds a part only (year * 12 + month - 1)."""
    window = findings.basis.window
    last = min(findings.sales_through or window.last, window.last)
    cut = set()
    if window.first.day > 1:
        cut.add(window.first.year * 12 + window.first.month - 1)
    if (last + timedelta(days=1)).day > 1:
        cut.add(last.year * 12 + last.month - 1)
    return frozenset(cut)


def products_by_revenue(findings: Findings, texts: Texts) -> Figure:
    """The products that bring most money."""
    top = _top(findings.products, "revenue")
    whole = int(findings.products["revenue"].sum())
    revenue = [money for _, money in top]
    title = texts.plural("The top product brings {share} of the revenue",
                         "The top {count} products bring {share} of the revenue", len(top),
                         share=shown_share(texts, share_of(sum(revenue), whole)))
    notes = [f"{texts.compact(money)} · {texts.percent(share_of(money, whole), 1)}" for money in revenue]
    return _ranking(title, top, notes)


def products_by_orders(findings: Findings, texts: Texts) -> Figure:
    """The products that most orders hold."""
    top = _top(findings.products, "orders")
    whole = len(findings.trade.orders)
    name, most = top[0]
    title = texts("“{product}” is in {share} of the orders", product=shortened(name, 48) or "—",
                  share=shown_share(texts, share_of(most, whole)))
    notes = [f"{texts.number(count)} · {texts.percent(share_of(count, whole), 1)}" for _, count in top]
    return _ranking(title, top, notes)


def _months_title(revenue: dict[int, int], cut: frozenset[int], texts: Texts) -> str:
    complete = [at for at in revenue if at not in cut]
    if len(complete) < 2 or revenue[complete[-2]] <= 0:
        return texts("The months shown brought {amount}", amount=texts.compact(sum(revenue.values())))
    last, before = complete[-1], complete[-2]
    change = revenue[last] / revenue[before] - 1
    title = texts("{month}: {amount}, {change} against {previous}", month=texts.month(*calendar(last)),
                  amount=texts.compact(revenue[last]), previous=texts.month(*calendar(before)),
                  change=("+" if change >= 0 else "") + texts.percent(change))
    return capitalised(title, texts.language)


def _upright(axes: Axes, ticks: Callable[[float], str]) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: ticks(value)))
    axes.grid(axis="y")
    axes.margins(x=0.01)
    axes.tick_params(length=0, labelcolor=MUTED, labelsize=7.5)
    axes.spines["left"].set_visible(False)


def _top(products: pd.DataFrame, measure: str) -> list[tuple[str, int]]:
    rows = zip(products["product"].tolist(), products[measure].tolist(), strict=True)
    return heapq.nsmallest(TOP_PRODUCTS, rows, key=lambda row: (-row[1], row[0]))


def _ranking(title: str, rows: Sequence[tuple[str, int]], notes: Sequence[str]) -> Figure:
    figure = framed(title, 0.35 + 0.29 * len(rows))
    axes = figure.subplots()
    horizontal_bars(axes, [length for _, length in rows], [ACCENT] * len(rows), notes)
    name_rows(axes, [name for name, _ in rows])
    return figure
