"""Keys are looked up once, and by the whole catalogue where they are many."""

from __future__ import annotations

import pytest

from rfm_service.domain.errors import AnswerTooHeavy, SourceRefused
from rfm_service.onec.odata.names import MANY, Names
from rfm_service.onec.odata.pages import Ask, Row
from rfm_service.onec.odata.profiles import Analysis
from rfm_service.onec.odata.query import Question
from tests.onec.odata.sets import SetInMemory, ref

PRODUCTS = Analysis(catalogue="Catalog_Номенклатура", columns={"product": "Description"})
SOME = SetInMemory(*({"Ref_Key": ref(number), "Description": f"Товар {number}"} for number in range(1, MANY + 500)))


def names(ask: Ask, analysis: Analysis = PRODUCTS) -> Names:
    return Names(ask, {"К": analysis}, allowed_only=False)


def keys(*numbers: int) -> list[tuple[str, str]]:
    return [("К", ref(number)) for number in numbers]


def test_a_key_is_asked_for_once() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> list[Row]:
        asked.append(question)
        return SOME(question)

    found = names(ask)
    for _ in range(3):
        found.learn(keys(1, 2, 99_999))
    assert len(asked) == 1
    assert found.of("К", ref(1)) == {"product": "Товар 1"}
    assert (found.of("К", ref(99_999)), found.of("К", ""), found.of("Я", ref(1))) == ({}, {}, {})


def test_many_keys_are_read_with_the_whole_catalogue() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> list[Row]:
        asked.append(question)
        return SOME(question)

    found = names(ask)
    found.learn(keys(*range(1, MANY + 2)))
    found.learn(keys(MANY + 400))
    assert found.of("К", ref(MANY + 400)) == {"product": f"Товар {MANY + 400}"}
    assert len(asked) < 5
    assert not any(question.where for question in asked)


def test_a_catalogue_that_must_not_be_read_whole_never_is() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> list[Row]:
        asked.append(question)
        return []

    names(ask, PRODUCTS.model_copy(update={"whole": False})).learn(keys(*range(1, MANY + 2)))
    assert all("guid" in question.where for question in asked)


def refusing(question: Question) -> list[Row]:
    raise SourceRefused("not published")


def test_a_catalogue_that_is_not_published_stops_what_needs_it() -> None:
    with pytest.raises(SourceRefused):
        names(refusing).learn(keys(1))
    optional = names(refusing, PRODUCTS.model_copy(update={"optional": True}))
    optional.learn(keys(1))
    assert optional.of("К", ref(1)) == {}


def test_row_03_keys_too_heavy_together_are_asked_for_by_fewer() -> None:
    def heavy(question: Question) -> list[Row]:
        if question.where.count("guid") > 3:
            raise AnswerTooHeavy("too much")
        return SOME(question)

    found = names(heavy)
    found.learn(keys(*range(1, 40)))
    assert found.of("К", ref(39)) == {"product": "Товар 39"}


def test_row_03_one_key_that_is_too_heavy_is_told() -> None:
    def heavy(question: Question) -> list[Row]:
        raise AnswerTooHeavy("too much")

    with pytest.raises(AnswerTooHeavy):
        names(heavy).learn(keys(1, 2, 3))
