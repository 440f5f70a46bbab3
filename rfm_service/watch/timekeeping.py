"""Whether the clock of this machine was set, and by how much: told from a count of seconds that nobody sets."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import NamedTuple

JUMP_S, BELIEVED_AFTER_S = 60, 900


def elapsed() -> float:
    """Seconds since some moment, those of a sleeping machine among them where it can count them."""
    counted = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if counted is None else time.clock_gettime(counted)


class Turn(NamedTuple):
    """The clock was set ahead by so much, or put back (below 0).

    `sure`: it has stayed so for a while; one that was put back for a minute proves nothing. `at_least`: it was put back
    while nobody looked, by so much or more.
    """

    by: timedelta
    sure: bool = True
    at_least: bool = False


class Timekeeper:
    """Compares the clock with the seconds that went by; `last` is the time to which it stood once before."""

    def __init__(self, last: datetime | None = None) -> None:
        self._last = last
        self._begun: float | None = None
        self._since: float | None = None
        self._unseen = False

    def turned(self, now: datetime, elapsed_s: float) -> Turn | None:
        """A turn of the clock since it was last looked at; one back is told when it is seen and when it is sure."""
        begun = now.timestamp() - elapsed_s
        if self._begun is None:
            self._unseen = self._last is not None and self._last > now
            self._begun = begun + (self._last.timestamp() - now.timestamp() if self._last and self._unseen else 0)
        ahead = begun - self._begun
        by = timedelta(seconds=round(ahead))
        if ahead > -JUMP_S:
            self._begun, self._since, self._unseen = max(self._begun, begun), None, False
            return Turn(by) if ahead > JUMP_S else None
        if self._since is None:
            self._since = elapsed_s
            return Turn(by, sure=False)
        if elapsed_s - self._since < BELIEVED_AFTER_S:
            return None
        turn = Turn(by, at_least=self._unseen)
        self._begun, self._since, self._unseen = begun, None, False
        return turn
