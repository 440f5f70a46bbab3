"""What is left out."""

from __future__ import annotations

import pytest

from rfm_service.analysis.cleaning import clean, within
from rfm_service.domain.values import MONEY_SCALE, Basis, Rules
from tests.analysis.coding import AS_OF, Row, frame_of
from tests.rules import ruled

ROWS = [Row(1, 1, AS_OF, 0), Row(1, 1, AS_OF, 9.9999), Row(1, 1, AS_OF, 10),
        Row(1, 1, AS_OF, -9, returned=True), Row(1, 1, AS_OF, -10, returned=True), Row(1, 1, AS_OF, -0.0001)]


@pytest.mark.parametrize(("rules", "amounts", "gifts"), [
    (ruled(), [9.9999, 10, -9, -10, -0.0001], 1),
    (ruled(gift_below=10 * MONEY_SCALE), [10, -10], 4),
    (ruled(returns="ignore"), [9.9999, 10, -0.0001], 1),
    (ruled(gift_below=10 * MONEY_SCALE, returns="ignore"), [10], 4),
])
def test_gifts_and_ignored_returns_are_dropped(rules: Rules, amounts: list[float], gifts: int) -> None:
    kept, counted = clean(frame_of(ROWS), rules)
    assert (kept["amount"] / MONEY_SCALE).tolist() == amounts
    assert counted == gifts


def test_lines_that_all_stay_are_not_copied() -> None:
    lines = frame_of(ROWS[1:])
    assert clean(lines, ruled())[0] is lines
    assert within(lines, Basis(AS_OF, ruled()).window) is lines
