"""A Dask cluster of processes of its own, as on other machines, whose parts a test can kill."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.architecture.reading import ROOT

START_S = 60


@dataclass
class Cluster:
    """A scheduler and workers with so many MB each, with nannies (which start them again) or without.

    `off` are limits of their memory that are not kept: of "pause" and "terminate".
    """

    folder: Path
    memory_mb: int = 1000
    nanny: bool = True
    count: int = 2
    path: str = str(ROOT)
    off: tuple[str, ...] = ()
    parts: list[subprocess.Popen[bytes]] = field(default_factory=list)
    address: str = ""
    client: Any = None

    def start(self, program: str, *more: str) -> Path:
        log = self.folder / f"{program}-{len(self.parts)}.log"
        off = {f"DASK_DISTRIBUTED__WORKER__MEMORY__{limit.upper()}": "False" for limit in self.off}
        with log.open("wb") as opened:
            self.parts.append(subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{program}", *more], stdout=opened, stderr=opened,
                cwd=self.folder, env={**os.environ, **off, "PYTHONPATH": self.path,
                                      "DASK_DISTRIBUTED__P2P__COMM__BUFFER": f"{self.memory_mb // 8}MB"}))
        return log

    def begin(self) -> None:
        log = self.start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.address = until(lambda: re.search(r"Scheduler at:\s+(tcp://\S+)", log.read_text("utf-8")))[1]
        for _ in range(self.count):
            self.start("dask_worker", self.address, "--nthreads", "1", "--memory-limit", f"{self.memory_mb}MB",
                       "--nanny" if self.nanny else "--no-nanny", "--local-directory", str(self.folder),
                       "--no-dashboard")
        from distributed import Client

        self.client = Client(self.address, set_as_default=False)
        self.client.wait_for_workers(self.count, timeout=START_S)

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that work, oldest first."""
        told = self.client.scheduler_info()["workers"]
        pids = self.client.run(os.getpid)
        return [psutil.Process(pids[address]) for address in sorted(told) if address in pids]

    def tasks(self) -> Counter[tuple[str, str]]:
        """How many tasks of each kind are in each state."""
        return Counter(dict(self.client.run_on_scheduler(_tasks)))

    def end(self) -> None:
        with suppress(Exception):
            self.client.close(timeout=2)
        for part in self.parts:
            kill(part.pid)
            part.wait()


def _tasks(dask_scheduler: Any) -> list[tuple[tuple[str, str], int]]:
    return list(Counter((task.prefix.name, task.state) for task in dask_scheduler.tasks.values()).items())


def kill(pid: int) -> None:
    """SIGKILL to a process and all of its children."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGKILL)


def until(true: Callable[[], Any], limit_s: float = START_S) -> Any:
    """What is true at last."""
    begun = time.monotonic()
    while not (found := true()):
        assert time.monotonic() - begun < limit_s, "it does not come to pass"
        time.sleep(0.01)
    return found


@contextmanager
def cluster(folder: Path, **more: Any) -> Iterator[Cluster]:
    made = Cluster(folder, **more)
    try:
        made.begin()
        yield made
    finally:
        made.end()
