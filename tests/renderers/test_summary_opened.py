"""The morning page in real browsers: it asks for nothing, runs nothing, and can be read by everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rfm_service.renderers.summary import Renderer
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.browsers.axe import axe_faults
from tests.browsers.browser import Browser
from tests.renderers.findings import make_findings

FINDINGS = make_findings(60, hostile=True)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    folder = tmp_path_factory.mktemp("pages")

    def written(language: str) -> str:
        page = folder / f"{language}.html"
        if not page.exists():
            page.write_bytes(Renderer().render(FINDINGS, Catalogue(language, "RUB"))["summary.html"])
        return page.as_uri()

    return written


def test_hostile_names_run_nothing_and_ask_for_nothing(browser: Browser, address: Callable[[str], str]) -> None:
    browser.open(address("ru"))
    assert browser.evaluate("document.querySelectorAll('main svg').length") == 6
    assert browser.evaluate("document.scripts.length") == 0
    browser.painted()
    assert browser.requests() == []
    assert browser.console() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_serious_stands_in_a_readers_way(
        browser: Browser, address: Callable[[str], str], dark: bool) -> None:
    browser.open(address("ru"))
    browser.theme(dark=dark)
    assert axe_faults(browser) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_shows_the_page_without_scrolling_aside(
        browser: Browser, address: Callable[[str], str], language: str) -> None:
    browser.resize(360, 780)
    browser.open(address(language))
    assert browser.evaluate("document.documentElement.scrollWidth") == 360
    assert browser.evaluate("document.documentElement.lang") == language
