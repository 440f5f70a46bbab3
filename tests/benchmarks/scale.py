"""Two snapshots and the migration between them over a made-up shop of three years: one machine, and clusters.

BENCH_LINES: so many lines in place of one and ten million.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.snapshot import score
from rfm_service.domain.values import Basis, day_number
from rfm_service.engines.memory import Engine as Memory
from rfm_service.ports import Engine
from tests.benchmarks.timing import timed
from tests.lakes import MadeFacts, Shop
from tests.rules import ruled

AS_OF = date(2026, 10, 31)
YEARS = 3
BASIS = Basis(AS_OF, ruled(window_days=365 * (YEARS - 1)))
SIZES = (1_000_000, 10_000_000)
WORKERS, WORKER_MB = 2, 2000
SAMPLED_S = 0.02


def dask(facts: MadeFacts) -> Engine:
    """Two processes of this machine."""
    from rfm_service.engines.dask import Engine as Dask

    made = Dask(lake=str(facts.folder / "lines"), workers=WORKERS, worker_memory_mb=WORKER_MB)
    made.reached()
    return made


CLUSTERS: dict[str, Callable[[MadeFacts], Any]] = {"dask": dask}
"""What makes the engine of a kind, its cluster running."""


def night(engine: Engine, facts: MadeFacts) -> pd.DataFrame:
    """Customers of two snapshots a day apart with both segments, and how many went from each to each."""
    eve = Basis(AS_OF - timedelta(days=30), BASIS.rules)
    now, then = engine.summarise(facts, BASIS), engine.summarise(facts, eve)
    cuts = quintile_cuts(then)
    found = [score(each, cuts, BASIS.rules)[["customer_no", "monetary", "segment"]] for each in (then, now)]
    both = found[0].merge(found[1], on="customer_no", how="outer", suffixes=("_then", "_now"))
    return both.sort_values("customer_no", ignore_index=True)


class Peak:
    """The most resident memory of this process and of the largest of those that it started, in MB, over a while."""

    def __init__(self) -> None:
        self.own, self.child, self._over = 0.0, 0.0, threading.Event()

    def __enter__(self) -> Peak:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._over.wait(SAMPLED_S):
            self.own = max(self.own, me.memory_info().rss / 1e6)
            for child in me.children(recursive=True):
                try:
                    self.child = max(self.child, child.memory_info().rss / 1e6)
                except psutil.Error:
                    continue


def scale(folder: Path) -> Iterator[tuple[str, str]]:
    """Seconds and memory of each engine for each size; every table must be the same to the byte."""
    sizes = [int(os.environ["BENCH_LINES"])] if "BENCH_LINES" in os.environ else list(SIZES)
    for size in sizes:
        place = folder / f"scale-{size}"
        place.mkdir(exist_ok=True)
        facts = MadeFacts(place, Shop(size, 365 * YEARS, day_number(AS_OF))).make()
        yield from _compared(facts)
        if size > max(SIZES):
            shutil.rmtree(place)


def _compared(facts: MadeFacts) -> Iterator[tuple[str, str]]:
    engines: dict[str, Callable[[MadeFacts], Any]] = {"memory": lambda _: Memory(), **CLUSTERS}
    expected = None
    for kind, made in engines.items():
        engine = made(facts)
        with Peak() as peak:
            seconds, found = timed(lambda engine=engine: night(engine, facts), runs=1)
        workers = f", largest worker {peak.child:.0f} MB" if kind != "memory" else ""
        same = "" if expected is None else f", same as memory: {_same(found, expected)}"
        expected = found if expected is None else expected
        yield (f"{facts.shop.lines:,} lines, {len(found):,} customers, {kind}",
               f"{seconds:.1f} s, client {peak.own:.0f} MB{workers}{same}")


def _same(found: pd.DataFrame, expected: pd.DataFrame) -> bool:
    """Byte for byte."""
    return found.to_csv().encode() == expected.to_csv().encode() and found.dtypes.equals(expected.dtypes)
