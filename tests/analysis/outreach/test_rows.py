"""The rules of the customer alerts, row by row of the requirements, with their worked figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.outreach import margins, priority, worth
from rfm_service.domain.outreach import USUAL_OUTREACH, Caps, Category, Outreach, Scale, ValueTiers
from rfm_service.domain.values import MONEY_SCALE
from tests.analysis.outreach.worlds import AS_OF, ago, assessed
from tests.oracle_outreach import Basket, Person, Shop, Touch

UNIT = float(MONEY_SCALE)
HUNDRED = {"": Basket(100 * MONEY_SCALE)}


def ordered(*days: int, each: int = 100, number: int = 1, **more: object) -> Person:
    """A customer who ordered so many days ago, for `each` a time, of goods without a category."""
    orders = tuple(sorted((ago(day), each * MONEY_SCALE) for day in days))
    inside = sum(amount for day, amount in orders if (AS_OF - day).days < 365)
    return Person(number, orders, **{"baskets": {"": Basket(inside)}, **more})  # type: ignore[arg-type]


def of(*people: Person, mode: str = "seed", **rules: object):
    shop = Shop(people, AS_OF, Outreach(**{"capacity": 0, **rules}))  # type: ignore[arg-type]
    return assessed(shop, mode)  # type: ignore[arg-type]


def one(who: Person, **rules: object):
    return of(who, **rules).loc[who.number]


@pytest.mark.parametrize(("orders", "points"), [(1, 14.76), (2, 29.52), (3, 49.2), (7, 49.2)])
def test_s3_01_and_s3_02_the_weight_is_of_the_whole_difference(orders: int, points: float) -> None:
    """Uplift .6, margin 100, return rate .08, cost 6: the three figures of the source's own FAQ."""
    deal = priority.Deal(np.array([100 * UNIT]), np.array([0.08]), np.array([6 * UNIT]))
    gain = priority.seed_gain(np.array([0.6]), deal) * priority.order_weight(np.array([orders]), USUAL_OUTREACH)
    assert gain[0] / UNIT == pytest.approx(points)


def test_s3_01_a_customer_with_one_order_gets_no_bonus_for_it() -> None:
    """As printed in the source the weight multiplies the cost alone, and one order beats three: 53.4 > 49.2."""
    found = of(ordered(5, number=1), ordered(5, 15, 25, number=2), single_order="all")
    assert found.loc[1, "expected"] < found.loc[2, "expected"]


@pytest.mark.parametrize(("potential", "orders", "points"), [
    ("star", 1, 30), ("potential", 1, 15), ("ordinary", 4, 0), ("ordinary", 5, 10), ("ordinary", 9, 10),
    ("ordinary", 10, 20), ("star", 12, 50)])
def test_s3_03_bonuses(potential: str, orders: int, points: int) -> None:
    assert priority.bonuses(np.array([potential], object), np.array([orders])) == [points]


def test_s3_03_priorities_end_at_the_clamp() -> None:
    gain = np.concatenate([np.full(99, UNIT), [1e6 * UNIT]])
    found = priority.priorities(gain, np.zeros(100), UNIT, USUAL_OUTREACH)
    assert found.max() == 120
    assert found.min() == 1


@pytest.mark.parametrize(("days", "cycle"), [((10, 70), 60), ((0, 30, 90), 45), ((0, 0, 7), 7), ((3,), 0)])
def test_s3_04_personal_cycle(days: tuple[int, ...], cycle: int) -> None:
    assert one(ordered(*days))["personal_cycle"] == cycle


@pytest.mark.parametrize(("personal", "category", "line"), [(60, 60, 90), (20, 20, 60), (100, 60, 150), (10, 180, 270),
                                                            (7, 35, 60), (61, 60, 91)])
def test_s3_05_warning_line(personal: int, category: int, line: int) -> None:
    usual = replace(USUAL_OUTREACH.usual, cycle_days=category)
    assert one(ordered(1, 1 + personal), usual=usual)["warning_line"] == line


@pytest.mark.parametrize(("silence", "tag"), [(6, ""), (7, ""), (8, "out_of_rhythm"), (89, "out_of_rhythm"),
                                              (90, "out_of_rhythm"), (91, "long_silent")])
def test_s3_05_a_weekly_buyer_is_out_of_rhythm_after_a_week_and_not_on_day_90(silence: int, tag: str) -> None:
    """By the warning line alone a weekly buyer would be missed for 90 days."""
    weekly = ordered(*(silence - 1 + 7 * back for back in range(6)))
    assert one(weekly, tiers=ValueTiers(10**15, 10**15, 10**15))["risk_tag"] == tag


def test_s3_05_three_orders_are_too_few_for_a_rhythm() -> None:
    assert one(ordered(20, 27, 34))["rhythm_line"] == 0
    assert one(ordered(20, 27, 34, 41))["rhythm_line"] == 7


@pytest.mark.parametrize(("silence", "uplift"), [(1, 0.6), (90, 0.6), (135, 1.1), (180, 1.6), (400, 2.0)])
def test_s3_06_uplift_of_the_seed(silence: int, uplift: float) -> None:
    found = priority.seed_uplift(np.array([silence]), np.array([90]), USUAL_OUTREACH)
    assert found[0] == pytest.approx(uplift)


@pytest.mark.parametrize(("observed", "expected", "orders", "blended"), [
    (0.2, 0.08, 2, 0.2), (0.0, 0.08, 2, 0.08), (0.2, 0.08, 3, 0.164), (0.0, 0.1, 10, 0.03), (1.0, 0.0, 1, 1.0)])
def test_s3_07_return_rate(observed: float, expected: float, orders: int, blended: float) -> None:
    found = margins.blended(np.array([observed]), np.array([expected]), np.array([orders]))
    assert found[0] == pytest.approx(blended)


@pytest.mark.parametrize(("basket", "margin"), [
    (Basket(1000, costed=1000, cost=600), 400.0), (Basket(1000), 320.0), (Basket(1000, costed=500, cost=500), 160.0),
    (Basket(1000, costed=1000, cost=1500), -500.0)])
def test_s3_08_margin_of_known_cost_else_of_the_share(basket: Basket, margin: float) -> None:
    scaled = Basket(*(each * MONEY_SCALE for each in (basket.sold, 0, basket.costed, basket.cost)))
    found = one(ordered(5, each=1000, baskets={"": scaled}), single_order="all")
    assert found["margin"] / UNIT == pytest.approx(margin)


def test_s3_08_an_estimated_margin_is_capped_and_a_known_one_is_not() -> None:
    usual = replace(USUAL_OUTREACH.usual, max_margin=8000 * MONEY_SCALE)
    large = ordered(5, each=1_000_000)
    known = ordered(5, each=1_000_000, number=2, baskets={"": Basket(10**10, costed=10**10, cost=6 * 10**9)})
    found = of(large, known, usual=usual, single_order="all")
    assert found.loc[1, "margin"] == 8000 * MONEY_SCALE
    assert found.loc[2, "margin"] == 4 * 10**9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e7, 1e9, allow_nan=False), min_size=1, max_size=200), st.floats(1e-6, 1e9),
       st.lists(st.sampled_from([0.0, 10.0, 30.0, 50.0]), min_size=200, max_size=200))
def test_s3_08_no_more_than_five_in_a_hundred_sit_at_the_clamp_in_any_currency(
        gains: list[float], rate: float, bonus: list[float]) -> None:
    gain, more = np.array(gains), np.array(bonus[:len(gains)])
    found = priority.priorities(gain * rate, more, 0.0, USUAL_OUTREACH)
    clamped = (found >= 120) | (found <= -40)
    assert clamped.sum() <= 0.05 * len(gains)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-10**6, 10**7), min_size=1, max_size=200), st.sampled_from([0.01, 1.0, 8.0, 90.0, 1e5]))
def test_s3_08_places_tell_the_best_apart_in_every_currency(gains: list[int], rate: float) -> None:
    gain = np.array(gains, float)
    found = priority.ranked(gain * rate, USUAL_OUTREACH)
    assert found.tolist() == priority.ranked(gain, USUAL_OUTREACH).tolist()
    order = np.argsort(gain, kind="stable")
    assert (np.diff(found[order]) >= 0).all()
    assert len(set(found)) == len(set(gains))
    assert (np.sign(found) == np.sign(gain)).all()
    assert ((found > -40) & (found < 120)).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60), st.sampled_from([0.01, 8.0, 90.0, 1e5]))
def test_s3_08_priorities_are_the_same_in_every_currency(sums: list[int], rate: float) -> None:
    """100 roubles or 100 yuan: what counts is how an order stands beside the others of the shop."""
    gain, margin = np.array(sums) * UNIT, float(np.median(sums)) * UNIT
    here = priority.priorities(gain, np.zeros(len(sums)), Scale(margin, 0).point, USUAL_OUTREACH)
    there = priority.priorities(gain * rate, np.zeros(len(sums)), Scale(margin * rate, 0).point, USUAL_OUTREACH)
    assert there == pytest.approx(here, abs=0.011)


@pytest.mark.parametrize(("category", "channel", "cost"), [
    ("", "", 6.0), ("", "小红书", 8.0), ("", "抖音", 6.5), ("", "视频号", 7.0), ("羽绒服", "", 12.0),
    ("羽绒服", "小红书", 12.0), ("帽子", "抖音", 5.0), ("Прочее", "Сайт", 6.0)])
def test_s3_09_touch_cost_by_category_then_channel(category: str, channel: str, cost: float) -> None:
    rules = Outreach(
        usual=replace(USUAL_OUTREACH.usual, touch_cost=6 * MONEY_SCALE), single_order="all",
        channels={"小红书": 8 * MONEY_SCALE, "抖音": 65_000, "视频号": 7 * MONEY_SCALE},
        categories={"羽绒服": Category(touch_cost=12 * MONEY_SCALE), "帽子": Category(touch_cost=5 * MONEY_SCALE)})
    who = np.array([category], object)
    found = margins.touch_costs(who, [channel], rules, Scale(100 * UNIT, 312.5 * UNIT))
    assert found[0] / UNIT == pytest.approx(cost)


def test_s3_09_without_a_cost_it_is_6_where_the_median_margin_is_100() -> None:
    found = one(ordered(5, each=1000, baskets={"": Basket(1000 * MONEY_SCALE)}), single_order="all")
    assert found["margin"] / UNIT == pytest.approx(320)
    assert found["touch_cost"] / UNIT == pytest.approx(6 * 3.2)


def test_s3_10_a_category_says_only_what_differs() -> None:
    rules = {"categories": {"Куртки": Category(cycle_days=180)}, "single_order": "all"}
    coats, others = (ordered(5, number=number, baskets={name: Basket(100 * MONEY_SCALE)})
                     for number, name in ((1, "Куртки"), (2, "Шапки")))
    found = of(coats, others, **rules)
    assert found["category_cycle"].tolist() == [180, 60]
    assert found["margin"].tolist() == [32 * MONEY_SCALE] * 2
    assert found["goods"].tolist() == ["Куртки", "Шапки"]


PREVIOUS = (AS_OF.replace(day=1) - timedelta(days=3))
"""A day of the calendar month before that of the list."""


@pytest.mark.parametrize(("who", "state"), [
    (ordered(5, 15, 25), "listed"),
    (ordered(5, 15, baskets={"": Basket(1000, 1000)}), "all_returned"),
    (ordered(181, 182), "long_gone"), (ordered(178, 179), "listed"),
    (ordered(5), "single_order"), (ordered((AS_OF - PREVIOUS).days, each=9999), "listed"),
    (ordered((AS_OF - PREVIOUS).days + 31), "single_order"),
    (ordered(5, 15, 25, touches=(Touch(ago(2), "called"),)), "waits"),
    (ordered(5, 15, 25, touches=(Touch(ago(6), "wrote"),)), "listed"),
    (ordered(5, 15, 25, touches=(Touch(ago(5), "wrote"),)), "waits"),
    (ordered(5, 15, 25, touches=(Touch(ago(2), ""),)), "listed"),
    (ordered(5, 15, 25, touches=(Touch(ago(9), "called", ago(-5)),)), "waits"),
    (ordered(5, 15, 25, touches=(Touch(ago(2), "called", ago(-1)),)), "listed"),
    (ordered(5, touches=(Touch(ago(40), "called", ago(1)),)), "listed"),
    (ordered(5, 15, 25, touches=(Touch(ago(300), "refused"),)), "refused"),
    (ordered(5, 15, 25, touches=(Touch(ago(300), "refused", ago(-1)),)), "refused"),
    (ordered(5, 15, 25, touches=(Touch(ago(300), "refused"), Touch(ago(100), "bought"))), "listed"),
    (ordered(5, 15, 25, touches=(Touch(ago(40), "refused"), Touch(ago(40), "called"))), "refused"),
    (ordered(5, 15, 25, touches=(Touch(ago(2), "called", ago(-1)), Touch(ago(2), ""))), "listed"),
    (ordered(5, 15, 25, touches=(Touch(ago(9), "called", ago(-5)), Touch(ago(9), "wrote"))), "waits"),
    (ordered(5, 15, 25, touches=(Touch(ago(9), "called", ago(-1)), Touch(ago(9), "", ago(-5)))), "waits"),
    (ordered(5, 15, 25, touches=(Touch(ago(9), "called", ago(-5)), Touch(ago(8), ""))), "listed"),
    (ordered(5, 15, 25, barred=True), "do_not_contact"),
    (ordered(5, 15, 25, barred=True, touches=(Touch(ago(9), "called", ago(0)),)), "do_not_contact")])
def test_s3_11_who_is_left_out(who: Person, state: str) -> None:
    assert one(who)["state"] == state


def test_s3_11_single_orders_by_days_or_all() -> None:
    late, early = ordered(5, each=9999), ordered(40, each=9999)
    for who, state in ((late, "listed"), (early, "single_order")):
        assert one(who, single_order="days")["state"] == state
        assert one(who, single_order="all")["state"] == "listed"


def tagless(**more: object) -> dict[str, object]:
    """Rules by which none of the reasons holds by itself."""
    return {"least_priority": 1000, "many_orders": 100, **more}


@pytest.mark.parametrize(("who", "rules", "state"), [
    (ordered(40, 80, 130, 190, 240, 300), tagless(), "listed"),  # out of rhythm
    (ordered(2, 20, each=9000), tagless(least_priority=20, tiers=ValueTiers(10**15, 0, 10**15)), "listed"),
    (ordered(2, 20), {"many_orders": 2}, "listed"),
    (ordered(2, 20, each=10), {"least_priority": 119, "many_orders": 3, "tiers": ValueTiers(10**15, 0, 10**15)},
     "no_reason")])
def test_s3_12_any_one_reason_is_enough(who: Person, rules: dict[str, object], state: str) -> None:
    others = [ordered(2, 20, 50, each=900 + at, number=at + 2) for at in range(30)]
    assert of(who, *others, **rules).loc[1, "state"] == state


@pytest.mark.parametrize(("orders", "each", "tier"), [
    (1, 5001, "high"), (1, 5000, "middle"), (3, 501, "high"), (3, 500, "middle"), (2, 10, "middle"),
    (1, 2000, "middle"), (1, 1999, "low"), (1, 10, "low")])
def test_s3_13_value_tiers_of_the_seed(orders: int, each: int, tier: str) -> None:
    tiers = ValueTiers(5000 * MONEY_SCALE, 2000 * MONEY_SCALE, 500 * MONEY_SCALE)
    who = ordered(*range(1, orders + 1), each=each)
    assert one(who, tiers=tiers, single_order="all")["value_tier"] == tier


def test_s3_13_without_borders_they_are_the_seeds_in_orders_of_the_shop() -> None:
    people = [ordered(3, each=312 + at % 2, number=at) for at in range(1, 20)]
    rich = ordered(3, each=5100, number=99)
    assert of(*people, rich).loc[99, "value_tier"] == "high"


def test_s3_14_the_score_has_its_parts() -> None:
    """Best in money, ten orders, bought today, all of the year in this half, evenly: 100 less half a rank."""
    best = ordered(*range(0, 100, 10), each=1000, number=1)
    poor = ordered(360, each=1, number=2)
    found = of(best, poor)
    # Money 25 * .75, orders 15, activity 20 + 10, this half year 15, evenness 15.
    assert found.loc[1, "clv"] == round(25 * 0.75 + 15 + 20 + 10 + 15 + 15)
    # Money 25 * .25, one order of ten, silent for over twice the line, nothing lately.
    assert found.loc[2, "clv"] == round(25 * 0.25 + 1.5)


@pytest.mark.parametrize(("orders", "growth"), [
    ([(10, 120), (200, 100)], "growing"), ([(10, 119), (200, 100)], "stable"), ([(10, 81), (200, 100)], "stable"),
    ([(10, 80), (200, 100)], "declining"), ([(10, 100), (60, 100)], "stable"), ([(10, 5)], "new"),
    ([(10, 900)], "promising_new"), ([(10, 100), (400, 100)], "growing")])
def test_s3_15_growth_types(orders: list[tuple[int, int]], growth: str) -> None:
    days = tuple(sorted((ago(day), money * MONEY_SCALE) for day, money in orders))
    who = Person(1, days, {"": Basket(sum(money for _, money in orders) * MONEY_SCALE)})
    others = [ordered(3, each=100, number=at + 2) for at in range(9)]
    assert of(who, *others).loc[1, "growth"] == growth


@pytest.mark.parametrize(("clv", "potential"), [(100, "star"), (80, "star"), (79, "potential"), (50, "potential"),
                                                (49, "ordinary"), (0, "ordinary")])
def test_s3_16_potential(clv: int, potential: str) -> None:
    assert worth.potentials(np.array([clv])) == [potential]


@pytest.mark.parametrize(("who", "tag"), [
    (ordered(95, 100), "long_silent"), (ordered(65, 70), "out_of_rhythm"), (ordered(40, 45), ""),
    (ordered(10, 200, 210, 220), "spend_drop"), (ordered(10, 12, each=10**6), "active_high"),
    (ordered(35, 36, each=10**6), "")])
def test_s3_17_risk_tags(who: Person, tag: str) -> None:
    others = [ordered(3, each=100, number=at + 2) for at in range(9)]
    assert of(who, *others, rhythm_orders=99).loc[1, "risk_tag"] == tag


@pytest.mark.parametrize(("tier", "most"), [("high", 5), ("middle", 2), ("low", 1)])
def test_s3_31_contacts_in_30_days_by_tier(tier: str, most: int) -> None:
    borders = {"high": ValueTiers(0, 0, 0), "middle": ValueTiers(10**15, 0, 10**15),
               "low": ValueTiers(10**15, 10**15, 10**15, 999, 999)}[tier]
    for made, state in ((most - 1, "listed"), (most, "often")):
        touches = tuple(Touch(ago(28 - at), "called") for at in range(made))
        who = ordered(5, 15, 25, 35, 45, touches=touches)
        assert one(who, tiers=borders, caps=Caps(cooldown_days=0))["state"] == state
        # One call that two people tell of is one.
        twice = ordered(5, 15, 25, 35, 45, touches=tuple(each for touch in touches for each in (touch, touch)))
        assert one(twice, tiers=borders, caps=Caps(cooldown_days=0))["state"] == state
    old = ordered(5, 15, 25, 35, 45, touches=(Touch(date(2020, 1, 1), "called"),))
    assert one(old, tiers=borders)["state"] == "listed"
