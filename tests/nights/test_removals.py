"""Many documents gone at once hold the night until a person accepts it, once (failure row 20)."""

from __future__ import annotations

import json
from datetime import date, timedelta

from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.shop import Document
from tests.nights.company import sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)
MANY = 60


def document(number: int) -> Document:
    return Document("", str(number), 2026, False, "Тайный Клиент")


def full_shop(count=MANY):
    return shop_of(*(sale(str(number), DAY - timedelta(days=number % 9), 500, buyer="Тайный Клиент")
                     for number in range(count)))


def sync(firm, *arguments):
    return CliRunner().invoke(app, ["sync", "--settings", str(firm.settings), *arguments])


def held(firm):
    result = CliRunner().invoke(app, ["status", "--json", "--settings", str(firm.settings)])
    return json.loads(result.output)["held_nights"]


def test_row_20_a_mass_deletion_is_held_told_and_accepted_once(firm):
    shop = full_shop()
    firm = firm(shop)
    firm.good_night(DAY)
    stored = firm.stored()
    for number in range(21):
        shop.remove(document(number))
    for attempt in (1, 2):
        result = firm.night(NEXT)
        assert result.exit_code == 1
        assert f"no longer has 21 of {MANY} stored documents" in result.stderr
        assert "10 500" in result.stderr
        assert len([text for text in firm.told(1001) if "--accept-removals --as-of 2026-06-11" in text]) == attempt
    assert firm.stored() == stored
    assert held(firm) == ["2026-06-11"]
    asked = len(firm.onec.requests)
    accepted = sync(firm, "--accept-removals")
    assert accepted.exit_code == 0
    assert "2026-06-11" in accepted.output
    assert len(firm.onec.requests) == asked
    firm.good_night(NEXT)
    assert len(firm.stored()) == MANY - 21
    assert held(firm) == []
    shop.swap([line for line in shop.lines(date(2026, 1, 1), NEXT) if int(line.sale_id) >= 45])
    assert firm.night(NEXT).exit_code == 1
    assert "Тайный" not in firm.log() + "".join(map(str, firm.chat.sent))


def test_nothing_held_is_wrong_usage_and_a_grant_is_for_its_own_night(firm):
    shop = full_shop()
    firm = firm(shop)
    firm.good_night(DAY)
    assert sync(firm, "--accept-removals").exit_code == 2
    shop.swap([line for line in shop.lines(date(2026, 1, 1), NEXT) if int(line.sale_id) >= 30])
    assert firm.night(NEXT).exit_code == 1
    assert sync(firm, "--accept-removals", "--as-of", "2026-06-09").exit_code == 2
    assert sync(firm, "--accept-removals", "--as-of", "2026-06-11").exit_code == 0
    assert firm.night(NEXT + timedelta(days=1)).exit_code == 1
    firm.good_night(NEXT)


def test_twenty_documents_or_a_small_share_are_no_mass(firm):
    shop = full_shop()
    firm = firm(shop)
    firm.good_night(DAY)
    for number in range(20):
        shop.remove(document(number))
    firm.good_night(NEXT)
    assert len(firm.stored()) == MANY - 20


def test_renamed_or_moved_documents_are_no_removals(firm):
    shop = full_shop()
    firm = firm(shop)
    firm.good_night(DAY)
    shop.swap([line._replace(buyer="Новое Имя", date=line.date - timedelta(days=2)) for line in
               shop.lines(date(2026, 1, 1), NEXT)])
    firm.good_night(NEXT)
    assert {row[1] for row in firm.stored()} == {"Новое Имя"}
    assert len(firm.stored()) == MANY


def test_row_29_an_empty_answer_is_refused_whatever_was_accepted(firm):
    shop = full_shop()
    firm = firm(shop)
    firm.good_night(DAY)
    shop.swap([])
    result = firm.night(NEXT)
    assert result.exit_code == 1
    assert "no sales" in result.stderr
    assert sync(firm, "--accept-removals").exit_code == 2


def test_the_share_is_of_all_stored_documents_of_the_period_though_most_days_are_the_same(firm):
    shop = shop_of(*(sale(str(number), DAY - timedelta(days=number % 44), 500) for number in range(1_200)))
    firm = firm(shop)
    firm.good_night(DAY)
    gone = {str(number) for number in range(0, 1_200, 44)}
    assert 20 < len(gone) < 1_200 * 2.5 / 100
    shop.swap([line for line in shop.lines(date(2026, 1, 1), NEXT) if line.sale_id not in sorted(gone)[:22]])
    firm.good_night(NEXT)
    assert len(firm.stored()) == 1_200 - 22


def test_a_stored_night_ends_older_holds_and_a_grant_is_for_one_run_however_it_ends(firm):
    shop = full_shop()
    firm = firm(shop)
    firm.good_night(DAY)
    whole = list(shop.lines(date(2026, 1, 1), NEXT))
    shop.swap([line for line in whole if int(line.sale_id) >= 30])
    assert firm.night(NEXT).exit_code == 1
    assert sync(firm, "--accept-removals", "--dry-run").exit_code == 2
    assert sync(firm, "--accept-removals").exit_code == 0
    firm.onec.faults.push(Fault(status=401))
    assert firm.night(NEXT).exit_code == 1
    assert "no longer has 30" in firm.night(NEXT).stderr
    shop.swap(whole)
    firm.good_night(NEXT + timedelta(days=1))
    assert held(firm) == []
    assert sync(firm, "--accept-removals").exit_code == 2


def test_lines_long_in_quarantine_fail_no_quiet_night(firm):
    strange = [sale(f"чужой-{number}", DAY, 5, currency="USD") for number in range(25)]
    ours = [sale(str(number), DAY - timedelta(days=2 + number % 20), 5, currency="RUB") for number in range(200)]
    shop = shop_of(*strange, *ours)
    firm = firm(shop)
    firm.good_night(DAY)
    for back in (1, 2):
        shop.add(sale(f"new-{back}", DAY + timedelta(days=back), 7, currency="RUB"))
        firm.good_night(DAY + timedelta(days=back))
    assert len(firm.stored()) == 202
