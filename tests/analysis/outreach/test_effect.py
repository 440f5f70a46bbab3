"""What being on the lists changed: counted by hand, and what must not matter."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.grouping import empty
from rfm_service.analysis.outreach.effect import effects
from rfm_service.domain.outreach import Holdout
from rfm_service.domain.tables import CONTACTS, EFFECTS, OFFERS, PURCHASES
from rfm_service.domain.values import MONEY_SCALE, day_of
from tests.analysis.outreach.shops import DAYS, FIRST, KINDS, Seen

HALF = replace(KINDS["small"], share=Fraction(1, 2), nights=1, times=2.0)
END = FIRST + DAYS
MIRRORED = ("buyers", "orders", "money")
SIGNS = {"helps": "harms", "harms": "helps"}


def told(seen: Seen, as_of: int = END) -> pd.DataFrame:
    return effects(*seen, day_of(as_of), Holdout()).frame


def made(rows: list[tuple[object, ...]], table: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(table)).astype(table)


def offered(groups: dict[str, tuple[int, int, int, int]], campaign: str = "c", day: int = FIRST) -> Seen:
    """Segments with so many listed and held, and so many buyers among both; every buyer orders once for 2."""
    rows, bought = [], []
    for segment, (listed, held, buyers, buyers_held) in groups.items():
        for back, size, buying in ((False, listed, buyers), (True, held, buyers_held)):
            first = len(rows) + 1
            rows += [(campaign, first + at, day, segment, back) for at in range(size)]
            bought += [(first + at, day + 1, 2 * MONEY_SCALE) for at in range(buying)]
    return Seen(made(rows, OFFERS), empty(CONTACTS), made(bought, PURCHASES))


def both(one: Seen, two: Seen) -> Seen:
    return Seen(*(pd.concat(frames, ignore_index=True) for frames in zip(one, two, strict=True)))


def test_a_campaign_counted_by_hand() -> None:
    offers = made([("c", 1, 100, "s", False), ("c", 2, 100, "s", True), ("c", 3, 103, "s", False),
                   ("c", 4, 104, "t", True), ("c", 5, 104, "t", False), ("c", 6, 105, "t", False)], OFFERS)
    contacts = made([(1, 100, "called", 0), (1, 130, "called", 0), (2, 131, "called", 0), (3, 104, "wrote", 0),
                     (3, 105, "called", 0), (4, 134, "called", 0), (5, 110, "", 112)], CONTACTS)
    purchases = made([(1, 99, 1), (1, 100, 2), (1, 101, 40), (1, 130, 80), (1, 131, 5), (2, 115, 7), (3, 133, 9),
                      (4, 135, 11), (9, 104, 13)], PURCHASES)
    found = told(Seen(offers, contacts, purchases), 134)
    counted = ["segment", "listed", "contacted", "held", "held_contacted", "buyers_listed", "buyers_held",
               "orders_listed", "orders_held", "money_listed", "money_held", "verdict", "first_day", "last_day"]
    assert found[counted].to_numpy().tolist() == [
        ["", 3, 2, 2, 1, 2, 1, 3, 1, 129, 7, "too_few", 100, 104],
        ["s", 2, 2, 1, 0, 2, 1, 3, 1, 129, 7, "too_few", 100, 103],
        ["t", 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, "too_few", 104, 104]]
    assert found[[name for name in found if found[name].dtype == float]].isna().all(axis=None)
    assert found.dtypes.astype(str).to_dict() == made([], EFFECTS).dtypes.astype(str).to_dict()


@pytest.mark.parametrize(("counts", "verdict"), [
    ((900, 100, 300, 10), "helps"),
    ((900, 100, 90, 50), "harms"),
    ((900, 100, 270, 29), "too_few"),
    ((9000, 1000, 3600, 400), "no_difference_seen"),
    ((900, 19, 300, 0), "too_few"),
    ((900, 100, 0, 0), "too_few"),
    ((19, 900, 19, 0), "too_few"),
])
def test_what_is_said_of_buyers(counts: tuple[int, int, int, int], verdict: str) -> None:
    row = told(offered({"s": counts})).iloc[0]
    assert row["verdict"] == verdict
    listed, held, buyers, buyers_held = counts
    if not np.isnan(row["buyers"]):
        assert row["buyers"] == pytest.approx(buyers / listed - buyers_held / held)
        assert row["money"] == pytest.approx(2 * row["orders"])


def test_a_segment_is_only_judged_where_the_campaign_is() -> None:
    strong, weak, against = (900, 100, 360, 20), (900, 100, 270, 29), (18_000, 2000, 3600, 440)
    alone = told(offered({"a": strong, "b": weak})).set_index("segment")["verdict"]
    assert alone.to_dict() == {"": "helps", "a": "helps", "b": "too_few"}
    hidden = told(offered({"a": strong, "b": against})).set_index("segment")["verdict"]
    assert hidden.to_dict() == {"": "no_difference_seen", "a": "too_few", "b": "no_difference_seen"}


def test_many_segments_need_a_clearer_difference() -> None:
    """One that is sure by itself is not so among forty (Holm)."""
    near, big = (900, 100, 270, 17), (9000, 1000, 4500, 300)
    assert told(offered({"near": near})).iloc[1]["verdict"] == "helps"
    among = told(offered({"big": big, "near": near} | {f"s{at}": (900, 100, 270, 29) for at in range(40)}))
    verdicts = among.set_index("segment")["verdict"]
    assert verdicts["big"] == verdicts[""] == "helps"
    assert verdicts["near"] == "too_few"


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_swapping_the_groups_mirrors_what_is_told(seed: int) -> None:
    seen = HALF.seen(seed)
    one, two = (told(seen._replace(offers=seen.offers.assign(held=held)))
                for held in (seen.offers["held"], ~seen.offers["held"]))
    for name in MIRRORED:
        assert two[name].to_numpy() == pytest.approx(-one[name].to_numpy(), rel=1e-9, nan_ok=True)
        assert two[f"{name}_low"].to_numpy() == pytest.approx(-one[f"{name}_high"].to_numpy(), rel=1e-9, nan_ok=True)
    for name in ("buyers", "orders", "money"):
        assert (two[f"{name}_listed"] == one[f"{name}_held"]).all()
    sure = one["verdict"].isin(SIGNS)
    assert two.loc[sure, "verdict"].tolist() == [SIGNS[each] for each in one.loc[sure, "verdict"]]


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_offers_not_watched_to_the_end_change_nothing(seed: int) -> None:
    seen, later = KINDS["small"].seen(seed), KINDS["small"].seen(seed + 1)
    as_of = FIRST + DAYS + 50
    ripe = seen.offers[seen.offers["day"] <= as_of - DAYS]
    moved = later.offers.assign(customer_no=later.offers["customer_no"] + 5000, day=later.offers["day"] + 51)
    other = moved.assign(campaign="2027-Q1")
    known = told(seen._replace(offers=ripe), as_of)
    more = told(seen._replace(offers=pd.concat([moved, seen.offers, other])), as_of)
    pd.testing.assert_frame_equal(more, known)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_neither_the_order_of_rows_nor_the_unit_of_money_matters(seed: int) -> None:
    rng, seen = np.random.default_rng(seed), KINDS["small"].seen(seed)
    known = told(seen, END + 60)
    mixed = Seen(*(frame.iloc[rng.permutation(len(frame))] for frame in seen))
    pd.testing.assert_frame_equal(told(mixed, END + 60), known)
    richer = told(seen._replace(purchases=seen.purchases.assign(amount=seen.purchases["amount"] * 1000)), END + 60)
    of_money = [name for name in known if name.startswith("money")]
    pd.testing.assert_frame_equal(richer.drop(columns=of_money), known.drop(columns=of_money))
    assert richer[of_money].to_numpy() == pytest.approx(known[of_money].to_numpy() * 1000, rel=1e-9, nan_ok=True)


def test_who_was_listed_before_anybody_was_held_back_is_not_compared() -> None:
    """Holding back began later: those due before were others, and buy twice as often here."""
    before = offered({"s": (500, 0, 400, 0)}, day=FIRST)
    after = offered({"s": (450, 50, 180, 20)}, day=FIRST + 10)
    shifted = Seen(*(frame.assign(customer_no=frame["customer_no"] + 10_000) for frame in after))
    row = told(both(before, shifted), END + 10).iloc[0]
    assert (row["listed"], row["held"], row["first_day"]) == (450, 50, FIRST + 10)
    assert row["buyers"] == pytest.approx(0)


def test_a_campaign_that_held_back_nobody_is_counted_all_the_same() -> None:
    row = told(offered({"s": (500, 0, 400, 0)})).iloc[0]
    assert (row["listed"], row["held"], row["verdict"]) == (500, 0, "too_few")


def test_the_newest_campaign_stands_first_and_all_of_a_year_last() -> None:
    parts = [offered({"t": (450, 50, 180, 10), "s": (45, 5, 18, 1)}, name, day)
             for name, day in (("b", FIRST - 100), ("c", FIRST), ("a", FIRST - 400), ("z", FIRST - 50))]
    seen = parts[0]
    for at, part in enumerate(parts[1:], 1):
        seen = both(seen, Seen(*(frame.assign(customer_no=frame["customer_no"] + 10_000 * at) for frame in part)))
    found = told(seen)
    order = [(name, segment) for name in "czba" for segment in ("", "s", "t")]
    assert list(zip(found["campaign"], found["segment"], strict=True)) == [*order, ("", "")]
    assert found.iloc[-1][["listed", "held", "buyers_listed", "first_day"]].tolist() == [1485, 165, 594, FIRST - 100]


def test_campaigns_that_held_back_unlike_shares_are_not_mixed_up() -> None:
    """Nothing helps in either; in the one in which half were held back, many buy anyway."""
    one = offered({"s": (900, 100, 90, 10)}, "one", FIRST - 100)
    two = offered({"s": (500, 500, 400, 400)}, "two", FIRST)
    row = told(both(one, Seen(*(frame.assign(customer_no=frame["customer_no"] + 10_000) for frame in two)))).iloc[-1]
    assert (row["campaign"], row["buyers"], row["orders"]) == ("", pytest.approx(0), pytest.approx(0))


def test_nothing_offered_tells_nothing() -> None:
    found = told(Seen(empty(OFFERS), empty(CONTACTS), empty(PURCHASES)))
    assert found.dtypes.astype(str).to_dict() == made([], EFFECTS).dtypes.astype(str).to_dict()
    assert not len(found)
