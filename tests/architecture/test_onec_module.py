"""The module to paste into 1C is whole: blocks are closed, and every column of the protocol is there."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from rfm_service.emulator.onec import PARTNER_COLUMNS, SALE_COLUMNS
from rfm_service.sources.onec_http import Fields
from tests.architecture.reading import ROOT

FOLDER = ROOT / "docs" / "1c"
MODULE = (FOLDER / "module.bsl").read_bytes().decode("utf-8")
CLOSES = {"конецесли": "если", "конеццикла": "цикл", "конецфункции": "функция", "конецпроцедуры": "процедура",
          "конецпопытки": "попытка", "#конецобласти": "#область", ")": "(", "]": "["}
QUERY_CLOSES = {"конец": "выбор", ")": "("}
ASIDE = re.compile(r"(//[^\n]*|\"(?:[^\"]|\"\")*\"|'[^'\n]*')")
"""A comment, a string (over several lines too), a date."""
COLUMNS = {*Fields().model_dump().values(), *PARTNER_COLUMNS.values(), *(name for name, _ in SALE_COLUMNS.values()),
           "Дата", "Документов", "Строк"}


def code(text: str) -> str:
    """What 1C executes: no comments, strings and dates."""
    return ASIDE.sub(" ", text)


def strings(text: str) -> list[str]:
    """The texts of the strings."""
    return [found[1:-1].replace('""', '"') for found in ASIDE.findall(text) if found.startswith('"')]


def queries() -> list[str]:
    return [text for text in strings(MODULE) if text.startswith("ВЫБРАТЬ")]


def left_open(text: str, closes: dict[str, str]) -> list[str]:
    """The blocks that are open at the end, or up to the first word that closes another."""
    waiting: list[str] = []
    for word in re.findall(r"#?\w+|[()\[\]]", text.casefold()):
        if word in closes.values():
            waiting.append(word)
        elif word in closes and (not waiting or waiting.pop() != closes[word]):
            return [*waiting, word]
    return waiting


def test_every_block_of_the_module_is_closed() -> None:
    assert left_open(code(MODULE), CLOSES) == []


def test_every_query_of_the_module_is_closed() -> None:
    assert len(queries()) == 4
    assert [left_open(query, QUERY_CLOSES) for query in queries()] == [[]] * 4


@pytest.mark.parametrize("broken", [
    "Функция А()\nЕсли Б Тогда\nКонецФункции", "Пока А Цикл\nКонецЕсли;", "КонецПопытки;", "А = (Б + В;",
    "#Область А\n", "Если А Тогда // КонецЕсли;", 'Попытка\nА = "КонецПопытки";',
])
def test_a_block_left_open_is_seen(broken: str) -> None:
    assert left_open(code(broken), CLOSES)


@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_the_module_answers_with_the_column(column: str) -> None:
    assert any(re.search(rf"КАК {column}\b", query) for query in queries())


@pytest.mark.parametrize("algoritm", ["clasterclients", "partnersdata", "totals"])
def test_the_module_knows_the_algoritm(algoritm: str) -> None:
    assert algoritm in strings(MODULE)


def test_the_module_sees_no_more_than_its_user_and_hides_nothing() -> None:
    assert "УстановитьПривилегированныйРежим" not in code(MODULE)
    assert not any("РАЗРЕШЕННЫЕ" in query for query in queries())


def test_the_example_of_a_publication_names_what_the_guides_name() -> None:
    names = {"v": "http://v8.1c.ru/8.2/virtual-resource-system"}
    point = ElementTree.parse(FOLDER / "default.vrd.example").getroot()
    service, odata = point.find("v:httpServices/v:service", names), point.find("v:standardOdata", names)
    assert service is not None
    assert odata is not None
    assert (service.get("rootUrl"), service.get("enable"), odata.get("enable")) == ("rfm", "true", "true")
    for guide in ("README.md", "README.ru.md"):
        text = (FOLDER / guide).read_text(encoding="utf-8")
        assert all(word in text for word in (f"`{service.get('name')}`", "`rfm`", "`/sales`", "`ПродажиPOST`"))


def test_the_handler_that_the_guides_name_is_in_the_module() -> None:
    assert "Функция ПродажиPOST(Запрос)" in code(MODULE)
