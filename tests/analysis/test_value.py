"""Standings, segment value and what ABC cannot see: by hand and against the oracle."""

from __future__ import annotations

import math
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.value import abc_by_segment, abc_by_xyz, churn, segment_value, standings, unseen
from rfm_service.domain.standings import RISKS, VALUES, ClassBorders, Lifecycle, Unseen
from rfm_service.domain.tables import ABC_SEGMENTS, ABC_XYZ, CHURN, FORMER, SEGMENT_VALUE, VALUE, Table
from rfm_service.domain.values import MONEY_SCALE, Basis
from tests import oracle_value as oracle
from tests.analysis.standing import AS_OF, BASIS, Shop, purchases_of, scored_of, shops, snapshot_of
from tests.rules import ruled

LIFECYCLES = st.builds(Lifecycle, vip_orders=st.sampled_from((1, 3)), vip_money=st.sampled_from((3, 200)),
                       over=st.sampled_from(("window", "ever")), rhythm=st.sampled_from(("fixed", "personal")),
                       new_days=st.sampled_from((7, 50)), active_days=st.sampled_from((7, 40)),
                       churn_multiplier=st.sampled_from((Fraction(3, 2), Fraction(7, 5))),
                       churn_floor_days=st.sampled_from((1, 60)))
BORDERS = st.builds(ClassBorders, least_months=st.sampled_from((1, 3)), x=st.sampled_from((Fraction(1, 10), Fraction(
    1, 2))), a=st.sampled_from((Fraction(1, 2), Fraction(4, 5))))


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def shop(*bought: oracle.Bought) -> Shop:
    return Shop(list(bought), scored_of(bought))


def assert_declared(frame: pd.DataFrame, table: Table) -> None:
    assert dict(frame.dtypes.astype(str)) == table


@settings(max_examples=60, deadline=None)
@given(shops(), LIFECYCLES, BORDERS)
def test_standings_equal_the_oracle(one: Shop, lifecycle: Lifecycle, borders: ClassBorders) -> None:
    found = standings(one.purchases, one.snapshot, BASIS, lifecycle, borders)
    assert_declared(found, VALUE)
    classes = oracle.abc({each.number: each.monetary for each in one.scored}, borders)
    expected = []
    for each in sorted(one.scored, key=lambda each: each.number):
        first, orders = oracle.first_ever(each, one.bought), oracle.of_customer(one.bought, each.number)
        expected.append((
            each.number, classes[each.number], oracle.xyz(each, one.bought, (AS_OF, 200), borders),
            oracle.value(each, one.bought, lifecycle), oracle.risk(each, one.bought, AS_OF, lifecycle),
            oracle.month_number(first), (AS_OF - first).days + 1, len(orders), sum(amount for _, amount in orders),
            math.floor(oracle.churn_threshold(each, one.bought, lifecycle))))
    assert list(found.itertuples(index=False, name=None)) == expected
    assert set(found["value"]) <= set(VALUES)
    assert set(found["risk"]) <= set(RISKS)


@settings(max_examples=20, deadline=None)
@given(shops(), st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(one: Shop, seed: int) -> None:
    found = standings(one.purchases, one.snapshot, BASIS)
    snapshot = one.snapshot.sample(frac=1, random_state=seed)
    purchases = one.purchases.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(standings(purchases, snapshot, BASIS), found)
    assert unseen(snapshot, found) == unseen(one.snapshot, found)
    pd.testing.assert_frame_equal(abc_by_xyz(snapshot, found), abc_by_xyz(one.snapshot, found))


def test_a_vip_who_falls_silent_is_both() -> None:
    """S0-01: vip no longer hides the loss."""
    found = standings(*_frames(shop(*((1, ago(60 + 9 * order), 5) for order in range(3)))))
    assert found.loc[0, ["value", "risk"]].tolist() == ["vip", "at_risk"]


@pytest.mark.parametrize(("first", "last", "risk"), [
    (0, 0, "new"), (6, 6, "new"), (7, 6, "active"), (7, 7, "steady"), (90, 6, "active"), (90, 29, "steady"),
    (90, 30, "at_risk"),
])
def test_the_borders_of_risk(first: int, last: int, risk: str) -> None:
    found = standings(*_frames(shop((1, ago(first), 5), (1, ago(last), 5))), Lifecycle(rhythm="fixed"))
    assert found["risk"].tolist() == [risk]


def test_a_personal_rhythm_leaves_the_rare_buyer_alone() -> None:
    rare = shop((1, ago(190), 5), (1, ago(115), 5), (1, ago(40), 5), (1, ago(40), 5))
    fixed, personal = (standings(*_frames(rare), Lifecycle(rhythm=rhythm)) for rhythm in ("fixed", "personal"))
    assert fixed["risk"].tolist() + personal["risk"].tolist() == ["at_risk", "steady"]
    assert personal["churn_threshold"].tolist() == [112]


@pytest.mark.parametrize(("orders", "money", "value"), [
    (2, 49_999, "regular"), (2, 50_000, "vip"), (3, 5, "vip"),
])
def test_the_borders_of_value(orders: int, money: int, value: str) -> None:
    rest = (1, ago(9), (money - orders + 1) * MONEY_SCALE)
    found = standings(*_frames(shop(rest, *((1, ago(20), MONEY_SCALE),) * (orders - 1))))
    assert found["value"].tolist() == [value]


def test_the_example_of_the_docs() -> None:
    days = [date(2025, 12, 10), date(2026, 2, 12), date(2026, 4, 15), date(2026, 6, 17), date(2026, 8, 19),
            date(2026, 10, 21)]
    window = [(1, day, 30_000 * MONEY_SCALE) for day in days]
    purchases = purchases_of([(1, date(2025, 3, 5), 20_000 * MONEY_SCALE), *window])
    scored = oracle.Scored(1, days[0], days[-1], 6, 180_000 * MONEY_SCALE)
    snapshot = snapshot_of([scored]).assign(recency_days=31)
    basis = Basis(date(2026, 11, 20), ruled())
    found = standings(purchases, snapshot, basis)
    assert list(found.itertuples(index=False, name=None)) == [
        (1, "A", "Y", "vip", "steady", 2025 * 12 + 2, 626, 7, 200_000 * MONEY_SCALE, 148)]
    assert standings(purchases, snapshot, basis, Lifecycle(rhythm="fixed"))["risk"].tolist() == ["at_risk"]


def test_orders_before_the_window_make_a_vip_only_where_that_is_wished() -> None:
    old = shop((1, ago(800), 5), (1, ago(700), 5), (1, ago(9), 5))
    assert [standings(*_frames(old), Lifecycle(over=over))["value"][0] for over in ("window", "ever")] == [
        "regular", "vip"]


def test_what_abc_cannot_see() -> None:
    silent = [(1, ago(150), 400), (1, ago(140), 400), (1, ago(130), 400)]
    buying, resting = [(2, ago(100 - day), 10) for day in range(0, 100, 2)], [(3, ago(35), 450)]
    one = shop(*silent, *buying, *resting, (4, ago(190), 1))
    value = standings(*_frames(one), Lifecycle(rhythm="fixed"))
    assert value["abc"].tolist() == ["A", "A", "A", "C"]
    assert unseen(one.snapshot, value) == Unseen(3, 2150, 1, 1200, 2, 1650, 2, 1650)


@settings(max_examples=25, deadline=None)
@given(shops())
def test_crossings_hold_every_customer_once(one: Shop) -> None:
    value = standings(one.purchases, one.snapshot, BASIS)
    for crossed, table in ((abc_by_xyz(one.snapshot, value), ABC_XYZ),
                           (abc_by_segment(one.snapshot, value), ABC_SEGMENTS)):
        assert_declared(crossed, table)
        assert crossed["customers"].sum() == len(one.scored)
        assert crossed["money"].sum() == sum(each.monetary for each in one.scored)
        assert (crossed["customers"] > 0).all()
    pairs = {(row.abc, row.segment): (row.customers, row.money)
             for row in abc_by_segment(one.snapshot, value).itertuples()}
    classes = dict(zip(value["customer_no"], value["abc"], strict=True))
    for (abc, segment), figures in pairs.items():
        some = [each.monetary for each in one.scored if (classes[each.number], each.segment) == (abc, segment)]
        assert figures == (len(some), sum(some))


@settings(max_examples=25, deadline=None)
@given(shops(), st.dictionaries(st.integers(1, 9).map(lambda number: number * 7), st.sampled_from("abc")))
def test_segments_are_worth_what_their_customers_are(one: Shop, then: dict[int, str]) -> None:
    former = pd.DataFrame({"customer_no": np.array(list(then), dtype=np.int64),
                           "segment": np.array(list(then.values()), dtype=object)}).astype(FORMER)
    lost = churn(former, one.purchases, AS_OF)
    assert_declared(lost, CHURN)
    expected = oracle.churned(then, one.bought, AS_OF, 90)
    assert {row.segment: (row.former, row.churned) for row in lost.itertuples()} == expected
    found = segment_value(one.snapshot, standings(one.purchases, one.snapshot, BASIS), lost)
    assert_declared(found, SEGMENT_VALUE)
    assert found["segment"].tolist() == sorted({*(each.segment for each in one.scored), *expected})
    for row in found.itertuples():
        some = [each for each in one.scored if each.segment == row.segment]
        money, orders = sum(each.monetary for each in some), sum(each.frequency for each in some)
        tenures = [(AS_OF - oracle.first_ever(each, one.bought)).days + 1 for each in some]
        assert (row.customers, row.money, row.orders) == (len(some), money, orders)
        assert (row.aov, row.arpu, row.tenure_days) == (
            (money // orders, money // len(some), round(Fraction(sum(tenures), len(some)))) if some else (0, 0, 0))
        there, gone = expected.get(row.segment, (0, 0))
        assert (row.former, row.churned) == (there, gone)
        assert row.churn_low <= row.churn <= row.churn_high if there else math.isnan(row.churn)


@pytest.mark.parametrize(("last", "churned"), [(0, 0), (89, 0), (90, 1)])
def test_the_ninety_days_of_churn_end_with_as_of(last: int, churned: int) -> None:
    former = pd.DataFrame({"customer_no": [1], "segment": ["loyal"]}).astype(FORMER)
    assert churn(former, shop((1, ago(last), 5)).purchases, AS_OF)["churned"].tolist() == [churned]


def test_nobody_has_no_value() -> None:
    nobody = shop()
    value = standings(*_frames(nobody))
    assert_declared(value, VALUE)
    assert unseen(nobody.snapshot, value) == Unseen(0, 0, 0, 0, 0, 0, 0, 0)
    lost = churn(pd.DataFrame({"customer_no": [], "segment": []}).astype(FORMER), nobody.purchases, AS_OF)
    for frame, table in ((abc_by_xyz(nobody.snapshot, value), ABC_XYZ),
                         (abc_by_segment(nobody.snapshot, value), ABC_SEGMENTS),
                         (lost, CHURN), (segment_value(nobody.snapshot, value, lost), SEGMENT_VALUE)):
        assert_declared(frame, table)
        assert frame.empty


def _frames(one: Shop) -> tuple[pd.DataFrame, pd.DataFrame, Basis]:
    return one.purchases, one.snapshot, BASIS
