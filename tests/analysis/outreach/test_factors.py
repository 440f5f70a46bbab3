"""The factor that a contact is taken to have: measured, believed, and both together."""

from __future__ import annotations

from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.analysis.outreach.effect import effects
from rfm_service.analysis.outreach.factors import USUAL, measured_pace, multiplier
from rfm_service.domain.outreach import Effects, Holdout, LogFactor
from rfm_service.domain.tables import CONTACTS
from rfm_service.domain.values import day_of
from tests.analysis.outreach.shops import DAYS, FIRST, Seen
from tests.analysis.outreach.test_effect import both, made, offered

FACTORS = st.builds(LogFactor, st.floats(-2, 2), st.floats(0.01, 2))


def contacted(groups: dict[str, tuple[int, int, int, int]], share: float, day: int = FIRST) -> Seen:
    """As `offered`, with so large a share of the listed contacted."""
    seen = offered(groups, f"of {day}", day)
    listed = seen.offers.loc[~seen.offers["held"], "customer_no"]
    return seen._replace(contacts=made([(each, day + 2, "called", 0) for each in listed[:round(len(listed) * share)]],
                                       CONTACTS))


def found(seen: Seen, as_of: int = FIRST + DAYS) -> Effects:
    return effects(*seen, day_of(as_of), Holdout())


def test_one_campaign_gives_the_factor_of_its_orders() -> None:
    value, error = measured_pace(found(contacted({"s": (9000, 1000, 3600, 300)}, 1)))
    assert value == pytest.approx(log(0.4 / 0.3))
    assert error == pytest.approx(sqrt(0.6 / 3600 + 0.7 / 300), rel=0.1)
    half = measured_pace(found(contacted({"s": (9000, 1000, 3600, 300)}, 0.5)))
    assert half == pytest.approx((2 * value, 2 * error))


def test_all_campaigns_of_a_year_count_together() -> None:
    last = contacted({"s": (900, 100, 300, 20)}, 1)
    before = contacted({"s": (900, 100, 360, 20)}, 1, FIRST - 100)
    moved = Seen(*(frame.assign(customer_no=frame["customer_no"] + 10_000) for frame in before))
    alone, together = found(last), found(both(last, moved))
    assert measured_pace(together).value > measured_pace(alone).value
    assert measured_pace(together).error < measured_pace(alone).error
    assert measured_pace(found(both(last, moved), FIRST + 370)) == measured_pace(alone)
    assert measured_pace(found(both(last, moved), FIRST + 500)) is None


@pytest.mark.parametrize("seen", [
    offered({"s": (900, 100, 300, 20)}), contacted({"s": (900, 100, 300, 20)}, 0.05),
    contacted({"s": (900, 19, 300, 2)}, 1), contacted({"s": (900, 0, 300, 0)}, 1),
    contacted({"s": (900, 100, 0, 0)}, 1)], ids=["no contacts", "hardly any", "few held", "none held", "no buyers"])
def test_where_nothing_can_be_measured(seen: Seen) -> None:
    assert measured_pace(found(seen)) is None


def test_what_is_measured_well_stands_against_belief() -> None:
    assert multiplier(None) == pytest.approx(1.3)
    assert multiplier(LogFactor(log(2), 0.001)) == pytest.approx(2, abs=1e-3)
    assert multiplier(LogFactor(log(2), 100.0)) == pytest.approx(1.3, abs=1e-3)
    assert multiplier(LogFactor(log(2), USUAL.error)) == pytest.approx(sqrt(2 * 1.3))


@given(FACTORS, FACTORS)
def test_both_together_lie_between(measured: LogFactor, prior: LogFactor) -> None:
    low, high = sorted((exp(measured.value), exp(prior.value)))
    assert low * (1 - 1e-9) <= multiplier(measured, prior) <= high * (1 + 1e-9)


def test_where_everybody_orders_equally_often_nothing_is_measured() -> None:
    """Without any spread the error would be nothing, and what is believed would weigh nothing against it."""
    everybody = found(contacted({"s": (270, 30, 270, 30)}, 1))
    assert measured_pace(everybody) is None
    assert multiplier(None) == pytest.approx(exp(USUAL.value))
