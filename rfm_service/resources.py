"""Whether this machine has room for a night, and how a night lets other programs go first."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import psutil

from rfm_service.domain.errors import ResourcesLow

MB = 1024**2
LEAST_OF_LOGS_MB = 20


def check(warehouse: Path, diary: Path, least_free_mb: int, least_memory_mb: int) -> None:
    """Room for the warehouse to double, for the logs, and memory. Raises ResourcesLow."""
    try:
        size = warehouse.stat().st_size // MB if warehouse.exists() else 0
    except OSError:
        size = 0
    if (free := _free(warehouse)) < (needed := max(least_free_mb, size)):
        raise ResourcesLow("{free} MB are free on the disk of the warehouse, and a night needs {needed} MB. Free some "
                           "space, or set schedule.least_free_mb lower.", free=free, needed=needed)
    if (free := _free(diary)) < (needed := min(least_free_mb, LEAST_OF_LOGS_MB)):
        raise ResourcesLow("{free} MB are free on the disk of the logs, and {needed} MB are needed: without its diary "
                           "nobody would know which nights are done. Free some space.", free=free, needed=needed)
    memory = psutil.virtual_memory().available // MB
    if memory < least_memory_mb:
        raise ResourcesLow("{free} MB of memory are free, and a night needs {needed} MB. End other programs, add "
                           "memory, or set schedule.least_memory_mb lower.", free=memory, needed=least_memory_mb)


def _free(path: Path) -> int:
    """Megabytes that are free beside a file; what cannot be measured is no reason to stop."""
    try:
        return shutil.disk_usage(next(each for each in path.parents if each.exists())).free // MB
    except (OSError, StopIteration):
        return sys.maxsize


def give_way(nice: int) -> None:
    """Let other programs go first; where that is not possible the night runs all the same."""
    try:
        if sys.platform == "win32":
            if nice:
                psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(nice)
    except (OSError, psutil.Error):
        return
