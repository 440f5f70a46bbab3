"""Who brings the money: the most valuable customers by name."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from rfm_service.domain.findings import Findings
from rfm_service.drawing.shares import shown_share
from rfm_service.drawing.style import framed, horizontal_bars, name_rows, segment_colour
from rfm_service.drawing.totals import ordered, segment_order, share_of
from rfm_service.ports import Texts
from rfm_service.texts.labels import label, segment_labels
from rfm_service.texts.plain import shortened

TOP_CUSTOMERS = 50
IN_LEGEND_ROW, LEGEND_PLACES = 3, 28


def top_customers(findings: Findings, texts: Texts) -> Figure:
    """The customers that spent most, their share of the money, coloured by segment."""
    snapshot = findings.snapshot
    top = snapshot.sort_values(["monetary", "customer_id"], ascending=[False, True]).head(TOP_CUSTOMERS)
    whole = int(snapshot["monetary"].sum())
    shares = [share_of(int(money), whole) for money in top["monetary"]]
    title = texts.plural("The top customer brings {share} of the money",
                         "The top {count} customers bring {share} of the money", len(top),
                         share=shown_share(texts, sum(shares)))
    segments = [str(segment) for segment in top["segment"]]
    shown = ordered(segments, segment_order(findings.basis))
    figure = framed(title, 0.7 + 0.2 * (len(top) - (-len(shown) // IN_LEGEND_ROW)))
    axes = figure.subplots()
    horizontal_bars(axes, shares, [segment_colour(segment) for segment in segments],
                    [f"{texts.compact(int(money))} · {_small(share, texts)}"
                     for money, share in zip(top["monetary"], shares, strict=True)])
    name_rows(axes, [str(name) for name in top["customer"]])
    labels = segment_labels(texts)
    # below the bars: beside them the numbers of long ones stand
    figure.legend(handles=[Patch(color=segment_colour(segment), label=shortened(label(labels, segment), LEGEND_PLACES))
                           for segment in shown], loc="outside lower left", ncols=IN_LEGEND_ROW)
    return figure


def _small(share: float, texts: Texts) -> str:
    return "<" + texts.percent(0.001, 1) if 0 < share < 0.0005 else texts.percent(share, 1)
