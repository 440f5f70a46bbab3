from __future__ import annotations

import csv
import dataclasses
import zipfile
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from rfm_service.domain.findings import Findings, Gate
from rfm_service.domain.values import day_number, day_of
from rfm_service.renderers import machine_tables
from rfm_service.renderers.workbook import Renderer
from rfm_service.sheets import book
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import HOSTILE_NAMES, make_findings

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported")
RU = Catalogue("ru", "RUB")
FINDINGS = make_findings(300, hostile=True)
HEADINGS = ["Покупатель", "Давность, дней", "Число заказов", "Потратил, ₽", "Частота заказов, дней",
            "RFM-сегмент", "Оптовый сегмент", "Почта"]


def opened(findings: Findings, texts: Catalogue = RU) -> Workbook:
    return openpyxl.load_workbook(BytesIO(Renderer().render(findings, texts)["RFM.xlsx"]))


BOOK = opened(FINDINGS)


def test_the_sheets_are_in_the_readers_language() -> None:
    assert BOOK.sheetnames == [
        "Сегодня", "Покупатели", "Сегменты", "Переходы", "Товары", "Товары в работу",
        "Помогло ли", "Прогноз", "Когорты", "ABC и XYZ", "Группы", "Правила", "Показатели", "Качество данных"]
    assert BOOK.active.title == "Сегодня"
    assert opened(make_findings(3), Catalogue("zh", "CNY")).sheetnames == [
        "今日名单", "客户", "分组", "变动", "商品", "待处理商品", "是否有效", "预测", "同期群", "ABC 与 XYZ",
        "客户群", "规则", "指标说明",
        "数据质量"]


def test_the_header_is_the_promised_one() -> None:
    sheet = BOOK["Покупатели"]
    header = sheet[1]
    assert [cell.value for cell in header[:8]] == HEADINGS
    assert [sheet.column_dimensions[letter].width for letter in "ABH"] == pytest.approx([35, 10, 25], abs=1)
    assert sheet.row_dimensions[1].height == 45
    assert header[0].font.bold
    assert header[0].alignment.wrap_text
    assert header[0].alignment.horizontal == "center"
    assert header[0].border.left.style == "thin"
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:AO{len(FINDINGS.snapshot) + 1}"


def test_only_what_can_be_read_is_printed_and_every_heading_has_room() -> None:
    assert BOOK["Покупатели"].print_area.endswith(f"$H${len(FINDINGS.snapshot) + 2}")
    card = BOOK["Прогноз"]
    headings = [row[0].row for row in card.iter_rows() if row[0].value in ("Метод", "RFM-сегмент")]
    assert [card.row_dimensions[row].height for row in headings] == [45, 45]


def test_a_note_says_which_period_it_is() -> None:
    header = [" ".join(str(cell.value).split("\n")[0].split()) for cell in BOOK["Покупатели"][1]]
    notes = [text for text in header if "365" in text]
    assert notes == ["Все данные рассчитаны за период: 365 дней (21 ноября 2025 г. – 20 ноября 2026 г.)"]


def test_the_most_valuable_come_first_with_real_numbers_and_dates() -> None:
    rows = list(BOOK["Покупатели"].iter_rows(min_row=2, max_col=17, values_only=True))
    kept = {row["customer_id"]: row for row in FINDINGS.snapshot.to_dict("records")}
    money = [row[3] for row in rows]
    assert money == sorted(money, key=lambda value: -float(str(value)))
    for row in rows:
        customer = kept[row[16]]
        assert float(str(row[3])) * 10_000 == pytest.approx(customer["monetary"])
        assert isinstance(row[1], int)
        assert isinstance(row[12], datetime)
        assert row[12].date() == day_of(customer["first_purchase"])


def column(sheet: str, heading: str) -> list[object]:
    rows = list(BOOK[sheet].iter_rows(values_only=True))
    at = rows[0].index(heading)
    return [row[at] for row in rows[1:]]


def test_what_stands_beside_rfm_is_there_in_real_numbers_and_dates() -> None:
    ranked = FINDINGS.snapshot.sort_values(["monetary", "customer_id"], ascending=[False, True])
    assert column("Покупатели", "Вероятность заказа за 90 дней") == pytest.approx(ranked["p90"].tolist(), abs=1e-6)
    assert [float(str(each)) for each in column("Покупатели", "Ожидается за 90 дней, ₽")] == pytest.approx(
        [amount / 10_000 for amount in ranked["spend90"]])
    due = column("Покупатели", "Следующий заказ ждём")
    assert [each.date() for each in due if isinstance(each, datetime)] == [day_of(day) for day in ranked["due"]]
    assert column("Покупатели", "ABC") == ranked["abc"].tolist()


def test_segments_tell_their_worth_and_sums_only_where_they_mean_something() -> None:
    worth = FINDINGS.worth.segments.set_index("segment")
    names = column("Сегменты", "RFM-сегмент")
    average, total = column("Сегменты", "Средний заказ, ₽"), len(worth)
    assert float(str(average[names.index("Лояльные")])) * 10_000 == pytest.approx(int(worth.at["loyal", "aov"]))
    assert average[total] is None
    assert column("Сегменты", "Закажут за 90 дней")[total] is not None


def test_little_to_go_by_is_said_on_the_sheets_that_it_is_about() -> None:
    book = opened(dataclasses.replace(make_findings(5), gate=Gate(5, 30)), Catalogue("ru", "RUB"))
    for name in ("Покупатели", "Сегменты", "Прогноз"):
        assert any("полагаться нельзя" in str(cell.value) for row in book[name].iter_rows(max_row=1) for cell in row)
    enough = opened(dataclasses.replace(make_findings(5), gate=Gate(500, 180)), Catalogue("ru", "RUB"))
    said = [str(cell.value) for sheet in enough for row in sheet.iter_rows() for cell in row]
    assert not any("полагаться нельзя" in text for text in said)


def test_the_card_is_a_sheet() -> None:
    text = [str(cell.value) for row in BOOK["Прогноз"].iter_rows() for cell in row if cell.value is not None]
    card = FINDINGS.card
    assert card is not None
    assert any(line.startswith("Прогноз от") and str(card.groups[0].bought) in line for line in text)
    assert {"0,812", "0,741", "0,803", "модель BG/NBD", "давность последней покупки"} <= set(text)
    assert "Лояльные" in text


def test_cohorts_classes_and_groups_are_sheets() -> None:
    assert len(column("Когорты", "Купили")) == len(FINDINGS.worth.cohorts)
    groups = [str(value) for value in column("Группы", "Значение")]
    assert "не указано" in groups
    classes = [str(cell.value) for row in BOOK["ABC и XYZ"].iter_rows() for cell in row]
    assert any("ABC этого не видит" in line for line in classes)


def test_no_text_becomes_a_formula_or_a_link() -> None:
    for sheet in BOOK:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
    names = {cell.value for cell in BOOK["Покупатели"]["A"]}
    assert {"=cmd|'/C calc'!A0", "+7 912 000-00-00", "-2+3", "@SUM(1)", "http://example.org/"} <= names
    assert "</script><script>alert(1)</script>" in names
    assert {"_x000D_", "<r>& <t>", "<r>&</r> "} <= names


def test_what_a_cell_cannot_hold_is_left_out() -> None:
    names = [cell.value for cell in BOOK["Покупатели"]["A"] if cell.value]
    assert "НУЛЬЗНАК[31m" in names
    assert "половина пары" in names
    assert max(map(len, names)) == 32_767 < max(map(len, HOSTILE_NAMES))


def test_segments_add_up() -> None:
    rows = list(BOOK["Сегменты"].iter_rows(min_row=2, max_col=7, values_only=True))
    assert rows[-1][:2] == ("Всего", FINDINGS.figures.customers)
    assert sum(int(str(row[1])) for row in rows[:-1]) == FINDINGS.figures.customers
    assert float(str(rows[-1][3])) * 10_000 == pytest.approx(FINDINGS.figures.revenue)


def test_moves_are_in_words() -> None:
    book = opened(make_findings(900))
    rows = list(book["Переходы"].iter_rows(min_row=2, max_col=7, values_only=True))
    assert len(rows) == len(make_findings(900).moves)
    assert "нет в списке" in {row[2] for row in rows}
    assert "время идёт без покупок" in {row[4] for row in rows}


def test_data_quality_lists_who_has_no_counting_order() -> None:
    values = [value for row in BOOK["Качество данных"].iter_rows(values_only=True) for value in row]
    assert "=1+1" in values
    assert -12_500 in values


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_customers(count: int) -> None:
    assert opened(make_findings(count))["Покупатели"].max_row == count + 1


def test_the_same_findings_give_the_same_bytes() -> None:
    first, second = (Renderer().render(FINDINGS, RU)["RFM.xlsx"] for _ in range(2))
    assert first == second
    with zipfile.ZipFile(BytesIO(first)) as parts:
        assert {entry.date_time[:3] for entry in parts.infolist()} == {(1980, 1, 1)}
    assert BOOK.properties.created == datetime(2026, 11, 20)
    assert FINDINGS.basis.as_of == date(2026, 11, 20)


def test_a_streamed_workbook_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MANY_ROWS", 10)
    findings = make_findings(50)
    whole = opened(findings)
    monkeypatch.setattr(book, "MANY_ROWS", 10)
    first, second = (Renderer().render(findings, RU)["RFM.xlsx"] for _ in range(2))
    assert first == second
    streamed = openpyxl.load_workbook(BytesIO(first))
    for sheet in whole:
        assert [*streamed[sheet.title].iter_rows(values_only=True)] == [*sheet.iter_rows(values_only=True)]


def test_products_tell_what_they_bring_and_what_comes_back() -> None:
    rows = list(BOOK["Товары"].iter_rows(min_row=2, max_col=10, values_only=True))
    kept = FINDINGS.products.to_dict("records")
    assert len(rows) == len(kept)
    first, whole = kept[0], int(FINDINGS.products["revenue"].sum())
    sold = first["revenue"] + first["returned_money"]
    assert rows[0][1:] == (
        first["revenue"] / 10_000, pytest.approx(first["revenue"] / whole), pytest.approx(first["revenue"] / whole),
        first["orders"], first["customers"], first["pieces"] / 1000,
        pytest.approx(first["returned_pieces"] / first["pieces"]), pytest.approx(first["returned_money"] / sold),
        datetime.combine(day_of(first["last_sale"]), datetime.min.time()))
    assert rows[-1][3] == pytest.approx(1)


def told() -> dict[str, object]:
    """What the sheet Rules says, by its captions."""
    return {str(caption): value for caption, value in BOOK["Правила"].iter_rows(max_col=2, values_only=True) if value}


def test_the_rules_are_in_words_with_the_numbers_of_the_night() -> None:
    rules = told()
    assert str(rules["1. Чемпионы"]).replace("\xa0", " ") == (
        "заказов ≥ 12, потратил ≥ 600 000 ₽, покупал меньше 90 дней назад")
    assert rules["12. Новички"] == "все остальные"
    assert rules["Отчёт за день"] == datetime(2026, 11, 20)
    assert str(rules["Кит"]).replace("\xa0", " ") == "от 500 000 ₽ за два месяца"
    assert "дольше 60 дней" in str(rules["Слишком долго молчат"])
    assert str(rules["A: приносят большую часть денег"]).replace("\xa0", " ").endswith("до 80 % денег")


def test_every_column_of_the_customers_is_explained() -> None:
    headings = [str(cell.value) for cell in BOOK["Покупатели"][1] if cell.value and "365" not in str(cell.value)]
    captions = [row[0].value for row in BOOK["Правила"].iter_rows(max_col=1)]
    assert captions[-len(headings):] == headings


def test_formulas_can_call_tables_and_figures_by_name() -> None:
    named = {name: BOOK.defined_names[name].attr_text for name in BOOK.defined_names}
    assert set(named) == {"rfm_today", "rfm_customers", "rfm_segments", "rfm_moves", "rfm_products", "rfm_as_of",
                          "rfm_revenue", "rfm_orders", "rfm_customers_count"}
    assert named["rfm_customers"] == f"'Покупатели'!$A$1:$AO${len(FINDINGS.snapshot) + 1}"
    single = {name: BOOK["Правила"][str(place).rpartition("!")[2].replace("$", "")].value
              for name, place in named.items() if "!" in str(place) and ":" not in str(place)}
    assert single == {"rfm_as_of": datetime(2026, 11, 20), "rfm_customers_count": FINDINGS.figures.customers,
                      "rfm_orders": FINDINGS.figures.orders, "rfm_revenue": FINDINGS.figures.revenue / 10_000}


def test_the_totals_are_those_of_the_other_files() -> None:
    rows = list(BOOK["Покупатели"].iter_rows(min_row=2, max_col=4, values_only=True))
    written = machine_tables.Renderer().render(FINDINGS, RU)["customers.csv"].decode()
    table = list(csv.DictReader(StringIO(written, newline="")))
    figures = FINDINGS.figures
    assert len(rows) == len(table) == figures.customers
    assert sum(int(str(row[2])) for row in rows) == sum(int(row["frequency"]) for row in table) == figures.orders
    assert sum(round(float(str(row[3])) * 10_000) for row in rows) == figures.revenue
    assert sum(Decimal(row["monetary"]) for row in table) * 10_000 == figures.revenue


def test_segments_have_charts_and_large_tables_have_bars() -> None:
    with zipfile.ZipFile(BytesIO(Renderer().render(FINDINGS, RU)["RFM.xlsx"])) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
        sheets = [parts.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2, 3, 4, 5)]
    assert len(charts) == 3
    assert all("<c:numCache>" in chart for chart in charts)
    assert all("dataBar" in sheet for sheet in sheets)


def test_s0_08_customers_can_be_sorted_by_segment_and_last_contact() -> None:
    header = [cell.value for cell in BOOK["Покупатели"][1]]
    found = {row[header.index("Код покупателя")]: row[header.index("Последний контакт")]
             for row in BOOK["Покупатели"].iter_rows(min_row=2, values_only=True)}
    for row in FINDINGS.snapshot.itertuples():
        told = found[row.customer_id]
        assert (told and day_number(told.date())) == (row.last_contact or None)
