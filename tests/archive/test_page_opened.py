"""The page of the nights in real browsers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service.archive.page import page
from tests.archive.test_page import night
from tests.browsers.axe import axe_faults
from tests.browsers.browser import Browser

NIGHTS = [night(date(2026, 11, 20) - timedelta(days=back), complete=back != 3) for back in range(40)]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_everybody_can_read_it(browser: Browser, tmp_path: Path, dark: bool) -> None:
    (tmp_path / "index.html").write_bytes(page(NIGHTS, NIGHTS[0], "ru"))
    browser.open((tmp_path / "index.html").as_uri())
    browser.theme(dark=dark)
    assert axe_faults(browser) == []
    browser.resize(360, 700)
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert browser.evaluate("document.scripts.length") == 0
    assert browser.requests() == []
    assert browser.console() == []
