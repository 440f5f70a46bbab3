from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.texts.plain import places, plain, shortened, unmarked, wrapped

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(("text", "shown"), [
    ("\tдве\r\nстроки ", "две строки"), ("\u202eзад\u202c", "зад"), ("НУЛЬ\x00", "НУЛЬ"), ("a \ud83d b", "a b"),
    ("\ufeffx\u200bу", "xу"), ("😀 ок", "😀 ок"), ("İş", "İş"),
])
def test_what_cannot_be_seen_is_left_out(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(ANY_TEXT)
def test_plain_text_is_one_line_that_can_be_encoded(text: str) -> None:
    shown = plain(text)
    shown.encode("utf-8")
    assert not any(character in shown for character in "\r\n\t\0\u202e")
    assert plain(shown) == shown


@given(ANY_TEXT, st.integers(2, 60))
def test_a_shortened_text_fits(text: str, width: int) -> None:
    assert sum(map(places, shortened(text, width))) <= width


def test_a_text_that_fits_stays_whole() -> None:
    assert shortened("Ромашка", 7) == "Ромашка"
    assert shortened("Ромашка", 6) == "Ромаш…"
    assert shortened("京东商城", 7) == "京东商…"


def test_lines_break_between_words() -> None:
    assert wrapped("Крупный оптовик", 12) == "Крупный\nоптовик"
    assert wrapped("前五十名客户", 6) == "前五十\n名客户"
    assert wrapped("", 6) == ""


def test_no_text_passes_for_the_rich_text_of_a_workbook() -> None:
    assert unmarked("<r>&</r>") == "<r>&</r> "
    assert [unmarked(text) for text in ("<r>", "</r>", "a", "")] == ["<r>", "</r>", "a", ""]
