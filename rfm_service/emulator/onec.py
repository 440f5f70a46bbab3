"""The local 1C: the custom HTTP protocol over a shop, with faults on demand."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import groupby
from time import monotonic
from typing import Any, NamedTuple

from rfm_service.emulator import json_rows
from rfm_service.emulator.faults import Fault, Rules
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.emulator.json_rows import Column
from rfm_service.emulator.shop import OPTIONAL_FIELDS, Partner, Shop, ShopLine, document_of, signed_amount

SALES_PATH = "/erp/hs/rfm/sales"

SALE_COLUMNS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "date": ("ДатаРегистратора", json_rows.moment),
    "sale_id": ("НомерРегистратора", json_rows.string),
    "order_date": ("ДатаЗаказаКлиента", json_rows.moment),
    "order_id": ("НомерЗаказаКлиента", json_rows.string),
    "buyer": ("Партнер", json_rows.string),
    "contractor": ("Контрагент", json_rows.string),
    "site_id": ("ИдНаСайте", json_rows.integer),
    "product": ("Номенклатура", json_rows.string),
    "feature": ("Характеристика", json_rows.string),
    "quantity": ("Количество", json_rows.quantity),
    "amount": ("Сумма", json_rows.amount),
    "address": ("АдресДоставки", json_rows.string),
    "returned": ("ВидДвижения", lambda returned: '"Возврат"' if returned else '"Продажа"'),
    "organisation": ("Организация", json_rows.string),
    "cost": ("Себестоимость", json_rows.amount),
    "product_category": ("ВидНоменклатуры", json_rows.string),
    "channel": ("Канал", json_rows.string),
    "currency": ("Валюта", json_rows.string),
}
"""Field of ShopLine -> name of the column in the answer and its value as JSON text."""

PARTNER_COLUMNS = dict(
    zip(Partner._fields, ("Партнер", "Почта", "Категория", "Менеджер", "Телефон", "ИНН"), strict=True)
)
"""Field of Partner -> name of the column in the answer."""

_TOTAL_COLUMNS = (
    Column(0, "Дата", json_rows.moment),
    Column(1, "Документов", json_rows.integer),
    Column(2, "Строк", json_rows.integer),
    Column(3, "Сумма", json_rows.amount),
)

_HTML = "text/html; charset=utf-8"


class Asked(NamedTuple):
    """One request that the local 1C got, as written; `at` is by the monotonic clock, in seconds."""

    algoritm: str
    datefrom: str
    datebefore: str
    at: float


class _RefusedError(Exception):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class OnecServer(LocalServer):
    """A 1C web service on 127.0.0.1; a context manager, or `serve_forever` for a process of its own."""

    def __init__(self, shop: Shop, *, port: int = 0, token: str = "") -> None:
        """Serve the shop; with a token, requests must carry it verbatim in `Authorization`."""
        super().__init__(self._answered, port)
        self.faults: Rules[Fault] = Rules()
        self.requests: deque[Asked] = deque(maxlen=10_000)
        self._shop = shop
        self._token = token.encode()

    @property
    def url(self) -> str:
        """The whole address to post to: what `source.url` of the settings takes."""
        return self.base_url + SALES_PATH

    def _answered(self, request: Request) -> Answer:
        asked = _asked(request)
        self.requests.append(asked)
        fault = self.faults.take(lambda rule: rule.algoritm in (None, asked.algoritm)) or Fault()
        try:
            answer = Answer() if _speaks_for_itself(fault) else self._served(request, asked, fault)
        except _RefusedError as refusal:
            answer = refusal.answer
        return _spoiled(answer, fault)

    def _served(self, request: Request, asked: Asked, fault: Fault) -> Answer:
        if request.path != SALES_PATH:
            raise _RefusedError(_page(404, "Не найдено"))
        if request.method != "POST":
            raise _RefusedError(_page(405, "Метод не поддерживается"))
        if self._token and request.headers.get("authorization", "").encode("latin-1") != self._token:
            raise _RefusedError(
                Answer(401, content_type=_HTML, headers={"WWW-Authenticate": 'Basic realm="1C"'})
            )
        if not isinstance(_parsed(request.body), dict):
            raise _RefusedError(_page(400, "Тело запроса не разобрано"))
        rows, columns = self._table(asked)
        return Answer(body=json_rows.answer_body(() if fault.empty else rows, _altered(columns, fault)))

    def _table(self, asked: Asked) -> tuple[Iterable[Sequence[Any]], Sequence[Column]]:
        match asked.algoritm:
            case "clasterclients":
                return self._lines(asked), self._sale_columns()
            case "partnersdata":
                return self._shop.partners(), _partner_columns()
            case "totals":
                return _totals(self._lines(asked)), _TOTAL_COLUMNS
        raise _RefusedError(_exception(f"Неизвестный алгоритм: {asked.algoritm}"))

    def _lines(self, asked: Asked) -> Iterator[ShopLine]:
        first, last = _bound(asked.datefrom), _bound(asked.datebefore)
        lines = self._shop.lines(first.date(), last.date() + timedelta(days=1))
        past = last + timedelta(seconds=1)
        return (line for line in lines if first <= line.date < past)

    def _sale_columns(self) -> list[Column]:
        absent = set(OPTIONAL_FIELDS) - self._shop.optional_fields()
        return [
            Column(ShopLine._fields.index(field), name, text)
            for field, (name, text) in SALE_COLUMNS.items()
            if field not in absent
        ]


def _asked(request: Request) -> Asked:
    wanted = _parsed(request.body)
    named = wanted if isinstance(wanted, dict) else {}
    datefrom, datebefore = str(named.get("datefrom", "")), str(named.get("datebefore", ""))
    return Asked(str(named.get("algoritm", "")), datefrom, datebefore, monotonic())


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _bound(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise _RefusedError(
            _exception(f"Преобразование к типу Дата не может быть выполнено: {text}")
        ) from None


def _partner_columns() -> list[Column]:
    return [Column(place, name, json_rows.string) for place, name in enumerate(PARTNER_COLUMNS.values())]


def _totals(lines: Iterator[ShopLine]) -> Iterator[tuple[datetime, int, int, int]]:
    for day, of_day in groupby(lines, key=lambda line: line.date.date()):
        kept = list(of_day)
        documents = len({document_of(line) for line in kept})
        yield datetime.combine(day, time()), documents, len(kept), sum(map(signed_amount, kept))


def _speaks_for_itself(fault: Fault) -> bool:
    return fault.reset or fault.body is not None or fault.status != 200


def _altered(columns: Sequence[Column], fault: Fault) -> list[Column]:
    old, new = fault.rename_column or ("", "")
    kept = [column for column in columns if column.name != fault.drop_column]
    return [column._replace(name=new) if column.name == old else column for column in kept]


def _spoiled(answer: Answer, fault: Fault) -> Answer:
    body = answer.body if fault.body is None else fault.body
    return replace(
        answer,
        status=answer.status if fault.status == 200 else fault.status,
        body=fault.prefix + body,
        content_type=fault.content_type or answer.content_type,
        headers=answer.headers | fault.headers,
        with_length=fault.with_length,
        cut_at=fault.cut_at,
        delay_s=fault.delay_s,
        drip_s=fault.drip_s,
        reset=fault.reset,
    )


def _page(status: int, text: str) -> Answer:
    return Answer(status, f"<html><body><h1>{status}</h1>{text}</body></html>".encode(), _HTML)


def _exception(text: str) -> Answer:
    where = "{HTTPСервис.rfm.Модуль(41)}: Ошибка при вызове метода контекста (ВыполнитьАлгоритм)"
    return Answer(500, f"{where}\nпо причине:\n{text}".encode(), "text/plain; charset=utf-8")
