"""A renamed or merged partner keeps its history, its id, and its moves say why (failure row 24)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator.shop import Partner
from tests.nights.company import sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)
OLD = date(2026, 1, 15)


def customers(firm, *arguments):
    return CliRunner().invoke(app, ["customers", *arguments, "--settings", str(firm.settings)])


def renamed(shop, old, new):
    shop.swap([line._replace(buyer=new) if line.buyer == old else line
               for line in shop.lines(date(2026, 1, 1), date(2027, 1, 1))])


def test_row_24_a_rename_that_the_reference_tells_keeps_id_and_history(firm):
    shop = shop_of(*(sale(str(at), OLD + timedelta(days=at), 500, buyer="Ромашка") for at in range(3)),
                   sale("9", DAY, 500, buyer="Ромашка"))
    shop.add_partner(Partner("Ромашка", "a@example.org", ref="ref-1"))
    firm = firm(shop)
    before = firm.good_night(DAY)["Ромашка"]
    shop.swap([line._replace(buyer="Ромашка Плюс") if line.date.date() > OLD + timedelta(days=30) else line
               for line in shop.lines(date(2026, 1, 1), NEXT)])
    shop._partners = [Partner("Ромашка Плюс", "b@example.org", ref="ref-1")]
    after = firm.good_night(NEXT)
    assert list(after) == ["Ромашка Плюс"]
    assert after["Ромашка Плюс"]["customer_id"] == before["customer_id"]
    assert after["Ромашка Плюс"]["frequency"] == before["frequency"] == "4"
    assert after["Ромашка Плюс"]["email"] == "b@example.org"
    assert firm.moves(NEXT) == {}


def test_row_24_without_a_reference_a_rename_is_proposed_and_a_word_joins_it(firm):
    shop = shop_of(sale("1", OLD, 500, buyer="Альфа"), *(sale(str(at), DAY - timedelta(days=at), 500, buyer="Альфа")
                                                       for at in range(2, 5)))
    firm = firm(shop, overlap=200)
    before = firm.good_night(DAY)["Альфа"]
    assert "No rename waits." in customers(firm, "renames").output
    renamed(shop, "Альфа", "Бета")
    firm.good_night(NEXT)
    assert firm.moves(NEXT)["Бета"]["to_segment"] == "promising"
    told = customers(firm, "renames").output
    assert "Альфа" in told
    assert before["customer_id"] in told
    assert any("Renames that wait for a word: 1" in text for text in firm.told(1001))
    assert "Альфа" not in "".join(firm.told(1001))
    assert customers(firm, "merge", "Альфа", "Бета").exit_code == 0
    assert "No rename waits." in customers(firm, "renames").output
    after = firm.good_night(NEXT)
    assert list(after) == ["Бета"]
    assert after["Бета"]["customer_id"] == before["customer_id"]
    assert after["Бета"]["frequency"] == "4"


def test_merge_and_its_undo_by_hand(firm):
    shop = shop_of(sale("1", DAY, 500, buyer="Альфа"), sale("2", OLD, 300, buyer="Бета"),
                   *(sale(f"3{at}", DAY - timedelta(days=at), 100, buyer="Бета") for at in range(1, 3)))
    firm = firm(shop)
    two = firm.good_night(DAY)
    assert customers(firm, "merge", "Альфа", two["Бета"]["customer_id"]).exit_code == 0
    one = firm.good_night(NEXT)
    assert list(one) == ["Альфа"]
    assert (one["Альфа"]["frequency"], one["Альфа"]["monetary"]) == ("4", "1000.00")
    assert {row["cause"] for row in firm.moves(NEXT).values()} == {"customers_merged"}
    assert customers(firm, "merge", "Альфа", "Бета").exit_code == 1
    assert customers(firm, "merge", "Альфа", "Бета", "--undo").exit_code == 0
    again = firm.good_night(NEXT + timedelta(days=1))
    assert {name: (row["customer_id"], row["monetary"]) for name, row in again.items()} == {
        name: (row["customer_id"], row["monetary"]) for name, row in two.items()}
    assert customers(firm, "merge", "Альфа", "Нет такого").exit_code == 1


def sync(firm):
    arguments = ["sync", "--settings", str(firm.settings), "--from", "2026-01-01", "--to", DAY.isoformat()]
    assert CliRunner().invoke(app, arguments).exit_code == 0


def test_a_document_that_changed_before_a_merge_is_not_taken_for_gone(firm):
    shop = shop_of(*(sale(f"a{at}", DAY - timedelta(days=at), 500, buyer="Альфа") for at in (8, 9)),
                   sale("b", DAY - timedelta(days=20), 500, buyer="Бета"))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.swap([line._replace(amount=line.amount * 2) if line.buyer == "Бета" else line
               for line in shop.lines(date(2026, 1, 1), NEXT)])
    sync(firm)
    assert customers(firm, "merge", "Альфа", "Бета").exit_code == 0
    firm.good_night(NEXT)
    assert {row["cause"] for row in firm.moves(NEXT).values()} == {"customers_merged"}


def test_a_document_that_came_late_before_a_merge_is_named_and_not_the_merge(firm):
    shop = shop_of(sale("a", DAY - timedelta(days=9), 500, buyer="Альфа"),
                   sale("b", DAY - timedelta(days=8), 500, buyer="Бета"))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.add(sale("late", DAY - timedelta(days=7), 500, buyer="Бета"))
    sync(firm)
    assert customers(firm, "merge", "Альфа", "Бета").exit_code == 0
    firm.good_night(NEXT)
    moves = {row["from_segment"] + ">" + row["to_segment"]: row for row in firm.table(NEXT, "moves.csv")}
    assert moves["newcomers>promising"]["cause"] == "document_changed"
    assert "Document late of" in moves["newcomers>promising"]["detail"]
    assert "2 → 3" in moves["newcomers>promising"]["detail"]


def test_after_a_merge_alone_no_document_is_listed_as_changed(firm):
    shop = shop_of(sale("1", DAY, 500, buyer="Альфа"), sale("2", OLD, 300, buyer="Бета"))
    firm = firm(shop)
    firm.good_night(DAY)
    assert customers(firm, "merge", "Альфа", "Бета").exit_code == 0
    told = CliRunner().invoke(app, ["replay", "--settings", str(firm.settings), "--from", str(DAY), "--to", str(DAY)])
    assert "vanished since: 0." in told.output
    assert "As known then it comes out the same." in told.output


def test_a_document_on_another_day_is_corrected_not_gone(firm):
    shop = shop_of(*(sale(str(at), DAY - timedelta(days=at), 500) for at in (3, 4, 5)))
    firm = firm(shop, rfm="window_days = 30")
    firm.good_night(DAY)
    shop.swap([sale("3", date(2026, 4, 28), 500), *(sale(str(at), DAY - timedelta(days=at), 500) for at in (4, 5))])
    firm.good_night(NEXT)
    (row,) = firm.moves(NEXT).values()
    assert row["cause"] == "document_changed"
    assert "was corrected" in row["detail"]


@pytest.mark.slow
def test_a_rename_is_followed_before_the_older_of_two_windows_is_stored(firm):
    """The overlap of 45 days is read in two windows: what lies in the older one is no new document."""
    shop = shop_of(sale("1", DAY - timedelta(days=43), 500, buyer="Ромашка"), sale("9", DAY, 500, buyer="Ромашка"))
    shop.add_partner(Partner("Ромашка", ref="ref-1"))
    firm = firm(shop)
    firm.good_night(DAY)
    renamed(shop, "Ромашка", "Ромашка Плюс")
    shop._partners = [Partner("Ромашка Плюс", ref="ref-1")]
    assert list(firm.good_night(NEXT)) == ["Ромашка Плюс"]
    told = CliRunner().invoke(app, ["replay", "--settings", str(firm.settings), "--from", str(DAY), "--to", str(DAY)])
    assert "vanished since: 0." in told.output


def test_who_is_joined_with_an_own_company_leaves_because_of_that(firm):
    shop = shop_of(*(sale(name, DAY, 500, buyer=name) for name in ("Альфа", "Бета", "Гамма")))
    firm = firm(shop, rfm='own_companies = ["Бета"]')
    firm.good_night(DAY)
    assert customers(firm, "merge", "Альфа", "Бета").exit_code == 0
    firm.good_night(NEXT)
    (row,) = firm.table(NEXT, "moves.csv")
    assert (row["cause"], row["to_segment"]) == ("customers_merged", "")
