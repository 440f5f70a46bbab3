from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfm_service.engines.memory import Engine


@contextmanager
def stand(folder: Path) -> Iterator[Engine]:
    yield Engine()
