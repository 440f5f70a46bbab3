"""A time limit for work on a shelf: what hangs is left behind, and can do nothing more when it wakes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, TypeVar, cast

from rfm_service.publishing.shelf import Shelf

T = TypeVar("T")


class OutOfTimeError(Exception):
    """The work did not end within its time."""


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
    over, ended = Event(), Future[T]()
    watched = cast("Shelf", _Watched(shelf, over))

    def worked() -> None:
        try:
            ended.set_result(work(watched))
        except BaseException as error:
            ended.set_exception(error)
        finally:
            with contextlib.suppress(Exception):
                shelf.close()

    Thread(target=worked, name="publishing", daemon=True).start()
    try:
        wait([ended], timeout=seconds)
    finally:
        over.set()
    if not ended.done():
        raise OutOfTimeError
    return ended.result()
