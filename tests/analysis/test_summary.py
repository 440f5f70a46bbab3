"""summarise against the oracle, and the rules of section 3 one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.summary import summarise
from rfm_service.domain.tables import LINES, SUMMARY
from rfm_service.domain.values import MONEY_SCALE, Basis, Rules, SaleLine, day_number
from tests import oracle
from tests.analysis.coding import AS_OF, OWN, Row, coded, frame_of, sale_lines
from tests.rules import ruled

BASIS = Basis(AS_OF, ruled())
RULES = st.builds(ruled, window_days=st.sampled_from((1, 30, 365, 800)),
                  gift_below=st.sampled_from((0, 1, 10 * MONEY_SCALE)),
                  returns=st.sampled_from(("net", "ignore")),
                  own_companies=st.just(frozenset({OWN})))


def one(*rows: Row, basis: Basis = BASIS) -> dict[str, int]:
    """The only customer's SUMMARY row."""
    summary = summarise(frame_of(rows), basis)
    assert len(summary) == 1
    return {str(name): int(value) for name, value in summary.iloc[0].items()}


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


@settings(max_examples=80, deadline=None)
@given(lines=st.lists(sale_lines(), max_size=50), rules=RULES, gap=st.sampled_from((1, 1000)))
def test_every_column_equals_the_oracle(lines: list[SaleLine], rules: Rules, gap: int) -> None:
    frame, names = coded(lines, rules.own_companies, gap)
    summary = summarise(frame, Basis(AS_OF, rules))
    expected = oracle.judge(lines, AS_OF, rules).customers
    assert dict(summary.dtypes.astype(str)) == SUMMARY
    assert summary["customer_no"].is_monotonic_increasing
    found = {names[number]: row for number, row in summary.set_index("customer_no").to_dict("index").items()}
    assert found.keys() == expected.keys()
    for name, row in found.items():
        judged = expected[name]
        assert {key: row[key] for key in row if key not in ("active_blocks",)} == {
            "recency_days": judged.recency_days, "frequency": judged.frequency, "monetary": judged.monetary,
            "first_purchase": day_number(judged.first_purchase) if judged.first_purchase else 0,
            "last_purchase": day_number(judged.last_purchase) if judged.last_purchase else 0,
            "orders_returned": judged.orders_returned, "order_interval_days": judged.order_interval_days}


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(sale_lines(), min_size=2, max_size=40), seed=st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(lines: list[SaleLine], seed: int) -> None:
    frame, _ = coded(lines, frozenset())
    shuffled = frame.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(summarise(frame, BASIS), summarise(shuffled, BASIS))


@pytest.mark.parametrize("returns", ["net", "ignore"])
def test_no_lines_give_no_rows_of_the_right_types(returns: str) -> None:
    empty = frame_of([])
    assert dict(empty.dtypes.astype(str)) == LINES
    summary = summarise(empty, Basis(AS_OF, ruled(returns=returns)))
    assert len(summary) == 0
    assert dict(summary.dtypes.astype(str)) == SUMMARY


def test_a_purchase_on_as_of_gives_one_day() -> None:
    found = one(Row(1, 1, AS_OF, 5))
    assert (found["recency_days"], found["frequency"], found["monetary"]) == (1, 1, 5 * MONEY_SCALE)
    assert found["first_purchase"] == found["last_purchase"] == day_number(AS_OF)


def test_both_ends_of_the_window_belong_to_it() -> None:
    rows = [Row(1, 1, ago(364), 1), Row(1, 2, ago(365), 10), Row(1, 3, ago(-1), 100), Row(1, 4, AS_OF, 1000)]
    found = one(*rows)
    assert (found["frequency"], found["monetary"]) == (2, 1001 * MONEY_SCALE)


def test_an_order_that_came_back_whole_is_no_purchase_but_the_customer_stays() -> None:
    found = one(Row(1, 1, ago(9), 50), Row(1, 1, ago(3), -50, returned=True))
    assert {name: found[name] for name in ("frequency", "recency_days", "monetary", "first_purchase")} == {
        "frequency": 0, "recency_days": 0, "monetary": 0, "first_purchase": 0}
    assert found["orders_returned"] == 1
    assert found["active_blocks"] == 1


def test_a_return_before_its_sale_is_netted_all_the_same() -> None:
    found = one(Row(1, 1, ago(9), -20, returned=True), Row(1, 1, ago(3), 50))
    assert (found["frequency"], found["monetary"], found["recency_days"]) == (1, 30 * MONEY_SCALE, 4)


def test_a_return_of_its_own_lowers_money_only() -> None:
    found = one(Row(1, 1, ago(9), 50), Row(1, 2, ago(3), -70, returned=True))
    assert (found["frequency"], found["monetary"], found["recency_days"]) == (1, -20 * MONEY_SCALE, 10)


def test_the_sale_of_an_order_that_does_not_count_makes_nobody_fresher() -> None:
    found = one(Row(1, 1, ago(90), 50), Row(1, 2, ago(3), 10), Row(1, 2, ago(2), -10, returned=True))
    assert (found["frequency"], found["recency_days"]) == (1, 91)


def test_a_correction_lowers_its_order_and_is_no_sale() -> None:
    found = one(Row(1, 1, ago(9), 50), Row(1, 1, ago(1), -20), Row(1, 2, ago(1), -5))
    assert (found["frequency"], found["monetary"], found["recency_days"]) == (1, 25 * MONEY_SCALE, 10)
    assert found["orders_returned"] == 0


def test_returns_ignored_count_nowhere() -> None:
    basis = replace(BASIS, rules=ruled(returns="ignore"))
    found = one(Row(1, 1, ago(9), 50), Row(1, 1, ago(3), -50, returned=True),
                Row(2, 2, ago(1), -5, returned=True), basis=basis)
    assert (found["customer_no"], found["frequency"], found["orders_returned"]) == (1, 1, 0)


def test_blocks_are_of_the_calendar_and_of_their_year() -> None:
    basis = Basis(AS_OF, ruled(window_days=800))
    days = [date(2024, 1, 5), date(2024, 2, 28), date(2024, 3, 1), date(2025, 1, 5), date(2025, 3, 1)]
    found = one(*(Row(1, at, day, 10) for at, day in enumerate(days)),
                Row(1, 9, date(2024, 6, 1), -3, returned=True), basis=basis)
    assert found["active_blocks"] == 4


def test_sums_beyond_the_reach_of_floats_stay_exact() -> None:
    frame = frame_of([Row(1, 1, AS_OF, 1), Row(1, 1, AS_OF, 1)])
    frame["amount"] = np.array([2**53, 1], np.int64)
    assert summarise(frame, BASIS)["monetary"].tolist() == [2**53 + 1]
