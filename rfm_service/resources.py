"""Whether this machine has room for a night, and how a night lets other programs go first."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import psutil

from rfm_service.domain.errors import ResourcesLow

MB = 1024**2


def check(warehouse: Path, least_free_mb: int, least_memory_mb: int) -> None:
    """Room for the warehouse to double, and memory. Raises ResourcesLow."""
    try:
        beside = next((each for each in warehouse.parents if each.exists()), warehouse.parent)
        free = shutil.disk_usage(beside).free // MB
        size = warehouse.stat().st_size // MB if warehouse.exists() else 0
    except OSError:
        # What cannot be measured is no reason to stop: the ledger says by itself that its disk is gone.
        free, size = sys.maxsize, 0
    if free < (needed := max(least_free_mb, size)):
        raise ResourcesLow("{free} MB are free on the disk of the warehouse, and a night needs {needed} MB. Free some "
                           "space, or set schedule.least_free_mb lower.", free=free, needed=needed)
    memory = psutil.virtual_memory().available // MB
    if memory < least_memory_mb:
        raise ResourcesLow("{free} MB of memory are free, and a night needs {needed} MB. End other programs, add "
                           "memory, or set schedule.least_memory_mb lower.", free=memory, needed=least_memory_mb)


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
