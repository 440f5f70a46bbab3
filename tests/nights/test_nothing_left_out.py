"""What nights that failed, were missed or were half believed must not leave behind: holes that nobody is told of."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.domain.values import Answer, SaleLine
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.shop import Partner
from tests.ledger.books import days
from tests.nights.company import sale, shop_of
from tests.nights.test_failure_rows import DAY, NEXT, alerts, document

LONG_AGO = date(2025, 1, 1)


def command(firm, *words):
    return CliRunner().invoke(app, [*words, "--settings", str(firm.settings)])


def amounts(firm):
    return {row[0]: row[3] // 10_000 for row in firm.stored()}


def months(first=1, last=6):
    return [sale(f"{month}", date(2026, month, 3), 100 * month) for month in range(first, last + 1)]


def test_a_start_that_moves_back_is_loaded_to_its_end_however_the_first_try_ends(firm):
    firm = firm(shop_of(*months()), start=date(2026, 5, 1))
    firm.good_night(DAY)
    firm.start = date(2026, 1, 1)
    firm.onec.faults.push(Fault(status=404, after=2, times=None, algoritm="clasterclients"))
    assert firm.night(DAY).exit_code == 1
    firm.onec.faults.clear()
    assert 0 < len(amounts(firm)) < 6
    firm.good_night(DAY)
    assert amounts(firm).keys() == set("123456")


def test_days_read_again_follow_a_rename_as_a_night_does(firm):
    shop = shop_of(sale("1", DAY, 500, buyer="Альфа"), sale("2", date(2026, 1, 9), 70, buyer="Альфа"))
    shop.add_partner(Partner("Альфа", ref="ref-1"))
    firm = firm(shop)
    assert len(firm.good_night(DAY)) == 1
    shop.swap([line._replace(buyer="Бета") for line in shop.lines(date(2026, 1, 1), NEXT)])
    shop._partners = [Partner("Бета", ref="ref-1")]
    assert command(firm, "sync", "--from", "2026-06-01", "--to", str(DAY)).exit_code == 0
    (customer,) = firm.good_night(NEXT).values()
    assert customer["monetary"] == "570.00"


def test_days_read_again_leave_a_held_night_to_its_person(firm):
    shop = shop_of(*(sale(str(number), DAY - timedelta(days=number % 9), 500) for number in range(60)))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.swap([line for line in shop.lines(date(2026, 1, 1), NEXT) if int(line.sale_id) >= 30])
    assert firm.night(DAY).exit_code == 1
    day = ("sync", "--from", str(DAY), "--to", str(DAY))
    assert command(firm, *day).exit_code == 0
    assert 30 < len(firm.stored()) < 60
    assert "is held" in command(firm, "status").output
    assert command(firm, "sync", "--accept-removals").exit_code == 0
    assert "its next run removes" in command(firm, "status").output
    assert command(firm, *day).exit_code == 0
    firm.good_night(DAY)
    assert len(firm.stored()) == 30


def test_days_read_again_say_by_which_command_their_removals_are_accepted(firm):
    shop = shop_of(*(sale(str(number), DAY - timedelta(days=number % 9), 500) for number in range(60)))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.swap([line for line in shop.lines(date(2026, 1, 1), NEXT) if int(line.sale_id) >= 30])
    days = ("--from", "2026-06-01", "--to", str(DAY))
    held = command(firm, "sync", *days)
    assert held.exit_code == 1
    assert f"rfm-service sync --from 2026-06-01 --to {DAY} --accept-removals" in held.output
    assert command(firm, "sync", "--accept-removals").exit_code == 2
    assert command(firm, "sync", *days, "--accept-removals", "--dry-run").exit_code == 2
    assert command(firm, "sync", "--as-of", str(DAY)).exit_code == 2
    assert command(firm, "sync", *days, "--accept-removals").exit_code == 0
    assert len(firm.stored()) == 30


def test_days_whose_control_totals_differ_are_named(firm):
    firm = firm(shop_of(sale("1", DAY, 500), sale("2", DAY - timedelta(days=3), 40)))
    firm.good_night(DAY)
    days = ("sync", "--dry-run", "--from", "2026-06-01", "--to", str(DAY))
    assert "control totals" not in command(firm, *days).output
    wrong = [{"Дата": f"{DAY}T00:00:00", "Документов": 2.0, "Строк": "2.0", "Сумма": 500.01},
             {"Дата": f"{DAY - timedelta(days=3)}T00:00:00", "Документов": 1.0, "Строк": "1.0", "Сумма": 40}]
    firm.onec.faults.push(Fault(algoritm="totals", body=json.dumps({"data": wrong}).encode()))
    told = command(firm, *days).output
    assert f"{DAY}: the control totals of 1C are ₽500.01, documents 2; what was read is" in told
    assert told.count("control totals") == 1


def test_a_document_that_moves_out_of_the_horizon_is_followed(odata_firm, monkeypatch):
    monkeypatch.setenv("RFM_SOURCE__HORIZON_DAYS", "60")
    shop = shop_of(sale("1", DAY, 500), sale("2", DAY - timedelta(days=3), 40), sale("0", date(2026, 2, 7), 9))
    firm = odata_firm(shop)
    firm.good_night(DAY)
    shop.move(document("2"), date(2026, 2, 7))
    firm.good_night(NEXT)
    assert amounts(firm) == {"0": 9, "1": 500, "2": 40}


def test_an_edit_at_the_edge_of_the_horizon_is_seen_after_nights_that_failed(odata_firm):
    edge = DAY - timedelta(days=399)
    shop = shop_of(sale("1", DAY, 500), sale("old", edge, 40))
    firm = odata_firm(shop, start=LONG_AGO)
    firm.good_night(DAY)
    shop.add(sale("late", edge, 7))
    firm.onec.faults.push(Fault(status=401, times=None))
    for back in (1, 2):
        assert firm.night(DAY + timedelta(days=back)).exit_code == 1
    firm.onec.faults.clear()
    firm.good_night(DAY + timedelta(days=3))
    assert amounts(firm) == {"1": 500, "old": 40, "late": 7}


def test_a_night_after_many_missed_ones_sweeps_the_horizon_too(odata_firm):
    shop = shop_of(*months())
    firm = odata_firm(shop)
    firm.good_night(DAY)
    shop.replace(document("2"), sale("2", date(2026, 2, 3), 222))
    firm.good_night(DAY + timedelta(days=60))
    assert amounts(firm)["2"] == 222


def test_a_name_that_was_not_found_is_looked_for_again(odata_firm):
    firm = odata_firm(shop_of(sale("1", DAY, 500)))
    firm.onec.faults.push(Fault(path="Catalog_Номенклатура", body=b'{"value":[]}', times=None))
    firm.good_night(DAY)
    assert {row[5] for row in firm.stored()} == {""}
    firm.onec.faults.clear()
    firm.good_night(NEXT)
    assert {row[5] for row in firm.stored()} == {"Платье"}


def test_documents_in_another_currency_are_no_limit_and_no_lack_of_proof(odata_firm, monkeypatch):
    monkeypatch.setenv("RFM_SOURCE__QUARANTINE_LIMIT", "5")
    ours = [sale(str(number), DAY - timedelta(days=number % 20), 5, currency="RUB") for number in range(40)]
    firm = odata_firm(shop_of(*ours, *(sale(f"чужой-{number}", DAY - timedelta(days=number % 20), 5, currency="USD")
                                       for number in range(25))))
    for night in (DAY, NEXT):
        firm.good_night(night)
        assert len(firm.stored()) == 40
    assert '"days_differing": 0' in command(firm, "status", "--json").output
    assert not alerts(firm)


@pytest.mark.parametrize("months_apart", [1, 2])
def test_a_recorder_with_rows_of_several_days_is_stored_whole(firm, months_apart):
    """As a register has them: of one reference, without versions, in windows that are read one after another."""
    ledger = firm(shop_of()).ledger
    ledger.open()
    rows = [SaleLine(datetime(2026, 1 + month * months_apart, 5), "1", 10_000, False, "Ромашка", ref="ref")
            for month in range(2)]
    first, second = (days(row.at.date(), row.at.date()) for row in rows)
    ledger.replace(Answer((first,), rows[:1]), "run", first)
    later = Answer((second,), rows[1:])
    assert ledger.elsewhere(later) == [first]
    ledger.replace(later.joined(Answer((first,), rows[:1])), "run", second)
    assert sum(total.amount for total in ledger.totals(days(first.first, second.last))) == 20_000
