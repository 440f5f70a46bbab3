"""What holds of every forecast: shape, bounds, independence of order, unit and names; small shops; the card."""

from __future__ import annotations

import warnings
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.forecasting import prepared
from rfm_service.analysis.forecasting.card import Made, card
from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.analysis.forecasting.histories import sample, visits_of
from rfm_service.analysis.forecasting.prepared import BASELINES
from rfm_service.analysis.forecasting.totals import total_of, totals_by
from rfm_service.analysis.grouping import empty, frame
from rfm_service.domain.forecasts import Method
from rfm_service.domain.tables import FORECAST, PURCHASES
from rfm_service.domain.values import day_of
from tests.analysis.forecasting.shops import FIRST, Shop

NOW = FIRST + 500
ORDERS = st.lists(st.tuples(st.integers(1, 12), st.integers(FIRST, NOW), st.integers(1, 10**10)), max_size=60)
SHOP = Shop(customers=700, days=600).purchases()


def purchases(rows: list[tuple[int, int, int]]) -> pd.DataFrame:
    return frame(dict(zip(PURCHASES, np.array(sorted(rows), np.int64).reshape(-1, 3).T, strict=True)), PURCHASES)


def sane(told: pd.DataFrame, as_of: int) -> None:
    assert told.dtypes.astype(str).to_dict() == FORECAST
    assert told["customer_no"].is_monotonic_increasing
    assert told["customer_no"].is_unique
    assert told[["p30", "p90"]].to_numpy().min(initial=0) >= 0
    assert told[["p30", "p90"]].to_numpy().max(initial=0) <= 1
    assert not told.isna().any().any()
    assert (told["p30"] <= told["p90"]).all()
    assert (told["spend30"] >= 0).all()
    assert (told["spend30"] <= told["spend90"]).all()
    assert (told["due_from"] > as_of).all()
    assert (told["due_from"] <= told["due"]).all()
    assert (told["due"] <= told["due_to"]).all()


@settings(max_examples=8, deadline=None)
@given(ORDERS)
def test_any_purchases_give_a_sane_forecast_and_card(rows: list[tuple[int, int, int]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = forecast(purchases(rows), day_of(NOW))
        sane(found.frame, NOW)
        for measure in ("p30", "p90", "spend30", "spend90"):
            total = total_of(found.frame, measure, found.levels)
            assert 0 <= total.low <= total.predicted <= total.high
        then = NOW - 90
        made = forecast(purchases(rows), day_of(then))
        segments = made.frame[["customer_no"]].assign(segment="all")
        judged = card(Made(made.frame, made.as_of, made.method, segments), purchases(rows))
    assert [each.method for each in judged.scores] == [made.method, "recency", "bgnbd"]
    assert judged.groups[0].customers == len(made.frame)


KINDS = {
    "nobody": [],
    "one": [(1, NOW, 500)],
    "five": [(number, NOW - 7 * number, 500) for number in range(1, 6)],
    "no repeat": [(number, FIRST + number % 490, 500) for number in range(1, 400)],
    "all alike": [(number, FIRST + 100 * visit, 500) for number in range(1, 300) for visit in range(5)],
    "thirty days": [(number % 90, NOW - number % 30, 500 + number) for number in range(200)],
    "all today": [(number, NOW, 500) for number in range(100)],
    "amounts of nothing": [(number, FIRST + number, 0) for number in range(100)],
    "everybody every day": [(number, day, 500) for number in range(20) for day in range(NOW - 200, NOW + 1)],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("instead", [None, "bgnbd", "recency"])
def test_shops_without_a_past_get_a_forecast_too(kind: str, instead: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = forecast(purchases(KINDS[kind]), day_of(NOW), instead)
    sane(found.frame, NOW)
    assert len(found.frame) == len({row[0] for row in KINDS[kind]})
    assert (found.method, found.instead) == (instead or found.method, instead is not None)


def test_customers_alike_are_foretold_alike() -> None:
    told = forecast(purchases(KINDS["all alike"]), day_of(NOW)).frame
    assert len(told.drop(columns="customer_no").drop_duplicates()) == 1


def test_who_never_came_again_will_hardly_come() -> None:
    told = forecast(purchases(KINDS["no repeat"]), day_of(NOW)).frame
    assert told["p90"].max() < 0.05


def test_the_order_of_rows_does_not_matter() -> None:
    plain = forecast(SHOP, day_of(NOW)).frame
    for seed in range(2):
        pd.testing.assert_frame_equal(forecast(SHOP.sample(frac=1, random_state=seed), day_of(NOW)).frame, plain)


def test_later_purchases_are_not_looked_at() -> None:
    pd.testing.assert_frame_equal(forecast(SHOP, day_of(NOW)).frame,
                                  forecast(SHOP[SHOP["day"] <= NOW], day_of(NOW)).frame)


@pytest.mark.parametrize("unit", [3, 10, 10_000])
def test_the_unit_of_money_scales_spend_alone(unit: int) -> None:
    plain = forecast(SHOP, day_of(NOW)).frame
    scaled = forecast(SHOP.assign(amount=SHOP["amount"] * unit), day_of(NOW)).frame
    spends = ["spend30", "spend90"]
    pd.testing.assert_frame_equal(scaled.drop(columns=spends), plain.drop(columns=spends), rtol=0, atol=1e-6)
    for name in spends:
        assert scaled[name].to_numpy() == pytest.approx(plain[name].to_numpy() * unit, rel=1e-6, abs=unit)


@pytest.mark.parametrize("fitted", [30_000, 300])
def test_names_of_customers_do_not_matter(fitted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above so many customers models are fitted to a sample: it must not know names either."""
    monkeypatch.setattr(prepared, "FITTED", fitted)
    names = np.random.default_rng(1).permutation(10_000)
    renamed = SHOP.assign(customer_no=names[SHOP["customer_no"]]).sort_values(list(PURCHASES), ignore_index=True)
    plain = forecast(SHOP, day_of(NOW)).frame
    other = forecast(renamed, day_of(NOW)).frame.set_index("customer_no").loc[names[plain["customer_no"]]]
    assert np.array_equal(other.to_numpy(), plain.drop(columns="customer_no").to_numpy())


def test_a_sample_is_like_the_whole() -> None:
    visits = visits_of(Shop(customers=5000, days=400).purchases(), FIRST + 399)
    few = sample(visits, 500)
    assert few.size == 500
    assert len(few.time) / 500 == pytest.approx(len(visits.time) / 5000, rel=0.03)
    assert set(few.customer_no) <= set(visits.customer_no)
    assert sample(visits, 10_000) is visits


def test_a_method_can_be_asked_for() -> None:
    for method in ("bgnbd", "recency"):
        found = forecast(SHOP, day_of(NOW), method)
        assert (found.method, found.instead) == (method, True)
    bands = forecast(SHOP, day_of(NOW), "recency").frame
    silent = NOW - SHOP[SHOP["day"] <= NOW].groupby("customer_no")["day"].max().to_numpy()
    assert bands["p90"].groupby(silent).nunique().max() == 1


def test_totals_of_segments_add_up() -> None:
    found = forecast(SHOP, day_of(NOW))
    segments = found.frame[["customer_no"]].assign(segment=np.where(found.frame["p90"] > 0.3, "b", "a"))
    parts = totals_by(found.frame, segments, "p90", found.levels)
    assert list(parts) == ["a", "b"]
    assert sum(part.predicted for part in parts.values()) == pytest.approx(found.frame["p90"].sum())
    whole = total_of(found.frame, "p90", found.levels)
    assert all(part.high / part.predicted > whole.high / whole.predicted for part in parts.values())


def test_the_card_counts_what_came() -> None:
    then = NOW - 90
    made = forecast(SHOP, day_of(then))
    segments = made.frame[["customer_no"]].iloc[::2].assign(segment="even")
    found = card(Made(made.frame, made.as_of, made.method, segments), SHOP)
    later = SHOP[(SHOP["day"] > then) & (SHOP["day"] <= NOW) & SHOP["customer_no"].isin(made.frame["customer_no"])]
    every, even = found.groups
    assert (every.bought, every.spent) == (later["customer_no"].nunique(), later["amount"].sum())
    assert every.buyers.predicted == pytest.approx(made.frame["p90"].sum())
    assert even.bought == later.loc[later["customer_no"].isin(segments["customer_no"]), "customer_no"].nunique()
    assert (even.segment, even.customers) == ("even", len(segments))
    assert found.days == 90
    assert found.as_of + timedelta(days=90) == day_of(NOW)


def test_the_card_names_the_baseline_that_was_better() -> None:
    then = NOW - 90
    made = forecast(SHOP, day_of(then))
    none = made.frame[["customer_no"]].head(0).assign(segment="")
    good = card(Made(made.frame, made.as_of, made.method, none), SHOP)
    wrong = made.frame.assign(p90=1 - made.frame["p90"])
    bad = card(Made(wrong, made.as_of, made.method, none), SHOP)
    assert bad.better == min(bad.scores[1:], key=lambda each: each.brier).method
    assert bad.ranked_worse
    assert (good.better == "") == (good.scores[0].brier <= min(each.brier for each in good.scores[1:]))
    assert bad.scores[1:] == good.scores[1:]


def test_customers_that_are_gone_have_not_bought() -> None:
    made = forecast(SHOP, day_of(NOW - 90))
    none = made.frame[["customer_no"]].head(0).assign(segment="")
    found = card(Made(made.frame, made.as_of, made.method, none), empty(PURCHASES))
    assert (found.groups[0].bought, found.groups[0].spent, found.scores[0].auc) == (0, 0, 0.5)


@pytest.mark.parametrize("method", BASELINES)
def test_a_baseline_is_never_better_than_itself(method: Method) -> None:
    """What was kept is rounded, and late documents move what is made anew: neither makes it a better rule."""
    then = day_of(NOW - 90)
    told = forecast(SHOP[SHOP["day"] <= NOW - 90], then, method).frame
    blurred = told.assign(p90=told["p90"].clip(0.001, 0.999).round(3))
    for kept in (told, blurred):
        judged = card(Made(kept, then, method, kept[["customer_no"]].assign(segment="all")), SHOP)
        assert judged.scores[0].method == method
        assert judged.better != method
