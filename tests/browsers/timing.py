"""How quick a page of customers is in a browser, measured by its own clock.

The page sets `performance.mark("rows")` when its first rows are painted, and offers `window.rfm`: `search(text)` and
`sort(column, descending)` give promises that are kept once the rows are painted, `rows()` how many rows match.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.browsers.browser import Browser

OPENS_WITHIN_S = 120.0
WORDS = ("сибир", "лаванда", "северный ветер", "ильин", "12")
SORTS = (("monetary", True), ("recency_days", False), ("frequency", True), ("monetary", False))
BY_NAME = (("customer", False), ("customer", True))
FIRST_ROWS = 'performance.getEntriesByName("rows")[0]?.startTime'
TIMED = """(async acts => {
    const took = [];
    for (const [name, ...given] of acts) {
        const begun = performance.now();
        await rfm[name](...given);
        took.push([performance.now() - begun, rfm.rows()]);
        await new Promise(done => setTimeout(done, 30));
    }
    return took;
})"""


@dataclass(frozen=True)
class Visit:
    """One opening of a page: milliseconds, and the memory of the page's process and its scripts in MB at the end."""

    first_rows: float
    searches: Sequence[float]
    sorts: Sequence[float]
    sorts_by_name: Sequence[float]
    memory: float
    heap: float | None


@dataclass(frozen=True)
class Times:
    """Medians of all visits to a page; `slowest` of all searches and sorts but those by name."""

    first_rows: float
    search: float
    sort: float
    sort_by_name: float
    slowest: float
    memory: float
    heap: float | None


def times(browser: Browser, pages: Mapping[str, str], runs: int = 3) -> dict[str, Times]:
    """The times of pages by their names, visited in turn so that what else the machine does falls on all of them."""
    visits: dict[str, list[Visit]] = {name: [] for name in pages}
    for _ in range(runs):
        for name, url in pages.items():
            visits[name].append(visit(browser, url))
    return {name: _medians(made) for name, made in visits.items()}


def visit(browser: Browser, url: str) -> Visit:
    """Open a page as one who has never seen it, search and sort."""
    browser.fresh()
    browser.open(url, OPENS_WITHIN_S)
    first_rows = browser.until(FIRST_ROWS, OPENS_WITHIN_S)
    every = browser.evaluate("rfm.rows()")
    searches = _timed(browser, [("search", word) for word in WORDS])
    found = [rows for _, rows in searches]
    assert all(0 < rows < every for rows in found), f"{url}: searches for {WORDS} found {found} of {every}"
    cleared, = _timed(browser, [("search", "")])
    assert cleared[1] == every, f"{url}: {cleared[1]} of {every} rows after the search was cleared"
    sorts, by_name = (_timed(browser, [("sort", *each) for each in order]) for order in (SORTS, BY_NAME))
    return Visit(first_rows, *([took for took, _ in timed] for timed in (searches, sorts, by_name)),
                 browser.memory_mb(), browser.heap_mb())


def _timed(browser: Browser, acts: Sequence[Sequence[object]]) -> list[tuple[float, int]]:
    return [(took, rows) for took, rows in browser.evaluate(f"{TIMED}({json.dumps(acts)})", OPENS_WITHIN_S)]


def _medians(visits: Sequence[Visit]) -> Times:
    def middle(part: str) -> float:
        return median(took for each in visits for took in getattr(each, part))

    heaps = [each.heap for each in visits if each.heap is not None]
    return Times(median(each.first_rows for each in visits), middle("searches"), middle("sorts"),
                 middle("sorts_by_name"), max(took for each in visits for took in (*each.searches, *each.sorts)),
                 median(each.memory for each in visits), median(heaps) if heaps else None)
