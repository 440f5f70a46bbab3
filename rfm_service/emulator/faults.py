"""How a local server misbehaves on demand: rules that a test pushes, taken one by one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

HTML_PAGE = "<!DOCTYPE html><html><head><title>Вход</title></head><body>Введите пароль</body></html>".encode()
BOM = b"\xef\xbb\xbf"


class Rule(Protocol):
    """Anything that applies a number of times."""

    @property
    def times(self) -> int | None:
        """How many times the rule applies; None: until it is cleared."""


R = TypeVar("R", bound=Rule)


@dataclass(frozen=True)
class Fault:
    """One way in which the local 1C fails; what is not named stays as it should be.

    `algoritm` narrows the rule to one kind of request; `times` None means for ever. `status`, `body`,
    `headers` and `content_type` replace those of the answer, `prefix` (a BOM) goes before its body, `cut_at`
    sends only that many bytes, `with_length` False leaves Content-Length out; `delay_s` comes before the
    answer and `drip_s` before every byte of its body, in seconds; `reset` breaks the connection instead of
    answering. `empty` serves no rows, `drop_column` and `rename_column` (from, to) change the rows; columns
    are named as 1C names them.
    """

    status: int = 200
    body: bytes | None = None
    times: int | None = 1
    algoritm: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None
    prefix: bytes = b""
    cut_at: int | None = None
    with_length: bool = True
    delay_s: float = 0.0
    drip_s: float = 0.0
    reset: bool = False
    empty: bool = False
    drop_column: str | None = None
    rename_column: tuple[str, str] | None = None


class Rules(Generic[R]):
    """Rules waiting for their turn; the first that fits a request is used, safe between threads."""

    def __init__(self) -> None:
        """Start without rules."""
        self._lock = threading.Lock()
        self._waiting: list[tuple[R, int | None]] = []

    def push(self, *rules: R) -> None:
        """Add rules after those that wait."""
        with self._lock:
            self._waiting += [(rule, rule.times) for rule in rules]

    def clear(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._waiting.clear()

    def take(self, fits: Callable[[R], bool]) -> R | None:
        """Return the first rule that fits and count one use of it; None when none does."""
        with self._lock:
            for at, (rule, left) in enumerate(self._waiting):
                if fits(rule):
                    self._waiting[at : at + 1] = [] if left == 1 else [(rule, left and left - 1)]
                    return rule
        return None

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)
