from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.fates import Fates
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.living import LivingShop
from rfm_service.emulator.odata.documents import Line, price_of, sum_of, sums_with_vat, vat
from rfm_service.emulator.odata.publication import Publication
from rfm_service.emulator.papers import Paper, guid
from rfm_service.emulator.shop import ListShop, ShopLine, signed_amount
from tests.emulator.odata.asking import (
    CORRECTION,
    CORRECTIONS,
    EMPTY,
    FORMAT,
    RECORD_SETS,
    RECORDS,
    RETAIL,
    RETURN,
    RETURNS,
    SALE,
    SALES,
    SECOND,
    PaperList,
    papers_of,
    published,
    small_shop,
)

WITH_VAT = "00000000-0000-0000-0000-00000000000f"
WITHOUT_VAT = "00000000-0000-0000-0000-00000000000c"
ORDER = guid("order", SALE.organisation, SALE.order_id, 2026)


def paper(*lines: ShopLine, ref: str = WITH_VAT, **kwargs: bool) -> Paper:
    told = {"posted": True, "marked": False} | kwargs
    return Paper(ref, "sale", 7, lines=lines, **told)


def test_a_document_as_ut11_has_it() -> None:
    with published(PaperList([paper(SALE, SECOND)])) as base:
        (row,) = base.rows(SALES)
    goods = row.pop("Товары")
    assert row == {
        "Ref_Key": WITH_VAT, "DataVersion": "AAAAAAAAAAc=", "DeletionMark": False, "Number": "ТМ00-180814",
        "Date": "2026-08-26T19:30:41", "Posted": True, "ХозяйственнаяОперация": "РеализацияКлиенту",
        "Организация_Key": guid("Catalog_Организации", "ООО «Мода»"),
        "Партнер_Key": guid("partner", "Ателье «Ёлка»"),
        "Контрагент_Key": guid("Catalog_Контрагенты", "ООО «Ёлка»"), "Менеджер_Key": EMPTY,
        "Валюта_Key": guid("Catalog_Валюты", "RUB"), "Склад_Key": guid("Catalog_Склады", "Основной склад"),
        "АдресДоставки": "г. Пермь", "СуммаДокумента": Decimal("2240.5"), "ЦенаВключаетНДС": True,
        "ЗаказКлиента": ORDER, "ЗаказКлиента_Type": "StandardODATA.Document_ЗаказКлиента"}
    assert goods[0] == {
        "Ref_Key": WITH_VAT, "LineNumber": "1", "Номенклатура_Key": guid("Catalog_Номенклатура", "Платье"),
        "Характеристика_Key": guid("Catalog_ХарактеристикиНоменклатуры", "синий, 48"), "Количество": 2,
        "Цена": Decimal("1115.25"), "Сумма": Decimal("2230.5"), "СтавкаНДС": "НДС20", "СуммаНДС": Decimal("371.75"),
        "СуммаСНДС": Decimal("2230.5"), "ЗаказКлиента": ORDER,
        "ЗаказКлиента_Type": "StandardODATA.Document_ЗаказКлиента"}
    assert (goods[1]["LineNumber"], goods[1]["Характеристика_Key"]) == ("2", EMPTY)


def test_sums_are_without_vat_where_the_price_is() -> None:
    with published(PaperList([paper(SALE, ref=WITHOUT_VAT)])) as base:
        (row,) = base.rows(SALES)
    (line,) = row["Товары"]
    assert row["ЦенаВключаетНДС"] is False
    assert row["СуммаДокумента"] == line["СуммаСНДС"] == Decimal("2230.5")
    assert (line["Сумма"], line["СуммаНДС"]) == (Decimal("1858.75"), Decimal("371.75"))


@given(st.integers(-(10**12), 10**12), st.integers(-(10**7), 10**7), st.sampled_from([WITH_VAT, WITHOUT_VAT]))
def test_vat_is_a_sixth_to_the_kopeck_and_never_lost(amount: int, quantity: int, ref: str) -> None:
    line = SALE._replace(amount=amount, quantity=quantity)
    row = Line(paper(line, ref=ref), 1, line)
    assert abs(vat(line) * 6 - amount) <= 300
    assert vat(line) % 100 == 0
    assert sum_of(row) + (0 if sums_with_vat(row.paper) else vat(line)) == amount
    assert not quantity or abs(price_of(row) * abs(quantity) - abs(sum_of(row)) * 1000) <= abs(quantity) * 50


def test_three_documents_in_four_have_prices_with_vat() -> None:
    told = [sums_with_vat(paper(SALE, ref=guid("document", number))) for number in range(400)]
    assert 0.65 < sum(told) / 400 < 0.85


def test_presentations_of_every_reference() -> None:
    wanted = ("Presentation,Организация____Presentation,Партнер____Presentation,Контрагент____Presentation,"
              "Менеджер____Presentation,Валюта____Presentation,Склад____Presentation,ЗаказКлиента____Presentation,"
              "Товары/Номенклатура____Presentation,Товары/Характеристика____Presentation,"
              "Товары/ЗаказКлиента____Presentation")
    with published() as base:
        row = base.rows(SALES, {"$select": wanted, "$orderby": "Date"})[0]
        assert row == {
            "Presentation": "Реализация товаров и услуг ТМ00-180814 от 26.08.2026 19:30:41",
            "Организация____Presentation": "ООО «Мода»", "Партнер____Presentation": "Ателье «Ёлка»",
            "Контрагент____Presentation": "ООО «Ёлка»", "Менеджер____Presentation": "Отдел 1",
            "Валюта____Presentation": "RUB", "Склад____Presentation": "Основной склад",
            "ЗаказКлиента____Presentation": "Заказ клиента ЗТМ-0000123 от 25.08.2026 9:05:00",
            "Товары": [
                {"Номенклатура____Presentation": "Платье", "Характеристика____Presentation": "синий, 48",
                 "ЗаказКлиента____Presentation": "Заказ клиента ЗТМ-0000123 от 25.08.2026 9:05:00"},
                {"Номенклатура____Presentation": "Ткань, м", "Характеристика____Presentation": "",
                 "ЗаказКлиента____Presentation": "Заказ клиента ЗТМ-0000123 от 25.08.2026 9:05:00"}]}
        everything = base.rows(SALES, {"$select": "*,*____Presentation", "$top": "1"})[0]
        assert everything.keys() >= {"Партнер_Key", "Партнер____Presentation", "Товары"}
        assert not any("Presentation" in name for name in base.rows(SALES)[0])


def test_presentations_in_tabular_parts_are_not_always_there() -> None:
    with published(publication=Publication(line_presentations=False)) as base:
        assert base.refused(SALES, {"$select": "Товары/Номенклатура____Presentation"}) == (400, "6")
        lines = base.rows(f"{SALES}_Товары", {"$select": "Номенклатура____Presentation", "$top": "1"})
        assert lines == [{"Номенклатура____Presentation": "Платье"}]


def test_what_is_empty_is_a_zero_guid_an_undefined_type_or_an_empty_text() -> None:
    with published(ListShop([RETAIL._replace(organisation="", currency="")])) as base:
        (row,) = base.rows(SALES, {"$select": "*,*____Presentation"})
    assert [row[f"{name}_Key"] for name in ("Организация", "Партнер", "Валюта", "Менеджер")] == [EMPTY] * 4
    assert [row[f"{name}____Presentation"] for name in ("Организация", "Партнер", "ЗаказКлиента")] == [""] * 3
    assert (row["ЗаказКлиента"], row["ЗаказКлиента_Type"]) == ("", "StandardODATA.Undefined")


def test_a_sale_by_several_orders_names_them_in_its_lines_only() -> None:
    with published(ListShop([SALE, SECOND._replace(order_id="ЗТМ-0000124")])) as base:
        (row,) = base.rows(SALES)
    assert row["ЗаказКлиента"] == ""
    assert [line["ЗаказКлиента"] for line in row["Товары"]] == [ORDER, guid("order", "ООО «Мода»", "ЗТМ-0000124", 2026)]


def test_the_type_of_what_is_not_published_is_unavailable() -> None:
    with published(publication=Publication(unpublished=frozenset({"Document_ЗаказКлиента"}))) as base:
        row = base.rows(SALES, {"$filter": "Number eq 'ТМ00-180814'"})[0]
        assert row["ЗаказКлиента_Type"] == "UnavailableEntities.Document_ЗаказКлиента"


def test_row_21_a_return_names_the_order_of_its_sale_and_has_a_positive_sum() -> None:
    with published() as base:
        (row,) = base.rows(RETURNS)
        (order,) = base.rows("Document_ЗаказКлиента")
    assert row["Товары"][0]["ЗаказКлиента"] == row["ЗаказКлиента"] == order["Ref_Key"]
    assert row["Товары"][0]["СуммаСНДС"] == row["СуммаДокумента"] == Decimal("1115.25")
    assert (order["Number"], order["Date"]) == ("ЗТМ-0000123", "2026-08-25T09:05:00")


def test_row_21_a_correction_has_what_it_changed_apart_from_all_that_was_sold() -> None:
    with published() as base:
        (row,) = base.rows(CORRECTIONS)
        assert row["Расхождения"][0]["СуммаСНДС"] == row["СуммаДокумента"] == -50
        assert row["Товары"][0]["СуммаСНДС"] == 150
        assert base.rows(f"{CORRECTIONS}_Расхождения", {"$select": "СуммаСНДС"}) == [{"СуммаСНДС": -50}]


def test_row_19_every_write_changes_the_version() -> None:
    shop = small_shop()
    with published(shop) as base:
        before = {row["Ref_Key"]: row["DataVersion"] for row in base.rows(SALES, {"$select": "Ref_Key,DataVersion"})}
        shop.swap([SALE._replace(amount=1), SECOND, RETURN, CORRECTION, RETAIL])
        after = {row["Ref_Key"]: row["DataVersion"] for row in base.rows(SALES, {"$select": "Ref_Key,DataVersion"})}
    assert before.keys() == after.keys()
    assert [before[ref] == after[ref] for ref in before] == [False, True]
    assert all(len(base64.b64decode(version)) == 8 for version in after.values())


def test_row_20_documents_not_posted_or_marked_are_told_but_have_no_records() -> None:
    kept = [paper(SALE), paper(SALE, ref=WITHOUT_VAT, posted=False), paper(SALE, ref=guid(), posted=False, marked=True)]
    with published(PaperList(kept)) as base:
        told = [(row["Posted"], row["DeletionMark"]) for row in base.rows(SALES)]
        assert told == [(True, False), (False, False), (False, True)]
        assert len(base.rows(SALES, {"$filter": "Posted eq true and DeletionMark eq false"})) == 1
        assert [row["Recorder"] for row in base.rows(RECORDS)] == [WITH_VAT]
        assert [row["Recorder"] for row in base.rows(RECORD_SETS)] == [WITH_VAT]


def test_a_living_shop_is_told_whole() -> None:
    end = date(2026, 3, 1)
    fates = Fates(late=2_000, unposted=2_000, moved=2_000)
    shop = LivingShop(GeneratedShop(7, 1_500, 365, last_day=end), 7, fates, end)
    with published(shop) as base:
        sets = [base.rows(name, {"$select": "Ref_Key"}) for name in (SALES, RETURNS, CORRECTIONS)]
        records = base.rows(RECORDS, {"$select": "СуммаВыручки"})
    told = [row["Ref_Key"] for rows in sets for row in rows]
    assert sorted(told) == sorted(paper.ref for paper in papers_of(shop))
    assert sum(row["СуммаВыручки"] for row in records) * 10_000 == sum(
        signed_amount(line) for line in shop.lines(date.min, date.max))
    assert len(told) > len({paper.ref for paper in papers_of(shop) if paper.counts}) > 0


def test_records_carry_signs_keys_and_no_unknown_cost() -> None:
    with published() as base:
        sale, second, returned, correction, _ = base.rows(RECORDS, {"$orderby": "Period,LineNumber"})
        assert (sale["Recorder_Type"], sale["LineNumber"], sale["Active"]) == (f"StandardODATA.{SALES}", "1", True)
        assert (sale["СуммаВыручки"], sale["СуммаВыручкиБезНДС"]) == (Decimal("2230.5"), Decimal("1858.75"))
        assert (sale["Стоимость"], second["Стоимость"]) == (1000, None)
        assert (returned["СуммаВыручки"], returned["Количество"]) == (Decimal("-1115.25"), -1)
        assert (correction["СуммаВыручки"], returned["ЗаказКлиента"]) == (-50, ORDER)
        (key,) = base.rows("Catalog_КлючиАналитикиУчетаПоПартнерам",
                           {"$filter": f"Ref_Key eq guid'{sale['АналитикаУчетаПоПартнерам_Key']}'"})
        assert key["Партнер_Key"] == guid("partner", SALE.buyer)
        (goods,) = base.rows("Catalog_КлючиАналитикиУчетаНоменклатуры",
                             {"$filter": f"Ref_Key eq guid'{second['АналитикаУчетаНоменклатуры_Key']}'"})
        assert (goods["Description"], goods["Характеристика_Key"]) == ("Ткань, м", EMPTY)
        recorder = f"Recorder eq cast(guid'{sale['Recorder']}','{SALES}')"
        assert len(base.rows(RECORDS, {"$filter": recorder})) == 2
        assert len(base.rows(RECORD_SETS, {"$filter": recorder})[0]["RecordSet"]) == 2


@pytest.mark.parametrize(("configuration", "sale", "returned", "part"), [
    ("bp3", SALES, "Document_ВозвратТоваровОтПокупателя", "Товары"),
    ("unf", "Document_РасходнаяНакладная", "Document_ПриходнаяНакладная", "Запасы"),
])
def test_other_configurations_publish_other_sets(configuration: str, sale: str, returned: str, part: str) -> None:
    with published() as base:
        base.service.publication = replace(Publication(), configuration=configuration)
        names = {each["name"] for each in base.ask("").json()["value"]}
        first = base.rows(sale, {"$orderby": "Date"})[0]
        assert len(first[part]) == 2
        assert first["Контрагент_Key"] == guid("partner", SALE.buyer)
        assert base.rows(returned)[0][part][0]["Количество"] == 1
        assert base.rows(f"{returned}_{part}")
        assert base.refused(RETURNS, {}) == (404, "8")
        assert not {"Catalog_Партнеры", RECORDS} & names


def test_unf_tells_the_kind_of_operation_and_the_order() -> None:
    with published(publication=Publication("unf")) as base:
        wanted = {"$select": "Запасы/Всего,Запасы/Заказ____Presentation"}
        returned = {"$filter": "ВидОперации eq 'ВозвратОтПокупателя'"}
        assert base.rows("Document_ПриходнаяНакладная", wanted | returned) == [{"Запасы": [{
            "Всего": Decimal("1115.25"),
            "Заказ____Presentation": "Заказ покупателя ЗТМ-0000123 от 25.08.2026 9:05:00"}]}]


def test_bp3_has_services_apart_and_sums_that_may_lack_vat() -> None:
    lines = [SALE, SECOND._replace(product="Доставка", product_category="Услуги")]
    with published(ListShop(lines), Publication("bp3")) as base:
        (row,) = base.rows(SALES)
        assert [row["Товары"][0]["LineNumber"], row["Услуги"][0]["LineNumber"]] == ["1", "2"]
        assert row["СуммаВключаетНДС"] is sums_with_vat(papers_of(ListShop(lines))[0])
        assert "СуммаСНДС" not in row["Товары"][0]
        invoice = "СчетНаОплатуПокупателю____Presentation"
        shown = {invoice: "Счет покупателю ЗТМ-0000123 от 25.08.2026 9:05:00"}
        assert base.rows(SALES, {"$select": invoice}) == [shown]


def test_what_is_selected_of_tables_and_of_everything_else() -> None:
    with published() as base:
        assert base.rows(SALES, {"$select": "Number,Товары", "$top": "1"})[0].keys() == {"Number", "Товары"}
        assert "Товары" not in base.rows(SALES, {"$select": "**"})[0]
        assert "Товары" not in base.rows(SALES, {"$select": "**,Товары"})[0]
        assert "Товары" in base.rows(SALES, {"$select": "*"})[0]
        assert base.rows(SALES, {"$select": "Ref_Key, Number , Number"})[0].keys() == {"Ref_Key", "Number"}


def test_a_reference_is_expanded_only_if_select_lists_its_path() -> None:
    with published() as base:
        told = {"$expand": "Партнер,Организация", "$orderby": "Date", "$top": "1"}
        assert base.rows(SALES, told)[0]["Партнер"]["ОсновнойМенеджер_Key"] == guid("Catalog_Пользователи", "Отдел 1")
        assert base.rows(SALES, told | {"$select": "Number"}) == [{"Number": "ТМ00-180814"}]
        assert base.rows(SALES, told | {"$select": "Партнер/Description"}) == [
            {"Партнер": {"Description": "Ателье «Ёлка»"}}]
        assert base.rows(SALES, {"$select": "Number,Партнер/Description", "$top": "1"}) == [{"Number": "ТМ00-180814"}]
        assert base.refused(SALES, {"$expand": "Валюта"}) == (400, "6")
        assert base.rows(SALES, {"$expand": "Партнер", "$filter": "Number eq 'ТТ00-000001'"})[0]["Партнер"] is None


def test_partners_have_contacts_a_manager_and_a_wish() -> None:
    with published() as base:
        first, second = base.rows("Catalog_Партнеры", {"$select": "*,*____Presentation"})
        assert [list(contact.values()) for contact in first["КонтактнаяИнформация"]] == [
            [first["Ref_Key"], "1", "АдресЭлектроннойПочты", "a@example.com"],
            [first["Ref_Key"], "2", "Телефон", "+79000000000"]]
        assert [first["Description"], first["ОсновнойМенеджер____Presentation"], first["ГруппаДоступа____Presentation"],
                first["НеБеспокоить"]] == ["Ателье «Ёлка»", "Отдел 1", "Опт", False]
        assert (second["Ref_Key"], second["НеБеспокоить"]) == ("11111111-2222-3333-4444-555555555555", True)
        assert base.rows("Catalog_Партнеры", {"$filter": "НеБеспокоить eq true", "$select": "Ref_Key"}) == [
            {"Ref_Key": second["Ref_Key"]}]
        telephone = "КонтактнаяИнформация/any(c: c/Тип eq 'Телефон')"
        assert len(base.rows("Catalog_Партнеры", {"$filter": telephone})) == 1


def test_the_version_of_a_partner_changes_with_it() -> None:
    shop = small_shop()
    with published(shop) as base:
        before = base.rows("Catalog_Партнеры")
        shop.add_partner(shop.partners()[0]._replace(email="new@example.com"))
        after = base.rows("Catalog_Партнеры", {"$orderby": "Description"})
    assert [row["DataVersion"] == old["DataVersion"] for row, old in zip(after, before, strict=True)] == [False, True]


def test_contractors_belong_to_partners_and_have_tax_numbers() -> None:
    with published() as base:
        (first, retail) = base.rows("Catalog_Контрагенты")
        assert [first[name] for name in ("Description", "ИНН", "КПП", "Партнер_Key")] == [
            "ООО «Ёлка»", "5902000000", "590201001", guid("partner", SALE.buyer)]
        assert (retail["ИНН"], retail["Партнер_Key"]) == ("", EMPTY)
        base.service.publication = Publication("unf")
        (buyer, _) = base.rows("Catalog_Контрагенты")
        assert [buyer["Description"], buyer["ИНН"], len(buyer["КонтактнаяИнформация"])] == [
            "Ателье «Ёлка»", "5902000000", 2]


@pytest.mark.parametrize(("name", "described"), [
    ("Catalog_Организации", ["ООО «Мода»", "ИП Тестовый"]), ("Catalog_Склады", ["Основной склад"]),
    ("Catalog_Номенклатура", ["Платье", "Ткань, м"]), ("Catalog_ХарактеристикиНоменклатуры", ["синий, 48"]),
])
def test_other_catalogues_come_from_the_lines(name: str, described: list[str]) -> None:
    with published() as base:
        rows = base.rows(name)
        assert [row["Description"] for row in rows] == described
        told = FORMAT | {"$select": "Ref_Key,Description,Code"}
        assert base.ask(f"{name}(guid'{rows[0]['Ref_Key']}')", told).json().keys() == {"Ref_Key", "Description", "Code"}
