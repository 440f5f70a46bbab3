"""Rows of the table of failures that only OData has, or has in its own way, through whole nights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from rfm_service.emulator import faults
from rfm_service.emulator.odata.publication import Publication
from rfm_service.emulator.papers import Paper, papers
from rfm_service.emulator.shop import ListShop, Partner
from tests.nights.company import sale, shop_of
from tests.nights.test_failure_rows import BUYER, DAY, NEXT, alerts, document, refused
from tests.sources.odata_asking import RETURNS, SALES, questions

AFTER = NEXT + timedelta(days=1)


@pytest.fixture
def firm(odata_firm, monkeypatch):
    """Opens a company in its first weeks; it waits for moments between two tries."""
    monkeypatch.setenv("RFM_SOURCE__GAP_S", "0.005")
    return lambda shop, **changes: odata_firm(shop, **{"start": date(2026, 5, 1), **changes})


class Office(ListShop):
    """A shop whose documents, by their numbers, are un-posted or marked for deletion."""

    def __init__(self, *lines):
        super().__init__(lines)
        self.unposted: set[str] = set()
        self.marked: set[str] = set()

    def papers(self, start: date, end: date) -> Iterator[Paper]:
        for paper in papers(ListShop(self.lines(start, end)), start, end):
            number = paper.lines[0].sale_id
            written = (number in self.unposted) + (number in self.marked)
            yield paper._replace(posted=number not in self.unposted, marked=number in self.marked,
                                 version=paper.version + written)


def numbers(firm):
    return {row[0] for row in firm.stored()}


def test_row_08_rights_to_records_that_lack_are_told_by_set_and_code(firm):
    firm = firm(shop_of(sale("1", DAY, 500)))
    firm.good_night(DAY)
    firm.onec.faults.push(faults.no_rights().again())
    assert refused(firm, NEXT, "code 20", "Document_", "without restrictions of access to records") == 1


@pytest.mark.parametrize("name", [SALES, RETURNS, "Catalog_Партнеры"])
def test_row_09_a_set_lost_in_an_update_stops_the_night_and_is_no_lack_of_sales(firm, name):
    firm = firm(shop_of(sale("1", DAY, 500), sale("В-1", DAY, 20, returned=True)))
    customers = firm.good_night(DAY)
    firm.onec.odata.publication = Publication(unpublished=frozenset({name}))
    refused(firm, NEXT, f"does not publish {name} (404)", "composition of the standard OData interface")
    firm.onec.odata.publication = Publication()
    assert firm.good_night(NEXT).keys() == customers.keys()


def one_moment(count=250, first=1):
    """Documents of one second: only these are paged by number."""
    return [sale(str(number), DAY, number) for number in range(first, first + count)]


@pytest.mark.parametrize(("fault", "option"), [(faults.ignored_top(), "$top"), (faults.same_page(), "$skip")])
def test_row_16_a_server_that_ignores_paging_ends_the_night_at_once(firm, fault, option):
    firm = firm(shop_of(*one_moment()))
    firm.onec.faults.push(fault.again())
    result = firm.night(DAY)
    assert result.exit_code == 1
    assert f"does not obey {option} for {SALES}" in result.stderr
    assert len(firm.onec.requests) < 20
    assert (firm.stored(), len(alerts(firm))) == ([], 1)
    firm.onec.faults.clear()
    firm.good_night(DAY)
    assert len(firm.stored()) == 250


@pytest.mark.parametrize(("rows", "lost"), [(3, 0), (-3, 3)])
def test_row_17_rows_that_shift_between_pages_are_never_two_and_what_is_lost_is_told_and_read_the_next_night(
        firm, rows, lost):
    firm = firm(shop_of(*one_moment()))
    firm.onec.faults.push(faults.shifted(rows).again())
    firm.good_night(DAY)
    assert any("$skip" in question for question in questions(firm.onec))
    assert len(firm.stored()) == 250 - lost
    assert ("Days whose sums differ from those of 1C: 1." in firm.told(1001)[-1]) == (lost > 0)
    firm.good_night(NEXT)
    assert sorted(row[3] for row in firm.stored()) == [number * 10_000 for number in range(1, 251)]
    assert "differ" not in firm.told(1001)[-1]


def test_row_18_row_19_late_and_edited_documents_far_back_are_read_whole_and_nothing_else(firm):
    old = date(2026, 5, 3)
    shop = shop_of(*(sale(str(number), old + timedelta(days=number), 100) for number in range(20)))
    firm = firm(shop, overlap=1)
    firm.good_night(DAY)
    shop.add(sale("late", old, 7))
    shop.replace(document("4"), sale("4", old + timedelta(days=4), 60), sale("4", old + timedelta(days=4), 50))
    firm.onec.requests.clear()
    assert firm.good_night(NEXT)[BUYER]["monetary"] == "2017.00"
    assert len(firm.stored()) == 22
    read = [question for question in questions(firm.onec, SALES) if "Товары" in question and "guid" in question]
    assert sum(question.count("guid'") for question in read) == 2


def test_row_20_unposted_marked_deleted_and_moved_documents_are_no_facts_and_come_back_when_posted(firm):
    shop = Office(*(sale(str(number), DAY - timedelta(days=number), 100) for number in range(8)))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.unposted, shop.marked = {"1"}, {"2"}
    shop.remove(document("3"))
    shop.move(document("4"), DAY - timedelta(days=30))
    shop.move(document("5"), date(2026, 4, 20))
    assert firm.good_night(NEXT)[BUYER]["monetary"] == "400.00"
    assert numbers(firm) == {"0", "4", "6", "7"}
    assert not alerts(firm)
    shop.unposted = set()
    assert firm.good_night(AFTER)[BUYER]["monetary"] == "500.00"
    assert numbers(firm) == {"0", "1", "4", "6", "7"}


def test_row_20_a_mass_unposting_is_held_and_ends_by_itself_when_it_is_taken_back(firm):
    shop = Office(*(sale(str(number), DAY - timedelta(days=number % 9), 100) for number in range(60)))
    firm = firm(shop)
    firm.good_night(DAY)
    shop.unposted = {str(number) for number in range(21)}
    refused(firm, NEXT, "no longer has 21 of 60 stored documents", "--accept-removals --as-of 2026-06-11")
    shop.unposted = set()
    assert firm.good_night(NEXT)[BUYER]["monetary"] == "6000.00"


def test_row_22_a_number_that_comes_again_next_year_is_another_document(firm):
    firm = firm(shop_of(sale("1", date(2025, 12, 20), 100), sale("1", date(2026, 1, 10), 200)), start=date(2025, 12, 1))
    customer = firm.good_night(date(2026, 1, 20))[BUYER]
    assert (customer["frequency"], customer["monetary"]) == ("2", "300.00")
    firm.good_night(date(2026, 1, 21))
    assert len(firm.stored()) == 2


def test_row_24_a_partner_that_gave_way_to_another_leaves_its_history_to_it(firm):
    shop = shop_of(*(sale(str(number), DAY - timedelta(days=number), 100, buyer="Ромашка") for number in range(3)),
                   sale("9", DAY, 100, buyer="Василёк"))
    for name in ("Ромашка", "Василёк"):
        shop.add_partner(Partner(name))
    firm = firm(shop)
    before = firm.good_night(DAY)
    for number in range(3):
        shop.replace(document(str(number)), sale(str(number), DAY - timedelta(days=number), 100, buyer="Василёк"))
    after = firm.good_night(NEXT)
    assert list(after) == ["Василёк"]
    assert (after["Василёк"]["frequency"], after["Василёк"]["monetary"]) == ("4", "400.00")
    assert after["Василёк"]["customer_id"] == before["Василёк"]["customer_id"]
    assert not alerts(firm)


def test_row_24_a_partner_with_a_new_name_keeps_its_id_and_history(firm):
    shop = shop_of(*(sale(str(number), DAY - timedelta(days=number), 100) for number in range(3)))
    shop.add_partner(Partner(BUYER, ref="0d4a79cb-0000-11ee-aaaa-0050569e1234"))
    firm = firm(shop)
    before = firm.good_night(DAY)[BUYER]
    renamed = ListShop([line._replace(buyer="Ромашка Плюс") for line in shop.lines(date(2026, 1, 1), NEXT)],
                       [Partner("Ромашка Плюс", ref="0d4a79cb-0000-11ee-aaaa-0050569e1234")])
    shop._lines, shop._partners = renamed._lines, renamed._partners
    after = firm.good_night(NEXT)
    assert {name: (row["customer_id"], row["frequency"]) for name, row in after.items()} == {
        "Ромашка Плюс": (before["customer_id"], "3")}
    assert firm.moves(NEXT) == {}
