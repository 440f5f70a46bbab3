"""Long texts become several messages, and nothing of them is lost or cut in a letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.texts.catalogue import Catalogue
from rfm_service.texts.parting import MARK_UNITS, clipped, parted, units

TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("🎉я\n\n "), max_size=60)


@given(TEXTS, st.integers(2, 12), st.integers(2, 30))
def test_parts_are_the_text(text: str, first: int, rest: int) -> None:
    parts = parted(text, first, rest)
    assert units(parts[0]) <= first
    assert all(units(part) <= max(first, rest) for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert parts == [""] if not text.strip() else all(part.strip() for part in parts)
    for part in parts:
        part.encode("utf-8")


def test_lines_stay_whole_where_they_fit() -> None:
    lines = [f"line {at} of the night 🎉" for at in range(500)]
    parts = parted("\n".join(lines), 1000, 4000)
    assert [line for part in parts for line in part.split("\n")] == lines
    assert len(parts) == 4


def test_a_line_that_fits_nowhere_is_cut_between_letters() -> None:
    assert parted("a" + "🎉" * 5, 4, 4) == ["a🎉", "🎉🎉", "🎉🎉"]


@given(TEXTS, st.integers(1, 30))
def test_clipping_keeps_whole_letters(text: str, limit: int) -> None:
    cut = clipped(text, limit)
    assert units(cut) <= limit
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1]))


@pytest.mark.parametrize("language", ["en", "ru", "zh", "tr"])
def test_the_mark_of_a_repeat_has_its_room(language: str) -> None:
    assert units(Catalogue(language, "RUB")("(possible repeat)") + "\n") <= MARK_UNITS
