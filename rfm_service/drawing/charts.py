"""The charts of a report, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from rfm_service.domain.findings import Findings
from rfm_service.drawing import borders, cohorts, customers, orders, pareto, rule_map, shares, trade
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


def cohorts_of(findings: Findings, texts: Texts) -> Figure:
    """The retention triangle of the night."""
    return cohorts.cohort_triangle(findings.worth.cohorts, texts)


def pareto_of(findings: Findings, texts: Texts) -> Figure:
    """Who brings the money tonight."""
    return pareto.pareto_curve(findings.worth.pareto, texts)


@dataclass(frozen=True)
class Chart:
    """One chart: its name in files, when there is something to draw, how, and whether chats get it.

    A chart that names customers never goes to a chat; an album of Telegram holds ten.
    """

    name: str
    drawable: Callable[[Findings], bool]
    builder: Callable[[Findings, Texts], Figure]
    for_chats: bool = True

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
    Chart("top-customers", _has_customers, customers.top_customers, for_chats=False),
    Chart("products-by-revenue", _has_products, trade.products_by_revenue),
    Chart("products-by-orders", _has_products, trade.products_by_orders),
    Chart("cohorts", _has_cohorts, cohorts_of),
    Chart("pareto", _has_customers, pareto_of),
    Chart("borders", _has_customers, borders.borders, for_chats=False),
    Chart("r-f-map", _has_customers, rule_map.rule_map),
)
