"""ABC and XYZ by hand: borders, ties and months; and the interval of a share."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from rfm_service.analysis.classes import abc_of, xyz_of
from rfm_service.analysis.histories import histories, placed
from rfm_service.analysis.proportions import wilson
from rfm_service.domain.standings import USUAL_BORDERS, ClassBorders
from tests.analysis.standing import BASIS, purchases_of, scored_of, snapshot_of
from tests.oracle_value import Bought


def abc(*money: int) -> str:
    return "".join(abc_of(np.array(money, dtype=np.int64), USUAL_BORDERS))


def xyz(*bought: Bought, borders: ClassBorders = USUAL_BORDERS) -> str:
    purchases, snapshot = purchases_of(bought), snapshot_of(scored_of(bought))
    of_snapshot = placed(purchases, snapshot)
    return "".join(xyz_of(of_snapshot, histories(of_snapshot, snapshot), BASIS.window, borders))


def monthly(*amounts: int) -> list[Bought]:
    """Orders of September to February, the six full months of the window."""
    days = [date(2024, 9, 5), date(2024, 10, 5), date(2024, 11, 5), date(2024, 12, 5), date(2025, 1, 5),
            date(2025, 2, 5)]
    return [(1, day, amount) for day, amount in zip(days, amounts, strict=True) if amount]


def test_a_customer_that_crosses_a_border_is_above_it() -> None:
    assert abc(80, 15, 5) == "ABC"
    assert abc(79, 16, 5) == "AAC"
    assert abc(100) == "A"


def test_equal_customers_are_of_one_class() -> None:
    assert abc(5, 40, 40, 5, 5, 5) == "BAABBB"
    assert abc(*[1] * 100) == "A" * 100


def test_who_brought_nothing_is_c() -> None:
    assert abc(-5, 0, 10) == "CCA"
    assert abc(0, 0) == "CC"
    assert abc() == ""


def test_the_reach_of_whole_numbers_is_used_whole() -> None:
    assert abc(2**62, 2**60, 2**59) == "AAB"


def test_x_buys_in_four_months_of_five_y_in_every_second() -> None:
    assert xyz(*monthly(7, 7, 7, 7, 7, 7)) == "X"
    assert xyz(*monthly(7, 7, 0, 7, 7, 7)) == "X"
    assert xyz(*monthly(7, 0, 7, 7, 0, 7)) == "Y"
    assert xyz(*monthly(7, 0, 7, 0, 7, 0)) == "Y"
    assert xyz(*monthly(7, 0, 0, 7, 0, 0)) == "Z"


@pytest.mark.parametrize("unit", [1, 10**4, 10**13])
def test_a_variation_on_the_border_is_within(unit: int) -> None:
    goods = ClassBorders(x=Fraction(10, 100), y=Fraction(25, 100))
    assert xyz(*monthly(*(90 * unit, 110 * unit) * 3), borders=goods) == "X"
    assert xyz(*monthly(*(90 * unit, 110 * unit) * 2, 90 * unit, 110 * unit + 1), borders=goods) == "Y"


def test_months_before_the_first_purchase_do_not_count() -> None:
    assert xyz(*monthly(0, 0, 0, 7, 7, 7)) == "X"
    assert xyz((1, date(2023, 1, 5), 7), *monthly(0, 0, 0, 7, 7, 7)) == "Y"


def test_two_months_are_too_few_to_tell() -> None:
    assert xyz(*monthly(0, 0, 0, 0, 7, 7)) == ""
    assert xyz((1, date(2025, 3, 9), 7)) == ""


def test_who_bought_in_the_cut_months_only_is_z() -> None:
    assert xyz((1, date(2024, 8, 30), 7)) == "Z"


@pytest.mark.parametrize(("successes", "total", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
])
def test_wilson_equals_the_published_intervals(successes: int, total: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert wilson(successes, total) == pytest.approx((low, high), abs=5e-5)
    assert wilson(total - successes, total) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_wilson_knows_nothing_of_nobody_and_stays_a_share() -> None:
    assert wilson(0, 0) == (0, 1)
    assert wilson(0, 7)[0] == 0
    assert wilson(7, 7)[1] == 1
