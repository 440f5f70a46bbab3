"""The charts of a report, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from matplotlib.figure import Figure

from rfm_service.domain.findings import Findings
from rfm_service.drawing import borders, cohorts, customers, orders, pareto, rule_map, shares, trade, trend
from rfm_service.drawing.style import house_style, nothing
from rfm_service.ports import Texts


def _has_customers(findings: Findings) -> bool:
    return not findings.snapshot.empty


def _has_orders(findings: Findings) -> bool:
    return not findings.trade.orders.empty


def _has_months(findings: Findings) -> bool:
    return not findings.trade.months.empty


def _has_products(findings: Findings) -> bool:
    return not findings.products.empty


def _has_cohorts(findings: Findings) -> bool:
    return not findings.worth.cohorts.empty


def _has_weeks(findings: Findings) -> bool:
    return bool(trend.courses(findings.trends, ()))


def cohorts_of(findings: Findings, texts: Texts) -> Figure:
    """The retention triangle of the night."""
    return cohorts.cohort_triangle(findings.worth.cohorts, texts)


def pareto_of(findings: Findings, texts: Texts) -> Figure:
    """Who brings the money tonight."""
    return pareto.pareto_curve(findings.worth.pareto, texts)


@dataclass(frozen=True)
class Chart:
    """One chart: its name in files, when there is something to draw, and how."""

    name: str
    drawable: Callable[[Findings], bool]
    builder: Callable[[Findings, Texts], Figure]

    def draw(self, findings: Findings, texts: Texts) -> Figure:
        """The figure, or a plain picture where there is nothing to show yet."""
        with house_style():
            return (self.builder if self.drawable(findings) else _nothing)(findings, texts)


def _nothing(_: Findings, texts: Texts) -> Figure:
    return nothing(texts)


CHARTS = (
    Chart("segments", _has_customers, shares.segments),
    Chart("tiers", _has_customers, shares.tiers),
    Chart("segments-by-tier", _has_customers, shares.segments_by_tier),
    Chart("order-sums", _has_orders, orders.order_sums),
    Chart("items-in-orders", _has_orders, orders.items_in_orders),
    Chart("months", _has_months, trade.months),
    Chart("top-customers", _has_customers, customers.top_customers),
    Chart("products-by-revenue", _has_products, trade.products_by_revenue),
    Chart("products-by-orders", _has_products, trade.products_by_orders),
    Chart("cohorts", _has_cohorts, cohorts_of),
    Chart("pareto", _has_customers, pareto_of),
    Chart("borders", _has_customers, borders.borders),
    Chart("r-f-map", _has_customers, rule_map.rule_map),
    Chart("segment-trend", _has_weeks, trend.segment_trend),
)

PAGE = "summary.png"
ALBUM = ("segments", "segment-trend", "r-f-map", "months", "pareto", "cohorts", "segments-by-tier",
         "products-by-revenue", "tiers", "products-by-orders", "order-sums", "items-in-orders")
"""What chats get, what tells most first; a chart that names customers never goes there."""
LARGEST_ALBUM = 10


def files() -> dict[str, str]:
    """Name of a chart -> its file in a report, numbered by its place: charts/01-segments.png."""
    return {chart.name: f"charts/{place:02d}-{chart.name}.png" for place, chart in enumerate(CHARTS, start=1)}


def album(findings: Findings, there: Collection[str]) -> list[str]:
    """The pictures for chats among the files of a report: the page, then charts that have something to show."""
    drawable = {chart.name for chart in CHARTS if chart.drawable(findings)}
    named = files()
    wanted = [PAGE, *(named[name] for name in ALBUM if name in drawable)]
    return [file for file in wanted if file in there][:LARGEST_ALBUM]
