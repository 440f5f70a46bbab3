"""The dashboard in real browsers on file://, beside a page of Tabulator with the same customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

from rfm_service.texts.catalogue import Catalogue
from tests.browsers.browser import MEGABYTE
from tests.browsers.peer import peer_page
from tests.browsers.running import KINDS
from tests.browsers.timing import Times, times
from tests.renderers.findings import make_findings

LIMITS: Mapping[int, Mapping[str, float]] = {
    10_000: {"file": 1.5, "first rows": 500, "search": 100, "sort": 100},
    100_000: {"file": 12, "first rows": 2000, "search": 200, "sort": 200, "memory": 300},
}
TIMED: Mapping[str, Callable[[Times], float]] = {
    "first rows": lambda page: page.first_rows, "search": lambda page: page.search, "sort": lambda page: page.sort,
    "sort by name": lambda page: page.sort_by_name, "slowest search or sort": lambda page: page.slowest}


def dashboard(folder: Path) -> Iterator[tuple[str, str]]:
    """File, first rows, search, sort and memory for 10 and 100 thousand customers; ratios are ours to Tabulator's."""
    for customers, limits in LIMITS.items():
        pages = _pages(folder, customers)
        ours, peers = (page.stat().st_size / MEGABYTE for page in pages.values())
        yield f"{customers:,} customers: file", _compared(ours, peers, "MB", limits.get("file"))
        for name, kind in KINDS.items():
            with kind() as browser:
                measured = times(browser, {whose: page.as_uri() + "#tab=customers" for whose, page in pages.items()})
            yield from _rows(f"{customers:,} customers, {name}", measured, limits)


def _pages(folder: Path, customers: int) -> dict[str, Path]:
    findings = make_findings(customers)
    renderer = import_module("rfm_service.renderers.dashboard").Renderer()
    made = {"ours": renderer.render(findings, Catalogue("ru", "RUB"))["dashboard.html"],
            "peer": peer_page(findings)}
    pages = {whose: folder / f"dashboard-{customers}-{whose}.html" for whose in made}
    for whose, page in pages.items():
        page.write_bytes(made[whose])
    return pages


def _rows(title: str, measured: Mapping[str, Times], limits: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    ours, peer = measured["ours"], measured["peer"]
    for name, of in TIMED.items():
        yield f"{title}: {name}", _compared(of(ours), of(peer), "ms", limits.get(name))
    yield f"{title}: memory of the page's process", _compared(ours.memory, peer.memory, "MB", limits.get("memory"))
    if ours.heap is not None and peer.heap is not None:
        yield f"{title}: of it the scripts'", _compared(ours.heap, peer.heap, "MB", None)


def _compared(ours: float, peer: float, unit: str, limit: float | None) -> str:
    def written(value: float) -> str:
        return f"{value:.1f}" if unit == "MB" and value < 20 else f"{value:.0f}"

    told = f" (limit {limit:g})" if limit is not None else ""
    return f"{written(ours)} {unit}{told}; Tabulator {written(peer)}; ratio {ours / peer:.2f}"
