"""The days that a night is held against, and their figures."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rfm_service.analysis.figures import figures
from rfm_service.analysis.trends import WEEKS, YEAR, Point, points, trend_days, trends
from rfm_service.domain.tables import TRENDS
from rfm_service.domain.values import day_number
from tests.renderers.findings import AS_OF, make_findings


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_days_are_a_week_ago_and_sundays_now_and_a_year_earlier(as_of: date) -> None:
    days = trend_days(as_of)
    lately = [day for day in days if day > as_of - YEAR]
    assert days == sorted(set(days))
    assert lately[-1] == as_of - timedelta(weeks=1)
    assert all(day.isoweekday() == 7 for day in lately[:-1])
    assert WEEKS - 1 <= len(lately) <= WEEKS
    assert as_of - timedelta(weeks=WEEKS + 1) <= lately[0]
    assert [day + YEAR for day in days if day <= as_of - YEAR] == [*lately, as_of]


def test_points_are_the_figures_of_all_and_of_each_segment() -> None:
    snapshot = make_findings(300).snapshot
    (whole, *parts), told = points(snapshot, snapshot["segment"].to_numpy(), AS_OF), figures(snapshot, AS_OF)
    assert whole == (day_number(AS_OF), "", told.customers, told.orders, told.revenue, told.active, told.newcomers)
    assert [sum(getattr(part, name) for part in parts) for name in ("customers", "orders", "revenue")] == [
        told.customers, told.orders, told.revenue]
    assert [part.segment for part in parts] == sorted(set(snapshot["segment"]))


def test_a_point_is_whole_where_sales_were_stored_before_its_window() -> None:
    days = [AS_OF - timedelta(days=2), AS_OF - timedelta(days=1), AS_OF]
    found = trends([Point(day_number(day), "", 1, 1, 1) for day in days], 10, day_number(AS_OF) - 10)
    assert found.groupby("as_of")["whole"].all().tolist() == [False, True, True]
    assert dict(found.dtypes.astype(str)) == TRENDS


def test_no_points_are_a_frame_too() -> None:
    found = trends([], 365, 0)
    assert found.empty
    assert dict(found.dtypes.astype(str)) == TRENDS
    nobody = make_findings(5).snapshot.head(0)
    assert points(nobody, nobody["segment"].to_numpy(), AS_OF) == [Point(day_number(AS_OF), "", 0, 0, 0)]
