"""A document edited, moved or removed in 1C changes the ledger exactly so, and the move says why."""

from __future__ import annotations

from datetime import date, timedelta

from rfm_service.emulator.shop import Document
from tests.nights.company import sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)


def document(number, returned=False, buyer="Ромашка"):
    return Document("", number, 2026, returned, buyer)


def changes(firm):
    last = [entry["counts"] for entry in firm.diary() if entry["step"] == "store" and entry["event"] == "end"][-1]
    return last["added"], last["changed"], last["removed"]


def test_a_quiet_night_changes_nothing(firm):
    firm = firm(shop_of(sale("1", DAY, 500)))
    firm.good_night(DAY)
    assert changes(firm) == (1, 0, 0)
    firm.good_night(NEXT)
    assert changes(firm) == (0, 0, 0)


def test_row_19_edited(firm):
    shop = shop_of(sale("1", DAY, 500), sale("2", DAY, 40))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.replace(document("1"), sale("1", DAY, 450), sale("1", DAY, 450))
    after = firm.good_night(NEXT)
    assert changes(firm) == (0, 1, 0)
    assert after["Ромашка"]["monetary"] == "940.00"
    assert [row[3] for row in firm.stored()] == [4_500_000, 4_500_000, 400_000]


def test_row_20_moved_within_the_overlap(firm):
    shop = shop_of(sale("1", DAY - timedelta(days=20), 500))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.move(document("1"), DAY - timedelta(days=3))
    after = firm.good_night(NEXT)
    assert changes(firm) == (0, 1, 0)
    assert after["Ромашка"]["recency_days"] == "5"


def test_row_20_moved_from_before_the_overlap_makes_the_older_day_be_read_again(firm):
    old = date(2026, 2, 1)
    shop = shop_of(sale("1", old, 500), sale("2", old, 70), sale("3", DAY, 10))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.move(document("1"), NEXT)
    firm.good_night(NEXT)
    assert changes(firm) == (0, 1, 0)
    assert [row[3] for row in firm.stored()] == [5_000_000, 700_000, 100_000]
    assert any(asked.datefrom == "2026-02-01T00:00:00" and asked.datebefore == "2026-02-01T23:59:59"
               for asked in firm.onec.requests)


def test_row_20_removed(firm):
    shop = shop_of(sale("1", DAY, 500), sale("2", DAY, 40))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.remove(document("1"))
    after = firm.good_night(NEXT)
    assert changes(firm) == (0, 0, 1)
    assert after["Ромашка"]["monetary"] == "40.00"


def test_removed_from_before_the_overlap_stays(firm):
    old = date(2026, 2, 1)
    shop = shop_of(sale("1", old, 500), sale("2", DAY, 40))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.remove(document("1"))
    assert firm.good_night(NEXT)["Ромашка"]["monetary"] == "540.00"


def test_row_22_numbers_restart_every_year(firm):
    shop = shop_of(sale("1", date(2025, 12, 20), 100), sale("1", date(2026, 1, 10), 200))
    firm = firm(shop, start=date(2025, 12, 1))
    after = firm.good_night(date(2026, 1, 20))
    assert (after["Ромашка"]["frequency"], after["Ромашка"]["monetary"]) == ("2", "300.00")


def six_orders(amount=60_000.0):
    """Five orders long ago and one lately: growing from 300 000 roubles on."""
    return [sale(str(number), DAY - timedelta(days=10 * number), amount) for number in range(6)]


def cause(firm, day):
    move = firm.moves(day)["Ромашка"]
    return move["from_segment"], move["to_segment"], move["cause"]


def test_own_order_moves(firm):
    shop = shop_of(*six_orders()[1:])
    firm = firm(shop)
    assert firm.good_night(DAY)["Ромашка"]["segment"] == "promising"
    assert firm.moves(DAY) == {}
    shop.add(sale("99", NEXT, 60_000))
    assert firm.good_night(NEXT)["Ромашка"]["segment"] == "growing"
    assert cause(firm, NEXT) == ("promising", "growing", "own_order")
    assert firm.customers(NEXT)["Ромашка"]["previous_segment"] == "promising"


def test_a_late_document_moves(firm):
    shop = shop_of(*six_orders()[1:])
    firm = firm(shop)
    firm.good_night(DAY)
    shop.add(sale("98", DAY - timedelta(days=2), 60_000))
    firm.good_night(NEXT)
    assert cause(firm, NEXT) == ("promising", "growing", "document_changed")


def test_a_return_moves(firm):
    shop = shop_of(*six_orders())
    firm = firm(shop)
    firm.good_night(DAY)
    shop.add(sale("В1", NEXT, 70_000, returned=True, order_id=""))
    firm.good_night(NEXT)
    assert cause(firm, NEXT) == ("growing", "promising", "return")


def test_ageing_moves(firm):
    shop = shop_of(sale("1", DAY - timedelta(days=44), 100), sale("2", DAY, 5, buyer="Другой"))
    firm = firm(shop)
    assert firm.good_night(DAY)["Ромашка"]["segment"] == "newcomers"
    firm.good_night(NEXT)
    assert cause(firm, NEXT) == ("newcomers", "drifting", "ageing")
    assert "45" in firm.moves(NEXT)["Ромашка"]["detail"]


def test_settings_move(firm):
    shop = shop_of(*six_orders())
    firm = firm(shop)
    firm.good_night(DAY)
    firm.rfm = "window_days = 30"
    firm.good_night(NEXT)
    assert cause(firm, NEXT)[2] == "settings_changed"


def test_coming_and_leaving_are_moves(firm):
    shop = shop_of(sale("1", DAY, 100))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.add(sale("2", NEXT, 100, buyer="Новый"))
    shop.remove(document("1"))
    firm.good_night(NEXT)
    moves = firm.moves(NEXT)
    assert (moves["Новый"]["from_segment"], moves["Новый"]["cause"]) == ("", "own_order")
    assert (moves["Ромашка"]["to_segment"], moves["Ромашка"]["cause"]) == ("", "document_changed")


def test_row_34_a_night_behind_the_watermark_leaves_newer_facts_alone(firm):
    shop = shop_of(sale("1", DAY, 500), sale("2", NEXT, 40))
    firm = firm(shop)
    firm.good_night(NEXT)
    latest = firm.files("latest")
    after = firm.good_night(DAY)
    assert after["Ромашка"]["monetary"] == "500.00"
    assert len(firm.stored()) == 2
    assert firm.files("latest") == latest


def test_an_empty_first_load_does_not_count_as_loaded(firm):
    shop = shop_of()
    firm = firm(shop)
    firm.good_night(DAY)
    shop.add(sale("1", date(2026, 1, 5), 500))
    assert firm.good_night(NEXT)["Ромашка"]["monetary"] == "500.00"


def test_an_earlier_start_loads_the_earlier_sales(firm):
    firm = firm(shop_of(sale("1", date(2026, 1, 5), 500), sale("2", DAY, 40)), start=date(2026, 3, 1))
    assert firm.good_night(DAY)["Ромашка"]["monetary"] == "40.00"
    firm.start = date(2026, 1, 1)
    assert firm.good_night(NEXT)["Ромашка"]["monetary"] == "540.00"
