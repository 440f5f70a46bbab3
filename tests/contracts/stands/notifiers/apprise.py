from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.notifiers.apprise import Notifier
from tests.contracts.stands.worlds import NotifierStand


@contextmanager
def stand(folder: Path) -> Iterator[NotifierStand]:
    told: list[str] = []

    def taken(request: Request) -> Answer:
        told.append(json.loads(request.body)["message"])
        return Answer()

    with LocalServer(taken) as server:
        plug = Notifier(urls=[server.base_url.replace("http://", "json://")])
        yield NotifierStand(plug, lambda: [("", text, 0) for text in told], None, server.stop, addressed=False,
                            amends=False)
