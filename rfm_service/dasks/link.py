"""The one connection of a process to a Dask cluster: made when first asked for, closed in bounded time."""

from __future__ import annotations

import atexit
import logging
import math
import os
import shutil
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from rfm_service.dasks.tasks import DIFFERENT, PACKAGES, dask_setup, differing, versions
from rfm_service.domain.errors import EngineError, EngineUnavailable

OUTSPOKEN = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application", "bokeh",
             "asyncio")
"""Loggers that Dask lets write to the console: tracebacks with values, nannies, reconnecting."""
CLOSING_S = 3
ANSWERING_S = 5
OWN_SHARE = 0.8
"""Of this machine's memory for the workers together, where nothing else is told."""
HERE = "127.0.0.1"
SCRATCH = "rfm-service-dask-"


class Wanted(NamedTuple):
    """Which cluster: a scheduler's address, or so many workers here with MB each (0: by this machine)."""

    address: str
    workers: int
    memory_mb: int
    scratch: str
    patience_s: float

    @property
    def place(self) -> str:
        """The cluster, for people."""
        return self.address or "localhost"


class Look(NamedTuple):
    """The workers of a cluster, those that stand still among them: their threads and the memory of the smallest in MB.

    `running` is how many take work; the memory is 0 where one has no limit.
    """

    workers: int = 0
    running: int = 0
    threads: int = 0
    memory_mb: int = 0


@dataclass(frozen=True)
class Link:
    """A client of a cluster, and the cluster where it is our own. Methods raise EngineError."""

    wanted: Wanted
    client: Any
    cluster: Any = None
    scratch: str = ""

    @property
    def alive(self) -> bool:
        """Whether the scheduler was there when last heard of."""
        return bool(self.client.status == "running")

    def look(self) -> Look:
        """The workers as the scheduler knows them. Raises OSError where it does not answer at once."""
        told = self.client.sync(self.client.scheduler.identity, callback_timeout=ANSWERING_S)["workers"].values()
        limits = [each["memory_limit"] or 0 for each in told]
        return Look(len(limits), sum(each["status"] == "running" for each in told),
                    sum(each["nthreads"] for each in told), min(limits, default=0) // 1_000_000)

    def met(self) -> Look:
        """The workers, once there is one, all of them with our versions."""
        try:
            self.client.wait_for_workers(1, timeout=self.wanted.patience_s)
            for where, there in self._versions().items():
                if found := differing(there, _mattering(versions())):
                    raise EngineError(DIFFERENT, where=where, versions=found)
            return self.look()
        except (OSError, AttributeError) as error:
            raise no_workers(self.wanted) if self.alive else lost(self.wanted) from error

    def _versions(self) -> dict[str, dict[str, str]]:
        """The versions of the scheduler and of each worker that answers."""
        scheduler, asked = self.client.scheduler, list(PACKAGES)
        limit = self.wanted.patience_s
        told = self.client.sync(scheduler.broadcast, msg={"op": "versions", "packages": asked}, on_error="ignore",
                                callback_timeout=limit)
        told[scheduler.address] = self.client.sync(scheduler.versions, packages=asked, callback_timeout=limit)
        return {where: _mattering(there["packages"]) for where, there in told.items() if there}

    def close(self) -> None:
        """Leave the cluster, and end it where it is our own, within seconds whether it answers or not."""
        pids = [] if self.cluster is None else [nanny.pid for nanny in self.cluster.workers.values()]
        for part in (self.client, self.cluster):
            if part is not None:
                with suppress(Exception):
                    part.close(timeout=CLOSING_S)
        if self.cluster is not None:
            self.cluster.shutdown_on_close = False
            _end(pids)
            shutil.rmtree(self.scratch, ignore_errors=True)


@dataclass(frozen=True)
class Links:
    """The connections of this process, one a cluster."""

    held: dict[Wanted, Link] = field(default_factory=dict)
    lock: Any = field(default_factory=Lock)

    def link(self, wanted: Wanted) -> Link:
        """The connection to a cluster, made anew where it is lost. Raises EngineError."""
        with self.lock:
            kept = self.held.get(wanted)
            if kept is not None and not kept.alive:
                self.held.pop(wanted).close()
                kept = None
            if kept is None:
                kept = _made(wanted)
                if not self.held:
                    # After Dask's own has been registered, which would close a cluster aloud, ours comes before it.
                    atexit.register(self.close)
                self.held[wanted] = kept
            return kept

    def close(self) -> None:
        """Leave all of them."""
        atexit.unregister(self.close)
        while self.held:
            self.held.popitem()[1].close()


LINKS = Links()


def _made(wanted: Wanted) -> Link:
    try:
        import dask
        import dask.dataframe
        import distributed
    except ImportError as error:
        raise EngineError('The engine dask needs packages that are not installed: {reason}. Install them with '
                          '`pip install "rfm-service[dask]"`.', reason=error.name or "dask") from error
    _hush()
    dask.config.set({"dataframe.convert-string": False, "distributed.comm.timeouts.connect": f"{2 * ANSWERING_S}s"})
    try:
        return _joined(distributed, wanted) if wanted.address else _local(distributed, wanted)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        if wanted.address:
            raise EngineUnavailable("No Dask scheduler answers at {place}: {reason}. Start it with `dask scheduler`, "
                                    "check engine.address, then run the night again.",
                                    place=wanted.place, reason=reason) from error
        raise EngineUnavailable("The Dask workers of this machine did not start: {reason}. Check the room in memory "
                                "and in the folder engine.scratch, then run the night again.", reason=reason) from error


def _joined(distributed: Any, wanted: Wanted) -> Link:
    return Link(wanted, distributed.Client(wanted.address, set_as_default=False, timeout=2 * ANSWERING_S))


def _local(distributed: Any, wanted: Wanted) -> Link:
    """Processes of this machine that end with this one, behind keys that nobody else has."""
    import dask
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    workers = wanted.workers or CPU_COUNT
    memory = wanted.memory_mb * 1_000_000 or math.floor(MEMORY_LIMIT * OWN_SHARE / workers)
    scratch = _scratch(Path(wanted.scratch or tempfile.gettempdir()))
    dask.config.set({"distributed.p2p.comm.buffer": memory // 8, "distributed.p2p.storage.buffer": memory // 16})
    cluster = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, memory_limit=memory, host=HERE, dashboard_address=None,
        local_directory=scratch, security=True, silence_logs=logging.CRITICAL, preload=[dask_setup.__module__])
    return Link(wanted, distributed.Client(cluster, set_as_default=False, direct_to_workers=True,
                                           timeout=2 * ANSWERING_S), cluster, scratch)


def _scratch(folder: Path) -> str:
    """A fresh folder for what the workers put aside; those of nights that were killed are removed."""
    import psutil

    for old in folder.glob(f"{SCRATCH}*"):
        pid = old.name.removeprefix(SCRATCH).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-", dir=folder)


def _hush() -> None:
    for name in OUTSPOKEN:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False
    warnings.filterwarnings("ignore", module=r"(distributed|dask|tornado)\b")
    warnings.filterwarnings("ignore", message="Sending large graph")


def _mattering(told: Mapping[str, str | None]) -> dict[str, str]:
    """Of the versions that a machine tells those that matter, of Python as far as it does."""
    return {"python": ".".join(str(told["python"]).split(".")[:2]), **{name: told.get(name) or "" for name in PACKAGES}}


def _end(pids: list[int | None]) -> None:
    import psutil

    for pid in pids:
        with suppress(psutil.Error, TypeError):
            worker = psutil.Process(pid) if pid else None
            if worker is not None and worker.parent() == psutil.Process():
                worker.kill()


def lost(wanted: Wanted) -> EngineUnavailable:
    """What happened where the scheduler ended."""
    return EngineUnavailable("The Dask scheduler at {place} ended in the middle of the work. Look why, start it again, "
                             "then run the night again.", place=wanted.place)


def no_workers(wanted: Wanted) -> EngineUnavailable:
    """What happened where nobody works."""
    return EngineUnavailable("For {seconds} seconds the Dask cluster at {place} has had no worker, or no answer. Start "
                             "workers with `dask worker`, then run the night again.",
                             place=wanted.place, seconds=f"{wanted.patience_s:g}")
