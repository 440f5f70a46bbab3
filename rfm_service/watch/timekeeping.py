"""Whether the clock of this machine was put back, and by how much: told from a count of seconds that nobody sets."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

JUMP_S, BELIEVED_AFTER_S = 60, 900


def elapsed() -> float:
    """Seconds since some moment, those of a sleeping machine among them where it can count them."""
    counted = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if counted is None else time.clock_gettime(counted)


class Timekeeper:
    """Compares the clock with the seconds that went by; `last` is the time to which it stood once before."""

    def __init__(self, last: datetime | None = None) -> None:
        self._last = last
        self._begun: float | None = None
        self._since: float | None = None

    def put_back(self, now: datetime, elapsed_s: float) -> timedelta | None:
        """By how much, told once, when it has stayed so for a while: a clock wrong for a minute proves nothing."""
        begun = now.timestamp() - elapsed_s
        if self._begun is None:
            self._begun = begun + max(0.0, self._last.timestamp() - now.timestamp() if self._last else 0.0)
        back = self._begun - begun
        if back < JUMP_S:
            self._begun, self._since = max(self._begun, begun), None
            return None
        self._since = elapsed_s if self._since is None else self._since
        if elapsed_s - self._since < BELIEVED_AFTER_S:
            return None
        self._begun, self._since = begun, None
        return timedelta(seconds=round(back))
