"""What lines tell of customers beside RFM, against plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.trade import added, trade
from rfm_service.domain.tables import BASKETS, HABITS
from rfm_service.domain.values import MONEY_SCALE, Basis
from tests.analysis.coding import AS_OF, Row, traded
from tests.rules import ruled

BASIS = Basis(AS_OF, ruled())
ROWS = st.lists(st.builds(
    lambda who, at, back, amount, returned, product, category, channel, cost: Row(
        who, who * 10 + at, AS_OF - timedelta(days=back), -abs(amount) if returned else amount, returned,
        product=product, category=category, channel=channel, cost=cost),
    st.integers(1, 5), st.integers(0, 3), st.integers(0, 400), st.integers(-3, 9), st.booleans(), st.integers(1, 3),
    st.integers(1, 2), st.integers(1, 2), st.none() | st.integers(-5, 120)), max_size=40)


def inside(rows: list[Row]) -> list[Row]:
    return [row for row in rows if (AS_OF - row.day).days < 365 and row.amount != 0]


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_s3_10_goods_by_category(rows: list[Row]) -> None:
    wanted: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in inside(rows):
        cell = wanted[row.customer, row.category]
        cell[row.returned] += abs(row.amount) if row.returned else row.amount
        cost = row.cost or 0
        if not row.returned and cost * row.amount > 0 and abs(cost) <= 10 * abs(row.amount):
            cell[2] += row.amount
            cell[3] += cost
    found = trade(traded(rows), BASIS).baskets
    assert dict(found.dtypes.astype(str)) == BASKETS
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        (*key, *(each * MONEY_SCALE for each in wanted[key])) for key in sorted(wanted)]


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_s3_23_favourite_product_and_usual_channel(rows: list[Row]) -> None:
    sold = [row for row in inside(rows) if not row.returned and row.amount > 0]
    wanted = []
    for who in sorted({row.customer for row in sold}):
        mine = [row for row in sold if row.customer == who]
        products = Counter(product for product, _ in {(row.product, row.order) for row in mine})
        money = Counter[int]()
        for row in mine:
            money[row.product] += row.amount  # type: ignore[assignment]
        channels = Counter(channel for channel, _ in {(row.channel, row.order) for row in mine})
        newest = {each: max(row.day for row in mine if row.channel == each) for each in channels}
        wanted.append((who, min(products, key=lambda each: (-products[each], -money[each], each)),
                       min(channels, key=lambda each: (-channels[each], -newest[each].toordinal(), each))))
    found = trade(traded(rows), BASIS).habits
    assert dict(found.dtypes.astype(str)) == HABITS
    assert [tuple(row) for row in found.itertuples(index=False)] == wanted


@settings(max_examples=15, deadline=None)
@given(ROWS)
def test_customers_apart_add_up(rows: list[Row]) -> None:
    whole = trade(traded(rows), BASIS)
    parts = added([trade(traded([row for row in rows if row.customer % 2 == odd]), BASIS) for odd in (1, 0)])
    for name in ("baskets", "habits"):
        pd.testing.assert_frame_equal(getattr(parts, name), getattr(whole, name))
