"""The seed's adaptive rule: a table made by hand, and the oracle."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.intervals import order_intervals, rounded_ratio
from tests import oracle
from tests.analysis.coding import AS_OF


def interval(gaps: list[int]) -> int:
    """The interval of one customer by gaps, newest first, between two others."""
    days = 20_000 - np.cumsum([0, *gaps])
    day = np.concatenate([[20_000], days, [19_999, 19_990]])
    customer = np.concatenate([[0], np.full(len(days), 1), [2, 2]])
    return int(order_intervals(customer, day, 4)[1])


@pytest.mark.parametrize(("gaps", "expected"), [
    ([], 0),
    ([17], 17),
    ([300], 300),
    ([121, 10], 121),
    ([121, 10, 20, 40], 121),
    ([121, 10, 20, 40, 999], 23),
    ([120, 10], 65),
    ([120, 100], 120),
    ([10, 20], 15),
    ([10, 21], 16),
    ([11, 20], 16),
    ([29, 29, 31, 31, 99], 30),
    ([30, 30, 30, 90], 45),
    ([30, 30, 29, 32], 30),
    ([30, 30, 29, 31], 30),
    ([1, 1, 1, 117, 1], 30),
    ([1, 1, 1, 118, 1], 1),
    ([60, 60, 60, 1], 60),
    ([60, 61, 60], 60),
    ([5, 6], 6),
    ([5, 0, 6, 0], 6),
    ([4, 5], 4),
])
def test_table(gaps: list[int], expected: int) -> None:
    assert interval(gaps) == expected


def test_customers_without_a_counting_order_have_none() -> None:
    assert order_intervals(np.array([1, 1]), np.array([5, 9]), 3).tolist() == [0, 4, 0]
    assert order_intervals(np.array([], np.int64), np.array([], np.int32), 2).tolist() == [0, 0]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.one_of(st.integers(0, 45), st.integers(0, 400)), max_size=12),
                min_size=1, max_size=5))
def test_equals_the_oracle_for_many_customers_at_once(histories: list[list[int]]) -> None:
    customer = np.array([at for at, days in enumerate(histories) for _ in days], np.int64)
    day = np.array([500 - day for days in histories for day in days], np.int32)
    found = order_intervals(customer, day, len(histories)).tolist()
    assert found == [oracle.interval([AS_OF - timedelta(days=day) for day in days]) for days in histories]


@given(st.integers(0, 10**6), st.integers(1, 400))
def test_halves_go_to_even(total: int, number: int) -> None:
    assert rounded_ratio(np.array([total]), np.array([number])).tolist() == [round(Fraction(total, number))]
