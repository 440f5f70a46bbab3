"""A document of 1C as flat rows of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.onec.odata.documents import Documents
from rfm_service.onec.odata.names import Names
from rfm_service.onec.odata.pages import Row
from rfm_service.onec.odata.profiles import PROFILES
from rfm_service.onec.odata.query import Question
from tests.onec.odata.sets import ref

TRADE = {**PROFILES["ut11"].paths, "buyer": "Партнер____Presentation", "buyer_key": "Партнер_Key"}
LINE = {"Номенклатура_Key": ref(51), "Характеристика_Key": ref(52), "Количество": 2,
        "СуммаСНДС": "120.00", "СуммаНДС": "20.00", "ЗаказКлиента": ref(9)}
ORDERED = "Заказ клиента ЗТМ-0000123 от 26.08.2026 19:30:41"
CATALOGUES: dict[str, list[Row]] = {
    "Catalog_Номенклатура": [
        {"Ref_Key": ref(51), "Description": "Платье", "ВидНоменклатуры____Presentation": "Одежда"},
        {"Ref_Key": ref(53), "Description": "Доставка", "ВидНоменклатуры____Presentation": ""}],
    "Catalog_ХарактеристикиНоменклатуры": [{"Ref_Key": ref(52), "Description": "48"}],
    "Document_ЗаказКлиента": [{"Ref_Key": ref(10), "Number": "ЗТМ-0000124", "Date": "2026-08-27T09:00:00"}]}


def documents(**more: Any) -> Documents:
    return Documents(**{"name": "Document_Х", "parts": ("Товары",), "returned": False, "where": "", "paths": TRADE,
                        "analyses": PROFILES["ut11"].analyses, **more})


def rows_of(document: Row, asked: list[Question] | None = None, **more: Any) -> list[dict[str, object]]:
    """The lines of a document whose references are looked up in CATALOGUES."""
    def ask(question: Question) -> list[Row]:
        if asked is not None:
            asked.append(question)
        return [row for row in CATALOGUES[question.name] if row["Ref_Key"] in question.where]

    made, names = documents(**more), Names(ask, PROFILES["ut11"].analyses, allowed_only=False)
    names.learn(made.keys(document))
    return list(made.lines(document, names))


def paper(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Ref_Key": ref(1), "DataVersion": "AAAB", "Posted": True, "DeletionMark": False,
            "Date": "2026-08-27T10:00:00", "Number": "00УТ-1 ", "Партнер_Key": ref(7),
            "Партнер____Presentation": "Ателье", "Организация____Presentation": "Фирма",
            "Контрагент____Presentation": "ООО", "Валюта____Presentation": "RUB",
            "ЗаказКлиента": ref(9), "ЗаказКлиента____Presentation": ORDERED,
            "Товары": [LINE | line for line in lines or ({},)], **more}


def test_a_line_has_our_names() -> None:
    (row,) = rows_of(paper())
    assert row == {"ref": ref(1), "customer_key": ref(7), "date": "2026-08-27T10:00:00", "sale_id": "00УТ-1 ",
                   "cash_flow_type": "sale", "buyer": "Ателье", "contractor": "ООО", "organisation": "Фирма",
                   "currency": "RUB", "product": "Платье", "feature": "48", "quantity": 2, "sum": "120.00",
                   "order_id": "ЗТМ-0000123", "order_date": "26.08.2026 19:30:41", "address": None, "site_id": None,
                   "product_category": "Одежда", "channel": None, "cost": None}


def test_headers_take_few_columns_and_whole_documents_what_is_mapped() -> None:
    assert documents().heads.question.select == ("Ref_Key", "Posted", "DeletionMark", "Date", "DataVersion")
    asked = unquote(documents().whole.question.query)
    assert "Товары/СуммаСНДС" in asked
    assert "СуммаНДС" not in asked.replace("СуммаСНДС", "")
    assert "Партнер____Presentation" in asked


NUMBER, OTHER, KEY = ("ЗТМ-0000123", "26.08.2026 19:30:41"), ("ЗТМ-0000124", "2026-08-27T09:00:00"), (ref(9), "")


@pytest.mark.parametrize(("shown", "of_all", "of_line", "wanted"), [
    (ORDERED, ref(9), ref(9), NUMBER), (ORDERED, ref(9), "", NUMBER), (ORDERED, ref(9), ref(0), NUMBER),
    (ORDERED, ref(9), ref(10), OTHER), ("", ref(0), ref(10), OTHER), ("", "", ref(9), KEY), ("", "", "", ("", "")),
    ("Заказ покупателя 7 от 01.02.2026 9:05:00", ref(9), ref(9), ("7", "01.02.2026 9:05:00")),
    ("Sales order 000123 dated 8/26/2026 7:30:41 PM", ref(9), ref(9), KEY),
    ("Sales order 000124 dated 8/27/2026 9:00:00 AM", ref(10), ref(10), OTHER),
    (ORDERED, ref(0), ref(0), ("", "")), (None, ref(9), ref(9), KEY)])
def test_an_order_is_its_number_or_else_its_reference(
        shown: object, of_all: str, of_line: str, wanted: tuple[str, str]) -> None:
    (row,) = rows_of(paper({"ЗаказКлиента": of_line}, ЗаказКлиента=of_all, ЗаказКлиента____Presentation=shown))
    assert (row["order_id"], row["order_date"]) == wanted


@pytest.mark.parametrize(("order_id", "order_key", "wanted"), [
    ("ЗаказКлиента____Presentation", "", NUMBER), ("", "Товары/ЗаказКлиента", KEY), ("Ш", "", ("Ш-7", "")),
    ("ЗаказКлиента____Presentation", "ЗаказКлиента", NUMBER), ("", "", (None, ""))])
def test_an_order_is_what_is_mapped(order_id: str, order_key: str, wanted: tuple[str, str]) -> None:
    (row,) = rows_of(paper(Ш="Ш-7"), paths={**TRADE, "order_id": order_id, "order_key": order_key})
    assert (row["order_id"], row["order_date"]) == wanted


def test_orders_are_looked_up_only_where_a_document_has_several() -> None:
    asked: list[Question] = []
    rows_of(paper({}, {}), asked)
    assert "Document_ЗаказКлиента" not in {question.name for question in asked}
    rows_of(paper({}, {"ЗаказКлиента": ref(10)}), asked)
    assert [question.where for question in asked if question.name == "Document_ЗаказКлиента"] == [
        f"Ref_Key eq guid'{ref(10)}'"]


def test_a_key_that_stands_for_nothing_is_no_name() -> None:
    (row,) = rows_of(paper({"Номенклатура_Key": ref(99), "Характеристика_Key": ref(0)}))
    assert (row["product"], row["feature"]) == (None, None)


def test_a_field_may_be_mapped_to_an_attribute_instead() -> None:
    (row,) = rows_of(paper({"Содержание": "Услуга"}, Канал="Сайт"), paths={
        **TRADE, "product": "Товары/Содержание", "product_category": "Канал"})
    assert (row["product"], row["product_category"], row["feature"]) == ("Услуга", "Сайт", "48")


@pytest.mark.parametrize(("vat", "included", "wanted"), [
    (True, None, "120.00"), (False, None, "100.00"), (True, True, "120.00"), (False, True, "100.00"),
    (True, False, "140.00"), (False, False, "120.00")])
def test_sums_hold_vat_or_not_whatever_the_document_does(vat: bool, included: bool | None, wanted: str) -> None:
    paths = TRADE if included is None else {**TRADE, "vat_included": "ЦенаВключаетНДС"}
    (row,) = rows_of(paper(ЦенаВключаетНДС=included), vat=vat, paths=paths)
    assert row["sum"] == wanted


def test_a_sum_that_cannot_be_counted_is_left_to_be_set_aside() -> None:
    (row,) = rows_of(paper({"СуммаНДС": "двадцать"}), vat=False)
    assert row["sum"] == "120.00 / двадцать"


def test_nobody_is_the_customer_of_an_empty_reference() -> None:
    (row,) = rows_of(paper(Партнер_Key=ref(0), Партнер____Presentation="<>"))
    assert (row["customer_key"], row["buyer"]) == ("", "")


def test_the_lines_of_all_parts_are_sales() -> None:
    both = documents(parts=("Товары", "Услуги"))
    rows = rows_of(paper({}, {}, Услуги=[LINE | {"Номенклатура_Key": ref(53)}]), parts=both.parts)
    assert [row["product"] for row in rows] == ["Платье", "Платье", "Доставка"]
    assert {"Товары/Количество", "Услуги/Количество"} <= set(both.whole.question.select)


def test_a_document_may_have_no_lines() -> None:
    assert not rows_of(paper(Товары=[]))


@pytest.mark.parametrize(("posted", "marked", "live"), [
    (True, False, True), (False, False, False), (True, True, False), (None, False, False), ("true", False, False)])
def test_row_20_only_what_is_posted_and_not_marked_counts(posted: object, marked: object, live: bool) -> None:
    assert documents().head(paper(Posted=posted, DeletionMark=marked)).live is live


@pytest.mark.parametrize("spoilt", [
    {"Ref_Key": ref(0)}, {"Ref_Key": "x"}, {"DataVersion": ""}, {"Date": "2026"[:0]}])
def test_a_document_that_cannot_be_known_again_is_no_answer(spoilt: dict[str, Any]) -> None:
    with pytest.raises(AnswerMalformed):
        documents().head(paper(**spoilt))


@pytest.mark.parametrize("spoilt", [{"Товары": None}, {"Товары": "x"}, {"Товары": [7]}, {"Товары": [{}]}])
def test_row_28_a_document_without_its_lines_is_no_answer(spoilt: dict[str, Any]) -> None:
    with pytest.raises(AnswerMalformed) as failure:
        rows_of(paper(**spoilt))
    assert str(failure.value.values["column"]) in ("Товары", "СуммаСНДС")


def test_row_28_a_document_without_its_customer_is_no_answer() -> None:
    broken = paper()
    del broken["Партнер_Key"]
    with pytest.raises(AnswerMalformed):
        rows_of(broken)
