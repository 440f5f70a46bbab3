"""Rows of the table of failures that a night must live through, over both protocols."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from typer.testing import CliRunner

from rfm_service import journal
from rfm_service.cli import app
from rfm_service.emulator import fault_bodies as bodies
from rfm_service.emulator import faults
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.shop import Document
from rfm_service.watch.due import LONGEST_GAP, Times, due
from tests.nights.company import sale, shop_of
from tests.sampling import sampled
from tests.sources.asking import body, row

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)
BUYER = "Ромашка"


def document(number, buyer=BUYER, *, returned=False):
    return Document("", number, 2026, returned, buyer)


def status(firm, *words):
    return CliRunner().invoke(app, ["status", "--settings", str(firm.settings), *words]).output


def alerts(firm):
    """What admins were told of nights that did not go well."""
    return [text for text in firm.told(1001) if "went well" not in text]


def refused(firm, as_of=NEXT, *sentences):
    """A night that ends without a change, with one alert of these words; how often 1C was asked."""
    stored, before, asked = firm.stored(), len(alerts(firm)), len(firm.onec.requests)
    result = firm.night(as_of)
    told = alerts(firm)[before:]
    assert (result.exit_code, len(told), firm.stored() == stored) == (1, 1, True), result.output
    assert "Traceback" not in result.output
    assert all(sentence in result.stderr and sentence in told[0] for sentence in sentences), told
    return len(firm.onec.requests) - asked


def again(firm, after):
    """The night that the daemon would start so long after the last run ended, at any hour."""
    runs = journal.runs(firm.folder / "logs" / "runs.jsonl")
    now = datetime.combine(runs[-1].as_of + timedelta(days=1), datetime.min.time(), runs[-1].started.tzinfo)
    lately = [replace(each, started=now, ended=now) for each in runs]
    return due(now + after, lately, [], Times(now.time(), None))


PASSING = {"row 1": faults.reset().again(2), "row 2": faults.bad_gateway(504).again(2),
           "row 4": faults.licence().again(2), "row 5": faults.pool_exhausted().again(2),
           "row 6": faults.maintenance().again(2), "row 7": faults.updating().again(2),
           "row 11": faults.cut(-7).again(2), "row 32": faults.too_many(1)}


@pytest.mark.parametrize("name", sampled(PASSING, 2))
def test_row_01_row_02_row_04_row_05_row_06_row_07_row_11_row_32_what_passes_is_a_good_night(either_firm, name):
    shop = shop_of(sale("1", DAY, 500))
    firm = either_firm(shop)
    firm.good_night(DAY)
    shop.add(sale("2", NEXT, 40))
    firm.onec.faults.push(PASSING[name])
    assert firm.good_night(NEXT)[BUYER]["monetary"] == "540.00"
    assert not alerts(firm)


@pytest.mark.parametrize("fault", sampled([faults.licence(), faults.licence(403), faults.pool_exhausted()], 3))
def test_row_04_row_05_a_night_without_a_licence_asks_seldom_one_at_a_time_and_alerts_once(either_firm, fault):
    firm = either_firm(shop_of(sale("1", DAY, 500)))
    firm.good_night(DAY)
    firm.onec.faults.push(fault.again())
    firm.deadline = 0.01
    assert 2 <= refused(firm, NEXT, "no free licence or session") <= 12
    assert firm.onec.traffic.figures()["most_at_once"] == 1
    firm.onec.faults.clear()
    firm.good_night(NEXT)


CLOSED = {"row 6": faults.maintenance(), "row 7": faults.updating(), "row 7 in words": faults.updating(500)}


@pytest.mark.parametrize("name", sampled(CLOSED, 3))
def test_row_06_row_07_a_night_that_finds_1c_closed_is_postponed(either_firm, name):
    firm = either_firm(shop_of(sale("1", DAY, 500)))
    firm.good_night(DAY)
    firm.onec.faults.push(CLOSED[name].again())
    firm.deadline = 0.008
    assert refused(firm, NEXT, "The night of 2026-06-11 is postponed: 1C is closed for maintenance") >= 2
    assert "stopped" not in alerts(firm)[0]
    assert "postponed at fetch: 1C is closed" in status(firm)
    assert "FAILED" not in status(firm)
    assert [run["postponed"] for run in json.loads(status(firm, "--json"))["runs"]] == [False, True]
    assert again(firm, timedelta(minutes=9)) is None
    assert again(firm, timedelta(minutes=10)) == NEXT
    firm.onec.faults.clear()
    firm.good_night(NEXT)
    assert alerts(firm)[1:] == []


def test_row_06_row_14_of_what_1c_says_only_the_descriptions_get_into_the_log(either_firm):
    firm = either_firm(shop_of(sale("1", DAY, 500)))
    hidden = base64.b64encode(bodies.NO_LICENCE.encode()).decode()
    firm.onec.faults.push(faults.maintenance(), Fault(500, bodies.exception(hidden)))
    firm.good_night(DAY)
    assert "Ведутся технические работы" in firm.log()
    assert bodies.NO_LICENCE.rstrip("!") in firm.log()
    for stranger in (hidden, "ОбщийМодуль", "creationStack", base64.b64encode(b"Srv").decode(), "\ufeff"):
        assert stranger not in firm.log()


def test_row_08_a_refusal_of_access_is_asked_once_and_the_daemon_locks_no_account(either_firm):
    firm = either_firm(shop_of(sale("1", DAY, 500)))
    firm.good_night(DAY)
    firm.onec.faults.push(faults.unauthorized().again())
    assert refused(firm, NEXT, "1C refuses access (401)", "source.password", "rights of that user") == 1
    assert again(firm, LONGEST_GAP - timedelta(minutes=1)) is None
    assert again(firm, LONGEST_GAP) == NEXT


@pytest.mark.parametrize("answered", sampled([1, 2], 2))
def test_row_20_what_a_fetch_that_breaks_off_does_not_show_is_not_gone(either_firm, answered):
    shop = shop_of(*(sale(str(number), DAY - timedelta(days=7 * number), 500) for number in range(6)))
    firm = either_firm(shop)
    firm.good_night(DAY)
    shop.remove(document("1"))
    firm.onec.faults.push(faults.reset().again().later(answered))
    firm.deadline = 0.005
    # "does not answer", or "answers too slowly" where the deadline struck within a try.
    refused(firm, NEXT, "1C at 127.0.0.1")
    firm.onec.faults.clear()
    assert firm.good_night(NEXT)[BUYER]["monetary"] == "2500.00"


def test_row_21_a_return_lowers_the_order_of_its_sale_and_a_correction_too(either_firm):
    returned = {"returned": True, "order_id": "З-1", "order_date": datetime(2026, 6, 10, 12)}
    shop = shop_of(sale("1", DAY, 500), sale("2", DAY, 40), sale("В-1", NEXT, 200, **returned),
                   sale("К-2", NEXT, -5, order_id="З-2"))
    firm = either_firm(shop)
    customer = firm.good_night(NEXT)[BUYER]
    assert (customer["monetary"], customer["frequency"], customer["orders_returned"]) == ("335.00", "2", "1")
    shop.add(sale("В-2", NEXT, 300, **returned))
    customer = firm.good_night(NEXT + timedelta(days=1))[BUYER]
    assert (customer["monetary"], customer["frequency"]) == ("35.00", "1")


def test_row_23_two_identical_lines_of_a_document_are_two(either_firm):
    firm = either_firm(shop_of(sale("1", DAY, 100), sale("1", DAY, 100)))
    customer = firm.good_night(DAY)[BUYER]
    assert (customer["frequency"], customer["monetary"]) == ("1", "200.00")
    firm.good_night(NEXT)
    assert len(firm.stored()) == 2


def left_out(firm, as_of):
    """The page on quality of the workbook: what is told by its caption."""
    book = openpyxl.load_workbook(io.BytesIO(firm.files(as_of.isoformat())["RFM.xlsx"]))
    return {caption: value for caption, value, *_ in book["Data quality"].iter_rows(max_row=9, values_only=True)}


WORKBOOK = '["machine_tables", "workbook"]'


def test_row_25_row_27_rows_that_cannot_be_understood_are_counted_and_stop_nothing(firm):
    spoiled = [{"ДатаРегистратора": f"{year}-02-03T00:00:00+00:00"} for year in ("0001", "0209", "0026", "2099")]
    today = "2026-06-10T12:00:00+00:00"
    rows = [row(ДатаРегистратора=today, Сумма="1\u202f234,56"), *(row(**each) for each in spoiled),
            row(ДатаРегистратора=today, Сумма="много")]
    firm = firm(shop_of(sale("1", DAY, 500)), start=DAY, renderers=WORKBOOK)
    firm.onec.faults.push(Fault(body=body(*rows), algoritm="clasterclients"))
    (customer,) = firm.good_night(DAY).values()
    assert customer["monetary"] == "1234.56"
    told = left_out(firm, DAY)
    assert told["Lines in quarantine"] == "5"
    assert "Set aside: 1 rows, a number was expected" in status(firm)
    assert len(re.findall("Set aside", status(firm))) >= 2


def test_row_26_yesterday_is_of_the_zone_of_the_base(firm, monkeypatch):
    firm = firm(shop_of(sale("1", DAY, 500)), start=DAY)
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        monkeypatch.setenv("RFM_TIMEZONE", zone)
        expected = {datetime.now(ZoneInfo(zone)).date() - timedelta(days=1)}
        assert CliRunner().invoke(app, ["run", "--settings", str(firm.settings)]).exit_code == 0
        expected.add(datetime.now(ZoneInfo(zone)).date() - timedelta(days=1))
        assert date.fromisoformat(firm.diary()[-1]["as_of"]) in expected
    assert len({entry["as_of"] for entry in firm.diary()}) == 2


def trading(day, documents=25):
    return [sale(f"{day}-{number}", day, 100) for number in range(documents)]


def six_weeks(*, shut=()):
    days = [DAY - timedelta(days=ago) for ago in range(40)]
    return shop_of(*(line for day in days if day.weekday() not in shut for line in trading(day, 3)))


def manifest(firm, as_of):
    return json.loads(firm.files(as_of.isoformat())["manifest.json"])


def test_row_29_a_weekday_that_never_sells_is_a_complete_day_and_one_that_does_is_marked(either_firm):
    sunday, monday = date(2026, 6, 14), date(2026, 6, 15)
    shop = six_weeks(shut=(6,))
    firm = either_firm(shop, renderers=WORKBOOK)
    shop.add(*(line for ago in range(4) for line in trading(sunday - timedelta(days=1 + ago), 3)))
    firm.good_night(sunday)
    assert manifest(firm, sunday)["complete"] is True
    firm.good_night(monday)
    assert manifest(firm, monday)["complete"] is False
    assert left_out(firm, monday)["The last day is complete"] == "no"
    assert "The last day is incomplete" in firm.told(2002)[-1]
    assert not alerts(firm)
    shop.add(*trading(monday, 3))
    firm.good_night(monday + timedelta(days=1))
    assert len(firm.stored()) == len(list(shop.lines(date(2026, 1, 1), date(2027, 1, 1))))


def test_row_29_a_stored_day_that_comes_empty_is_held_and_no_sales_at_all_are_refused(either_firm):
    firm = either_firm(shop_of(*trading(DAY), *trading(DAY - timedelta(days=1), 3)))
    firm.good_night(DAY)
    firm.onec.faults.push(faults.empty_day(DAY).again())
    refused(firm, NEXT, "1C no longer has 25 of 2", "--accept-removals")
    firm.onec.faults.clear()
    firm.onec.faults.push(faults.empty().again())
    refused(firm, NEXT, "no sales")
    firm.onec.faults.clear()
    firm.good_night(NEXT)
    assert len(firm.stored()) == 28


def test_row_30_what_is_nobody_s_our_own_or_a_gift_is_left_out_and_each_is_counted(either_firm):
    shop = shop_of(sale("1", DAY, 500), sale("1", DAY, 0), sale("1", DAY, 9), sale("2", DAY, 7, buyer=""),
                   *(sale(f"3{at}", DAY, 900, buyer="Наша Фирма") for at in range(3)),
                   sale("4", DAY, 60, contractor="ООО «Наша Фирма»"))
    firm = either_firm(shop, renderers='["machine_tables", "workbook", "summary"]',
                       rfm="gift_below = 10\nown_companies = ['Наша Фирма', 'ООО «Наша Фирма»']")
    assert {name: found["monetary"] for name, found in firm.good_night(DAY).items()} == {BUYER: "500.00"}
    told = left_out(firm, DAY)
    assert [told[caption] for caption in ("Gift lines left out", "Lines of own companies left out",
                                          "Lines without a customer left out")] == ["2", "4", "1"]
    page = firm.files(DAY.isoformat())["summary.html"].decode()
    for caption in ("gifts", "own companies", "without a customer"):
        assert caption in page
    assert len(firm.stored()) == len(list(shop.lines(DAY, NEXT))), "left out of the figures, not of the facts"


def test_row_34_after_missed_nights_all_is_read_from_the_last_good_one_on(either_firm):
    shop = shop_of(sale("1", DAY, 500))
    firm = either_firm(shop, overlap=3)
    firm.good_night(DAY)
    awake = DAY + timedelta(days=70)
    shop.add(*(sale(f"{10 + ago}", awake - timedelta(days=ago), 10) for ago in range(73)))
    assert firm.good_night(awake)[BUYER]["monetary"] == "1230.00"
    assert len(firm.stored()) == 74


def test_row_34_a_window_begins_at_the_last_good_night_whatever_failed_since(firm):
    shop = shop_of(sale("1", DAY, 500))
    firm = firm(shop, overlap=3)
    firm.good_night(DAY)
    firm.onec.faults.push(faults.unauthorized().again())
    for ahead in (1, 2, 3):
        assert firm.night(DAY + timedelta(days=ahead)).exit_code == 1
    firm.onec.faults.clear()
    firm.onec.requests.clear()
    firm.good_night(DAY + timedelta(days=9))
    asked = [each for each in firm.onec.requests if each.algoritm == "clasterclients"]
    assert ("2026-06-07T00:00:00", "2026-06-19T23:59:59") in [(each.datefrom, each.datebefore) for each in asked]


def test_row_34_a_clock_that_had_jumped_ahead_keeps_no_later_night_from_running():
    zone = ZoneInfo("Europe/Moscow")
    jumped = datetime(2062, 1, 2, 2, tzinfo=zone)
    ahead = journal.Run("r", date(2062, 1, 1), jumped, jumped, None, None, {"notify": 1.0})
    now = datetime.combine(NEXT + timedelta(days=1), datetime.min.time(), zone) + timedelta(hours=3)
    assert due(now, [ahead], [], Times(now.time(), None)) == NEXT
    assert due(jumped + timedelta(hours=1), [ahead], [], Times(jumped.time(), None)) is None
