"""Costs that cannot be costs are not believed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.analysis.outreach.costs import believed_costs
from rfm_service.domain.tables import NO_COST

MOST = 10**16


def believed(amount: int, cost: int, returned: bool, times: int = 10) -> int:
    (found,) = believed_costs(np.array([amount]), np.array([cost]), np.array([returned]), times).tolist()
    return int(found)


@pytest.mark.parametrize(("amount", "cost", "returned", "wanted"), [
    (100, 60, False, 60), (100, 100, False, 100), (100, 1000, False, 1000),
    (100, 1001, False, NO_COST),  # more than ten times the sum
    (100, -60, False, NO_COST),  # below nothing
    (100, 0, False, NO_COST),  # not reckoned yet
    (100, NO_COST, False, NO_COST),
    (-100, 60, True, -60), (-100, -60, True, -60),  # a return gives it back
    (-100, 1001, True, NO_COST), (-100, -1001, True, NO_COST),
    (-100, -60, False, -60), (-100, 60, False, NO_COST),  # a correction
    (0, 60, False, NO_COST), (0, 0, False, NO_COST),
    (12_000_000, 7_357 * 10**12, False, NO_COST),  # 735.7 bn were read once
    (MOST, MOST, False, MOST), (-MOST, -MOST, True, -MOST), (1, MOST, False, NO_COST)])
def test_s3_08_costs_believed(amount: int, cost: int, returned: bool, wanted: int) -> None:
    assert believed(amount, cost, returned) == wanted


@pytest.mark.parametrize(("times", "wanted"), [(5, NO_COST), (6, 600), (10, 600)])
def test_s3_08_the_limit_can_be_set(times: int, wanted: int) -> None:
    assert believed(100, 600, returned=False, times=times) == wanted


LINES = st.lists(st.tuples(st.integers(-MOST, MOST), st.integers(-MOST, MOST) | st.just(NO_COST), st.booleans()))


@given(LINES)
def test_s3_08_each_line_is_judged_alone_and_margins_stay_within_bounds(
        lines: list[tuple[int, int, bool]]) -> None:
    lines = [(-abs(amount) if back else amount, cost, back) for amount, cost, back in lines]
    found = believed_costs(*(np.array([line[at] for line in lines], dtype=kind)
                             for at, kind in enumerate((np.int64, np.int64, np.bool_)))).tolist()
    assert found == [believed(*line) for line in lines]
    for (amount, cost, _), each in zip(lines, found, strict=True):
        assert each == NO_COST or (0 < abs(each) == abs(cost) <= 10 * abs(amount) and (each > 0) == (amount > 0))


@given(st.integers(-10**9, 10**9), st.integers(-10**9, 10**9), st.booleans(), st.integers(1, 10**6))
def test_s3_08_the_unit_of_money_changes_nothing(amount: int, cost: int, returned: bool, unit: int) -> None:
    amount = -abs(amount) if returned else amount
    one = believed(amount, cost, returned)
    assert believed(amount * unit, cost * unit, returned) == (one if one == NO_COST else one * unit)
