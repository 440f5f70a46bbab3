"""Files of sales put into a folder, and a source asked about them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rfm_service.domain.values import Answer, Period
from rfm_service.sources.files import Source
from tests.tabular.written import write

DAY = date(2026, 3, 2)
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
ROW = {"date": "2026-03-02 10:00:00", "sale_id": "1", "sum": "10", "buyer": "Тайный Клиент"}


class Knows:
    """A ledger that knows the hashes of an answer."""

    def __init__(self, answer: Answer | None = None) -> None:
        self._hashes = dict(answer.hashes) if answer else {}

    def has_sales(self, _period: Period) -> bool:
        return bool(self._hashes)

    def hashes(self, period: Period) -> Mapping[date, bytes]:
        return {day: found for day, found in self._hashes.items() if day in period}

    def versions(self, _period: Period) -> Mapping[str, str]:
        return {}

    def partners(self) -> Mapping[str, str]:
        return {}


def row(day: int, number: object = 1, amount: object = 10, **more: object) -> dict[str, object]:
    return {"date": f"{day:02}.03.2026", "sale_id": str(number), "sum": str(amount), "buyer": "Тайный Клиент", **more}


def put(path: Path, rows: Sequence[Mapping[str, object]], changed: float = 1000) -> Path:
    """A file of rows as if it had been changed at a second."""
    write(path, rows)
    os.utime(path, (changed, changed))
    return path


def asked(folder: Path, *periods: Period, known: Answer | None = None, **keys: Any) -> Answer:
    return Source(path=folder, **keys).lines(periods or (MARCH,), Knows(known))


def days(*numbers: int) -> set[date]:
    return {date(2026, 3, number) for number in numbers}


def told(answer: Answer) -> dict[int, list[str]]:
    """Day of March -> the numbers of the documents told of it."""
    found: dict[int, list[str]] = {}
    for line in answer.lines:
        found.setdefault(line.at.day, []).append(line.number)
    return found
