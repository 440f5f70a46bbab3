"""The browsers that a session of tests has started."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Self

from websockets.exceptions import ConnectionClosed

from tests.browsers.browser import Browser
from tests.browsers.chromium import Chromium
from tests.browsers.firefox import Firefox
from tests.browsers.wire import BrowserRefused

KINDS: dict[str, type[Browser]] = {"chromium": Chromium, "firefox": Firefox}


class Running:
    """Starts a browser when it is first wanted, again where a test left it hanging; ends all of them."""

    def __init__(self) -> None:
        self._browsers: dict[str, Browser] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        for name in list(self._browsers):
            self._end(name)

    def fresh(self, name: str) -> Browser:
        """The browser with a page that knows nothing of those before."""
        if name in self._browsers:
            with suppress(TimeoutError, ConnectionClosed, BrowserRefused):
                self._browsers[name].fresh()
                return self._browsers[name]
            self._end(name)
        self._browsers[name] = KINDS[name]()
        self._browsers[name].fresh()
        return self._browsers[name]

    def _end(self, name: str) -> None:
        with self._browsers.pop(name):
            pass
