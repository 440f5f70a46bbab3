"""The sheet of products to work on."""

from __future__ import annotations

import dataclasses
from datetime import date
from fractions import Fraction
from io import BytesIO

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from rfm_service.analysis.products import alerts, product_activity
from rfm_service.domain.product_rules import ADVICE, ALERT_KINDS, USUAL_PRODUCT_RULES, ProductRules
from rfm_service.domain.values import Basis
from rfm_service.drawing.product_alerts import alert_lines, alert_rules
from rfm_service.sheets import alerts as sheets
from rfm_service.sheets.book import Book
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.outreach_labels import alert_labels, product_advice
from tests.analysis.goods import AS_OF, Sold, lines_of, named
from tests.renderers.findings import HOSTILE_NAMES, make_findings
from tests.rules import ruled

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported")
RU = Catalogue("ru", "RUB")
NOBODY = make_findings(0)
ROWS = [*(Sold(1, 10 + at, cost=110) for at in range(5)), *(Sold(2, 10 + at) for at in range(6)),
        *(Sold(3, 10 + at, cost=80) for at in range(4)), *(Sold(3, 10 + at, returned=True) for at in range(3))]
NAMES = {1: "Кисть", 2: "Валик", 3: "=cmd|'/C calc'!A0"}


def told(rows: list[Sold], names: dict[int, str]) -> pd.DataFrame:
    activity = product_activity(lines_of(rows), Basis(AS_OF, ruled()), USUAL_PRODUCT_RULES.push_days)
    return alerts(activity, named(names), USUAL_PRODUCT_RULES)


def sheet_of(frame: pd.DataFrame, texts: Catalogue = RU) -> Worksheet:
    content = BytesIO()
    book = Book.opened(content, date(2026, 1, 1), 10)
    worklist = dataclasses.replace(NOBODY.worklist, alerts=frame, products=USUAL_PRODUCT_RULES)
    sheets.product_alerts(book, dataclasses.replace(NOBODY, worklist=worklist), texts)
    book.workbook.close()
    (sheet,) = openpyxl.load_workbook(content).worksheets
    return sheet


def cells(sheet: Worksheet) -> list[list[object]]:
    return [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


def test_s3_20_s3_21_s3_22_the_sheet_tells_each_alert_under_its_rule() -> None:
    sheet = sheet_of(told(ROWS, NAMES))
    assert sheet.title == "Товары в работу"
    head = ["Товар", "Число заказов", "Строк продаж", "Вернули", "Выручка", "Маржа, доля продаж", "Маржа", "Что делать"]
    advice = product_advice(RU)
    assert cells(sheet) == [
        ["Продвигать: 2"], ["Заказов за последние 45 дней: не меньше 5; вернули меньше 20\u00a0%."], head,
        ["Валик", 6, 6, 0, 600, advice["push"]], ["Кисть", 5, 5, 0, 500, -0.1, -50, advice["stop"]], [],
        ["Слишком часто возвращают: 1"], ["Строк продаж за период: не меньше 4; вернули больше 30\u00a0%."], head,
        [NAMES[3], 4, 4, 0.75, 100, 0.2, 80, advice["hold"]], [],
        ["Приносят слишком мало: 2"],
        ["Маржа меньше 35\u00a0% от продаж с известной себестоимостью; таких строк продаж не меньше 2."], head,
        ["Кисть", 5, 5, 0, 500, -0.1, -50, advice["stop"]], [NAMES[3], 4, 4, 0.75, 100, 0.2, 80, advice["price"]]]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_and_nothing_at_all(language: str) -> None:
    texts = Catalogue(language, "RUB")
    # The warehouse holds no half letters.
    names = dict(enumerate(name.encode("utf-8", "replace").decode() for name in HOSTILE_NAMES))
    frame = told([Sold(number, 10 + at, cost=110) for number in names for at in range(5)], names)
    sheet = sheet_of(frame, texts)
    assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
    assert sum(len(row) in (7, 8) for row in cells(sheet)) == 3 + 2 * (len(HOSTILE_NAMES) - 1)
    for line in alert_lines(frame, texts):
        assert line.replace("\u00a0", " ").isprintable()
        assert len(line) < 300
    assert len(cells(sheet_of(told([], {}), texts))) == 11


def test_a_long_list_is_cut_and_its_length_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_SHOWN", 2)
    frame = told([Sold(number, 10 + at) for number in range(1, 6) for at in range(5)],
                 {number: f"Т{number}" for number in range(1, 6)})
    told_cells = cells(sheet_of(frame))
    assert told_cells[0] == ["Продвигать: 5"]
    assert [row[0] for row in told_cells[3:5]] == ["Т1", "Т2"]
    assert told_cells[5] == []


def test_s3_20_s3_21_s3_22_a_line_an_alert_for_the_morning_page() -> None:
    rows = [*ROWS, *(Sold(number, 10 + at) for number in range(5, 9) for at in range(number))]
    names = {**NAMES, **{number: f"Лак {number}" for number in range(5, 9)}}
    assert alert_lines(told(rows, names), RU) == [
        "5 товаров стоит продвигать: Лак 8 (8 заказов); Лак 7 (7 заказов); Валик (6 заказов) и ещё 2.",
        "1 товар возвращают слишком часто, не продвигайте его: =cmd|'/C calc'!A0 (75\u00a0%).",
        "2 товара приносят слишком мало: Кисть (-10\u00a0%); =cmd|'/C calc'!A0 (20\u00a0%)."]
    assert alert_lines(told([], {}), RU) == []
    assert len(alert_lines(told([Sold(1, 10 + at, cost=110) for at in range(5)], NAMES), RU)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_has_words_of_its_own(language: str) -> None:
    texts = Catalogue(language, "RUB")
    assert tuple(alert_labels(texts)) == tuple(alert_rules(USUAL_PRODUCT_RULES, texts)) == ALERT_KINDS
    assert tuple(product_advice(texts)) == ADVICE
    for labels in (alert_labels(texts), product_advice(texts)):
        assert len(set(labels.values())) == len(labels)


def test_a_threshold_is_told_as_it_was_written() -> None:
    rules = alert_rules(ProductRules(push_returns=Fraction(1, 8), push_days=1), Catalogue("en", "RUB"))
    assert rules["push"] == "Orders of the last 1 day: at least 5; came back: less than 12.5%."
