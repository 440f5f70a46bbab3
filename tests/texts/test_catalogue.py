from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.ports import Texts
from rfm_service.texts.catalogue import LANGUAGES, Catalogue, currency_symbol

MILLION = 1_000_000 * 10_000


def catalogue(language: str) -> Texts:
    return Catalogue(language, {"ru": "RUB", "en": "USD", "zh": "CNY", "tr": "TRY"}[language])


def written(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(("language", "label"), [("ru", "Чемпионы"), ("en", "Champions"), ("zh", "冠军客户"),
                                                 ("tr", "Şampiyonlar")])
def test_a_text_comes_in_the_language(language: str, label: str) -> None:
    assert catalogue(language)("Champions") == label


def test_a_text_without_translation_falls_back_to_english() -> None:
    texts = catalogue("ru")
    assert texts("Nobody translated {this}", this="yet") == "Nobody translated yet"
    assert texts.plural("{count} gizmo", "{count} gizmos", 2) == "2 gizmos"
    assert texts("") == ""


def test_values_are_never_read_as_templates() -> None:
    texts = catalogue("ru")
    assert texts("Data through {day}", day="{day} %s {0}") == "Данные по {day} %s {0} включительно"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 покупателей"), (1, "1 покупатель"), (2, "2 покупателя"),
                                              (5, "5 покупателей"), (11, "11 покупателей"),
                                              (21, "21 покупатель"), (112, "112 покупателей"),
                                              (1022, "1 022 покупателя")])
def test_russian_has_three_plural_forms(count: int, shown: str) -> None:
    assert written(catalogue("ru").plural("{count} customer", "{count} customers", count)) == shown


@pytest.mark.parametrize(("language", "shown"), [("en", ["1 customer", "2 customers"]),
                                                 ("zh", ["1 名客户", "2 名客户"]), ("tr", ["1 müşteri", "2 müşteri"])])
def test_plural_forms_of_other_languages(language: str, shown: list[str]) -> None:
    texts = catalogue(language)
    assert [texts.plural("{count} customer", "{count} customers", count) for count in (1, 2)] == shown


@pytest.mark.parametrize(("language", "shown"), [
    ("ru", ["-1 234 567,50 ₽", "1 234 568 ₽", "12,3 млн ₽", "950 ₽", "8,3 %", "20 ноября 2026 г.", "нояб. 2026"]),
    ("en", ["-$1,234,567.50", "$1,234,568", "$12.3M", "$950", "8.3%", "November 20, 2026", "Nov 2026"]),
    ("zh", ["-¥1,234,567.50", "¥1,234,568", "¥1234.6万", "¥950", "8.3%", "2026年11月20日", "2026年11月"]),
    ("tr", ["-₺1.234.567,50", "₺1.234.568", "₺12,3 Mn", "₺950", "%8,3", "20 Kasım 2026", "Kas 2026"]),
])
def test_money_shares_and_dates(language: str, shown: list[str]) -> None:
    texts = catalogue(language)
    day = date(2026, 11, 20)
    found = [texts.amount(-12_345_675_000, 2), texts.amount(12_345_675_000), texts.compact(123_456_780_000),
             texts.compact(9_504_000), texts.percent(0.083, 1), texts.day(day), texts.month(2026, 11)]
    assert [written(each) for each in found] == shown


def test_short_money_keeps_its_digits_and_its_sign_on_one_side() -> None:
    assert catalogue("zh").compact(153_841_848 * 10_000) == "¥1.54亿"
    assert [written(catalogue("tr").compact(each * 10_000)) for each in (485_000, -485_000)] == ["₺485 bin",
                                                                                               "-₺485 bin"]


def test_money_is_exact_where_a_float_is_not() -> None:
    assert written(catalogue("ru").amount(90_071_992_547_409_931_234, 4)) == "9 007 199 254 740 993,1234 ₽"


def test_numbers() -> None:
    texts = catalogue("tr")
    assert texts.number(1_234_567) == "1.234.567"
    assert texts.number(Decimal("1234.5"), 2) == "1.234,50"
    assert currency_symbol("ru", "RUB") == "₽"


@given(st.sampled_from(LANGUAGES), st.integers(-10**18, 10**18))
def test_any_amount_can_be_written(language: str, amount: int) -> None:
    texts = catalogue(language)
    assert all((texts.amount(amount), texts.compact(amount), texts.amount(amount, 2)))


def test_another_language_is_refused() -> None:
    with pytest.raises(FileNotFoundError):
        Catalogue("de", "EUR")
