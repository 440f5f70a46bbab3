"""The whole report of a night, as its renderers make it one after another in a process of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.timing import process

LIMITS = {5_000: (12, None), 100_000: (45, 900)}
"""Customers -> seconds, MiB."""
RENDER = """
import sys
from time import perf_counter
from rfm_service import wiring
from rfm_service.settings import validate
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings
from pathlib import Path

customers, folder = int(sys.argv[1]), Path(sys.argv[2])
findings, texts = make_findings(customers, often=0.42), Catalogue("ru", "RUB")
settings, _ = validate({}, folder)
whole = perf_counter()
told, size = [], 0
for renderer in wiring.renderers(settings):
    begun = perf_counter()
    files = renderer.render(findings, texts)
    size += sum(map(len, files.values()))
    told.append(f"{type(renderer).__module__.rpartition('.')[2]} {perf_counter() - begun:.1f}")
line = f"{perf_counter() - whole:.1f} s: {', '.join(told)}; {size / 1e6:.1f} MB, {len(findings.orders):,} orders"
Path(folder, "report.txt").write_text(line, encoding="utf-8")
"""


def report(folder: Path) -> Iterator[tuple[str, str]]:
    """All files of a report for 5,000 and 100,000 customers; the peak holds the findings too."""
    for customers, (seconds, memory) in LIMITS.items():
        _, peak = process([sys.executable, "-c", RENDER, str(customers), str(folder)])
        told = (folder / "report.txt").read_text(encoding="utf-8")
        limit = f"{seconds} s" + (f", {memory} MiB" if memory else "")
        yield f"{customers:,} customers (limit {limit})", f"{told}, peak {peak:.0f} MiB"
