"""Who the customers are: shares by segment and tier, and how the two meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import seaborn
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from rfm_service.domain.findings import Findings
from rfm_service.drawing.style import (
    ACCENT,
    INK,
    TIER_COLOURS,
    framed,
    horizontal_bars,
    name_rows,
    segment_colour,
)
from rfm_service.drawing.totals import Group, by_segment, by_tier, ordered, segment_order, share_of, tier_order
from rfm_service.ports import Texts
from rfm_service.texts.labels import label, segment_labels, tier_labels
from rfm_service.texts.plain import wrapped

SHADES = LinearSegmentedColormap.from_list("shades", ["#f4f8fb", ACCENT])


def shown_share(texts: Texts, share: float) -> str:
    """A share for people: tenths below one per cent."""
    return texts.percent(share, 1 if 0 < share < 0.0095 else 0)


def segments(findings: Findings, texts: Texts) -> Figure:
    """Share of customers and of money by segment."""
    found = by_segment(findings)
    return _shares(found, segment_labels(texts), [segment_colour(group.id) for group in found], texts)


def tiers(findings: Findings, texts: Texts) -> Figure:
    """Share of customers and of money by tier."""
    found = by_tier(findings)
    places = {tier: place for place, tier in enumerate(tier_order(findings.basis))}
    last = len(TIER_COLOURS) - 1
    return _shares(found, tier_labels(texts),
                   [TIER_COLOURS[min(places.get(group.id, last), last)] for group in found], texts)


def segments_by_tier(findings: Findings, texts: Texts) -> Figure:
    """A heat map of the number of customers by segment and tier, with totals."""
    snapshot = findings.snapshot
    pairs = snapshot.groupby(["segment", "tier"]).size()
    counts = {(str(pair[0]), str(pair[1])): int(count) for pair, count in pairs.items()}  # type: ignore[index]
    rows = ordered({segment for segment, _ in counts}, segment_order(findings.basis))
    columns = ordered({tier for _, tier in counts}, tier_order(findings.basis))
    (segment, tier), most = max(counts.items(), key=lambda item: item[1])
    of_segment, of_tier = segment_labels(texts), tier_labels(texts)
    title = texts("{segment} · {tier}: {share} of all customers", segment=label(of_segment, segment),
                  tier=label(of_tier, tier), share=shown_share(texts, share_of(most, len(snapshot))))
    figure = framed(title, 0.9 + 0.31 * (len(rows) + 1))
    axes = figure.subplots()
    _cells(axes, [[counts.get((row, column), 0) for column in columns] for row in rows], texts)
    _sides(axes, [label(of_segment, row) for row in rows],
           [label(of_tier, column) for column in columns], texts("Total"))
    return figure


def _shares(found: Sequence[Group], labels: Mapping[str, str], colours: Sequence[str],
            texts: Texts) -> Figure:
    richest = max(found, key=lambda group: group.money)
    title = texts("{group}: {customers} of customers, {money} of the money", group=label(labels, richest.id),
                  customers=shown_share(texts, richest.share), money=shown_share(texts, richest.money_share))
    figure = framed(title, 0.5 + 0.31 * len(found))
    left, right = figure.subplots(1, 2, sharey=True)
    counted = [f"{shown_share(texts, group.share)} · {texts.number(group.customers)}" for group in found]
    horizontal_bars(left, [group.share for group in found], colours, counted)
    horizontal_bars(right, [group.money_share for group in found], colours,
                    [shown_share(texts, group.money_share) for group in found])
    name_rows(left, [label(labels, group.id) for group in found])
    left.set_title(texts("Share of customers"))
    right.set_title(texts("Share of money"))
    return figure


def _cells(axes: Axes, counts: Sequence[Sequence[int]], texts: Texts) -> None:
    most = max(max(row) for row in counts)
    # a root keeps small cells apart where one cell holds most customers
    shades = [[(count / most) ** 0.5 for count in row] for row in counts]
    written = [[texts.number(count) if count else "·" for count in row] for row in counts]
    seaborn.heatmap(shades, ax=axes, cmap=SHADES, vmin=0, vmax=1, linewidths=1.5, linecolor="white", cbar=False,
                    annot=written, fmt="", annot_kws={"fontsize": 8.5})
    columns = [sum(column) for column in zip(*counts, strict=True)]
    totals = [(len(columns), down, sum(row)) for down, row in enumerate(counts)]
    totals += [(along, len(counts), count) for along, count in enumerate((*columns, sum(columns)))]
    for along, down, count in totals:
        axes.text(along + 0.5, down + 0.5, texts.number(count), ha="center", va="center", fontsize=8.5, color=INK,
                  fontweight="bold")
    axes.set_xlim(0, len(columns) + 1)
    axes.set_ylim(len(counts) + 1, 0)


def _sides(axes: Axes, rows: Sequence[str], columns: Sequence[str], total: str) -> None:
    axes.set_yticks([at + 0.5 for at in range(len(rows) + 1)], [*rows, total], rotation=0)
    axes.set_xticks([at + 0.5 for at in range(len(columns) + 1)],
                    [wrapped(column, 12) for column in (*columns, total)], rotation=0)
    axes.tick_params(length=0, labeltop=True, labelbottom=False, labelcolor=INK)
    for spine in axes.spines.values():
        spine.set_visible(False)
