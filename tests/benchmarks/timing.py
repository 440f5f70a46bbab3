"""How long and how much memory: the median of some runs, and whole processes from outside."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeVar

import psutil

T = TypeVar("T")


def timed(work: Callable[[], T], runs: int = 3) -> tuple[float, T]:
    """The median of seconds, and the last result."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begun)
    return median(seconds), result


def process(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak MiB of a whole process."""
    begun, peak = time.perf_counter(), 0
    with psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        while child.poll() is None:
            try:
                peak = max(peak, child.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.02)
        output = child.stdout.read().decode("utf-8", "replace")
    if child.returncode:
        raise SystemExit(output)
    return time.perf_counter() - begun, peak / (1 << 20)
