"""The sheet Indicators tells by what the list was made, with the numbers of the night (reference S3-23)."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from fractions import Fraction
from io import BytesIO

import openpyxl
import pytest

from rfm_service.analysis.outreach import priority, worth
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import STATES, USUAL_HOLDOUT, Category, Outreach, Scale
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.drawing.priority_words import reckoned
from rfm_service.drawing.worklist_words import parts
from rfm_service.renderers.workbook import Renderer
from rfm_service.sheets.today import today_columns
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.outreach_labels import state_labels
from tests.renderers.findings import HOSTILE_NAMES, make_findings

RU = Catalogue("ru", "RUB")
FINDINGS = make_findings(300)


def told(findings: Findings = FINDINGS, texts: Catalogue = RU) -> dict[str, str]:
    """What is said, by its caption, blanks of numbers made plain; of two of a caption the first."""
    facts = [fact for part in parts(findings, texts) for fact in part.facts]
    return {fact.caption: str(fact.told).replace("\xa0", " ") for fact in reversed(facts)}


def with_rules(**changes: object) -> Findings:
    worklist = dataclasses.replace(FINDINGS.worklist, rules=dataclasses.replace(FINDINGS.worklist.rules, **changes))
    return dataclasses.replace(FINDINGS, worklist=worklist)


def with_list(**changes: object) -> Findings:
    return dataclasses.replace(FINDINGS, worklist=dataclasses.replace(FINDINGS.worklist, **changes))


@pytest.mark.filterwarnings("ignore:.*xtension is not supported")
def test_it_is_a_sheet_with_real_numbers() -> None:
    sheet = openpyxl.load_workbook(BytesIO(Renderer().render(FINDINGS, RU)["RFM.xlsx"]))["Показатели"]
    rows = dict(sheet.iter_rows(max_col=2, values_only=True))
    assert rows["На день"] == datetime(2026, 11, 21)
    assert rows["В списке"] == len(FINDINGS.today)


def test_every_customer_is_somewhere() -> None:
    labels, said = state_labels(RU), told()
    assert sum(int(said[labels[state]]) for state in STATES) == len(FINDINGS.snapshot)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_the_list_is_explained(language: str) -> None:
    texts = Catalogue(language, "RUB")
    known = {"customer", "manager", "frequency", "email", "customer_id"}
    headings = {column.heading for column in today_columns(FINDINGS.today, FINDINGS, texts)}
    (*_, columns) = parts(FINDINGS, texts)
    explained = {fact.caption for fact in columns.facts}
    assert explained <= headings
    assert len(headings - explained) == len(known)


def test_s3_01_the_formula_is_that_of_the_night() -> None:
    model, seed = told(), told(with_list(mode="seed"))
    assert "прогноз на 30 дней" in model["Формула знаками"]
    assert model["Прибавка от контакта"].startswith("20 %: ")
    assert "ещё не измерено" in model["Прибавка от контакта"]
    assert "не измерено" not in told(with_list(measured=True, lift=0.173))["Прибавка от контакта"]
    assert told(with_list(measured=True, lift=0.173))["Прибавка от контакта"].startswith("17,3 %: ")
    assert "вес молчания" in seed["Формула знаками"]
    assert seed["Вес заказов"] == "1 заказ: 0,3; 2 заказа: 0,6; 3 и больше: 1."
    assert seed["Баллы сверху"] == "звезде 30, с потенциалом 15; от 10 заказов 20, от 5 заказов 10."
    assert "500" in seed["Что решает"]
    assert "500" not in told(with_list(mode="seed", rules=Outreach(mode="seed")))["Что решает"]


def test_s3_08_a_point_is_the_money_that_priorities_were_reckoned_with() -> None:
    worklist, rows = FINDINGS.worklist, FINDINGS.snapshot
    point = priority.point(rows, worklist.scale, worklist.rules)
    assert told(with_list(mode="seed"))["Один балл"].startswith(reckoned(point, RU).replace("\xa0", " "))


def test_s3_08_by_places_the_middle_one_is_half_way() -> None:
    rows = FINDINGS.snapshot
    worth = rows.loc[rows["expected"] > 0, "priority"]
    assert worth.median() == pytest.approx(60, abs=0.5)
    assert "60" in told()["Один балл"]
    assert "120" in told()["Один балл"]


def test_s3_08_the_median_margin_is_that_of_the_customers() -> None:
    margin = FINDINGS.snapshot["margin"]
    assert FINDINGS.worklist.scale.margin == pytest.approx(margin[margin > 0].median(), abs=1)
    assert told()["Обычная маржа заказа (медиана)"].startswith(
        reckoned(FINDINGS.worklist.scale.margin, RU).replace("\xa0", " "))
    assert told(make_findings(0))["Обычная маржа заказа (медиана)"].startswith("Неизвестна")


def test_s3_13_tiers_have_borders_in_money() -> None:
    scale = Scale(100.0 * MONEY_SCALE, 1000.0 * MONEY_SCALE)
    found = told(with_list(scale=scale))
    assert found["Высокий"] == (
        "потратил больше 16 000 ₽ или сделал не меньше 3 заказов в среднем дороже 1 600 ₽")
    assert found["Средний"] == "потратил не меньше 6 400 ₽ или сделал не меньше 2 заказов"
    assert "обычного заказа, а он здесь 1 000 ₽" in found["Откуда границы"]
    tiers = dataclasses.replace(Outreach().tiers, high_money=7, middle_money=5, high_order=1)
    assert told(with_rules(tiers=tiers))["Откуда границы"] == "Из настроек."


def test_s3_05_and_s3_06_silence_has_its_numbers() -> None:
    found = told(with_rules(churn_multiplier=Fraction(7, 4), churn_floor_days=31, rhythm_orders=5,
                            rhythm_quantile=Fraction(19, 20)))
    assert found["Тревожная черта"].startswith("Самое долгое из трёх: 1,75 × ")
    assert found["Тревожная черта"].endswith("31 день.")
    assert found["Свой ритм"] == "Начиная с 5 покупок: 95 % перерывов этого покупателя были не дольше."
    assert found["Вес молчания"].startswith("0,6 до тревожной черты")


def test_s3_14_the_parts_of_the_worth_are_a_hundred() -> None:
    points = (worth.MONEY_POINTS, worth.ORDER_POINTS, worth.SILENCE_POINTS, worth.LATE_POINTS, worth.CHANGE_POINTS,
              worth.EVEN_POINTS)
    found = told()
    assert sum(points) == 100
    assert found["Прошлое"] == (
        "до 25 за место по деньгам среди всех покупателей, до 15 за заказы: полностью с 10 заказов")
    assert (found["Звезда"], found["С потенциалом"]) == ("от 80 баллов", "от 50 баллов")


def test_s3_09_and_s3_10_goods_and_channels_are_as_set() -> None:
    found = told(with_rules(
        categories={"Куртки\u202e": Category(Fraction(9, 20), 180, None, 300 * MONEY_SCALE, 5000 * MONEY_SCALE),
                    HOSTILE_NAMES[0]: Category()},
        channels={"小红书": 85_000}))
    assert found["Товары: Куртки"] == (
        "маржа 45 %; покупают снова через 180 дней; контакт стоит 300 ₽; маржа заказа по оценке не больше 5 000 ₽")
    assert found[f"Товары: {HOSTILE_NAMES[0]}"] == "—"
    assert found["Канал: 小红书"] == "контакт стоит 8,50 ₽"
    assert found["Все товары, если ниже не сказано другое"].startswith("маржа 32 %; покупают снова через 60 дней; "
                                                                      "возвращают 8 %; контакт стоит ")


def test_s3_08_known_costs_are_told() -> None:
    baskets = FINDINGS.trade.baskets
    share = RU.percent(baskets["costed"].sum() / baskets["sold"].sum()).replace("\xa0", " ")
    assert told()["Себестоимость известна"] == f"для {share} продаж за период."
    assert told(make_findings(0))["Себестоимость известна"] == "для 0 % продаж за период."


def test_s3_11_and_s3_31_who_comes_onto_the_list_is_told() -> None:
    found = told()
    assert found["После контакта"] == (
        "7 дней без нового; за 30 дней не больше 5 контактов при высоком уровне ценности, 2 при среднем, 1 при низком.")
    assert found["День менеджера"] == "Не больше 40 покупателей, по приоритету."
    assert told(with_rules(capacity=0))["День менеджера"] == "Все покупатели, для которых есть повод."
    singles = [told(with_rules(single_order=each))["Всего один заказ"] for each in ("previous_month", "days", "all")]
    assert len(set(singles)) == 3
    assert "30 дней" in singles[1]


def test_who_is_left_without_contact_is_told() -> None:
    assert told()["Оставлены без контакта"].startswith("10 % покупателей")
    assert (told()["Кампания"], told()["Заказы считаются"]) == ("2026-Q4", "30 дней после первого дня в списке")
    nobody = told(with_list(holdout=USUAL_HOLDOUT))
    assert nobody["Оставлены без контакта"].startswith("Никто")
    assert "Кампания" not in nobody
