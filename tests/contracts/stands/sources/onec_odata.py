from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rfm_service.domain.values import SaleLine
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop
from rfm_service.sources.onec_odata import Source
from tests.contracts.stands.worlds import SourceStand

USER, PASSWORD = "Администратор", "пароль: «ключ»"
ADDRESSED: dict[str, Any] = {"fields": {"address": "АдресДоставки"}}
"""All documents of the local 1C have an address."""


@contextmanager
def stand(folder: Path) -> Iterator[SourceStand]:
    shop = ListShop()
    with OnecServer(shop, user=USER, password=PASSWORD) as server:
        plug = Source(url=server.odata_url, user=USER, password=PASSWORD, timeout_s=5, deadline_minutes=0.05,
                      gap_s=0.05, **ADDRESSED)
        yield SourceStand(plug, shop, lambda: server.faults.push(Fault(reset=True, times=None)), _plain)


def _plain(line: SaleLine) -> SaleLine:
    """Documents of OData have no number of a shop on the web and no cost."""
    return line._replace(site_id="", cost=None, ref="", version="", customer_key="")
