"""Who pays: the customers from the richest down, and what they bring together."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rfm_service.domain.standings import Pareto
from rfm_service.drawing.shares import shown_share
from rfm_service.drawing.style import ACCENT, INK, MUTED, PALE, framed, nothing
from rfm_service.drawing.totals import share_of
from rfm_service.ports import Texts

TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
DASHES = (0, (3, 2))
RIGHT_SIDE = 0.55
"""From this share of customers on the note stands left of its point."""


def pareto_curve(found: Pareto, texts: Texts) -> Figure:
    """The curve of a Pareto, with the point where its share of the money is reached."""
    if found.money <= 0:
        return nothing(texts)
    part, share = found.top / found.customers, float(found.share)
    figure = framed(texts("{part} of customers bring {share} of the money", part=shown_share(texts, part),
                          share=texts.percent(share)), 3.1)
    axes = figure.subplots()
    along = [customers / found.customers for customers in found.curve["customers"]]
    up = [share_of(money, found.money) for money in found.curve["money"]]
    axes.fill_between(along, up, color=PALE, alpha=0.35, linewidth=0)
    axes.plot(along, up, color=ACCENT, linewidth=1.8)
    _point(axes, (part, share_of(found.top_money, found.money)), share)
    note = texts("{count} of {all} customers: {money}", count=texts.number(found.top),
                 all=texts.number(found.customers), money=texts.compact(found.top_money))
    left = part > RIGHT_SIDE
    axes.annotate(note, (part, share), (-10 if left else 10, -8), textcoords="offset points", va="top",
                  ha="right" if left else "left", fontsize=8.5, color=INK)
    _shares(axes, texts)
    return figure


def _point(axes: Axes, place: tuple[float, float], share: float) -> None:
    axes.hlines(share, 0, 1, color=INK, linewidth=1, linestyles=DASHES)
    axes.vlines(place[0], 0, place[1], color=INK, linewidth=1, linestyles=DASHES)
    axes.plot(*place, marker="o", markersize=5, color=INK)


def _shares(axes: Axes, texts: Texts) -> None:
    axes.set_title(texts("Share of the money, the customers that bring most first"))
    axes.set_xlabel(texts("Share of customers"))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    # The zeros of both axes would meet in the corner.
    for axis, ticks in ((axes.xaxis, TICKS[1:]), (axes.yaxis, TICKS)):
        axis.set_ticks(ticks, [texts.percent(share) for share in ticks])
    axes.grid(axis="y")
    axes.tick_params(length=0, labelcolor=MUTED)
