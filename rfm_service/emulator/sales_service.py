"""The custom HTTP service of the local 1C: sale lines, partners and control totals as JSON in a JSON string."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import unquote

from rfm_service.emulator import fault_bodies as bodies
from rfm_service.emulator import json_rows
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.http_server import Answer, Request
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

PARTNER_COLUMNS = {
    "buyer": "Партнер",
    "email": "Почта",
    "category": "Категория",
    "manager": "Менеджер",
    "phone": "Телефон",
    "tax_id": "ИНН",
    "tax_code": "КПП",
    "do_not_contact": "НеБеспокоить",
    "ref": "Ссылка",
}
"""Field of Partner -> name of the column in the answer; `ref` only where the shop has references."""

_TOTAL_COLUMNS = (
    Column(0, "Дата", json_rows.moment),
    Column(1, "Документов", json_rows.integer),
    Column(2, "Строк", json_rows.integer),
    Column(3, "Сумма", json_rows.amount),
)


class Asked(NamedTuple):
    """One request that the local 1C got, as written; `at` is by the monotonic clock, in seconds.

    The first three are of the custom protocol, empty in others; `path` is decoded, `query` as it came.
    """

    algoritm: str
    datefrom: str
    datebefore: str
    at: float
    path: str = ""
    query: str = ""


class SalesService:
    """Answers the questions of the custom protocol about a shop."""

    def __init__(self, shop: Shop) -> None:
        """Serve the shop."""
        self._shop = shop

    def answer(self, request: Request, fault: Fault) -> Answer:
        """Return the answer with the columns and rows that the fault leaves."""
        if request.method != "POST":
            return _page(405, "Метод не поддерживается")
        if not isinstance(_parsed(request.body), dict):
            return _page(400, "Тело запроса не разобрано")
        try:
            rows, columns = self._table(asked(request))
        except _UnreadableError as problem:
            return _exception(str(problem))
        return Answer(body=json_rows.answer_body(() if fault.empty else rows, _altered(columns, fault)))

    def _table(self, question: Asked) -> tuple[Iterable[Sequence[Any]], Sequence[Column]]:
        match question.algoritm:
            case "clasterclients":
                return self._lines(question), self._sale_columns()
            case "partnersdata":
                partners = list(self._shop.partners())
                return partners, _partner_columns(partners)
            case "totals":
                return _totals(self._lines(question)), _TOTAL_COLUMNS
        raise _UnreadableError(f"Неизвестный алгоритм: {question.algoritm}")

    def _lines(self, question: Asked) -> Iterator[ShopLine]:
        first, last = _bound(question.datefrom), _bound(question.datebefore)
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


class _UnreadableError(Exception):
    pass


def asked(request: Request) -> Asked:
    """Return what a request asks, as it is kept and as rules see it."""
    wanted = _parsed(request.body) if request.method == "POST" else None
    named = wanted if isinstance(wanted, dict) else {}
    algoritm, first, last = (str(named.get(name, "")) for name in ("algoritm", "datefrom", "datebefore"))
    return Asked(algoritm, first, last, monotonic(), unquote(request.path), request.query)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _bound(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise _UnreadableError(f"Преобразование к типу Дата не может быть выполнено: {text}") from None


def _partner_columns(partners: Iterable[Partner]) -> list[Column]:
    absent = () if any(partner.ref for partner in partners) else ("ref",)
    texts = {"do_not_contact": json_rows.truth}
    return [
        Column(Partner._fields.index(field), name, texts.get(field, json_rows.string))
        for field, name in PARTNER_COLUMNS.items()
        if field not in absent
    ]


def _totals(lines: Iterator[ShopLine]) -> Iterator[tuple[datetime, int, int, int]]:
    for day, of_day in groupby(lines, key=lambda line: line.date.date()):
        kept = list(of_day)
        documents = len({document_of(line) for line in kept})
        yield datetime.combine(day, time()), documents, len(kept), sum(map(signed_amount, kept))


def _altered(columns: Sequence[Column], fault: Fault) -> list[Column]:
    old, new = fault.rename_column or ("", "")
    kept = [column for column in columns if column.name != fault.drop_column]
    return [column._replace(name=new) if column.name == old else column for column in kept]


def _page(status: int, text: str) -> Answer:
    return Answer(status, bodies.page(str(status), text), "text/html; charset=utf-8")


def _exception(text: str) -> Answer:
    where = "{HTTPСервис.rfm.Модуль(41)}: Ошибка при вызове метода контекста (ВыполнитьАлгоритм)"
    return Answer(500, f"{where}\nпо причине:\n{text}".encode(), "text/plain; charset=utf-8")
