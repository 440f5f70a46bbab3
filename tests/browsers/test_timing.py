"""The page that the dashboard is compared with keeps the contract of `timing`: the ratio is one of like to like."""

from __future__ import annotations

from pathlib import Path

from tests.browsers.browser import Browser
from tests.browsers.peer import peer_page
from tests.browsers.timing import times
from tests.renderers.findings import make_findings


def test_the_peer_is_timed(browser: Browser, tmp_path: Path) -> None:
    findings = make_findings(500, hostile=True)
    page = tmp_path / "peer.html"
    page.write_bytes(peer_page(findings))
    measured = times(browser, {"peer": page.as_uri()}, runs=1)["peer"]
    assert 0 < measured.search <= measured.slowest < 10_000
    assert measured.memory > 20
    assert browser.evaluate("rfm.rows()") == 500
    browser.evaluate("rfm.sort('monetary', true)")
    shown = browser.evaluate("[...document.querySelectorAll('.tabulator-cell[tabulator-field=monetary]')]"
                             ".slice(0, 3).map(cell => +cell.textContent)")
    assert shown == sorted(findings.snapshot["monetary"] / 10_000, reverse=True)[:3]
    assert (browser.requests(), browser.console()) == ([], [])
