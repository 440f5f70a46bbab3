"""With `report.incomplete_day = "hold"` no report comes before the last day has its sales."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from tests.nights.company import sale, shop_of
from tests.nights.test_failure_rows import again, alerts, document, refused, status

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def held(firm, monkeypatch):
    """A company that sold on each day up to DAY, and its night."""
    monkeypatch.setenv("RFM_REPORT__INCOMPLETE_DAY", "hold")
    shop = shop_of(*(sale(str(ago), DAY - timedelta(days=ago), 100) for ago in range(40)))
    opened = firm(shop, start=date(2026, 5, 1))
    opened.good_night(DAY)
    return opened


def published(firm, name):
    return json.loads(firm.files(name)["manifest.json"])


def test_the_report_waits_for_the_sales_of_the_last_day(held):
    before, marketers = {name: held.files(name) for name in ("latest", DAY.isoformat())}, held.told(2002)
    for _ in range(2):
        refused(held, NEXT, "The night of 2026-06-11 is postponed: 1C has no sales of 2026-06-11 yet",
                "The report waits for them.")
    assert {name: held.files(name) for name in before} == before
    assert not held.files(NEXT.isoformat())
    assert (held.ledger.kept(NEXT), held.told(2002)) == (None, marketers)
    assert [run["postponed"] for run in json.loads(status(held, "--json"))["runs"]] == [False, True, True]
    assert again(held, timedelta(minutes=19)) is None
    assert again(held, timedelta(minutes=20)) == NEXT
    held.onec.shop.add(sale("late", NEXT, 700))
    held.good_night(NEXT)
    assert published(held, "latest") == published(held, NEXT.isoformat())
    assert published(held, "latest")["as_of"] == NEXT.isoformat()
    assert (len(held.told(2002)), len(alerts(held))) == (len(marketers) + 1, 2)


def test_a_day_without_sales_is_not_waited_for_once_later_ones_have_some(held):
    later = NEXT + timedelta(days=1)
    held.onec.shop.add(sale("later", later, 100))
    held.good_night(later)
    held.good_night(NEXT)
    assert published(held, NEXT.isoformat())["complete"] is False
    assert published(held, "latest")["as_of"] == later.isoformat()


def test_a_weekday_that_does_not_always_sell_is_not_waited_for(held):
    held.onec.shop.remove(document("6"))
    held.good_night(NEXT)
    assert published(held, NEXT.isoformat())["complete"] is True
