"""Replies of a server without a server, arriving in pieces of any size; and a caller against a real one."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from urllib3 import HTTPResponse

from rfm_service.emulator.http_server import Answer, LocalServer
from rfm_service.emulator.http_server import Request as Asked
from rfm_service.onec.caller import Caller, Request
from rfm_service.onec.reply import Limits, Reply


class Pieces(io.BytesIO):
    """Bytes that arrive at most so many at a time."""

    def __init__(self, content: bytes, most: int) -> None:
        super().__init__(content)
        self._most = most

    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(self._most if size is None or size < 0 else min(size, self._most))


def reply(content: bytes, *, status: int = 200, most: int = 1 << 18, largest_mb: float = 256,
          **headers: str) -> Reply:
    """The reply with such a body, in chunks unless Connection says close; underscores in names stand for dashes."""
    response = requests.Response()
    response.status_code = status
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response.headers.update({} if "Connection" in named else {"Transfer-Encoding": "chunked"}, **named)
    response.raw = HTTPResponse(Pieces(content, most), headers=named, status=status, preload_content=False)
    return Reply(response, Limits(largest_mb, time.monotonic() + 60, 1))


class Script:
    """A server that gives its answers in turn, the last one for ever, and keeps what it was asked and when."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[Asked] = []
        self.at: list[float] = []

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        self.at.append(time.monotonic())
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@contextmanager
def calling(*answers: Answer, **settings: Any) -> Iterator[tuple[Callable[..., bytes], Script]]:
    """A question to a server with such answers, and what the server heard."""
    script = Script(*answers)
    with LocalServer(script) as server:
        caller = Caller(**{"url": f"{server.base_url}/1c", "timeout_s": 5, "deadline_minutes": 0.05, "gap_s": 0.02,
                           **settings})

        def ask(decode: Callable[[Reply], bytes] = Reply.body, **more: Any) -> bytes:
            return caller.read(Request("POST", caller.url, b"{}", **more), decode)

        yield ask, script
