"""Two snapshots and the migration between them over a made-up shop of three years: one machine, and clusters.

BENCH_LINES: so many lines in place of one and ten million; BENCH_ENGINES: these engines in place of all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.snapshot import score
from rfm_service.domain.values import Basis, day_number
from rfm_service.engines.memory import Engine as Memory
from rfm_service.ports import Engine, Facts
from tests.benchmarks.timing import timed
from tests.lakes import MadeFacts, Shop
from tests.rules import ruled

AS_OF = date(2026, 10, 31)
YEARS = 3
BASIS = Basis(AS_OF, ruled(window_days=365 * (YEARS - 1)))
SIZES = (1_000_000, 10_000_000)
WORKERS, WORKER_MB = 2, 2000
SAMPLED_S = 0.02


@contextmanager
def memory(made: MadeFacts) -> Iterator[tuple[Engine, Facts]]:
    """This process, over the same lines in a ledger on SQLite."""
    yield Memory(), made.ledger()


@contextmanager
def dask(made: MadeFacts) -> Iterator[tuple[Engine, Facts]]:
    """Two processes of this machine."""
    from rfm_service.engines.dask import Engine as Dask

    yield Dask(lake=str(made.folder / "lines"), workers=WORKERS, worker_memory_mb=WORKER_MB), made


@contextmanager
def spark(made: MadeFacts) -> Iterator[tuple[Engine, Facts]]:
    """Two executors of a standalone cluster on this machine, as `make spark` installs it."""
    from rfm_service.engines.spark import Engine as Spark
    from rfm_service.sparks.session import leave
    from tests.engines.sparks import sparks

    with tempfile.TemporaryDirectory() as folder, sparks(
            Path(folder) / "spark", WORKERS, WORKER_MB // 2, java="-Xshare:auto") as cluster:
        yield Spark(address=cluster.address, lake=str(made.folder / "lines"), worker_memory_mb=WORKER_MB), made
        leave(cluster.address, "")


ENGINES = {"memory": memory, "dask": dask, "spark": spark}


def night(engine: Engine, facts: Facts) -> pd.DataFrame:
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
    """Each engine in a process of its own, so that none pays for the memory of another."""
    expected = ""
    for kind in os.environ.get("BENCH_ENGINES", " ".join(ENGINES)).split():
        done = subprocess.run([sys.executable, "-m", "tests.benchmarks.scale", str(facts.folder),
                               str(facts.shop.lines), kind], capture_output=True, check=True, encoding="utf-8")
        told = json.loads(done.stdout)
        expected = expected or told["table"]
        workers = "" if kind == "memory" else f", largest worker {told['child']:.0f} MB"
        same = f", same bytes: {told['table'] == expected}"
        yield (f"{facts.shop.lines:,} lines, {told['customers']:,} customers, {kind}",
               f"{told['seconds']:.1f} s, client {told['own']:.0f} MB{workers}{same}")


def measured(made: MadeFacts, kind: str) -> dict[str, Any]:
    """Seconds and peaks of a night on an engine whose cluster runs, and the hash of the table that it made."""
    with ENGINES[kind](made) as (engine, facts):
        engine.reached()
        with Peak() as peak:
            seconds, found = timed(lambda: night(engine, facts), runs=1)
    table = hashlib.sha256(found.to_csv().encode() + str(found.dtypes.to_dict()).encode()).hexdigest()
    return {"seconds": seconds, "own": peak.own, "child": peak.child, "customers": len(found), "table": table}


if __name__ == "__main__":
    place, lines, named = sys.argv[1:]
    print(json.dumps(measured(MadeFacts(Path(place), Shop(int(lines), 365 * YEARS, day_number(AS_OF))).make(), named)))
