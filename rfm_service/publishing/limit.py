"""A time limit for work on a shelf: what hangs is left behind, and can do nothing more when it wakes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar, cast

from rfm_service import timelimit
from rfm_service.publishing.shelf import Shelf
from rfm_service.timelimit import OutOfTimeError

T = TypeVar("T")


@dataclass(frozen=True)
class _Watched:
    """A shelf on which nothing new is begun once `over` is set."""

    shelf: Shelf
    over: Event

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self.shelf, name)

        def watched(*given: Any, **named: Any) -> Any:
            if self.over.is_set():
                raise OutOfTimeError
            return method(*given, **named)

        return watched


def within(seconds: float, shelf: Shelf, work: Callable[[Shelf], T]) -> T:
    """Do work on a shelf, in a thread that nobody waits for at the end of the program. Raises OutOfTimeError.

    Past its time only the one call that hangs may still come to its end.
    """
    over = Event()
    watched = cast("Shelf", _Watched(shelf, over))

    def worked() -> T:
        try:
            return work(watched)
        finally:
            with contextlib.suppress(Exception):
                shelf.close()

    return timelimit.within(seconds, worked, over.set)
