"""What ABC cannot see, said in every language."""

from __future__ import annotations

import pytest

from rfm_service.analysis.value_sentences import unseen_sentence
from rfm_service.domain.standings import Unseen
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.texts.catalogue import LANGUAGES, Catalogue

FOUND = Unseen(120, 9_000_000 * MONEY_SCALE, 17, 3_200_000 * MONEY_SCALE, 20, 1, 20, 1)


def test_the_sentence_of_the_report() -> None:
    said = unseen_sentence(FOUND, Catalogue("ru", "RUB")).replace("\xa0", " ")
    assert said == "17 покупателей класса A из 120 (3,2 млн ₽) молчат дольше, чем для них обычно. ABC этого не видит."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_the_figures(language: str) -> None:
    said = unseen_sentence(FOUND, Catalogue(language, "RUB"))
    assert {"17", "120"} <= {word.strip("(") for word in said.split()}
    assert "ABC" in said


def test_nobody_silent_is_not_worth_a_sentence() -> None:
    assert not unseen_sentence(Unseen(120, 1, 0, 0, 20, 1, 20, 1), Catalogue("en", "USD"))
