"""What a night foretells is kept, held against what happened, and given up where a simple rule was better."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import date, timedelta
from io import BytesIO
from sqlite3 import connect

import openpyxl
import pytest

from tests.nights.company import sale, shop_of

START = date(2025, 1, 1)
THEN = date(2026, 3, 1)  # a Sunday: its forecast stays
NOW = THEN + timedelta(days=90)
PAGE = '["machine_tables", "summary"]'
ALL = '["machine_tables", "summary", "workbook"]'


def regulars(customers=120, until=NOW, seed=5):
    """A shop of customers with rhythms of their own, of whom some stop coming."""
    draw, lines = random.Random(seed), []
    for who in range(customers):
        gap, at = draw.choice((7, 15, 30, 60, 120)), START + timedelta(days=draw.randint(0, 300))
        while at <= until and draw.random() > 0.05:
            lines.append(sale(f"{who}-{at:%y%m%d}", at, draw.randint(100, 9_000), buyer=f"Покупатель {who:03}"))
            at += timedelta(days=max(1, round(draw.gauss(gap, gap / 3))))
    return lines


def page(firm, day):
    return firm.files(day.isoformat())["summary.html"].decode("utf-8")


def forecast_sheet(firm, day):
    book = openpyxl.load_workbook(BytesIO(firm.files(day.isoformat())["RFM.xlsx"]), read_only=True)
    return list(book["Forecast"].values)


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory):
    """A company after two nights ninety days apart, and what the first one foretold."""
    from tests.nights.company import company

    shop = shop_of(*regulars())
    with company(tmp_path_factory.mktemp("forecasts"), shop, start=START, renderers=ALL) as firm:
        first = firm.good_night(THEN)
        firm.good_night(NOW)
        yield firm, first


def test_the_card_holds_the_kept_forecast_against_what_happened(two_nights):
    firm, first = two_nights
    bought = {line.buyer for line in regulars() if THEN < line.date.date() <= NOW}
    told = firm.ledger.told_by(NOW - timedelta(days=90))
    assert told.as_of == THEN
    names = firm.ledger.customers().set_index("customer_no")["customer"]
    chances = {names[row.customer_no]: row.p90 for row in told.frame.itertuples()}
    assert {name: f"{chances[name]:.6f}" for name in first} == {name: row["p90"] for name, row in first.items()}
    brier = sum((chance - (name in bought)) ** 2 for name, chance in chances.items()) / len(chances)
    assert f"{sum(name in bought for name in chances)} ordered." in page(firm, NOW)
    told = [cell for row in forecast_sheet(firm, NOW) for cell in row]
    assert f"{brier:.3f}" in told
    assert "the BG/NBD model" in told


def test_the_chances_tell_who_comes_back(two_nights):
    _, first = two_nights
    bought = {line.buyer for line in regulars() if THEN < line.date.date() <= NOW}
    came, stayed = ([float(row["p90"]) for name, row in first.items() if (name in bought) == came]
                    for came in (True, False))
    assert sum(came) / len(came) > sum(stayed) / len(stayed) + 0.3


@pytest.mark.slow
def test_a_night_without_a_kept_forecast_makes_that_of_ninety_days_ago_anew(firm):
    firm = firm(shop_of(*regulars(60)), start=START, renderers=PAGE)
    firm.good_night(NOW)
    assert firm.ledger.told_by(THEN) is None
    assert f"The forecast of {THEN:%B} {THEN.day}, {THEN.year} for 90 days" in page(firm, NOW)


def test_a_young_firm_has_no_card_yet_and_says_from_when(firm):
    firm = firm(shop_of(*(sale(str(at), NOW - timedelta(days=at), 500, buyer=f"К{at % 7}") for at in range(40))),
                start=START, renderers=PAGE)
    firm.good_night(NOW)
    html = page(firm, NOW)
    assert "No forecast is complete yet: the first one can be judged from" in html
    assert f"{NOW + timedelta(days=51):%B} {(NOW + timedelta(days=51)).day}" in html
    assert "not to be relied on" in html


@pytest.mark.slow
def test_a_forecast_that_did_worse_than_a_simple_rule_gives_way_to_it(firm):
    firm = firm(shop_of(*regulars(60)), start=START, renderers=PAGE)
    firm.good_night(THEN)
    with closing(connect(firm.folder / "data" / "warehouse.db")) as ledger, ledger:
        ledger.execute("UPDATE forecast_rows SET p90 = 1 - p90")
    firm.good_night(NOW)
    assert firm.ledger.told_on(NOW).method in ("bgnbd", "recency")
    assert "Another method was closer; tonight" in page(firm, NOW)


@pytest.mark.slow
def test_of_forecasts_the_sundays_stay_until_they_had_their_day(firm):
    """A night run again finds the same ones: its own card looks at Sundays alone."""
    nights = [THEN, THEN + timedelta(days=3), THEN + timedelta(days=7), THEN + timedelta(days=8)]
    firm = firm(shop_of(*regulars(10, until=THEN + timedelta(days=220))), start=START)
    for day in nights:
        firm.good_night(day)
    assert [firm.ledger.told_on(day) is not None for day in nights] == [True, False, True, True]
    assert firm.ledger.told_by(nights[-1]).as_of == nights[2]
    firm.good_night(THEN + timedelta(days=205))
    assert [firm.ledger.told_on(day) is not None for day in nights] == [False, False, True, False]
    assert firm.ledger.kept(THEN) is not None
