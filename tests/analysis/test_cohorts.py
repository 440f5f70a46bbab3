"""Cohorts, who came back, and Pareto: by hand and against the oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.cohorts import cohorts, retention, returned
from rfm_service.analysis.months import full_months
from rfm_service.analysis.pareto import pareto
from rfm_service.domain.tables import COHORTS, PARETO, RETENTION, RETURNED
from rfm_service.domain.values import Period
from tests import oracle_value as oracle
from tests.analysis.standing import AS_OF, Shop, purchases_of, shops, snapshot_of

JANUARY = 2025 * 12
THREE = [(1, date(2025, 1, 30), 10), (1, date(2025, 1, 31), 20), (2, date(2025, 1, 2), 30), (1, date(2025, 3, 1), 15),
         (3, date(2025, 3, 10), 7)]


def test_cohorts_by_hand() -> None:
    found = cohorts(purchases_of(THREE), AS_OF)
    assert found.to_numpy().tolist() == [
        [JANUARY, 0, 2, 3, 60, True], [JANUARY, 1, 0, 0, 0, True], [JANUARY, 2, 1, 1, 15, False],
        [JANUARY + 2, 0, 1, 1, 7, False]]
    shares = retention(found)
    assert shares["size"].tolist() == [2, 2, 2, 1]
    assert shares["retention"].tolist() == [1, 0, 0.5, 1]
    assert shares["revenue_retention"].tolist() == [1, 0, 0.25, 1]


@settings(max_examples=40, deadline=None)
@given(shops(), st.integers(0, 40), st.integers(0, 99))
def test_cohorts_equal_the_oracle(one: Shop, later: int, seed: int) -> None:
    as_of = AS_OF + timedelta(days=later)
    found = cohorts(one.purchases.sample(frac=1, random_state=seed), as_of)
    assert dict(found.dtypes.astype(str)) == COHORTS
    assert list(found.itertuples(index=False, name=None)) == oracle.cohorts(one.bought, as_of)
    assert dict(retention(found).dtypes.astype(str)) == RETENTION
    back = returned(found)
    assert dict(back.dtypes.astype(str)) == RETURNED
    rows = oracle.cohorts(one.bought, as_of)
    for offset, customers, came in back.itertuples(index=False, name=None):
        some = [row for row in rows if row[1] == offset and row[5] and row[0] > rows[0][0]]
        assert came == sum(row[2] for row in some)
        assert customers == sum(size[2] for row in some for size in rows if size[:2] == (row[0], 0))


def test_the_last_day_of_a_month_completes_it() -> None:
    bought = purchases_of([(1, date(2024, 2, 1), 5)])
    for as_of, complete in ((date(2024, 2, 28), False), (date(2024, 2, 29), True)):
        assert cohorts(bought, as_of)["complete"].tolist() == [complete]


@pytest.mark.parametrize(("first", "end", "months"), [
    (date(2024, 3, 11), date(2025, 3, 11), 11), (date(2024, 3, 1), date(2025, 3, 1), 12),
    (date(2024, 3, 2), date(2024, 3, 31), 0), (date(2024, 3, 1), date(2024, 4, 1), 1),
    (date(2024, 3, 2), date(2024, 4, 1), 0),
])
def test_full_months(first: date, end: date, months: int) -> None:
    assert len(full_months(Period(first, end))) == months


@settings(max_examples=40, deadline=None)
@given(shops(), st.sampled_from((Fraction(4, 5), Fraction(1, 2), Fraction(1))))
def test_pareto_equals_the_oracle(one: Shop, share: Fraction) -> None:
    found = pareto(one.snapshot, share)
    money = sorted((max(each.monetary, 0) for each in one.scored), reverse=True)
    assert (found.customers, found.money) == (len(money), sum(money))
    assert found.top == oracle.top(money, share)
    assert found.top_money == sum(money[:found.top])
    assert dict(found.curve.dtypes.astype(str)) == PARETO
    assert found.curve.to_numpy().tolist() == [[count, sum(money[:count])] for count in range(len(money) + 1)]


def test_a_long_curve_has_a_hundred_points_closer_among_the_richest() -> None:
    one = oracle.Scored(0, AS_OF, AS_OF, 1, 0)
    found = pareto(snapshot_of(replace(one, number=number, monetary=number % 7) for number in range(1234)))
    customers = found.curve["customers"].tolist()
    assert customers == sorted({-(-1234 * step * step // 10_000) for step in range(101)})
    assert customers[:5] == [0, 1, 2, 4, 5]
    assert customers[-1] == 1234
    assert found.curve["money"].iloc[-1] == found.money
    assert found.curve["money"].is_monotonic_increasing


def test_no_purchases_no_cohorts() -> None:
    nothing = cohorts(purchases_of([]), AS_OF)
    for frame, table in ((nothing, COHORTS), (retention(nothing), RETENTION), (returned(nothing), RETURNED)):
        assert dict(frame.dtypes.astype(str)) == table
        assert frame.empty
    found = pareto(snapshot_of([]))
    assert (found.top, found.money, found.curve.to_numpy().tolist()) == (0, 0, [[0, 0]])
    pd.testing.assert_frame_equal(nothing, cohorts(purchases_of([]), date(2020, 1, 1)))
