"""The engine for several machines, or all cores of one, by Dask: the same functions over parts of the customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event
from time import monotonic
from typing import Any, Literal, TypeVar
from uuid import uuid4

from pydantic import Field

from rfm_service.dasks.link import LINKS, Link, Look, Wanted, lost, no_workers
from rfm_service.dasks.tasks import Answering, Footing, Reading, versions
from rfm_service.domain.errors import EngineError, EngineUnavailable, RfmError
from rfm_service.domain.values import Remark
from rfm_service.lake.cluster import ClusterEngine, Errand, Place

T = TypeVar("T")
LOOKING_S = 1.0


class Engine(ClusterEngine):
    """Works on the cluster of the scheduler at `address` (tcp://host:8786), or on `workers` processes of this machine.

    No `workers` are as many as cores; their memory is `worker_memory_mb`, or four fifths of this machine's together.
    What they put aside goes to the folder `scratch`. A cluster without a worker is given up after `patience_s`.
    """

    address: str = ""
    workers: int = Field(default=0, ge=0)
    scratch: Place | Literal[""] = ""
    patience_s: float = Field(default=60, gt=0)

    def told_memory_mb(self) -> int:
        """The memory of the smallest worker as the cluster tells it; 0 where it does not. Raises EngineError."""
        return self._link().met().memory_mb

    def reached(self) -> Remark:
        """Which workers answer, with the versions of this machine. Raises EngineError."""
        look, here = self._link().met(), versions()
        return Remark(True, "Dask at {place}: {workers} workers with {threads} threads, the smallest with {memory} MB; "
                            "Python {python}, pandas {pandas}, Dask {dask}, as here.",
                      (("place", self._wanted.place), ("workers", look.workers), ("threads", look.threads),
                       ("memory", look.memory_mb), ("python", here["python"]), ("pandas", here["pandas"]),
                       ("dask", here["dask"])))

    def carried_out(self, errand: Errand[T]) -> list[T]:
        """The answers of all parts of an errand, as they come. Raises EngineError."""
        link = self._link()
        link.met()
        futures: list[Any] = []
        try:
            with link.client.as_current():
                futures += link.client.compute(self._tasks(errand))
            return list(_gathered(link, futures, errand))
        except Exception as error:
            raise _told(error, link, errand) from error
        finally:
            # Tasks that nobody holds are dropped by the scheduler.
            for future in futures:
                future.release()

    def _tasks(self, errand: Errand[T]) -> list[Any]:
        """Tasks that read some files each, give each line to the part of its customer, and answer for each part."""
        import dask.dataframe as dd
        from dask.delayed import delayed

        from rfm_service.lake.folder import SCHEMA

        each = max(1, len(errand.files) // errand.parts)
        files = [list(errand.files[at:at + each]) for at in range(0, len(errand.files), each)]
        footing = Footing(uuid4().hex, versions(), errand.lake, errand.lake.mark())
        from_map: Any = dd.from_map
        lines = from_map(Reading(footing, errand.selection), files, enforce_metadata=False,
                         meta=errand.selection.chosen(SCHEMA.empty_table()))
        parts = lines.shuffle("customer_no", npartitions=errand.parts, shuffle_method="p2p").to_delayed()
        answer = delayed(Answering(footing, errand.of_lines), pure=False)
        return [answer(part) for part in parts]

    def _link(self) -> Link:
        return LINKS.link(self._wanted)

    @property
    def _wanted(self) -> Wanted:
        return Wanted(self.address, self.workers, self.worker_memory_mb, self.scratch, self.patience_s)


def _gathered(link: Link, futures: Sequence[Any], errand: Errand[T]) -> Iterator[T]:
    """The answers as they come, while somebody waits for them and there is one who works."""
    waiting, heard, woken = list(futures), monotonic(), Event()
    for future in futures:
        future.add_done_callback(lambda _: woken.set())
    while waiting and not errand.call.left:
        woken.wait(LOOKING_S)
        woken.clear()
        done = [each for each in waiting if each.done()]
        for each in done:
            waiting.remove(each)
            yield each.result(timeout=link.wanted.patience_s)
            each.release()
        look = _look(link)
        heard = monotonic() if done or look.running else heard
        if monotonic() - heard > link.wanted.patience_s:
            # A worker pauses for nothing but lack of memory.
            raise MemoryError if look.workers else no_workers(link.wanted)
    if waiting:
        raise lost(link.wanted)


def _look(link: Link) -> Look:
    try:
        return link.look()
    except (OSError, AttributeError):
        return Look()


def _told(error: Exception, link: Link, errand: Errand[Any]) -> Exception:
    """What went wrong with a task, in the words of the house; what is our own fault stays as it is."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    if isinstance(error, KilledWorker | MemoryError):
        return EngineError(
            "The workers of the Dask cluster ended or stood still over the same part of the sale lines, most likely "
            "for lack of memory. Give the workers more memory, or make the parts smaller (engine.bucket_lines). The "
            "customer {customer_id} has the most lines: {lines}.",
            customer_id=errand.heaviest.customer_id, lines=errand.heaviest.lines)
    if isinstance(error, CancelledError | OSError) and not isinstance(error, RfmError):
        return lost(link.wanted)
    if isinstance(error, RuntimeError) and str(error).startswith("P2P"):
        cause = error.__cause__ or error
        return EngineUnavailable("The Dask workers could not pass sale lines to each other: {reason}. Check the "
                                 "network between them and the room in their folders for temporary files, then run "
                                 "the night again.", reason=getattr(cause, "strerror", None) or type(cause).__name__)
    return error
