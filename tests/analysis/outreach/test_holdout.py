"""Who is held back: by customer and campaign, and by nothing else."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.analysis.outreach.holdout import campaign_of, held, last_night
from rfm_service.domain.outreach import Holdout

IDS = st.lists(st.text(max_size=20), max_size=40, unique=True)
SHARES = st.fractions(0, 1, max_denominator=1000)
TENTH = Fraction(1, 10)
PINNED = [2, 25, 31, 40]
PINNED_ODD = [False, True, False]


@given(IDS, st.text(max_size=10), SHARES, st.randoms(use_true_random=False))
def test_neither_order_nor_company_matters(ids: list[str], campaign: str, share: Fraction, random) -> None:
    drawn = dict(zip(ids, held(ids, campaign, share), strict=True))
    others = random.sample(ids, len(ids) // 2)
    assert dict(zip(others, held(others, campaign, share), strict=True)) == {each: drawn[each] for each in others}


@given(IDS, st.text(max_size=10), SHARES, SHARES)
def test_a_greater_share_holds_the_same_and_more(ids: list[str], campaign: str, one: Fraction, two: Fraction) -> None:
    fewer, more = (held(ids, campaign, share) for share in sorted((one, two)))
    assert not (fewer & ~more).any()
    assert not held(ids, campaign, Fraction(0)).any()
    assert held(ids, campaign, Fraction(1)).all()


def test_every_machine_and_release_draws_alike() -> None:
    """These never change: customers held back would come onto the lists."""
    assert np.flatnonzero(held([f"{at:016x}" for at in range(60)], "2026-Q4", TENTH)).tolist() == PINNED
    assert held(["\ud800", "", "\0"], "", Fraction(1, 2)).tolist() == PINNED_ODD


@pytest.mark.parametrize("share", [Fraction(1, 100), TENTH, Fraction(1, 2)])
def test_the_share_is_right_and_campaigns_draw_anew(share: Fraction) -> None:
    ids = [f"customer {at}" for at in range(20_000)]
    one, two = (held(ids, campaign, share) for campaign in ("2026-Q4", "2027-Q1"))
    p, spread = float(share), 4 / np.sqrt(20_000)
    assert one.mean() == pytest.approx(p, abs=spread * np.sqrt(p * (1 - p)))
    assert (one & two).mean() == pytest.approx(p**2, abs=spread * p)


@pytest.mark.parametrize(("as_of", "campaign", "last"), [
    (date(2026, 9, 29), "2026-Q3", date(2026, 9, 29)),
    (date(2026, 9, 30), "2026-Q4", date(2026, 12, 30)),
    (date(2026, 12, 30), "2026-Q4", date(2026, 12, 30)),
    (date(2026, 12, 31), "2027-Q1", date(2027, 3, 30)),
])
def test_a_campaign_is_the_quarter_of_the_day_of_the_list(as_of: date, campaign: str, last: date) -> None:
    assert campaign_of(Holdout(), as_of) == campaign
    assert last_night(campaign) == last
    assert campaign_of(Holdout(TENTH, "Spring"), as_of) == "Spring"


@pytest.mark.parametrize("name", ["", "Spring", "2026-Q5", "2026-Q10", "0000-Q1", "2026-Q٤", "x2026-Q4"])
def test_other_names_have_no_end(name: str) -> None:
    assert last_night(name) is None
