from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfm_service.emulator.faults import Fault
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop
from rfm_service.sources.onec_http import Source
from tests.contracts.stands.worlds import SourceStand

TOKEN = "Basic ключ"


@contextmanager
def stand(folder: Path) -> Iterator[SourceStand]:
    shop = ListShop()
    with OnecServer(shop, token=TOKEN) as server:
        plug = Source(url=server.url, token=TOKEN, timeout_s=5, deadline_minutes=0.005)
        yield SourceStand(plug, shop, lambda: server.faults.push(Fault(reset=True, times=None)))
