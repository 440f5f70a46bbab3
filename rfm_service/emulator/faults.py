"""How a local server misbehaves on demand: rules that a test or a scenario pushes, taken one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, Protocol, TypeVar

from rfm_service.emulator import fault_bodies as bodies
from rfm_service.emulator.hashing import below, mixed

ODATA = "/odata/"
"""What the path of every request of OData holds."""

HTML_PAGE = bodies.HTML_PAGE
BOM = b"\xef\xbb\xbf"
ALWAYS = 10_000
"""The chance of a rule that applies to every request that fits, in 1/10 000."""


class Rule(Protocol):
    """Anything that applies a number of times."""

    @property
    def times(self) -> int | None:
        """How many times the rule applies; None: until it is cleared."""

    def applies(self, nth: int) -> bool:
        """Return whether it applies to the nth request, from 1 on, that fits it."""


R = TypeVar("R", bound=Rule)


@dataclass(frozen=True)
class Fault:
    """One way in which the local 1C fails; what is not named stays as it should be.

    When: `algoritm` narrows the rule to one question of the custom protocol and `path` to requests whose path,
    decoded, holds that text ("/odata/"); the first `after` requests that fit go through; each later one meets
    it with `chance` in 1/10 000, drawn from `seed`; `times` None means for ever.

    Instead of the answer: `status`, `body` ("{path}" in it becomes what was asked), `headers` and `content_type`
    replace those of the answer; `reset` breaks the connection.

    On the way: `prefix` (a BOM) goes before the body, `cut_at` sends only that many bytes (below 0: all but so
    many), `with_length` False leaves Content-Length out, `chunked` sends chunks; `delay_s` comes before the
    answer, `drip_s` before every `drip_bytes` of its body, `deep_skip_s` for every 1000 rows that $skip leaves
    out, all in seconds.

    In the rows: `empty` serves none, `empty_day` none of that day; `drop_column` and `rename_column` (from, to)
    take columns by the names that 1C gives them; `control_chars` and `decimal_comma` spoil texts and sums.

    In the pages of OData: `ignore_top` sends all rows at once, `same_page` the first page again and again,
    `shift` says how many rows came in (or went, below 0) before the second page and each after it.
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
    path: str | None = None
    after: int = 0
    chance: int = ALWAYS
    seed: int = 0
    chunked: bool = False
    drip_bytes: int = 1
    deep_skip_s: float = 0.0
    empty_day: date | None = None
    control_chars: bool = False
    decimal_comma: bool = False
    ignore_top: bool = False
    same_page: bool = False
    shift: int = 0

    @property
    def speaks_for_itself(self) -> bool:
        """Whether the request need not be served at all."""
        return self.reset or self.body is not None or self.status != 200

    def applies(self, nth: int) -> bool:
        """Return whether it applies to the nth request, from 1 on, that fits it."""
        if nth <= self.after:
            return False
        return self.chance >= ALWAYS or below(mixed(self.seed, nth), 0, ALWAYS) < self.chance

    def on(self, path: str) -> Fault:
        """Return the same fault for requests whose path holds the text."""
        return replace(self, path=path)

    def again(self, times: int | None = None) -> Fault:
        """Return the same fault so many times; for ever without a number."""
        return replace(self, times=times)

    def later(self, after: int) -> Fault:
        """Return the same fault after so many requests went through."""
        return replace(self, after=after)

    def sometimes(self, chance: int, seed: int = 0) -> Fault:
        """Return the same fault for ever, met with a chance in 1/10 000 that is drawn from the seed."""
        return replace(self, chance=chance, seed=seed, times=None)


class Rules(Generic[R]):
    """Rules waiting for their turn; the first that fits a request and applies is used; safe between threads."""

    def __init__(self) -> None:
        """Start without rules."""
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[R]] = []

    def push(self, *rules: R) -> None:
        """Add rules after those that wait."""
        with self._lock:
            self._waiting += [_Waiting(rule) for rule in rules]

    def clear(self) -> None:
        """Forget every rule."""
        with self._lock:
            self._waiting.clear()

    def take(self, fits: Callable[[R], bool]) -> R | None:
        """Return the first rule that fits and applies, and count one use of it; None when none does."""
        with self._lock:
            for at, waiting in enumerate(self._waiting):
                if fits(waiting.rule) and waiting.met():
                    if waiting.spent:
                        del self._waiting[at]
                    return waiting.rule
        return None

    def waiting(self) -> list[R]:
        """Return the rules that wait, in their order."""
        with self._lock:
            return [waiting.rule for waiting in self._waiting]

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)


class _Waiting(Generic[R]):
    """A rule, how many requests fitted it and how many met it."""

    def __init__(self, rule: R) -> None:
        self.rule = rule
        self._fitted = self._used = 0

    @property
    def spent(self) -> bool:
        return self.rule.times is not None and self._used >= self.rule.times

    def met(self) -> bool:
        self._fitted += 1
        met = self.rule.applies(self._fitted)
        self._used += met
        return met


_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"


def licence(status: int = 500) -> Fault:
    """No free licence (row 4)."""
    return _said(status, bodies.NO_LICENCE)


def no_memory() -> Fault:
    """The server of 1C lacks memory for so many rows (row 3)."""
    return _said(500, bodies.NO_MEMORY)


def disk_full() -> Fault:
    """The server of 1C lacks room for temporary files (row 3)."""
    return _said(500, bodies.DISK_FULL)


def pool_exhausted() -> Fault:
    """All sessions of the publication are taken (row 5)."""
    return _said(406, bodies.POOL_EXHAUSTED)


def maintenance() -> Fault:
    """The base is closed: a JSON exception with a BOM and base64 (row 6)."""
    return Fault(403, bodies.exception(bodies.CLOSED))


def updating(status: int = 409) -> Fault:
    """The platform is being updated (row 7)."""
    return _said(status, bodies.OTHER_VERSION)


def unauthorized() -> Fault:
    """The name or the password is wrong (row 8)."""
    return Fault(401, b"", headers={"WWW-Authenticate": 'Basic realm="1C"'}, content_type=_HTML)


def no_rights() -> Fault:
    """The rights of the user do not reach a row (row 8): code 20 of OData."""
    return Fault(401, bodies.odata_error("20", "Нарушение прав доступа!"))


def unpublished(name: str = "Document_РеализацияТоваровУслуг") -> Fault:
    """An entity is no longer in the composition of OData (row 9): code 8."""
    return Fault(404, bodies.odata_error("8", f"Сущность {name} не найдена"))


def no_page() -> Fault:
    """The web server knows no such address (row 10)."""
    return Fault(404, bodies.page("404 - File or directory not found.", "{path}"), content_type=_HTML)


def login_page() -> Fault:
    """A login page with 200 (row 10)."""
    return Fault(body=HTML_PAGE, content_type=_HTML)


def said_in_json(message: str = "Ошибка выполнения запроса") -> Fault:
    """An error with 200 in the words of the service (row 10)."""
    return Fault(body=f'{{"error":"{message}"}}'.encode())


def cut(at: int) -> Fault:
    """The connection ends after so many bytes of the body, short of Content-Length (row 11)."""
    return Fault(cut_at=at)


def cut_unseen(at: int) -> Fault:
    """The body ends after so many bytes, with no Content-Length to tell (row 11)."""
    return Fault(cut_at=at, with_length=False)


def cut_chunks(at: int) -> Fault:
    """A chunked body breaks off after so many bytes (row 11)."""
    return Fault(cut_at=at, chunked=True)


def bom() -> Fault:
    """A byte order mark goes before the body (row 12)."""
    return Fault(prefix=BOM)


def wrong_charset() -> Fault:
    """The header says windows-1251, the body is UTF-8 (row 12)."""
    return Fault(content_type="text/plain; charset=windows-1251")


def control_chars() -> Fault:
    """Texts begin with a raw 0x02 (row 13)."""
    return Fault(control_chars=True)


def in_base64(message: str = bodies.NO_MEMORY) -> Fault:
    """The text of the error is base64 (row 14)."""
    return Fault(500, bodies.base64_text(message), content_type=_TEXT)


def bomb(mebibytes: int = 300) -> Fault:
    """A small gzip that unpacks to so many MiB (row 15)."""
    return Fault(body=bodies.gzip_bomb(mebibytes), headers={"Content-Encoding": "gzip"})


def ignored_top() -> Fault:
    """$top and $skip are ignored (row 16): all rows come at once."""
    return Fault(ignore_top=True).on(ODATA)


def same_page() -> Fault:
    """$skip is ignored (row 16): the first page comes again."""
    return Fault(same_page=True).on(ODATA)


def shifted(rows: int = 1) -> Fault:
    """Rows come in before what was read (go, below 0), so that pages overlap or leave gaps (row 17)."""
    return Fault(shift=rows).on(ODATA)


def empty() -> Fault:
    """An answer of the right form without rows (row 29)."""
    return Fault(empty=True)


def empty_day(day: date | str) -> Fault:
    """An answer without the rows of a day (row 29)."""
    return Fault(empty_day=date.fromisoformat(day) if isinstance(day, str) else day)


def decimal_comma() -> Fault:
    """Sums come as texts with a comma and spaces that do not break (row 27)."""
    return Fault(decimal_comma=True)


def dropped(column: str) -> Fault:
    """A column is gone (row 28)."""
    return Fault(drop_column=column)


def renamed(column: str, to: str) -> Fault:
    """A column has another name (row 28)."""
    return Fault(rename_column=(column, to))


def redirect(to: str) -> Fault:
    """The request is sent on (row 31)."""
    return Fault(302, b"", headers={"Location": to})


def too_many(retry_after: int = 1) -> Fault:
    """Too many requests: ask again in so many seconds (row 32)."""
    return Fault(429, b"", headers={"Retry-After": str(retry_after)})


def unavailable(retry_after: int = 1) -> Fault:
    """The service is away for so many seconds (row 32)."""
    return Fault(503, b"", headers={"Retry-After": str(retry_after)})


def bad_gateway(status: int = 502) -> Fault:
    """A proxy cannot reach 1C, or waits no longer for it with 504 (row 2)."""
    name = "504 Gateway Time-out" if status == 504 else "502 Bad Gateway"
    return Fault(status, bodies.page(name, "<hr>nginx"), content_type=_HTML)


def reset() -> Fault:
    """The connection breaks (row 1)."""
    return Fault(reset=True)


def slow(seconds: float) -> Fault:
    """The answer is late (row 2); also how the first one of a night is, while 1C starts a session."""
    return Fault(delay_s=seconds)


def drip(seconds: float, size: int = 1) -> Fault:
    """The body comes in drops of so many bytes, a drop every so many seconds (row 2)."""
    return Fault(drip_s=seconds, drip_bytes=size)


def deep_skip(seconds: float) -> Fault:
    """Every 1000 rows that $skip leaves out cost so many seconds."""
    return Fault(deep_skip_s=seconds).on(ODATA)


def _said(status: int, message: str) -> Fault:
    return Fault(status, f"{message}\n".encode(), content_type=_TEXT)


NAMED: dict[str, Callable[..., Fault]] = {
    made.__name__: made
    for made in (
        licence, no_memory, disk_full, pool_exhausted, maintenance, updating, unauthorized, no_rights,
        unpublished, no_page, login_page, said_in_json, cut, cut_unseen, cut_chunks, bom, wrong_charset,
        control_chars, in_base64, bomb, ignored_top, same_page, shifted, empty, empty_day, decimal_comma,
        dropped, renamed, redirect, too_many, unavailable, bad_gateway, reset, slow, drip, deep_skip,
    )
}
"""The faults by the names of their functions, whose arguments are texts and numbers."""
