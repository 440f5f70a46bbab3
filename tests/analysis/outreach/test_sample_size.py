"""How many must be held back, and by when they will have been."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from rfm_service.analysis.outreach.differences import Counts, shares_differ, z_of
from rfm_service.analysis.outreach.sample_size import LEAST, SURE, enough_by, needed
from rfm_service.domain.outreach import Holdout
from rfm_service.domain.values import day_of
from tests.analysis.outreach.shops import FIRST

LIFT = Fraction(1, 5)
HOLDOUT = Holdout(Fraction(1, 10))


def counts(share: float, held: int = 100_000, ratio: int = 9) -> Counts:
    return Counts(held * ratio, held, round(held * ratio * share), round(held * share))


@pytest.mark.parametrize(("share", "lift"), [(0.05, 0.5), (0.1, 0.2), (0.3, 0.2), (0.7, -0.2 * 3 / 7)])
def test_so_many_show_the_lift_in_eight_of_ten_cases(share: float, lift: float) -> None:
    """Where most buy, a fifth fewer of those who do not is the same as a fifth more where few do: .7 to .76."""
    wanted = needed(counts(share), Fraction(str(abs(lift))) if share < 0.5 else LIFT)
    lifted = share * (1 + lift) if share < 0.5 else share + 0.2 * (1 - share)
    rng = np.random.default_rng(3)
    drawn = [Counts(9 * wanted, wanted, int(rng.binomial(9 * wanted, lifted)), int(rng.binomial(wanted, share)))
             for _ in range(2000)]
    seen = np.mean([shares_differ([each], z_of(SURE)).low > 0 for each in drawn])
    assert seen == pytest.approx(0.8, abs=0.04)


def test_about_as_many_as_textbooks_say() -> None:
    """(2.5758 + 0.8416)^2 x (0.1 x 0.9 + 0.12 x 0.88 / 9) / 0.02^2 = 2970, and a little for an interval that holds."""
    assert 2970 <= needed(counts(0.1), LIFT) <= 2970 * 1.1


@pytest.mark.parametrize(("given", "lift"), [
    (Counts(0, 0, 0, 0), LIFT), (Counts(900, 100, 0, 0), LIFT), (Counts(900, 100, 900, 100), LIFT),
    (Counts(900, 100, 90, 10), Fraction(0))])
def test_what_cannot_be_told(given: Counts, lift: Fraction) -> None:
    assert needed(given, lift) == 0


def test_few_buyers_by_chance_do_not_ask_for_the_impossible() -> None:
    """None of twenty held back bought, a tenth of the others did: they would have bought more seldom, not never."""
    assert LEAST < needed(Counts(180, 20, 18, 0), LIFT) < 3 * needed(counts(0.1), LIFT)
    assert needed(Counts(180, 0, 18, 0), LIFT) == pytest.approx(needed(counts(0.1), LIFT), rel=0.01)


def by(offered: list[int], wanted: int, campaign: str, nights: int) -> int:
    """In nights after FIRST: `offered` and the answer; `nights` have passed since, of which the last 30 are watched."""
    days = np.array([FIRST + each for each in offered], np.int64)
    found = enough_by(days, wanted, campaign, day_of(FIRST + nights), HOLDOUT)
    return found - FIRST if found else 0


@pytest.mark.parametrize(("offered", "wanted", "campaign", "nights", "expected"), [
    ([0] * 40 + list(range(1, 31)), 80, "Spring", 60, 70),
    ([0] * 40 + list(range(1, 31)), 80, "2026-Q4", 60, 70),
    ([0] * 40 + list(range(1, 31)), 131, "2026-Q4", 60, 121),
    ([0] * 40 + list(range(1, 31)), 132, "2026-Q4", 60, 0),
    ([0] * 40 + list(range(1, 31)), 132, "", 60, 122),
    ([0] * 40 + list(range(1, 31)), 3000, "Spring", 60, 0),
    ([0] * 40 + list(range(1, 31)), 70, "Spring", 60, 0),
    ([0] * 40 + list(range(1, 31)), 0, "Spring", 60, 0),
    ([0] * 40, 80, "Spring", 60, 0),
    ([0] * 40 + [3], 80, "Spring", 43, 0),
    ([], 80, "Spring", 60, 0)])
def test_at_the_pace_after_the_first_night(offered: list[int], wanted: int, campaign: str, nights: int,
                                           expected: int) -> None:
    assert by(offered, wanted, campaign, nights) == expected
