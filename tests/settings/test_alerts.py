"""[alerts]: the thresholds of products to work on."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from rfm_service.domain.product_rules import USUAL_PRODUCT_RULES
from rfm_service.outreach_tables import AlertsTable


def test_s3_20_s3_21_s3_22_the_usual_thresholds_are_those_of_the_reference() -> None:
    rules = AlertsTable().rules
    assert rules == USUAL_PRODUCT_RULES
    assert (rules.push_days, rules.push_orders, rules.push_returns) == (45, 5, Fraction(1, 5))
    assert (rules.returns_lines, rules.returns_share) == (4, Fraction(3, 10))
    assert (rules.margin_below, rules.margin_lines) == (Fraction(35, 100), 2)
    assert (rules.margin_stop, rules.margin_low) == (0, Fraction(15, 100))


def test_a_percent_is_exact() -> None:
    assert AlertsTable(push_returns=12.1, margin_stop=-5.5).rules.push_returns == Fraction(121, 1000)


@pytest.mark.parametrize("wrong", [
    {"push_days": 0}, {"push_orders": 0}, {"push_returns": 101}, {"returns_share": -1}, {"returns_lines": 0},
    {"margin_low": -1}, {"margin_low": 36}, {"margin_below": 14}, {"margin_stop": 16}, {"left_out": [""]},
    {"left_out": "sample"}, {"margin_below": float("nan")}, {"share": 1}])
def test_thresholds_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AlertsTable.model_validate(wrong)


def test_a_border_below_the_one_before_is_named() -> None:
    with pytest.raises(ValidationError, match="must not be below margin_stop"):
        AlertsTable(margin_stop=20)
