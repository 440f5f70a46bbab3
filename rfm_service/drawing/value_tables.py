"""The tables of forecast, cohorts, classes and attributes for people who work in Excel."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rfm_service.analysis.cohorts import retention
from rfm_service.analysis.forecasting.totals import totals_by
from rfm_service.analysis.months import iso_month
from rfm_service.domain.findings import Findings
from rfm_service.domain.forecasts import Total
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.drawing.columns import Column, amounts, cells, days, labelled, shares
from rfm_service.drawing.outlook import by_segment_of, judged, within
from rfm_service.drawing.totals import ordered, segment_order
from rfm_service.drawing.trade import calendar
from rfm_service.ports import Texts
from rfm_service.texts.catalogue import currency_symbol
from rfm_service.texts.labels import (
    attribute_labels,
    attribute_value,
    class_labels,
    headings,
    label,
    risk_labels,
    segment_labels,
    value_labels,
)


def named(findings: Findings, texts: Texts) -> dict[str, str]:
    """Headings in the language and currency of the report."""
    return dict(headings(texts, currency_symbol(texts.language, findings.currency)))


def customer_columns(frame: pd.DataFrame, findings: Findings, texts: Texts) -> list[Column]:
    """What stands beside RFM of each customer: forecast, lifecycle, classes."""
    head = named(findings, texts)
    return [
        *(Column(head[name], frame[name].round(6).tolist(), "share", 11) for name in ("p30", "p90")),
        *(Column(head[name], amounts(frame[name]), "money") for name in ("spend30", "spend90")),
        *(Column(head[name], days(frame[name]), "day", 12) for name in ("due", "due_from", "due_to")),
        Column(head["value"], labelled(frame["value"], value_labels(texts)), width=12),
        Column(head["risk"], labelled(frame["risk"], risk_labels(texts)), width=20),
        *(Column(head[name], frame[name].tolist(), width=7) for name in ("abc", "xyz")),
        Column(head["cohort"], [texts.month(*calendar(month)) for month in frame["cohort"].tolist()], width=12),
        *(Column(head[name], frame[name].tolist(), "number", 13)
          for name in ("tenure_days", "churn_threshold", "orders_ever")),
        Column(head["revenue_ever"], amounts(frame["revenue_ever"]), "money"),
    ]


def segment_columns(segments: Sequence[str], findings: Findings, texts: Texts) -> list[Column]:
    """What segments are worth and what is foretold of them, a row each of `segments`."""
    head = named(findings, texts)
    worth = findings.worth.segments.set_index("segment").reindex(list(segments))
    bought, spent = (_totals(findings, segments, measure) for measure in ("p90", "spend90"))
    return [
        *(Column(head[name], amounts(worth[name]), "money", adds=False) for name in ("aov", "arpu")),
        Column(head["mean_tenure"], worth["tenure_days"].tolist(), "number", 16, adds=False,
               printed=False),
        *(Column(head[name], shares(worth[name]), "share", 11, adds=False, printed=False)
          for name in ("churn", "churn_low", "churn_high")),
        Column(head["buyers90"], [round(total.predicted) for total in bought], "number", 12, printed=False),
        Column(head["spend90"], [total.predicted / MONEY_SCALE for total in spent], "money", printed=False),
        Column(head["spend_low"], [total.low / MONEY_SCALE for total in spent], "money", adds=False, printed=False),
        Column(head["spend_high"], [total.high / MONEY_SCALE for total in spent], "money", adds=False,
               printed=False)]


def _totals(findings: Findings, segments: Sequence[str], measure: str) -> list[Total]:
    forecast = findings.forecast
    known = totals_by(forecast.frame, findings.snapshot, measure, forecast.levels)  # type: ignore[arg-type]
    return [known.get(segment, Total(0, 0, 0)) for segment in segments]


def card_methods(findings: Findings, texts: Texts) -> list[Column]:
    """The methods of the completed forecast, the forecast itself first."""
    rows = judged(findings.card, texts) if findings.card else []
    return [Column(texts("Method"), [row.name for row in rows], width=48),
            Column(texts("Tells who will order (0.5 is chance)"), [row.auc for row in rows], width=20),
            Column(texts("Error of the chances (less is better)"), [row.brier for row in rows], width=20),
            Column(texts("Predicted / actual"), [row.ratio for row in rows], width=20)]


def card_segments(findings: Findings, texts: Texts) -> list[Column]:
    """What was foretold of each segment, with its interval, and what came."""
    head, labels = named(findings, texts), segment_labels(texts)
    rows = by_segment_of(findings.card, findings) if findings.card else []
    foretold, low, high = texts("Foretold"), texts("at least"), texts("at most")
    return [
        Column(head["segment"], [label(labels, row.segment) for row in rows], width=48),
        Column(head["customers"], [row.customers for row in rows], "number", 20),
        Column(f"{head['buyers90']}: {foretold}", [round(row.buyers.predicted) for row in rows], "number", 20),
        Column(low, [round(row.buyers.low) for row in rows], "number", 20),
        Column(high, [round(row.buyers.high) for row in rows], "number"),
        Column(texts("Ordered"), [row.bought for row in rows], "number"),
        Column(texts("Within"), [texts("yes") if within(row.buyers, row.bought) else texts("no") for row in rows]),
        Column(f"{head['money']}: {foretold}", [row.spend.predicted / MONEY_SCALE for row in rows], "money", 18),
        Column(low, [row.spend.low / MONEY_SCALE for row in rows], "money"),
        Column(high, [row.spend.high / MONEY_SCALE for row in rows], "money"),
        Column(texts("Ordered for"), [row.spent / MONEY_SCALE for row in rows], "money"),
        Column(texts("Within"), [texts("yes") if within(row.spend, row.spent) else texts("no") for row in rows])]


def cohort_columns(findings: Findings, texts: Texts) -> list[Column]:
    """RETENTION, a row a cohort and month since: customers, orders, money, and both as shares of the first month."""
    head, frame = named(findings, texts), retention(findings.worth.cohorts)
    return [
        Column(head["cohort"], list(map(iso_month, frame["cohort"].tolist()))),
        Column(texts("Months since"), frame["offset"].tolist(), "number", 10),
        Column(texts("New in the cohort"), frame["size"].tolist(), "number", 14),
        Column(texts("Bought"), frame["customers"].tolist(), "number", 12),
        Column(texts("Share that bought"), frame["retention"].tolist(), "share", 14),
        Column(head["frequency"], frame["orders"].tolist(), "number", 10),
        Column(head["money"], amounts(frame["revenue"]), "money"),
        Column(texts("Money of the first month"), frame["revenue_retention"].tolist(), "share", 16),
        Column(texts("The month has ended"), [texts("yes") if done else texts("no")
                                              for done in frame["complete"].tolist()], width=14)]


def class_columns(findings: Findings, texts: Texts) -> list[Column]:
    """Classes of ABC by segment: customers and money."""
    head, frame = named(findings, texts), findings.worth.abc_by_segment
    order = ordered(frame["segment"].tolist(), segment_order(findings.basis))
    rows = frame.assign(place=frame["segment"].map(order.index)).sort_values(["abc", "place"])
    return [Column(texts("Class"), labelled(rows["abc"], class_labels(texts)), width=32),
            Column(head["segment"], labelled(rows["segment"], segment_labels(texts)), width=24),
            Column(head["customers"], rows["customers"].tolist(), "number"),
            Column(head["money"], amounts(rows["money"]), "money", 20)]


def steadiness_columns(findings: Findings, texts: Texts) -> list[Column]:
    """Classes of ABC by those of XYZ: customers and money."""
    head, frame, labels = named(findings, texts), findings.worth.abc_by_xyz, class_labels(texts)
    return [Column(texts("Class"), labelled(frame["abc"], labels), width=32),
            Column(texts("Steadiness"), labelled(frame["xyz"], labels), width=24),
            Column(head["customers"], frame["customers"].tolist(), "number"),
            Column(head["money"], amounts(frame["money"]), "money", 20)]


def attribute_columns(findings: Findings, texts: Texts) -> list[Column]:
    """Customers by what 1C says of them."""
    head, frame, labels = named(findings, texts), findings.worth.attributes, attribute_labels(texts)
    values = [attribute_value(value, joined, texts) for value, joined in zip(
        cells(frame["value"]), frame["joined"].tolist(), strict=True)]
    return [Column(texts("Attribute"), labelled(frame["attribute"], labels), width=24),
            Column(texts("Its value"), values, width=32),
            Column(head["customers"], frame["customers"].tolist(), "number"),
            Column(head["money"], amounts(frame["money"]), "money", 20),
            Column(head["frequency"], frame["orders"].tolist(), "number"),
            Column(texts("Silent for too long"), frame["at_risk"].tolist(), "number", 16),
            Column(texts("Money of these"), amounts(frame["at_risk_money"]), "money", 20)]
