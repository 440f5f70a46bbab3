"""The preset covers everybody, as the definition says."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.analysis.segments import SEED, SEGMENT_ORDER, Border, borders, segment_of
from rfm_service.analysis.tiers import tier_of
from rfm_service.domain.values import MONEY_SCALE, SEED_TIERS
from tests import oracle


def test_all_sides_of_all_borders_equal_the_definition() -> None:
    near = [[least, *(border.start + step for border in borders(SEED, measure) for step in (-1, 0, 1))]
            for measure, least in (("frequency", 1), ("monetary", -5), ("recency_days", 1))]
    cases = np.array(list(product(*near)), np.int64)
    found = segment_of(cases[:, 0], cases[:, 1], cases[:, 2], SEED)
    assert found.tolist() == [oracle.segment(int(r), int(f), int(m)) for f, m, r in cases]
    assert set(found) == set(SEGMENT_ORDER)


@given(st.integers(1, 10**6), st.integers(-(10**15), 10**15), st.integers(1, 10**5))
def test_anybody_is_in_exactly_one_segment(frequency: int, monetary: int, recency: int) -> None:
    found = segment_of(np.array([frequency]), np.array([monetary]), np.array([recency]), SEED)
    assert found.tolist() == [oracle.segment(recency, frequency, monetary)]
    assert found[0] in SEGMENT_ORDER


def test_borders_are_told_as_people_say_them() -> None:
    assert borders(SEED, "frequency") == (Border(3, 3), Border(6, 6), Border(9, 9), Border(12, 12))
    assert borders(SEED, "recency_days") == (
        Border(45, 46), Border(90, 90), Border(135, 136), Border(180, 180))
    assert [border.line // MONEY_SCALE for border in borders(SEED, "monetary")] == [100_000, 300_000, 600_000]


def test_a_tier_begins_exactly_at_its_floor() -> None:
    floor = 100_000 * MONEY_SCALE
    money = np.array([3 * floor, 3 * floor - 1, -5, 10**15, 90_000 * MONEY_SCALE])
    blocks = np.array([3, 3, 1, 1, 3])
    expected = ["wholesale", "small_wholesale", "retail", "whale", "small_wholesale"]
    assert tier_of(money, blocks, SEED_TIERS).tolist() == expected
    assert tier_of(money, blocks, SEED_TIERS[::-1]).tolist() == expected
