from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfm_service.engines.spark import Engine
from rfm_service.sparks.session import leave
from tests.engines.sparks import sparks


@contextmanager
def stand(folder: Path) -> Iterator[Engine]:
    """A master, two workers and a Connect server; the folder has signs in its name that are patterns elsewhere."""
    with sparks(folder) as cluster:
        try:
            yield Engine(address=cluster.address, lake=str(folder / "строки [1] {a} 50%"))
        finally:
            leave(cluster.address, "")
