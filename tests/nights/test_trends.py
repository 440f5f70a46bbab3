"""What nights are held against: key figures of past days, the settings of the night before, the orders of customers."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from rfm_service import wiring
from rfm_service.analysis.conclusions import settings_changed
from rfm_service.concluding import Reckoner
from rfm_service.domain.findings import SettingChange
from rfm_service.domain.values import Basis, Period, View, day_number
from rfm_service.ledger.order_names import order_names
from tests.ledger.books import query
from tests.nights.company import sale, shop_of
from tests.nights.test_time_travel import many

DAY = date(2026, 6, 10)
FIRST = day_number(date(2026, 1, 1))


def points(firm, day, ledger=None):
    settings = wiring.load(firm.settings)
    reckoner = Reckoner(ledger or firm.ledger, wiring.engine(settings))
    return reckoner.trends(Basis(day, settings.rules), None, FIRST)


def test_points_follow_the_facts_and_are_made_anew_only_where_these_changed(firm):
    shop = shop_of(*many(60))
    firm = firm(shop)
    firm.good_night(DAY)
    before = points(firm, DAY)
    made = dict(query(firm.ledger, "SELECT as_of, max(ingest_no) FROM trend_points GROUP BY as_of"))
    late = DAY - timedelta(days=20)
    shop.swap([*shop.lines(date(2026, 1, 1), DAY + timedelta(days=1)), sale("late", late, 40_000, buyer="Новый")])
    firm.good_night(DAY + timedelta(days=1))
    kept = points(firm, DAY + timedelta(days=1))
    with firm.ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("DELETE FROM trend_points")
    pd.testing.assert_frame_equal(kept, points(firm, DAY + timedelta(days=1)))
    whole = {side: frame[frame["segment"] == ""].set_index("as_of")["customers"] for side, frame in
             (("before", before), ("after", kept))}
    more = (whole["after"] - whole["before"]).dropna()
    assert {day for day, count in more.items() if count == 1} == {day for day in more.index if day >= day_number(late)}
    assert (more[more.index < day_number(late)] == 0).all()
    assert len(made) == before["as_of"].nunique()


def test_other_rules_have_points_of_their_own(firm):
    firm = firm(shop_of(*many(60)))
    firm.good_night(DAY)
    usual = points(firm, DAY)
    firm.rfm = "window_days = 30"
    narrow = points(firm, DAY)
    assert narrow["as_of"].unique().tolist() == usual["as_of"].unique().tolist()
    assert narrow["revenue"].sum() < usual["revenue"].sum()
    assert narrow.loc[narrow["as_of"] < FIRST + 29, "whole"].any() == False  # noqa: E712
    assert narrow.loc[narrow["as_of"] >= FIRST + 29, "whole"].all()


def test_the_settings_of_a_night_are_kept_and_compared(firm):
    firm = firm(shop_of(*many(20)), rfm='own_companies = ["Наша фирма"]')
    firm.good_night(DAY - timedelta(days=1))
    firm.rfm = "window_days = 30\ngift_below = 12.50"
    firm.good_night(DAY)
    then, now = (firm.ledger.kept(day).settings for day in (DAY - timedelta(days=1), DAY))
    assert settings_changed(then, now) == (
        SettingChange("rfm.gift_below", "0", "12.5"), SettingChange("rfm.own_companies", "1", "0"),
        SettingChange("rfm.window_days", "365", "30"))
    assert settings_changed({}, now) == ()
    assert then["tiers.whale"] == "500000"
    assert "Наша" not in str(then)


def test_orders_are_called_by_their_number_and_those_of_their_documents(firm):
    lines = [sale("РТ-2", DAY, 100, order_id="З-1"), sale("РТ-1", DAY, 50, order_id="З-1"),
             sale("РТ-3", DAY, 70, order_id=""), sale("РТ-9", DAY - timedelta(days=1), 70, order_id="З-9")]
    firm = firm(shop_of(*lines))
    firm.good_night(DAY)
    view = View(Period(DAY, DAY + timedelta(days=1)))
    names = order_names(firm.ledger.warehouse, view)
    assert sorted(zip(names["order"], names["documents"], strict=True)) == [("", "РТ-3"), ("З-1", "РТ-1\nРТ-2")]
    assert order_names(firm.ledger.warehouse, View(Period(DAY + timedelta(days=1), DAY + timedelta(days=9)))).empty


@pytest.mark.slow
def test_points_by_score_follow_the_facts_behind_their_months_cuts(firm):
    """A late document in the window of the day that a month's cuts come from, before the windows of its points."""
    shop = shop_of(*many(150))
    firm = firm(shop, rfm='preset = "list125"\nwindow_days = 30', overlap=120)
    firm.good_night(DAY)
    points(firm, DAY)
    late = [sale(f"late{at}", date(2026, 4, 10), 90_000, buyer=f"Покупатель {at:03}") for at in range(60)]
    shop.swap([*shop.lines(date(2026, 1, 1), DAY + timedelta(days=1)), *late])
    firm.good_night(DAY + timedelta(days=1))
    kept = points(firm, DAY + timedelta(days=1))
    with firm.ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("DELETE FROM trend_points")
    pd.testing.assert_frame_equal(kept, points(firm, DAY + timedelta(days=1)))
