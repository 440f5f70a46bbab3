"""The rows of the chat customer manager that are analytics, by their ids."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rfm_service.analysis.figures import figures
from rfm_service.analysis.value import segment_value, standings
from rfm_service.domain.standings import Lifecycle
from rfm_service.domain.values import MONEY_SCALE
from tests.analysis.standing import AS_OF, BASIS, Shop, scored_of

SEED = Lifecycle(rhythm="fixed", vip_money=50_000 * MONEY_SCALE)


def shop(*bought: tuple[int, int, int]) -> Shop:
    """Orders as customer, days ago, sum in units."""
    orders = [(who, AS_OF - timedelta(days=ago), money * MONEY_SCALE) for who, ago, money in bought]
    return Shop(orders, scored_of(orders))


@pytest.mark.parametrize(("bought", "value", "risk"), [
    ([(1, 40, 10), (1, 50, 10), (1, 60, 10)], "vip", "at_risk"),
    ([(1, 10, 50_000)], "vip", "steady"), ([(1, 10, 49_999)], "regular", "steady"),
    ([(1, 3, 10)], "regular", "new"), ([(1, 3, 10), (1, 20, 10)], "regular", "active"),
    ([(1, 29, 10)], "regular", "steady"), ([(1, 30, 10)], "regular", "at_risk")])
def test_s0_01_value_and_risk_are_two_axes_told_anew_every_night(
        bought: list[tuple[int, int, int]], value: str, risk: str) -> None:
    """In the source vip hid a loss, and at risk was never stored: each call made it a customer who was just there."""
    one = shop(*bought)
    found = standings(one.purchases, one.snapshot, BASIS, SEED).iloc[0]
    assert (found["value"], found["risk"]) == (value, risk)


def test_s0_08_customers_purchases_revenue_active_and_average_order_by_segment() -> None:
    one = shop((1, 3, 100), (1, 20, 300), (2, 100, 50), (3, 5, 70))
    told = figures(one.snapshot, AS_OF)
    assert (told.customers, told.orders, told.revenue, told.average_order, told.active) == (
        3, 4, 520 * MONEY_SCALE, 130 * MONEY_SCALE, 2)
    snapshot = one.snapshot.assign(segment=["loyal", "lost", "loyal"])
    value = standings(one.purchases, one.snapshot, BASIS, SEED)
    unknown = snapshot.head(0).assign(former=0, churned=0)[["segment", "former", "churned"]]
    rows = segment_value(snapshot, value, unknown)
    assert rows[["segment", "customers", "orders", "money", "aov"]].to_numpy().tolist() == [
        ["lost", 1, 1, 50 * MONEY_SCALE, 50 * MONEY_SCALE], ["loyal", 2, 3, 470 * MONEY_SCALE, 470 * MONEY_SCALE // 3]]
