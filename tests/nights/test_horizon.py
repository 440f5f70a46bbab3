"""Beyond the overlap the horizon is read again in turn: a change anywhere in it is known within 14 nights."""

from __future__ import annotations

import json
from datetime import date, timedelta

from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.shop import Document
from tests.nights.company import sale, shop_of

DAY = date(2026, 9, 10)


def sync(firm, *arguments):
    return CliRunner().invoke(app, ["sync", "--settings", str(firm.settings), *arguments])


def test_row_18_a_late_document_far_back_is_read_within_14_nights(firm):
    shop = shop_of(*(sale(f"{month}", date(2026, month, 3), 500) for month in range(1, 10)))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.add(sale("late", date(2026, 2, 20), 70))
    shop.remove(Document("", "3", 2026, False, "Ромашка"))
    nights = 0
    while len(firm.stored()) != 9 or "late" not in {row[0] for row in firm.stored()}:
        nights += 1
        assert nights <= 14
        firm.good_night(DAY + timedelta(days=nights))
    while "3" in {row[0] for row in firm.stored()}:
        nights += 1
        assert nights <= 14
        firm.good_night(DAY + timedelta(days=nights))


def test_sync_shows_the_difference_and_stores_it_unless_dry(firm):
    shop = shop_of(*(sale(f"{month}", date(2026, month, 3), 500) for month in range(1, 10)))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.add(sale("late", date(2026, 2, 20), 70))
    shop.replace(Document("", "3", 2026, False, "Ромашка"), sale("3", date(2026, 3, 3), 400))
    stored = firm.stored()
    shown = sync(firm, "--from", "2026-02-01", "--to", "2026-03-31", "--dry-run")
    assert shown.exit_code == 0
    assert "2026-02-01 to 2026-03-03: 3 lines; documents added 1, changed 1, removed 0" in shown.output
    assert "2026-02-20" in shown.output
    assert "2026-03-03" in shown.output
    assert "2026-02-03" not in shown.output
    assert firm.stored() == stored
    assert sync(firm, "--from", "2026-02-01", "--to", "2026-03-31").exit_code == 0
    assert len(firm.stored()) == 10
    again = sync(firm, "--from", "2026-02-01", "--to", "2026-03-31", "--dry-run")
    assert "→" not in again.output
    for wrong in (("--from", "2026-05-01", "--to", "2026-04-01"), ("--from", "2020-01-01"), ("--to", "2126-01-01")):
        assert sync(firm, *wrong).exit_code == 2


def test_control_totals_are_compared_and_a_difference_is_said(firm):
    firm = firm(shop_of(sale("1", DAY, 500), sale("2", DAY - timedelta(days=3), 40)))
    firm.good_night(DAY)
    status = json.loads(CliRunner().invoke(app, ["status", "--json", "--settings", str(firm.settings)]).output)
    assert status["days_differing"] == 0
    wrong = [{"Дата": f"{DAY}T00:00:00", "Документов": 1, "Строк": 1, "Сумма": 500.01}]
    firm.onec.faults.push(Fault(algoritm="totals", body=json.dumps({"data": json.dumps(wrong)}).encode()))
    firm.good_night(DAY + timedelta(days=1))
    status = json.loads(CliRunner().invoke(app, ["status", "--json", "--settings", str(firm.settings)]).output)
    assert status["days_differing"] == 2
    assert "Days whose sums differ from those of 1C: 2." in firm.told(1001)[-1]
    firm.onec.faults.push(Fault(algoritm="totals", status=404))
    firm.good_night(DAY + timedelta(days=2))
    status = json.loads(CliRunner().invoke(app, ["status", "--json", "--settings", str(firm.settings)]).output)
    assert status["days_differing"] is None
