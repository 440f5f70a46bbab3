"""Products to push, to hold back, to look at for their margin: by tables, by an oracle, by parts."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.products import added, alerts, product_activity
from rfm_service.domain.product_rules import ADVICE, ALERT_KINDS, USUAL_PRODUCT_RULES, ProductRules
from rfm_service.domain.tables import ALERTS, PRODUCT_ACTIVITY
from rfm_service.domain.values import Basis
from tests.analysis.goods import AS_OF, WINDOW, Sold, expected, lines_of, named
from tests.rules import ruled

BASIS = Basis(AS_OF, ruled(window_days=WINDOW))
NAMES = {1: "Кисть", 2: "Валик", 3: "Лак", 4: "Грунт", 5: "Щётка"}
ROWS = st.lists(st.builds(
    Sold, st.integers(1, 5), st.integers(10, 45), st.integers(-2, 125), st.integers(-2, 9),
    st.none() | st.integers(-3, 40), st.integers(0, 3), st.booleans()), max_size=60)


def active(rows: list[Sold], basis: Basis = BASIS, unit: int = 10_000) -> pd.DataFrame:
    return product_activity(lines_of(rows, unit), basis, USUAL_PRODUCT_RULES.push_days)


def told(rows: list[Sold], rules: ProductRules = USUAL_PRODUCT_RULES, names: dict[int, str] = NAMES,
         categories: dict[int, str] | None = None) -> pd.DataFrame:
    return alerts(active(rows), named(names, categories), rules)


def found(rows: list[Sold], alert: str, **changes: object) -> list[tuple[str, str]]:
    frame = told(rows, replace(USUAL_PRODUCT_RULES, **changes))
    return [(row.product, row.advice) for row in frame.itertuples() if row.alert == alert]


def orders(count: int, product: int = 1, **more: int | None) -> list[Sold]:
    return [Sold(product, 10 + at, **more) for at in range(count)]


# Alert 1


@pytest.mark.parametrize(("rows", "wanted"), [
    (orders(4), []), (orders(5), ["Кисть"]),
    (orders(5, ago=44), ["Кисть"]), (orders(5, ago=45), []),  # the last 45 days, the last of them as_of
    ([*orders(4), Sold(1, 13)], []),  # five lines, four orders
    ([*orders(5), Sold(1, 10, returned=True)], []),  # exactly 20 % came back
    ([*orders(6), Sold(1, 10, returned=True)], ["Кисть"]),
    (orders(5) + [Sold(1, 10, returned=True, ago=60)] * 3, ["Кисть"]),  # came back before these days
    ([*orders(4), Sold(1, 30, amount=-100)], []),  # a correction is no order
    ([*orders(4), Sold(1, 30, amount=0)], [])])  # nor is a gift
def test_s3_20_what_is_pushed(rows: list[Sold], wanted: list[str]) -> None:
    assert [name for name, _ in found(rows, "push")] == wanted


def test_s3_20_the_most_orders_come_first_and_then_the_most_money() -> None:
    rows = orders(5, 1) + orders(7, 2) + orders(5, 3, amount=200) + orders(5, 4)
    assert [name for name, _ in found(rows, "push")] == ["Валик", "Лак", "Грунт", "Кисть"]


def test_s3_20_what_is_told_of_a_pushed_product_is_of_these_days() -> None:
    (row,) = told([*orders(5), Sold(1, 30, ago=60), Sold(1, 31, ago=60, returned=True, pieces=2)]).query(
        "alert == 'push'").itertuples()
    assert (row.orders, row.lines, row.revenue, row.returned_share) == (5, 5, 5_000_000, 0)
    assert (row.margin, math.isnan(row.margin_rate)) == (0, True)


def test_s3_20_what_sells_below_its_cost_is_not_to_be_pushed_further() -> None:
    assert found(orders(5, cost=110), "push") == [("Кисть", "stop")]
    assert found(orders(5, cost=100), "push") == [("Кисть", "push")]


# Alert 2


@pytest.mark.parametrize(("sold", "back", "wanted"), [
    (3, 3, []), (4, 2, ["Кисть"]), (4, 1, []), (10, 3, []), (10, 4, ["Кисть"]), (4, 9, ["Кисть"]), (0, 9, [])])
def test_s3_21_what_is_held_back(sold: int, back: int, wanted: list[str]) -> None:
    rows = orders(sold, ago=100) + [Sold(1, 10 + at, ago=90, returned=True) for at in range(back)]
    assert [name for name, _ in found(rows, "returns")] == wanted


def test_s3_21_pieces_decide_where_they_are_known_and_else_lines() -> None:
    rows = [*orders(4, pieces=10), Sold(1, 10, pieces=39, returned=True), Sold(2, 20, pieces=0), *orders(3, 2),
            Sold(2, 10, pieces=39, returned=True)]
    shares = told(rows, replace(USUAL_PRODUCT_RULES, returns_share=Fraction(0))).query("alert == 'returns'")
    assert list(zip(shares["product"], shares["returned_share"], strict=True)) == [("Кисть", 39 / 40), ("Валик", 1 / 4)]


def test_s3_21_a_share_is_never_above_one_and_the_largest_comes_first() -> None:
    rows = [row for product, back in ((1, 2), (2, 9), (3, 4)) for row in (
        *orders(4, product), *(Sold(product, 10, returned=True) for _ in range(back)))]
    shares = told(rows).query("alert == 'returns'")
    assert list(zip(shares["product"], shares["returned_share"], strict=True)) == [
        ("Валик", 1.0), ("Лак", 1.0), ("Кисть", 0.5)]
    assert set(shares["advice"]) == {"hold"}


def test_s3_21_returns_count_where_they_are_not_looked_at_for_rfm() -> None:
    rows = [*orders(4), *(Sold(1, 10 + at, returned=True) for at in range(2))]
    activity = active(rows, replace(BASIS, rules=ruled(window_days=WINDOW, returns="ignore")))
    (row,) = alerts(activity, named(NAMES), USUAL_PRODUCT_RULES).itertuples()
    assert (row.alert, row.returned_share, row.revenue) == ("returns", 0.5, 4_000_000)


# Alert 3


@pytest.mark.parametrize(("cost", "advice"), [
    (101, "stop"), (100, "supplier"), (86, "supplier"), (85, "price"), (66, "price"), (65, None), (1, None),
    (None, None), (0, None), (-50, None), (1001, None)])
def test_s3_22_the_margin_and_what_to_do(cost: int | None, advice: str | None) -> None:
    assert found(orders(2, cost=cost), "margin") == ([("Кисть", advice)] if advice else [])


@pytest.mark.parametrize(("rows", "wanted"), [
    (orders(1, cost=90), []), (orders(2, cost=90), ["Кисть"]),
    (orders(1, cost=90) + orders(5), []),  # only one line with a cost
    (orders(2, cost=90) + orders(9), ["Кисть"]),  # lines without a cost say nothing
    ([*orders(2, cost=60), Sold(1, 30, cost=1, returned=True)], []),  # nor do returns
    (orders(2, cost=90) + [Sold(1, 30, amount=-100, cost=-90)] * 2, []),  # all was corrected away
    ([*orders(2, cost=60), Sold(1, 30, amount=-50, cost=-10)], ["Кисть"]),  # 110 / 150 are cost
    (orders(2, cost=90, ago=119), ["Кисть"]), (orders(2, cost=90, ago=120), [])])
def test_s3_22_which_lines_count(rows: list[Sold], wanted: list[str]) -> None:
    assert [name for name, _ in found(rows, "margin")] == wanted


def test_s3_22_the_lowest_rate_comes_first_with_its_money() -> None:
    rows = orders(2, 1, cost=90) + orders(2, 2, cost=120) + orders(2, 3, cost=90) + orders(2, 4, cost=70)
    frame = told(rows).query("alert == 'margin'")
    assert list(zip(frame["product"], frame["margin_rate"], frame["margin"], frame["advice"], strict=True)) == [
        ("Валик", -0.2, -400_000, "stop"), ("Кисть", 0.1, 200_000, "supplier"), ("Лак", 0.1, 200_000, "supplier"),
        ("Грунт", 0.3, 600_000, "price")]


@pytest.mark.parametrize("name", ["Доставка по городу", "ДОСТАВКА", "Колпак 代发", "Sample pack", "образец ткани", ""])
def test_s3_22_deliveries_samples_and_the_nameless_are_left_out(name: str) -> None:
    rows = [*orders(9, cost=110), *(Sold(1, 10, returned=True) for _ in range(4))]
    assert told(rows, names={1: name}).empty
    assert told(rows, names={1: "Кисть"}, categories={1: name}).empty == bool(name)
    assert not told(rows, replace(USUAL_PRODUCT_RULES, left_out=()), names={1: name or "Кисть"}).empty


def test_s3_22_one_category_that_is_left_out_is_enough() -> None:
    rows = orders(5)
    twice = pd.concat([named({1: "Кисть"}, {1: "Инструмент"}), named({7: "Кисть"}, {7: "Образцы"})])
    assert alerts(active(rows), twice, USUAL_PRODUCT_RULES).empty
    assert len(alerts(active(rows), twice.head(1), USUAL_PRODUCT_RULES)) == 1


# All three


@settings(max_examples=30, deadline=None)
@given(ROWS)
def test_s3_20_s3_21_s3_22_as_the_oracle_says(rows: list[Sold]) -> None:
    rules = replace(USUAL_PRODUCT_RULES, push_orders=2, returns_lines=2)
    found = [(row.alert, row.product, row.advice, row.orders, row.lines, row.returned_share, row.revenue)
             for row in told(rows, rules).itertuples()]
    assert found == [(*head, float(back), revenue * 10_000)
                     for *head, back, revenue in expected(rows, NAMES, rules)]


@settings(max_examples=25, deadline=None)
@given(ROWS, st.integers(0, 2**32), st.integers(1, 10**6))
def test_neither_order_of_rows_nor_unit_of_money_decide(rows: list[Sold], seed: int, unit: int) -> None:
    mixed = Random(seed).sample(rows, len(rows))
    pd.testing.assert_frame_equal(active(rows), active(mixed))
    one, other = (alerts(active(rows, unit=each), named(NAMES), USUAL_PRODUCT_RULES) for each in (1, unit))
    money = ["revenue", "margin"]
    pd.testing.assert_frame_equal(one.drop(columns=money), other.drop(columns=money))
    pd.testing.assert_frame_equal(one[money] * unit, other[money])


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_parts_add_up_to_the_whole(rows: list[Sold]) -> None:
    """Orders 10 to 45 are those of customers 1 to 4."""
    parts = [active([row for row in rows if row.order // 10 in some]) for some in ((4,), (1, 3), (2,), ())]
    pd.testing.assert_frame_equal(added(parts), active(rows))


def test_nothing_sold_alerts_nobody() -> None:
    nothing = added([active([])])
    assert dict(nothing.dtypes.astype(str)) == PRODUCT_ACTIVITY
    frame = alerts(nothing, named(NAMES), USUAL_PRODUCT_RULES)
    assert frame.empty
    assert dict(frame.dtypes.astype(str)) == ALERTS
    assert dict(told(orders(5, cost=110)).dtypes.astype(str)) == ALERTS


def test_large_sums_stay_exact() -> None:
    rows = orders(5, amount=10**11, cost=10**11 - 1, pieces=10**9)
    frame = told(rows)
    assert frame["margin"].tolist() == [5 * 10_000] * 2
    assert frame["alert"].tolist() == ["push", "margin"]
    assert set(frame["advice"]) <= set(ADVICE)
    assert set(frame["alert"]) <= set(ALERT_KINDS)
