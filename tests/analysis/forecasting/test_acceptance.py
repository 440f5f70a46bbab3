"""What the peers' own tests expect of purchase models and their tables (BG/NBD, MBG/NBD, Gamma-Gamma)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rfm_service.analysis.forecasting import geometric
from rfm_service.analysis.forecasting.geometric import Geometric, Seen, fit, grouped
from rfm_service.analysis.forecasting.histories import History, Visits, history, visits_of
from rfm_service.analysis.forecasting.spend import GammaGamma, fit_spend
from rfm_service.domain.values import MONEY_SCALE
from tests.analysis.forecasting.reference import case, day, of_rows
from tests.real import real

pytestmark = pytest.mark.real
PUBLISHED = Geometric(0.2425945, 4.4136019, 0.7929199, 2.4258881, modified=False)
OF_THE_POINTS = Geometric(0.243, 4.414, 0.793, 2.426, modified=False)


def by_number(purchases: pd.DataFrame, as_of: int) -> Visits:
    """The visits in the order of the customers' numbers, as the peers tell theirs."""
    visits = visits_of(purchases, as_of)
    return visits.taken(np.argsort(visits.customer_no))


def known(purchases: pd.DataFrame, as_of: int) -> tuple[list[int], History]:
    visits = by_number(purchases, as_of)
    return visits.customer_no.tolist(), history(visits, as_of)


def repeat_mean(found: History) -> np.ndarray:
    """The mean of repeat visits in currency units, as the peers define monetary value; 0 without one."""
    return (found.paid - found.first_paid) / np.maximum(found.repeats, 1) / MONEY_SCALE


def one(x: float, t_x: float, tenure: float) -> Seen:
    return Seen(*(np.array([float(value)]) for value in (x, t_x, tenure, 1)))


@pytest.fixture(scope="module")
def sample() -> Seen:
    table = pd.read_csv(real("cdnow_summary.csv"))
    return grouped(*(table[name].to_numpy(np.float64) for name in ("frequency", "recency", "T")))


def test_bgnbd_of_cdnow(sample: Seen) -> None:
    expected = case("cdnow_models")["bgnbd"]
    found = fit(sample, modified=False, wide=30.0)
    assert found.log_likelihood(sample) == pytest.approx(expected["LL"], abs=expected["tol"])
    assert PUBLISHED.log_likelihood(sample) == pytest.approx(expected["LL"], abs=expected["tol"])
    for name in ("r", "alpha", "a", "b"):
        assert getattr(found, name) == pytest.approx(expected[name], abs=expected["tol"])


def test_mbgnbd_of_cdnow(sample: Seen) -> None:
    expected = case("cdnow_models")["mbgnbd"]
    found = fit(sample, modified=True, wide=30.0)
    assert found.log_likelihood(sample) == pytest.approx(expected["LL_measured_here"], abs=0.001)
    for name in ("r", "alpha", "a", "b"):
        assert getattr(found, name) == pytest.approx(expected[name], abs=expected["tol"])


def test_the_weak_prior_hardly_moves_a_fit(sample: Seen) -> None:
    for modified in (False, True):
        loose, held = (fit(sample, modified=modified, wide=wide) for wide in (30.0, 6.0))
        assert loose.log_likelihood(sample) - held.log_likelihood(sample) < 0.001


def test_the_conditional_expectation() -> None:
    points = case("cdnow_models")["bgnbd_points"]
    assert PUBLISHED.orders(one(2, 30.43, 38.86), 39.0)[0] == pytest.approx(points[0]["value"], abs=points[0]["tol"])


def test_expected_purchases_of_a_new_customer() -> None:
    point = case("cdnow_models")["bgnbd_points"][1]
    for time, expected in zip((0.1429, 1, 3, 31.8571, 32, 78), point["value"], strict=True):
        assert PUBLISHED.orders(one(0, 0, 0), time)[0] == pytest.approx(expected, abs=point["tol"])


def test_chances_of_numbers_of_purchases() -> None:
    points = case("cdnow_models")["bgnbd_points"]
    assert OF_THE_POINTS.pmf(0, 39.0) == pytest.approx(points[2]["value"], abs=1e-6)
    assert OF_THE_POINTS.pmf(10, 2.0) == pytest.approx(points[3]["value"], rel=1e-5)
    assert [OF_THE_POINTS.pmf(n, 30.0) for n in range(11, 21)] == pytest.approx(points[4]["value"], rel=1e-5)


def test_chances_and_expectations_agree() -> None:
    """No purchase in h is one minus the chance to buy, and the pmf's mean the expected purchases."""
    assert 1 - OF_THE_POINTS.chance(one(0, 0, 0), 39.0)[0] == pytest.approx(OF_THE_POINTS.pmf(0, 39.0), rel=1e-9)
    mean = sum(n * OF_THE_POINTS.pmf(n, 10.0) for n in range(200))
    assert OF_THE_POINTS.orders(one(0, 0, 0), 10.0)[0] == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize("modified", [False, True])
@pytest.mark.parametrize("seen", [(221, 103.42857, 103.57143), (254, 97.14286, 97.28571), (161, 94.71429, 98.0),
                                  (204, 98.57143, 99.42857), (5000, 700, 701), (0, 0, 0), (26, 30.86, 31)])
def test_long_histories_stay_finite(seen: tuple[float, float, float], *, modified: bool) -> None:
    model = Geometric(0.2426, 4.4136, 0.7929, 2.4259, modified)
    for figure in (model.each(one(*seen)), model.chance(one(*seen), 10.0), model.orders(one(*seen), 10.0)):
        assert np.isfinite(figure).all()
    assert 0 <= model.chance(one(*seen), 10.0)[0] <= 1


def test_no_jump_from_one_purchase_to_the_next() -> None:
    """Lifetimes' underflow case (there of Pareto/NBD): x = 132 and 133 differ by less than .05."""
    fewer, more = (PUBLISHED.orders(one(x, 200, 200), 10.0)[0] for x in (132, 133))
    assert 0 < more - fewer < 0.05


def test_one_time_buyers_are_not_all_alive() -> None:
    """BG/NBD gives everybody with x = 0 a P(alive) of 1: nothing public tells a P(alive), and MBG/NBD errs not so."""
    assert case("cdnow_models")["bgnbd_points"][5]["value"] == 1.0
    assert not [name for name in (*dir(geometric), *dir(Geometric)) if "alive" in name and not name.startswith("_")]
    model = Geometric(0.525, 6.183, 0.891, 1.614, modified=True)
    fresh, silent = (model.chance(one(0, 0, tenure), 1e9)[0] for tenure in (1, 300))
    assert silent < 0.6 * fresh < 0.6


def test_gamma_gamma_of_cdnow() -> None:
    expected = case("cdnow_models")["gamma_gamma"]
    table = pd.read_csv(real("cdnow_summary_monetary.csv"))
    bought = table[table["x"] > 0]
    visits, mean = bought["x"].to_numpy(np.float64), bought["zbar"].to_numpy(np.float64)
    found = fit_spend(visits, mean)
    assert len(bought) == 946
    assert float(found.each(visits, mean).sum()) == pytest.approx(expected["LL"], abs=0.02)
    assert [found.p, found.q, found.v] == pytest.approx([expected["p"], expected["q"], expected["v"]], rel=0.01)
    told = found.expected(table["x"].to_numpy(np.float64)[:10], table["zbar"].to_numpy(np.float64)[:10])
    assert told == pytest.approx(expected["cond_mean_first10"], abs=expected["cond_tol"])


def test_gamma_gamma_knows_no_unit() -> None:
    visits, mean = np.array([1.0, 2, 3, 5, 1, 2]), np.array([10.0, 30, 20, 25, 60, 15])
    small, large = fit_spend(visits, mean), fit_spend(visits, mean * 1e6)
    assert large.expected(visits, mean * 1e6) == pytest.approx(small.expected(visits, mean) * 1e6, rel=1e-6)
    assert GammaGamma(6.25, 3.74, 15.44).expected(np.zeros(1), np.zeros(1)) == pytest.approx(35.2, abs=0.1)


def test_tracking_of_the_sample(sample: Seen) -> None:
    """BG/NBD's weekly repeat purchases, added up over cohorts, keep with the actual ones of weeks 20 to 25."""
    table = pd.read_csv(real("cdnow_summary.csv"))
    won = 39 - table["T"].to_numpy()
    weeks = np.arange(19, 26)
    made = [sum(PUBLISHED.orders(one(0, 0, 0), float(week - start))[0] * number
                for start, number in zip(*np.unique(won, return_counts=True), strict=True) if week > start)
            for week in weeks]
    tracking = case("cdnow_models")["tracking"]
    assert made[1:] == pytest.approx(tracking["pnbd_expected_cum"], rel=0.03)
    assert made[1:] == pytest.approx(tracking["actual_cum"], rel=0.06)
    assert np.diff(made) == pytest.approx(tracking["expected_inc"], rel=0.06)


def test_the_daily_table() -> None:
    told = case("lifetimes_summary_daily_monetary")
    names, found = known(of_rows(told["input"]), day(told["as_of"]))
    rows = np.column_stack([names, found.repeats, found.purchase_span, found.tenure_days, repeat_mean(found)])
    assert rows.tolist() == told["expected"]


def test_the_weekly_table() -> None:
    """Weeks are a matter of the clock: the same table of visits timed by the number of their Monday week."""
    told = case("lifetimes_summary_weekly")
    rows = case("lifetimes_summary_daily_monetary")["input"]
    weekly = of_rows(rows).assign(day=lambda table: (table["day"] + 3) // 7)
    names, found = known(weekly, (day(told["as_of"]) + 3) // 7)
    assert np.column_stack([names, found.repeats, found.purchase_span,
                            found.tenure_days]).tolist() == told["expected"]


def test_the_small_table() -> None:
    told = case("lifetimes_summary_small")
    names, found = known(of_rows(told["input"]), day(told["as_of"]))
    assert np.column_stack([names, found.repeats, found.purchase_span,
                            found.tenure_days]).tolist() == told["expected"]


def test_the_first_order_is_the_earliest_in_whatever_row() -> None:
    told = case("lifetimes_order_independence")
    _, found = known(of_rows(told["input"]), day("2014-06-01"))
    assert repeat_mean(found)[0] == told["expected_monetary_repeat_mean"]


def test_two_orders_of_a_day_are_one_visit() -> None:
    told = case("lifetimes_same_day_squash")
    assert known(of_rows(told["input"]), day("2015-02-07"))[1].repeats[0] == told["expected_repeat_frequency"]


def test_the_holdout() -> None:
    told = case("lifetimes_holdout")
    purchases = of_rows(case("lifetimes_summary_daily_monetary")["input"])
    visits = by_number(purchases, day(told["as_of"]))
    found = history(visits, day(told["calibration_end"]))
    later = visits.count(day(told["as_of"]))[found.place] - found.visits
    paid = visits.spent(visits.count(day(told["as_of"])))[found.place] - found.paid
    assert visits.customer_no[found.place].tolist() == [1, 2, 3, 4, 5]
    assert repeat_mean(found).tolist() == told["expected_monetary_cal"]
    assert (paid / np.maximum(later, 1) / MONEY_SCALE).tolist() == told["expected_monetary_holdout"]
    until = dict(zip(visits.customer_no.tolist(), visits.count(day(told["boundary"]["as_of"])), strict=True))
    before = dict(zip(visits.customer_no.tolist(), visits.count(day(told["calibration_end"])), strict=True))
    expected: dict[str, Any] = told["boundary"]["expected_freq_holdout"]
    assert {name: until[int(name)] - before[int(name)] for name in expected} == expected


def test_hardies_spend_table() -> None:
    """Of the sample's summary, to the half unit: which customers of the master file are in it is not in the set."""
    expected = case("cdnow_hardie_spend")["expected"]
    table = pd.read_csv(real("cdnow_summary_monetary.csv"))
    spend = table.loc[table["x"] > 0, "zbar"]
    figures = {"mean": spend.mean(), "std": spend.std(), "min": spend.min(), "median": spend.median(),
               "max": spend.max(), "count": len(spend)}
    assert figures == pytest.approx(expected, abs=0.55)


def test_first_orders_included() -> None:
    told = case("pymc_rfm_summary_first_included")
    names, found = known(of_rows(told["input"]), day(told["as_of"]))
    mean = found.paid / found.visits / MONEY_SCALE
    assert np.column_stack([names, found.visits, found.recency_days, mean]).tolist() == told["expected"]


def test_dates_are_compared_as_dates() -> None:
    told = case("pymc_issue_2744")
    purchases = of_rows(told["input"], told["format"])
    _, found = known(purchases, int(purchases["day"].max()))
    assert {"frequency": found.repeats[0], "recency": found.purchase_span[0], "T": found.tenure_days[0],
            "mean": repeat_mean(found)[0]} == told["right"]
