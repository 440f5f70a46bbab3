"""Customers of 1C: who changed, what a contact is, whose tax number counts."""

from __future__ import annotations

from typing import Any

from rfm_service.onec.odata.people import People
from rfm_service.onec.odata.profiles import PROFILES
from tests.onec.odata.sets import SetInMemory, ref

TRADE = People("partner", PROFILES["ut11"].people)


def person(number: int, version: str = "1", **more: Any) -> dict[str, Any]:
    return {"Ref_Key": ref(number), "DataVersion": version, "Description": f"Клиент {number}", **more}


def test_only_the_changed_are_read_whole() -> None:
    asked = SetInMemory(*(person(number) for number in range(1, 101)))
    known = dict.fromkeys(map(ref, range(1, 101)), "1")
    asked.put(person(7, "2"), person(101))
    assert {row["Ref_Key"] for row in TRADE.changed(asked, known)} == {ref(7), ref(101)}
    assert {question.select for question in asked.asked if not question.where} == {("Ref_Key", "DataVersion")}


def test_where_most_are_new_the_catalogue_is_read_whole() -> None:
    asked = SetInMemory(*(person(number) for number in range(1, 101)))
    assert len(TRADE.changed(asked, {ref(1): "1"})) == 99
    assert not any(question.where for question in asked.asked)


def test_a_quiet_night_reads_versions_only() -> None:
    asked = SetInMemory(*(person(number) for number in range(1, 101)))
    assert not TRADE.changed(asked, dict.fromkeys(map(ref, range(1, 101)), "1"))
    assert len(asked.asked) == 1 + 1  # the second page says that there is no more


def test_contacts_are_the_first_of_their_type() -> None:
    contacts = [{"Тип": "Телефон", "Представление": "+7 1"}, {"Тип": "Адрес", "Представление": "Пермь"},
                {"Тип": "Телефон", "Представление": "+7 2"}]
    row = TRADE.row(person(1, КонтактнаяИнформация=contacts, ОсновнойМенеджер____Presentation="Отдел"), {})
    assert (row["phone"], row["email"], row["manager"], row["buyer"]) == ("+7 1", "", "Отдел", "Клиент 1")
    assert TRADE.row(person(1), {})["phone"] == ""


def test_of_several_contractors_one_with_a_number_counts_every_night_the_same() -> None:
    rows = [{"Ref_Key": ref(number), "Партнер_Key": ref(1), "ИНН": tax, "КПП": "1"}
            for number, tax in ((9, "7700000009"), (5, ""), (7, "7700000007"))]
    wanted = {ref(1): {"tax_id": "7700000007", "tax_code": "1"}}
    assert TRADE.tax_of(rows) == TRADE.tax_of(rows[::-1]) == wanted


def test_contractors_have_their_own_tax_numbers() -> None:
    contractors = People("contractor", PROFILES["bp3"].people)
    assert contractors.taxes is None
    assert contractors.row(person(1, ИНН="7700000001", КПП=None), {})["tax_id"] == "7700000001"


def test_what_is_not_mapped_is_not_asked_for() -> None:
    bare = People("partner", {"name": "Description", "do_not_contact": "НеБеспокоить"})
    assert bare.whole.select == ("Ref_Key", "DataVersion", "Description", "НеБеспокоить")
    assert bare.taxes is None
    assert bare.row(person(1, НеБеспокоить=True), {})["do_not_contact"] is True
