"""Letters of Turkish and of all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.letters import capitalised, folded


@pytest.mark.parametrize("spellings", [("İADE", "iade", "İade", "IADE", "ıade"), ("Возврат", "ВОЗВРАТ"),
                                       ("Straße", "STRASSE"), ("退货", "退货"), ("i̇ade", "iade")])
def test_spellings_of_one_word_are_one(spellings: tuple[str, ...]) -> None:
    assert len({folded(each) for each in spellings}) == 1


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(("text", "language", "shown"), [
    ("ilk gece", "tr", "İlk gece"), ("ilk", "en", "Ilk"), ("ışık", "tr", "Işık"), ("нояб.", "ru", "Нояб."),
    ("", "tr", ""), ("1 gün", "tr", "1 gün")])
def test_a_text_begins_with_a_great_letter_of_its_language(text: str, language: str, shown: str) -> None:
    assert capitalised(text, language) == shown
