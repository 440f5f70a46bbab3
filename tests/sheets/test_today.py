"""The sheet Today, of everybody and of one sales manager (reference S3-23, S3-18, S3-19, S2-19, S3-32)."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from functools import cache
from io import BytesIO

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from rfm_service.analysis.outreach.actions import actions
from rfm_service.analysis.outreach.reasons import reasons
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import Action
from rfm_service.domain.values import day_of
from rfm_service.renderers import lists, workbook
from rfm_service.sheets.book import HIGHEST_ROW, LINE_HEIGHT, lines
from rfm_service.texts.catalogue import Catalogue
from rfm_service.texts.plain import plain
from tests.renderers.findings import HOSTILE_NAMES, make_findings

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported")
RU = Catalogue("ru", "RUB")
FINDINGS = make_findings(300, hostile=True)
OLGA = "managers/olga-svetlova-2f39ce.xlsx"
WRAPPED = ("Покупатель", "Почему", "Что делать", "Телефон", "Чаще всего покупает")
HEADER = 3
"""The row of the headings, counted from 1."""


def loaded(content: bytes) -> Workbook:
    return openpyxl.load_workbook(BytesIO(content))


@cache
def made() -> Worksheet:
    return loaded(workbook.Renderer().render(FINDINGS, RU)["RFM.xlsx"]).worksheets[0]


def olga(findings: Findings = FINDINGS) -> Workbook:
    return loaded(lists.Renderer().render(findings, RU)[OLGA])


def table(sheet: Worksheet) -> list[dict[str, object]]:
    found = list(sheet.iter_rows(min_row=HEADER, values_only=True))
    return [dict(zip(map(str, found[0]), row, strict=True)) for row in found[1:]]


def of_olga(findings: Findings) -> pd.DataFrame:
    today = findings.today
    return today[today["manager"] == "Ольга Светлова"]


def nobody(findings: Findings) -> Findings:
    return dataclasses.replace(findings, snapshot=findings.snapshot.assign(state="waits"))


def test_s3_23_everything_of_the_row_is_there_in_the_order_of_the_list() -> None:
    today, rows = FINDINGS.today, table(made())
    assert len(rows) == len(today) > 50
    assert [row["Код покупателя"] for row in rows] == today["customer_id"].tolist()
    assert list(rows[0]) == [
        "Приоритет", "Покупатель", "Почему", "Что делать", "Телефон", "Чаще всего покупает", "Давность, дней",
        "Ждём от контакта, ₽", "Менеджер", "Последняя покупка", "Число заказов", "Уровень ценности", "Чем выделяется",
        "Как меняются покупки", "Ценность покупателя, баллы 0–100", "Потенциал", "Вернули, доля денег",
        "Последний контакт", "Канал продаж", "Почта", "Свой перерыв между покупками, дней",
        "Обычный перерыв для таких товаров, дней", "Тревожная черта, дней", "Обычно молчит не дольше, дней",
        "Вес молчания", "Маржа заказа, ₽", "Ждём возвратов, доля денег", "Стоимость контакта, ₽", "Код покупателя"]


def test_numbers_and_days_are_real_ones() -> None:
    for row, kept in zip(table(made()), FINDINGS.today.to_dict("records"), strict=True):
        assert row["Приоритет"] == pytest.approx(kept["priority"])
        assert row["Последняя покупка"] == datetime.combine(day_of(kept["last_purchase"]), datetime.min.time())
        assert float(str(row["Ждём от контакта, ₽"])) * 10_000 == pytest.approx(kept["expected"])
        assert float(str(row["Маржа заказа, ₽"])) * 10_000 == pytest.approx(kept["margin"])
        assert float(str(row["Стоимость контакта, ₽"])) * 10_000 == pytest.approx(kept["touch_cost"])
        assert row["Вес молчания"] == pytest.approx(kept["uplift"])
        assert row["Вернули, доля денег"] == pytest.approx(kept["observed_returns"])
        assert row["Ждём возвратов, доля денег"] == pytest.approx(kept["return_rate"])
        assert (row["Давность, дней"], row["Тревожная черта, дней"]) == (kept["recency_days"], kept["warning_line"])
        assert row["Свой перерыв между покупками, дней"] == (kept["personal_cycle"] or None)
        assert row["Обычно молчит не дольше, дней"] == (kept["rhythm_line"] or None)
        assert (row["Последний контакт"] is None) == (kept["last_contact"] == 0)
        assert (row["Телефон"] or "", row["Канал продаж"] or "") == (kept["phone"], kept["channel"])


def test_s3_18_and_s3_19_why_and_what_to_do_are_told_of_everybody() -> None:
    today, rows = FINDINGS.today, table(made())
    assert [row["Почему"] for row in rows] == reasons(today, RU).map(plain).tolist()
    usual = ~today["favourite"].isin(HOSTILE_NAMES) & (today["favourite"].str.len() < 60)
    told = actions(today, (), RU)
    assert usual.sum() > 20
    assert [row["Что делать"] for row, short in zip(rows, usual, strict=True) if short] == told[usual].tolist()


def test_s3_18_the_table_of_the_settings_goes_before_ours() -> None:
    rules = dataclasses.replace(FINDINGS.worklist.rules, actions=(Action("=HYPERLINK(1)\x00 {product}", tier="high"),))
    findings = dataclasses.replace(FINDINGS, worklist=dataclasses.replace(FINDINGS.worklist, rules=rules))
    for row, tier in zip(table(olga(findings).worksheets[0]), of_olga(findings)["value_tier"], strict=True):
        assert str(row["Что делать"]).startswith("=HYPERLINK(1) ") == (tier == "high")


def test_s3_32_bands_are_colours_that_the_lines_above_explain() -> None:
    sheet = made()
    count = RU.plural("{count} customer", "{count} customers", len(FINDINGS.today))
    assert sheet["A1"].value == f"С кем связаться {RU.day(date(2026, 11, 21))}: {count}"
    legend = [(cell.value, cell.fill.bgColor.rgb, cell.fill.fgColor.rgb) for cell in sheet[2][1:5]]
    assert [text for text, *_ in legend] == [
        "100 и больше: самые срочные", "80–99: им тоже звоните в первую очередь", "50–79: следом за ними",
        "меньше 50: если останется время"]
    formats = sheet.conditional_formatting
    rules = [rule for area in formats if area.sqref == f"A4:A{sheet.max_row}" for rule in area.rules]
    rules.sort(key=lambda rule: rule.priority)
    assert [(rule.operator, rule.formula) for rule in rules] == [
        ("greaterThanOrEqual", ["100"]), ("greaterThanOrEqual", ["80"]), ("greaterThanOrEqual", ["50"]),
        ("lessThan", ["50"])]
    assert all(rule.stopIfTrue for rule in rules)
    assert [rule.dxf.fill.bgColor.rgb for rule in rules] == [colour for *_, colour in legend]


def test_it_is_ready_to_read_and_to_print() -> None:
    sheet, last = made(), HEADER + len(FINDINGS.today)
    assert sheet.freeze_panes == "C4"
    assert sheet.auto_filter.ref == f"A3:AC{last}"
    assert sheet.print_area == f"'Сегодня'!$A$1:$I${last}"
    assert (sheet.print_title_rows, sheet.page_setup.orientation) == ("$3:$3", "landscape")
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    folded = [letter for letter, size in sheet.column_dimensions.items() if size.outlineLevel]
    assert sheet[f"{folded[0]}3"].value == "Свой перерыв между покупками, дней"
    assert not any(size.hidden for size in sheet.column_dimensions.values())


@pytest.mark.parametrize("where", ["everybody", "olga"])
def test_no_sentence_is_cut(where: str) -> None:
    sheet = made() if where == "everybody" else olga().worksheets[0]
    named = {str(cell.value): cell for cell in sheet[HEADER]}
    widths = {name: next(size.width for size in sheet.column_dimensions.values()
                         if size.min <= named[name].column <= size.max) - 0.7 for name in WRAPPED}
    for number, row in enumerate(table(sheet), start=HEADER + 1):
        high = max(lines(str(row[name] or ""), round(width)) for name, width in widths.items())
        assert high == 1 or sheet.row_dimensions[number].height >= min(LINE_HEIGHT * high, HIGHEST_ROW)
        assert all(sheet.cell(number, named[name].column).alignment.wrap_text for name in widths if row[name])


def test_hostile_texts_run_nothing() -> None:
    assert {"=cmd|'/C calc'!A0", "+7 912 000-00-00"} & set(FINDINGS.today["favourite"])
    for sheet in (made(), *olga().worksheets):
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
        assert all("\x00" not in str(cell.value) and "\u202e" not in str(cell.value) for cell in cells)


def test_an_empty_list_says_calmly_why() -> None:
    sheet = loaded(workbook.Renderer().render(nobody(make_findings(30)), RU)["RFM.xlsx"]).worksheets[0]
    assert sheet["A4"].value == (
        "Сегодня связываться ни с кем не нужно; почему, сказано о каждом на листе «Покупатели».")
    assert sheet.max_row == HEADER + 1
    assert not sheet.conditional_formatting
    first = loaded(workbook.Renderer().render(make_findings(0), RU)["RFM.xlsx"]).worksheets[0]
    assert first["A4"].value == "В списке пока никого: за период нет заказов."


def test_s2_19_a_sales_manager_has_the_rows_that_are_his() -> None:
    book = olga()
    assert book.sheetnames[:2] == ["Сегодня", "Покупатели"]
    assert book.active.title == "Сегодня"
    rows = table(book.worksheets[0])
    assert [row["Код покупателя"] for row in rows] == of_olga(FINDINGS)["customer_id"].tolist()
    assert list(rows[0]) == [
        "Приоритет", "Покупатель", "Почему", "Что делать", "Телефон", "Почта", "Чаще всего покупает", "Давность, дней",
        "Ждём от контакта, ₽", "Когда связались", "Итог", "Заметка", "Следующий контакт", "Код покупателя"]
    everyone = [row["Код покупателя"] for content in lists.Renderer().render(FINDINGS, RU).values()
                for row in table(loaded(content).worksheets[0])]
    assert sorted(map(str, everyone)) == sorted(FINDINGS.today["customer_id"])


def test_both_sheets_of_a_sales_manager_are_filled_alike() -> None:
    today, every = olga().worksheets[:2]
    for sheet, header in ((today, HEADER), (every, 1)):
        heading = {str(cell.value): cell.column_letter for cell in sheet[header]}
        choice, *days = sheet.data_validations.dataValidation
        assert (choice.type, choice.formula1) == ("list", '"Позвонили,Написали,Отказ,Купил"')
        assert [str(each.sqref) for each in (choice, *days)] == [
            f"{heading[name]}{header + 1}:{heading[name]}{sheet.max_row}"
            for name in ("Итог", "Когда связались", "Следующий контакт")]
        assert sheet.column_dimensions[heading["Код покупателя"]].hidden
        assert not sheet.protection.sheet


def test_a_sales_manager_with_nobody_today_is_told_so() -> None:
    book = olga(nobody(FINDINGS))
    sheet = book.worksheets[0]
    assert sheet["A4"].value == (
        "Сегодня вам ни с кем связываться не нужно: недавно уже связывались, договорились на другой день или нет "
        "повода. Все ваши покупатели на листе «Покупатели».")
    assert "Итог" not in {cell.value for cell in sheet[HEADER]}
    assert not sheet.data_validations.dataValidation
    assert book.worksheets[1].max_row > 50
