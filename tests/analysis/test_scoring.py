"""Scores by quintile cuts: ties, order, unit, and the oracle."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.grouping import empty
from rfm_service.analysis.scoring import fixed, quintile_cuts, scores
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import SUMMARY
from rfm_service.domain.values import FixedCuts
from tests import oracle

CUSTOMERS = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 15), st.integers(-(10**6), 10**13)),
                     min_size=1, max_size=40)


def summary_of(customers: list[tuple[int, int, int]]) -> pd.DataFrame:
    frame = empty(SUMMARY).reindex(range(len(customers)), fill_value=0)
    columns = np.array(customers, np.int64).reshape(-1, 3).T
    return frame.assign(recency_days=columns[0], frequency=columns[1], monetary=columns[2])


@settings(max_examples=100, deadline=None)
@given(CUSTOMERS)
def test_cuts_and_scores_equal_the_oracle(customers: list[tuple[int, int, int]]) -> None:
    summary = summary_of(customers)
    cuts = quintile_cuts(summary)
    judged = [oracle.Judged(r, f, m, None, None, 0, 0) for r, f, m in customers]
    expected = oracle.nightly_cuts(judged)
    assert {name: [Fraction(cut, 5) for cut in getattr(cuts, name)] for name in "rfm"} == expected
    rated = [oracle.with_scores(one, expected) for one in judged]
    assert scores(summary, cuts).to_numpy().tolist() == [[one.r, one.f, one.m] for one in rated]


@settings(max_examples=40, deadline=None)
@given(CUSTOMERS, st.sampled_from((3, 10, 1000)), st.integers(0, 99))
def test_neither_the_unit_of_money_nor_the_order_of_rows_matters(
        customers: list[tuple[int, int, int]], unit: int, seed: int) -> None:
    summary = summary_of(customers)
    plain = scores(summary, quintile_cuts(summary))
    scaled = summary.assign(monetary=summary["monetary"] * unit)
    pd.testing.assert_frame_equal(scores(scaled, quintile_cuts(scaled)), plain)
    shuffled = summary.sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(scores(shuffled, quintile_cuts(shuffled)).sort_index(), plain)


@settings(max_examples=40, deadline=None)
@given(CUSTOMERS)
def test_equal_values_get_equal_scores(customers: list[tuple[int, int, int]]) -> None:
    summary = summary_of(customers + customers)
    rated = scores(summary, quintile_cuts(summary)).to_numpy()
    assert (rated[:len(customers)] == rated[len(customers):]).all()


def test_customers_without_a_purchase_shape_no_cut() -> None:
    bought = summary_of([(5, 2, 100), (9, 1, 50)])
    both = summary_of([(5, 2, 100), (9, 1, 50), (0, 0, -70)])
    assert quintile_cuts(bought) == quintile_cuts(both)


def test_fixed_cuts_are_borders_of_whole_units() -> None:
    cuts = fixed(FixedCuts(r=(10, 20, 30, 40), f=(1, 2, 3, 4), m=(100, 200, 300, 400)))
    assert cuts == Cuts(r=(50, 100, 150, 200), f=(5, 10, 15, 20), m=(500, 1000, 1500, 2000))
    rated = scores(summary_of([(10, 1, 100), (11, 2, 101), (41, 5, 401)]), cuts)
    assert rated.to_numpy().tolist() == [[5, 1, 1], [4, 2, 2], [1, 5, 5]]


def test_nobody_gets_no_scores() -> None:
    nobody = empty(SUMMARY)
    assert scores(nobody, quintile_cuts(nobody)).shape == (0, 3)


def test_one_customer_alone_is_at_every_cut() -> None:
    alone = summary_of([(7, 3, 10)])
    assert scores(alone, quintile_cuts(alone)).to_numpy().tolist() == [[5, 1, 1]]
