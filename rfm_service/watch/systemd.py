"""The notify protocol of systemd: ready, alive, what is under way; nothing where nobody listens."""

from __future__ import annotations

import contextlib
import socket
from time import monotonic


class Systemd:
    """Tells the manager of services at `address` ("": there is none), in time for its watchdog."""

    def __init__(self, address: str, watchdog_s: float = 0) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._every_s = watchdog_s / 3
        self._alive = 0.0
        self._status = ""

    def ready(self) -> None:
        """The daemon is at work."""
        self._tell("READY=1")

    def alive(self, status: str) -> None:
        """It still is, and does this."""
        if self._every_s and monotonic() - self._alive >= self._every_s:
            self._alive = monotonic()
            self._tell("WATCHDOG=1")
        if status != self._status:
            self._status = status
            self._tell(f"STATUS={status}")

    def stopping(self) -> None:
        """It was asked to end."""
        self._tell("STOPPING=1")

    def _tell(self, line: str) -> None:
        family = getattr(socket, "AF_UNIX", None)
        if not self._address or family is None:
            return
        # A manager that does not listen now is told the next time; one that is too busy to read is not waited for.
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as opened:
            opened.setblocking(False)
            opened.sendto(line.encode(), self._address)
