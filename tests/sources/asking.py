"""The source against the local 1C: how it is made, asked, and what must never be seen."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from rfm_service.domain.errors import SourceError
from rfm_service.domain.values import Answer, Period
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, Partner, ShopLine
from rfm_service.sources.onec_http import Source

DAY = date(2026, 2, 3)
ONE_DAY = Period(DAY, DAY + timedelta(days=1))
BUYER = "Тайный Клиент"
TOKEN = "токен: канарейка/1C+ =%"
COLUMNS = ("ДатаРегистратора", "НомерРегистратора", "ДатаЗаказаКлиента", "НомерЗаказаКлиента", "Партнер", "Контрагент",
           "ИдНаСайте", "Номенклатура", "Характеристика", "Количество", "Сумма", "АдресДоставки", "ВидДвижения")


class Held:
    """A ledger that holds the hashes of some days."""

    def __init__(self, hashes: Mapping[date, bytes] | None = None) -> None:
        self._hashes = hashes or {}

    def has_sales(self, period: Period) -> bool:
        return bool(self._hashes)

    def hashes(self, period: Period) -> Mapping[date, bytes]:
        return {day: made for day, made in self._hashes.items() if day in period}

    def versions(self, period: Period) -> Mapping[str, str]:
        return {}

    def partners(self) -> Mapping[str, str]:
        return {}


NOTHING = Held()


def small_shop() -> ListShop:
    return ListShop([ShopLine(datetime(2026, 2, 3, 12), "1", buyer=BUYER, amount=12_345_600, site_id=7)],
                    [Partner(BUYER, "secret@example.com")])


def source(url: str, **more: Any) -> Source:
    return Source(**{"url": url, "token": TOKEN, "timeout_s": 5, "deadline_minutes": 1, "gap_s": 0.05, **more})


def asked(server: OnecServer, period: Period = ONE_DAY, **more: Any) -> Answer:
    return source(server.url, **more).lines([period], NOTHING)


def row(**changed: object) -> dict[str, object]:
    """A good row, by the names of 1C; a field of ours is changed by its name in the answer."""
    values = ("2026-02-03T12:00:00+00:00", "1", "0001-01-01T00:00:00+00:00", "", BUYER, "ООО", 7, "Платье", "", 2,
              1234.56, "Пермь", "Продажа")
    return dict(zip(COLUMNS, values, strict=True)) | changed


def body(*rows: object) -> bytes:
    return json.dumps({"data": json.dumps(list(rows))}).encode()


def answered(server: OnecServer, content: bytes, **more: Any) -> Answer:
    """What the source makes of a body."""
    server.faults.push(Fault(body=content, times=None, algoritm="clasterclients"))
    try:
        return asked(server, **more)
    finally:
        server.faults.clear()


def seen(error: BaseException) -> str:
    """Everything that an error could show: its text, its chain, causes and contexts, and its traceback."""
    told, chain = "", [error]
    while chain:
        each = chain.pop()
        told += f"{each} {each!r} {vars(each)} " + "".join(traceback.format_exception(each))
        chain += [inner for inner in (each.__cause__, each.__context__) if inner is not None]
    return told


def refused(ask: Callable[[], object], caplog: pytest.LogCaptureFixture) -> SourceError:
    """The error of a question; no secret and no customer is seen in it or in the log."""
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as failure:
        ask()
    shown = seen(failure.value) + "".join(f"{record.getMessage()} {record.args}" for record in caplog.records
                                          if record.name.startswith("rfm_service"))
    for hidden in (TOKEN, "канарейка", repr(TOKEN.encode())[2:-1], BUYER, "Клиент", "secret@example.com"):
        assert hidden not in shown
    return failure.value
