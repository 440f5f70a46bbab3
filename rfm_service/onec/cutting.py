"""Connections that can be cut at a moment: a time-out bounds one read, not an answer that drips for ever."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import Any
from weakref import WeakSet

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class CuttingAdapter(HTTPAdapter):
    """An adapter of requests whose connections another thread can cut."""

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, with connections that are known here."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._sockets)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The pools of a proxy, with connections that are known here."""
        pools = super().proxy_manager_for(proxy, **kwargs)
        pools.pool_classes_by_scheme = _pools(self._sockets)
        return pools

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[Event]:
        """Cut every connection that is open in so many seconds, unless the context is left before; tells whether."""
        was_cut = Event()
        timer = Timer(max(0.0, seconds), self._cut, [was_cut])
        timer.daemon = True
        timer.start()
        try:
            yield was_cut
        finally:
            timer.cancel()

    def _cut(self, was_cut: Event) -> None:
        was_cut.set()
        for each in list(self._sockets):
            with suppress(OSError):
                # As of a plain socket: what a TLS socket does with its state would disturb the thread that reads.
                socket.socket.shutdown(each, socket.SHUT_RDWR)


def _pools(opened: WeakSet[socket.socket]) -> dict[str, type[HTTPConnectionPool]]:
    """Pools by scheme whose connections note their sockets."""

    class Connection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            opened.add(self.sock)

    class SecureConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            opened.add(self.sock)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}
