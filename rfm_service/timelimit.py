"""A time limit for a call that may hang for ever: it is left behind in a thread that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class OutOfTimeError(Exception):
    """The work did not end within its time."""


def within(seconds: float, work: Callable[[], T], over: Callable[[], None] = lambda: None) -> T:
    """What the work gives; `over` is called when it ends or is left behind. Raises OutOfTimeError."""
    ended = Future[T]()

    def worked() -> None:
        try:
            ended.set_result(work())
        except BaseException as error:
            ended.set_exception(error)

    Thread(target=worked, name="limited", daemon=True).start()
    try:
        wait([ended], timeout=seconds)
    finally:
        over()
    if not ended.done():
        raise OutOfTimeError
    return ended.result()
