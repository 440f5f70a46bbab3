"""How the tests ask the local 1C."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import requests

from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, Partner, ShopLine

SALE = ShopLine(
    date=datetime(2026, 3, 2, 10, 20, 30),
    sale_id="ТМ00-000001",
    order_date=datetime(2026, 3, 1, 9),
    order_id="З-1",
    buyer="Ателье «Ёлка»",
    contractor="ООО «Ёлка»",
    site_id=77,
    product="Платье",
    feature="синий, 48",
    quantity=2_500,
    amount=123_456_700,
    address="г. Пермь",
)
RETURN = SALE._replace(
    date=datetime(2026, 3, 5, 23, 59, 59), sale_id="ТМ00-000002", returned=True, quantity=1_000
)
EDGE = SALE._replace(
    date=datetime(2026, 3, 6), sale_id="ТМ00-000003", order_date=None, order_id="", site_id=None
)
PARTNER = Partner("Ателье «Ёлка»", "a@example.com", "Опт", "Отдел 1", "+79000000000", "0012345678")


def small_shop() -> ListShop:
    return ListShop([SALE, RETURN, EDGE], [PARTNER])


def posted(server: OnecServer, algoritm: str = "clasterclients", **kwargs: Any) -> requests.Response:
    body = wanted(algoritm, date(2026, 3, 1), date(2026, 3, 5))
    return requests.post(server.url, json=body, timeout=10, allow_redirects=False, **kwargs)


def wanted(algoritm: str, first: date, last: date) -> dict[str, str]:
    return {"datefrom": f"{first}T00:00:00", "datebefore": f"{last}T23:59:59", "algoritm": algoritm}


def rows_of(response: requests.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    inner = json.loads(response.content.decode("utf-8-sig"))["data"]
    rows: list[dict[str, Any]] = json.loads(inner, parse_float=Decimal)
    return rows
