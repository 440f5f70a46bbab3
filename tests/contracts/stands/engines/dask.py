from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rfm_service.dasks.link import LINKS
from rfm_service.engines.dask import Engine


@contextmanager
def stand(folder: Path) -> Iterator[Engine]:
    """Two processes of this machine."""
    pytest.importorskip("distributed", reason='pip install "rfm-service[dask]"')
    try:
        yield Engine(lake=str(folder / "lines"), workers=2, worker_memory_mb=1000)
    finally:
        LINKS.close()
