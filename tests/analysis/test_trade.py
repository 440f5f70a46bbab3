"""Trade figures: by hand, against sums in plain Python, and by parts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.trade import added, trade
from rfm_service.domain.findings import Trade
from rfm_service.domain.tables import MONTHS, ORDERS, PRODUCTS
from rfm_service.domain.values import MONEY_SCALE, Basis, day_number
from tests.analysis.coding import AS_OF, Row, traded
from tests.rules import ruled

BASIS = Basis(AS_OF, ruled(window_days=69))
"""January 2025 to 10 March 2025."""
ROWS = st.lists(st.builds(
    lambda who, at, ago, size, returned, product: Row(
        who, who * 10 + at, AS_OF - timedelta(days=ago), -abs(size) if returned else size, returned,
        product=product, quantity=size * 1000), st.integers(1, 4), st.integers(0, 4), st.integers(-2, 75),
    st.integers(-3, 9), st.booleans(), st.integers(1, 5)), max_size=40)


def assert_equal(one: Trade, other: Trade) -> None:
    for name in ("months", "products", "orders", "customer_orders"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.gifts == other.gifts


def test_by_hand() -> None:
    found = trade(traded([
        Row(1, 1, date(2025, 1, 5), 100, product=7, quantity=2000),
        Row(1, 1, date(2025, 2, 5), 50, product=7, quantity=1000),
        Row(1, 1, date(2025, 2, 6), -30, returned=True, product=7, quantity=-500),
        Row(1, 2, date(2025, 2, 6), -9, returned=True, product=8),
        Row(2, 3, date(2025, 2, 7), 20, product=8, quantity=4000),
        Row(2, 3, date(2025, 2, 7), 0, product=9),
        Row(2, 4, date(2024, 12, 31), 20, product=9),
    ]), BASIS)
    january = 2025 * 12
    unit = MONEY_SCALE
    assert found.months.to_numpy().tolist() == [
        [january, 100 * unit, 1, 1], [january + 1, 31 * unit, 2, 2], [january + 2, 0, 0, 0]]
    assert found.products.to_numpy().tolist() == [
        [7, 120 * unit, 1, 1, 3000, 500, 30 * unit, day_number(date(2025, 2, 5))],
        [8, 11 * unit, 1, 1, 4000, 1000, 9 * unit, day_number(date(2025, 2, 7))]]
    assert found.orders.to_numpy().tolist() == [[1, 120 * unit, 3000], [3, 20 * unit, 4000]]
    assert [list(row) for row in found.customer_orders.itertuples(index=False)] == [
        [1, 1, day_number(date(2025, 1, 5)), 120 * unit, 3000, True, True],
        [1, 2, day_number(date(2025, 2, 6)), -9 * unit, 0, True, False],
        [2, 3, day_number(date(2025, 2, 7)), 20 * unit, 4000, False, True]]
    assert found.gifts == 1


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(("net", "ignore")))
def test_equals_plain_sums(rows: list[Row], returns: str) -> None:
    rules = ruled(window_days=69, returns=returns)
    found = trade(traded(rows), Basis(AS_OF, rules))
    inside = [row for row in rows if date(2025, 1, 1) <= row.day <= AS_OF]
    clean = [row for row in inside if row.amount and not (returns == "ignore" and row.returned)]
    sales = [row for row in clean if row.amount > 0 and not row.returned]
    revenue: dict[int, float] = defaultdict(float)
    for row in clean:
        revenue[row.product] += row.amount
    assert {row.product_no: (row.revenue, row.orders) for row in found.products.itertuples()} == {
        product: (total * MONEY_SCALE, len({row.order for row in sales if row.product == product}))
        for product, total in revenue.items()}
    assert found.months[["revenue", "orders", "customers"]].to_numpy().tolist() == [
        [sum(row.amount for row in clean if row.day.month == month) * MONEY_SCALE,
         len({row.order for row in sales if row.day.month == month}),
         len({row.customer for row in sales if row.day.month == month})] for month in (1, 2, 3)]
    nets = {row.order: sum(each.amount for each in clean if each.order == row.order) for row in sales}
    assert {row.order_no: (row.amount, row.items) for row in found.orders.itertuples()} == {
        order: (net * MONEY_SCALE, sum(row.quantity for row in sales if row.order == order))
        for order, net in nets.items() if net > 0}
    assert found.gifts == sum(row.amount == 0 for row in inside)


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_parts_add_up_to_the_whole(rows: list[Row]) -> None:
    parts = [trade(traded(row for row in rows if row.customer in some), BASIS)
             for some in ((4,), (1, 3), (2,), ())]
    assert_equal(added(parts), trade(traded(rows), BASIS))


def test_nothing_sold_is_still_a_row_a_month() -> None:
    nothing = added([trade(traded([]), BASIS)])
    for frame, table, rows in ((nothing.months, MONTHS, 3), (nothing.products, PRODUCTS, 0),
                               (nothing.orders, ORDERS, 0)):
        assert dict(frame.dtypes.astype(str)) == table
        assert len(frame) == rows
