from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfm_service.notifiers.log import Notifier
from tests.contracts.stands.worlds import NotifierStand


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


@contextmanager
def stand(folder: Path) -> Iterator[NotifierStand]:
    lines, logger = Lines(), logging.getLogger("rfm_service.notifiers.log")
    logger.addHandler(lines)
    try:
        yield NotifierStand(Notifier(), lambda: [("", text, 0) for text in lines.told], None, None, addressed=False,
                            amends=False)
    finally:
        logger.removeHandler(lines)
