"""Codes by slots and by sorting are the same thing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.analysis.grouping import codes, sums

NUMBERS = st.lists(st.one_of(st.integers(0, 40), st.integers(-(2**31), 2**31 - 1)), max_size=30)


@given(NUMBERS)
def test_codes_give_back_the_numbers(numbers: list[int]) -> None:
    values = np.array(numbers, np.int32)
    coded = codes(values)
    assert coded.numbers[coded.of_row].tolist() == numbers
    assert (np.diff(coded.numbers) > 0).all()
    assert coded.size <= 4 * len(numbers) + 1


def test_sums_are_whole_numbers() -> None:
    total = sums(np.array([0, 2, 0], np.int32), np.array([2**60, 5, 1], np.int64), 3)
    assert total.tolist() == [2**60 + 1, 0, 5]
