"""Which letters pictures can show, and fonts that were installed after matplotlib made its list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from matplotlib.font_manager import findSystemFonts, fontManager

from rfm_service.drawing import style


@pytest.fixture
def anew() -> Iterator[None]:
    style.fonts.cache_clear()
    yield
    style.fonts.cache_clear()


@pytest.mark.parametrize("letters", ["Morning", "Утро, ёж №₽", "İıŞşĞğÇçÖöÜü₺"])
def test_what_can_always_be_drawn(letters: str) -> None:
    assert style.drawable(letters)


def test_a_letter_that_no_font_has() -> None:
    assert not style.drawable("A\U0010fffe")


def test_a_font_installed_since_is_found(anew: None) -> None:
    installed = set(findSystemFonts())
    listed = sorted({font.fname for font in fontManager.ttflist} & installed)
    if not listed:
        pytest.skip("no font is installed beside those of matplotlib")
    newest = listed[0]
    fontManager.ttflist[:] = [font for font in fontManager.ttflist if font.fname != newest]
    style.fonts()
    assert newest in {font.fname for font in fontManager.ttflist}
