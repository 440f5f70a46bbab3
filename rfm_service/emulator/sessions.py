"""Sessions and licences of a 1C publication: `IBSession`, its cookie, and a pool that runs dry."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rfm_service.emulator import fault_bodies as bodies
from rfm_service.emulator.hashing import guid
from rfm_service.emulator.http_server import Answer, Request

COOKIE = "ibsession"

_TEXT = "text/plain; charset=utf-8"


class SessionRefused(Exception):
    """No session for the request; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer."""
        super().__init__(answer.status)
        self.answer = answer


class Sessions:
    """The pool of a publication; safe between threads.

    `pool` and `licences` say how many sessions there may be at once (None: any number), `longest_idle_s` after
    how many idle seconds a kept session is dropped.
    """

    def __init__(self, pool: int | None = None, licences: int | None = None, longest_idle_s: float = 20) -> None:
        """Start with no session."""
        self.pool, self.licences, self.longest_idle_s = pool, licences, longest_idle_s
        self._lock = threading.Lock()
        self._kept: dict[str, float] = {}
        self._passing = self._started = 0
        self._told_stale: set[str] = set()

    @property
    def open(self) -> int:
        """How many sessions are kept by their clients."""
        with self._lock:
            self._drop_idle()
            return len(self._kept)

    @contextmanager
    def entered(self, request: Request) -> Iterator[dict[str, str]]:
        """Hold a session while the request is served; yields the headers of its answer.

        Raises:
            SessionRefused: the cookie is stale, or there is no session or licence left.
        """
        wish = request.headers.get("ibsession", "").lower()
        with self._lock:
            self._drop_idle()
            held = self._held(_cookie(request))
            if held is None:
                self._make_room()
                held = self._start() if wish == "start" else None
            self._passing += held is None
        try:
            yield {"Set-Cookie": f"{COOKIE}={held}; path=/"} if held and wish == "start" else {}
        finally:
            self._left(held, finished=wish == "finish")

    def _left(self, held: str | None, *, finished: bool) -> None:
        with self._lock:
            if held is None:
                self._passing -= 1
            elif finished:
                self._kept.pop(held, None)
            elif held in self._kept:
                self._kept[held] = monotonic()

    def _held(self, cookie: str) -> str | None:
        if cookie in self._kept:
            return cookie
        if cookie and cookie not in self._told_stale:
            self._told_stale.add(cookie)
            raise SessionRefused(Answer(400, "Сеанс отсутствует или удален".encode(), _TEXT))
        return None

    def _make_room(self) -> None:
        taken = len(self._kept) + self._passing
        if self.licences is not None and taken >= self.licences:
            raise SessionRefused(Answer(500, bodies.NO_LICENCE.encode(), _TEXT))
        if self.pool is not None and taken >= self.pool:
            raise SessionRefused(Answer(406, bodies.POOL_EXHAUSTED.encode(), _TEXT))

    def _start(self) -> str:
        self._started += 1
        held = guid("session", self._started)
        self._kept[held] = monotonic()
        return held

    def _drop_idle(self) -> None:
        oldest = monotonic() - self.longest_idle_s
        self._kept = {name: used for name, used in self._kept.items() if used >= oldest}


def _cookie(request: Request) -> str:
    for part in request.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
