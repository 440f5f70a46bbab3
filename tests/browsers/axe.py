"""What axe-core finds wrong with a page for people who use a screen reader or a keyboard, or see colours otherwise."""

from __future__ import annotations

from pathlib import Path

from tests.browsers.browser import Browser

VENDOR = Path(__file__).parent / "vendor"
JUDGED = """
axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .flatMap(({id, impact, nodes}) => nodes.map(({target, failureSummary, html}) =>
        `${id} (${impact}) ${target.join(" ")}: ${failureSummary.replaceAll("\\n", " ")} ${html.slice(0, 120)}`)))
"""


def axe_faults(browser: Browser) -> list[str]:
    """The serious and critical faults of the open page, a line each element."""
    browser.evaluate((VENDOR / "axe-core" / "axe.min.js").read_text(encoding="utf-8") + ";0")
    return browser.evaluate(JUDGED, seconds=120)
