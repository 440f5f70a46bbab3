"""How the tests ask the local OData: over a real socket, each word of the query encoded as a careful client does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

from rfm_service.emulator.faults import Fault
from rfm_service.emulator.http_server import LocalServer
from rfm_service.emulator.odata.publication import Publication
from rfm_service.emulator.odata.service import OdataService
from rfm_service.emulator.papers import Paper, papers
from rfm_service.emulator.shop import ListShop, Partner, Shop, ShopLine

SALES = "Document_РеализацияТоваровУслуг"
RETURNS = "Document_ВозвратТоваровОтКлиента"
CORRECTIONS = "Document_КорректировкаРеализации"
RECORDS = "AccumulationRegister_ВыручкаИСебестоимостьПродаж_RecordType"
RECORD_SETS = "AccumulationRegister_ВыручкаИСебестоимостьПродаж"
FORMAT = {"$format": "application/json;odata=nometadata"}
EMPTY = "00000000-0000-0000-0000-000000000000"

SALE = ShopLine(
    date=datetime(2026, 8, 26, 19, 30, 41), sale_id="ТМ00-180814", order_date=datetime(2026, 8, 25, 9, 5),
    order_id="ЗТМ-0000123", buyer="Ателье «Ёлка»", contractor="ООО «Ёлка»", site_id=77, product="Платье",
    feature="синий, 48", quantity=2_000, amount=22_305_000, address="г. Пермь", organisation="ООО «Мода»",
    product_category="Платья", cost=10_000_000, channel="Опт", currency="RUB")
SECOND = SALE._replace(product="Ткань, м", feature="", quantity=2_500, amount=100_000, cost=None)
RETURN = SALE._replace(date=datetime(2026, 8, 28, 9), sale_id="ТМ00-180900", returned=True, quantity=1_000,
                       amount=11_152_500)
CORRECTION = SALE._replace(date=datetime(2026, 8, 29, 12), sale_id="ТМ00-180901", amount=-500_000)
RETAIL = SALE._replace(date=datetime(2026, 8, 30, 12), sale_id="ТТ00-000001", buyer="", order_id="", order_date=None,
                       contractor="Розничный покупатель", organisation="ИП Тестовый", address="")
LINES = (SALE, SECOND, RETURN, CORRECTION, RETAIL)
PARTNERS = (
    Partner("Ателье «Ёлка»", "a@example.com", "Опт", "Отдел 1", "+79000000000", "5902000000", "590201001"),
    Partner("Без почты", do_not_contact=True, ref="11111111-2222-3333-4444-555555555555"),
)


class PaperList(ListShop):
    """A shop whose documents may be not posted or marked for deletion."""

    def __init__(self, kept: Iterable[Paper]) -> None:
        self.kept = list(kept)
        super().__init__([line for paper in self.kept for line in paper.lines])

    def papers(self, start: date, end: date) -> Iterator[Paper]:
        return (paper for paper in self.kept if start <= paper.day < end)


@dataclass(frozen=True)
class Base:
    """A published shop and where to ask it."""

    url: str
    service: OdataService
    faults: list[Fault]

    def ask(self, resource: str, told: dict[str, str] | None = None, **kwargs: Any) -> requests.Response:
        options = (FORMAT if told is None else told).items()
        return self.raw(f"{quote(resource)}?{'&'.join(f'{name}={quote(value)}' for name, value in options)}", **kwargs)

    def raw(self, written: str, **kwargs: Any) -> requests.Response:
        return requests.get(f"{self.url}/{written}", timeout=10, **kwargs)

    def rows(self, resource: str, told: dict[str, str] | None = None) -> list[dict[str, Any]]:
        response = self.ask(resource, FORMAT | (told or {}))
        assert response.status_code == 200, response.text
        assert not response.content.startswith(b"\xef\xbb\xbf")
        found: list[dict[str, Any]] = json.loads(response.content, parse_float=Decimal)["value"]
        return found

    def refused(self, resource: str, told: dict[str, str]) -> tuple[int, str]:
        return refusal(self.ask(resource, FORMAT | told))


def small_shop() -> ListShop:
    return ListShop(LINES, PARTNERS)


@contextmanager
def published(shop: Shop | None = None, publication: Publication | None = None) -> Iterator[Base]:
    service = OdataService(small_shop() if shop is None else shop, publication)
    faults = [Fault()]
    with LocalServer(lambda request: service.answer(request, faults[0])) as server:
        yield Base(f"{server.base_url}/erp/odata/standard.odata", service, faults)


def refusal(response: requests.Response) -> tuple[int, str]:
    """The status and the code of an error in JSON, which begins with a BOM."""
    assert response.content.startswith(b"\xef\xbb\xbf")
    error = json.loads(response.content.decode("utf-8-sig"))["odata.error"]
    assert error["message"]["lang"] == "ru"
    assert error["message"]["value"]
    return response.status_code, error["code"]


def papers_of(shop: Shop) -> list[Paper]:
    return list(papers(shop, date.min, date.max))
