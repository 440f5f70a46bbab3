"""The quirks of 1C's OData, each by its name."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.faults import Fault
from rfm_service.emulator.http_server import Request
from rfm_service.emulator.odata.publication import Publication
from rfm_service.emulator.odata.service import OdataService
from rfm_service.emulator.papers import guid
from rfm_service.emulator.shop import ListShop
from tests.emulator.odata.asking import (
    CORRECTIONS,
    FORMAT,
    LINES,
    RECORD_SETS,
    RECORDS,
    RETURNS,
    SALE,
    SALES,
    papers_of,
    published,
    refusal,
    small_shop,
)

AUGUST = "Date ge datetime'2026-08-01T00:00:00' and Date lt datetime'2026-09-01T00:00:00'"
XML = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
PERIOD = "RecordSet/any(r: r/Period ge datetime'2026-08-28T00:00:00' and r/Period lt datetime'2026-09-01T00:00:00')"


def test_a_page_of_documents_is_what_was_asked_for() -> None:
    with published() as base:
        told = {"$select": "Number,Товары/LineNumber", "$filter": AUGUST, "$orderby": "Date,Ref_Key", "$top": "1"}
        assert base.rows(SALES, told) == [
            {"Number": "ТМ00-180814", "Товары": [{"LineNumber": "1"}, {"LineNumber": "2"}]}]
        assert [row["Number"] for row in base.rows(SALES, told | {"$top": "5", "$skip": "1"})] == ["ТТ00-000001"]
        assert base.rows(SALES, told | {"$skip": "9"}) == []


def test_row_09_what_is_unknown_or_not_published_is_404_with_8() -> None:
    with published() as base:
        assert base.refused("Document_Выдуманный", {}) == (404, "8")
        assert base.refused("Document_РасходнаяНакладная", {}) == (404, "8")
        base.service.publication = replace(base.service.publication, unpublished=frozenset({SALES}))
        assert base.refused(SALES, {}) == (404, "8")
        assert SALES not in base.ask("").text
        assert base.rows(RETURNS)


def test_a_missing_instance_is_404_with_9() -> None:
    with published() as base:
        (sale, _) = base.rows(SALES, {"$orderby": "Date"})
        found = base.ask(f"{SALES}(guid'{sale['Ref_Key']}')")
        assert found.json()["Number"] == sale["Number"]
        assert base.ask(f"{SALES}(Ref_Key=guid'{sale['Ref_Key']}')").json() == found.json()
        assert base.refused(f"{RETURNS}(guid'{sale['Ref_Key']}')", {}) == (404, "9")
        assert base.refused(f"{SALES}(guid'{guid('nothing')}')", {}) == (404, "9")


def test_keys_of_lines_and_records_have_parts() -> None:
    with published() as base:
        sale = base.rows(SALES, {"$orderby": "Date"})[0]["Ref_Key"]
        line = base.ask(f"{SALES}_Товары(Ref_Key=guid'{sale}', LineNumber=2)").json()
        assert (line["LineNumber"], line["Количество"]) == ("2", 2.5)
        assert base.refused(f"{SALES}_Товары(guid'{sale}')", {}) == (400, "7")
        row = base.ask(f"{SALES}_Товары(Ref_Key=guid'{sale}',LineNumber=3)", FORMAT)
        assert refusal(row) == (404, "9")


@pytest.mark.parametrize("told", [
    {"$select": "Ref_Key,Поле"}, {"$select": "Товары/Поле"}, {"$filter": "Поле eq 1"}, {"$orderby": "Поле"},
    {"$orderby": "Товары/Цена"}, {"$expand": "Поле"}, {"$expand": "Организация_Key"}, {"$select": "Услуги/Цена"},
])
def test_an_unknown_field_is_400_with_6(told: dict[str, str]) -> None:
    with published() as base:
        response = base.ask(SALES, FORMAT | told)
        assert refusal(response) == (400, "6")
        assert "Сегмент пути" in response.content.decode("utf-8-sig")


@pytest.mark.parametrize("told", [
    {"$filter": "Date ge datetime'2026-08-01'"}, {"$top": "-1"}, {"$top": "x"}, {"$skip": "1.5"},
    {"$orderby": "Date down"}, {"$orderby": "Date,"}, {"$select": "Number,,Date"}, {"$inlinecount": "some"},
    {"$top": "9" * 30},
])
def test_an_option_that_cannot_be_read_is_400_with_14(told: dict[str, str]) -> None:
    with published() as base:
        assert base.refused(SALES, told) == (400, "14")


def test_a_plus_is_no_space() -> None:
    with published() as base:
        told = "?$format=json&$filter="
        assert base.raw(quote(SALES) + told + quote("Posted eq true")).status_code == 200
        assert refusal(base.raw(quote(SALES) + told + "Posted+eq+true")) == (400, "14")
        assert refusal(base.raw(quote(SALES) + "?$format=json&$orderby=Date,+Ref_Key")) == (400, "14")
        told = {"$filter": "substringof('+', Number) eq false", "$select": "Number"}
        assert len(base.rows(SALES, told)) == 2


def test_what_is_not_utf_8_is_refused() -> None:
    with published() as base:
        assert refusal(base.raw(quote(SALES) + "?$format=json&$filter=Number%20eq%20'%CF'")) == (400, "1")


def test_comparing_references_is_500_with_minus_1() -> None:
    with published() as base:
        assert base.refused(SALES, {"$filter": f"Ref_Key gt guid'{guid('any')}'"}) == (500, "-1")


def test_a_bare_guid_against_a_composite_field_finds_silently_nothing() -> None:
    with published() as base:
        order = base.rows(SALES, {"$filter": "Number eq 'ТМ00-180814'"})[0]["ЗаказКлиента"]
        assert base.rows(SALES, {"$filter": f"ЗаказКлиента eq guid'{order}'"}) == []
        cast = f"ЗаказКлиента eq cast(guid'{order}','Document_ЗаказКлиента')"
        assert len(base.rows(SALES, {"$filter": cast})) == 1


def test_references_are_sorted_by_presentation() -> None:
    shop = ListShop([SALE._replace(sale_id=f"ТМ00-{n:06d}", buyer=f"Клиент {9 - n}") for n in (3, 1, 2)])
    with published(shop) as base:
        assert [row["Number"][-1] for row in base.rows(SALES, {"$orderby": "Ref_Key"})] == ["1", "2", "3"]
        assert [row["Number"][-1] for row in base.rows(SALES, {"$orderby": "Ref_Key  desc"})] == ["3", "2", "1"]
        assert [row["Number"][-1] for row in base.rows(SALES, {"$orderby": "Date, Партнер_Key"})] == ["3", "2", "1"]
        assert [row["Number"][-1] for row in base.rows(SALES, {"$orderby": "Posted"})] == ["3", "1", "2"]


def test_a_long_query_meets_the_page_of_iis() -> None:
    with published() as base:
        head = f"{quote(SALES)}?$format=json&$select="
        fits = base.raw(head + "Ref_Key" + "%20" * 670)
        assert fits.status_code == 200
        response = base.raw(head + "Ref_Key" + "%20" * 680)
        assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=us-ascii")
        assert "odata.error" not in response.text


def test_a_long_segment_meets_the_page_of_http_sys() -> None:
    with published() as base:
        # A key of the register has two Cyrillic names in it, and never gets through.
        response = base.ask(f"{RECORD_SETS}(Recorder='{guid('any')}',Recorder_Type='StandardODATA.{SALES}')")
        assert (response.status_code, response.headers["Content-Type"][:9]) == (400, "text/html")


def test_atom_is_the_default() -> None:
    with published() as base:
        response = base.ask(SALES, {"$top": "1", "$select": "Ref_Key,СуммаДокумента,Posted,Товары"})
        assert response.headers["Content-Type"].startswith("application/atom+xml")
        properties = ElementTree.fromstring(response.content).find(f".//{XML}properties")
        assert properties is not None
        texts = {each.tag.rpartition("}")[2]: each.text for each in properties}
        assert (texts["СуммаДокумента"], texts["Posted"]) == ("2240.5", "true")
        assert ElementTree.fromstring(base.ask(f"{SALES}(guid'{texts['Ref_Key']}')", {}).content).tag.endswith("entry")
        error = ElementTree.fromstring(base.ask("Document_Нет", {}).content.decode("utf-8-sig"))
        assert (error.tag, error[0].text) == (f"{XML}error", "8")


def test_accept_asks_for_json_too_and_other_formats_are_refused() -> None:
    with published() as base:
        response = base.ask(SALES, {"$top": "1"}, headers={"Accept": "application/json"})
        assert response.json()["odata.metadata"].endswith(f"$metadata#{SALES}")
        assert base.ask(SALES, {"$format": "application/xml"}).status_code == 415


def test_row_13_a_control_character_breaks_the_whole_answer_in_atom() -> None:
    with published(ListShop([SALE._replace(address="\x02")])) as base:
        assert base.ask(SALES, {}).status_code == 400
        assert base.rows(SALES)[0]["АдресДоставки"] == "\x02"


def test_metadata_in_json_is_told_unless_it_is_not_wanted() -> None:
    with published() as base:
        told = base.ask(SALES, {"$format": "json", "$top": "1"}).json()
        link = told["value"][0]["Партнер@navigationLinkUrl"]
        assert link == f"{SALES}(guid'{told['value'][0]['Ref_Key']}')/Партнер"
        assert not any("@" in name for name in base.rows(SALES)[0])


def test_inlinecount_is_a_string_and_ignores_paging() -> None:
    with published() as base:
        told = base.ask(SALES, FORMAT | {"$inlinecount": "allpages", "$top": "1", "$skip": "1"}).json()
        assert told["odata.count"] == "2"
        assert len(told["value"]) == 2
        assert "odata.count" not in base.ask(SALES, FORMAT | {"$inlinecount": "none"}).json()


def test_count_begins_with_a_bom_where_it_is_there_at_all() -> None:
    with published() as base:
        response = base.ask(f"{SALES}/$count", {"$filter": "Number eq 'ТМ00-180814'"})
        assert (response.status_code, response.content) == (200, b"\xef\xbb\xbf1")
        base.service.publication = Publication(counts=False)
        assert base.refused(f"{SALES}/$count", {}) == (400, "6")


def test_there_is_no_next_link_without_top_the_whole_table_comes() -> None:
    with published() as base:
        assert base.ask(SALES).json().keys() == {"value"}


def test_sets_and_their_description_are_listed() -> None:
    with published() as base:
        names = {each["name"] for each in base.ask("").json()["value"]}
        assert {SALES, f"{SALES}_Товары", RECORDS, RECORD_SETS, "Catalog_КлючиАналитикиУчетаПоПартнерам"} <= names
        assert ElementTree.fromstring(base.ask("", {}).content).tag.endswith("service")
        described = ElementTree.fromstring(base.ask("$metadata", {}).content)
        types = {each.get("Name"): each for each in described.iter() if each.tag.endswith("EntityType")}
        assert types.keys() == names
        kinds = {each.get("Name"): each.get("Type") for each in types[SALES]}
        assert (kinds["СуммаДокумента"], kinds["Date"]) == ("Edm.Double", "Edm.DateTime")


def test_nothing_can_be_written() -> None:
    with published() as base:
        response = requests.post(f"{base.url}/{quote(SALES)}?$format=json", json={}, timeout=10)
        assert refusal(response) == (405, "19")


def test_records_are_filtered_by_period_and_record_sets_only_through_any() -> None:
    with published() as base:
        period = "Period ge datetime'2026-08-28T00:00:00'"
        assert len(base.rows(RECORDS, {"$filter": period})) == 3
        assert base.refused(RECORD_SETS, {"$filter": period}) == (400, "6")
        assert len(base.rows(RECORD_SETS, {"$filter": PERIOD})) == 3
        two = "RecordSet/any(r: r/Active eq true) and RecordSet/any(r: r/LineNumber eq 1)"
        assert base.refused(RECORD_SETS, {"$filter": two}) == (500, "-1")


def test_orderby_of_record_sets_is_silently_ignored() -> None:
    with published() as base:
        plain = base.rows(RECORD_SETS)
        assert base.rows(RECORD_SETS, {"$orderby": "Recorder desc"}) == plain
        assert base.rows(RECORD_SETS, {"$orderby": "Поле"}) == plain


def test_hidden_rows_are_401_with_20_or_silently_vanish() -> None:
    hidden = Publication(hidden_organisations=frozenset({"ИП Тестовый"}))
    with published(publication=hidden) as base:
        assert base.refused(SALES, {"$filter": AUGUST}) == (401, "20")
        seen = base.rows(SALES, {"$filter": AUGUST, "allowedOnly": "true"})
        assert [row["Number"] for row in seen] == ["ТМ00-180814"]
        assert base.rows(SALES, {"$filter": "Number eq 'ТМ00-180814'"}) == seen
        assert base.refused(f"{SALES}_Товары", {}) == (401, "20")
        assert len(base.rows(RECORDS, {"allowedOnly": "true"})) == 4
        (retail,) = [paper for paper in papers_of(small_shop()) if not paper.lines[0].buyer]
        assert base.refused(f"{SALES}(guid'{retail.ref}')", {}) == (401, "20")


def test_row_28_a_dropped_or_renamed_field_is_gone_by_its_old_name() -> None:
    with published() as base:
        base.faults[0] = Fault(drop_column="Партнер")
        assert "Партнер_Key" not in base.rows(SALES)[0]
        assert base.refused(SALES, {"$select": "Партнер____Presentation"}) == (400, "6")
        base.faults[0] = Fault(rename_column=("СуммаСНДС", "Всего"))
        (first, _) = base.rows(SALES, {"$orderby": "Date"})[0]["Товары"]
        assert "СуммаСНДС" not in first
        assert str(first["Всего"]) == "2230.5"
        assert base.refused(SALES, {"$select": "Товары/СуммаСНДС"}) == (400, "6")
        base.faults[0] = Fault()
        assert "Партнер_Key" in base.rows(SALES)[0]


def test_row_29_an_empty_answer_is_an_empty_table() -> None:
    with published() as base:
        base.faults[0] = Fault(empty=True)
        assert base.rows(SALES) == base.rows(RECORDS) == base.rows("Catalog_Партнеры") == []
        assert base.refused(SALES, {"$filter": "Поле eq 1"}) == (400, "6")


def test_errors_repeat_what_was_asked() -> None:
    with published() as base:
        response = base.ask(SALES, FORMAT | {"$filter": "Секрет eq"})
        assert "Секрет" in json.loads(response.content.decode("utf-8-sig"))["odata.error"]["message"]["value"]


def test_all_documents_are_in_one_set_each() -> None:
    with published() as base:
        kinds = [len(base.rows(name)) for name in (SALES, RETURNS, CORRECTIONS, "Document_ОтчетОРозничныхПродажах")]
        assert kinds == [2, 1, 1, 0]
        base.service.publication = Publication(retail_reports=True)
        kinds = [len(base.rows(name)) for name in (SALES, RETURNS, CORRECTIONS, "Document_ОтчетОРозничныхПродажах")]
        assert kinds == [1, 1, 1, 1]
        assert len(base.rows(RECORDS)) == len(LINES)


WORDS = [
    "Date", "Ref_Key", "Товары", "Цена", "any", "all", "(", ")", "/", ":", ",", "'", "eq", "gt", "and", "or", "not",
    " ", "guid'", "datetime'2026-01-01T00:00:00'", "cast", "isof", "true", "5", "-", "+", "*", "**", "d", "desc", "ё",
    "\x00", "\ud800", "ЗаказКлиента", "Партнер", "Description", "____Presentation", "substringof", "%", "&", "="]
ANY = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)
OPTION = st.sampled_from(["$filter", "$select", "$orderby", "$expand", "$top", "$skip", "$format", "$inlinecount"])
RESOURCES = st.one_of(ANY, st.sampled_from([SALES, f"{SALES}_Товары", RECORDS, RECORD_SETS, "Catalog_Партнеры"]))


@given(RESOURCES, st.one_of(st.just(""), ANY.map("({})".format)), st.lists(st.tuples(OPTION, ANY), max_size=4))
def test_whatever_is_asked_gets_an_answer(resource: str, key: str, told: list[tuple[str, str]]) -> None:
    service = OdataService(small_shop(), Publication(hidden_organisations=frozenset({"ИП Тестовый"})))
    query = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in told)
    path = "/erp/odata/standard.odata/" + quote(resource + key, errors="surrogatepass")
    answer = service.answer(Request("GET", path, query, {}, b""), Fault())
    assert answer.status in (200, 400, 401, 404, 415, 500)
    assert answer.body
