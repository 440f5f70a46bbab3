"""Numbered commands and told events over a websocket: what CDP and WebDriver BiDi have in common."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from websockets.sync.connection import Connection

T = TypeVar("T")
Json = Any
DEADLINE_S = 30.0


class BrowserRefused(Exception):
    """The browser does not do what it was told."""


class Wire:
    """One conversation, without threads: events are taken while an answer is waited for."""

    def __init__(self, socket: Connection, told: Callable[[str, Json], None]) -> None:
        self._socket = socket
        self._told = told
        self._number = 0
        self._replies: dict[int, Json] = {}

    def call(self, method: str, given: Mapping[str, Json] | None = None, *, session: str = "",
             seconds: float = DEADLINE_S) -> Json:
        """The result of a command."""
        number = self.tell(method, given, session=session)
        reply = self.wait(lambda: self._replies.pop(number, None), seconds, method)
        if "error" in reply:
            raise BrowserRefused(f"{method}: {reply.get('message') or reply['error']}")
        return reply["result"]

    def tell(self, method: str, given: Mapping[str, Json] | None = None, *, session: str = "") -> int:
        """Send a command whose answer is nobody's business."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": given or {}}
        self._socket.send(json.dumps(command | ({"sessionId": session} if session else {})))
        return self._number

    def wait(self, found: Callable[[], T | None], seconds: float, what: str) -> T:
        """What `found` gives once an event or an answer brought it."""
        end = time.monotonic() + seconds
        while (result := found()) is None:
            self._take(end - time.monotonic(), what)
        return result

    def _take(self, seconds: float, what: str) -> None:
        try:
            message = json.loads(self._socket.recv(timeout=max(seconds, 0)))
        except TimeoutError:
            raise TimeoutError(f"{what}: the browser did not answer in time") from None
        if "id" in message:
            self._replies[message["id"]] = message
        else:
            self._told(message["method"], message["params"])
