"""What a test asks of a real browser, whichever it is."""

from __future__ import annotations

import base64
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.browsers.keys import Key, character, keys_of
from tests.browsers.wire import DEADLINE_S, Json, Wire

LOADS_WITHIN_S = 60.0
MEGABYTE = 1e6
NOT_ASKED = ("data:", "blob:", "about:")
PAINTED = "document.fonts.ready.then(() => new Promise(done => " \
          "requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))"
CENTRE = """((selector) => {
    const found = document.querySelector(selector);
    if (!found) throw new Error("nothing matches " + selector);
    found.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
    const box = found.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
    const hit = document.elementFromPoint(x, y);
    if (!hit || !(found.contains(hit) || hit.contains(found)))
        throw new Error(selector + " cannot be clicked: there lies " + (hit ? hit.outerHTML.slice(0, 99) : "nothing"));
    return [x, y];
})"""


class PageFault(Exception):
    """A script of the page, or one given to it, threw this."""


class Browser(ABC):
    """A running browser with one page; `fresh` gives a new page that knows nothing of those before.

    Addresses and messages are those since the last `open`.
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self._asked: list[str] = []
        self._complaints: list[str] = []
        self._saved: list[Path] = []
        self._page = self._context = self._tab = ""
        with ExitStack() as ends:
            self._wire = self._start(ends)
            self._ends = ends.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._ends.close()

    @abstractmethod
    def fresh(self) -> None:
        """A new page with storage of its own, light, 1280 x 800; the one before is closed."""

    @abstractmethod
    def evaluate(self, script: str, seconds: float = DEADLINE_S) -> Json:
        """The value of the last expression as JSON has it, promises awaited.

        Raises:
            PageFault: with the page's message, where it throws or the promise is rejected.
        """

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page a window of so many CSS pixels, one device pixel each."""

    @abstractmethod
    def theme(self, *, dark: bool) -> None:
        """What the page is told that its reader prefers."""

    @abstractmethod
    def downloads(self, folder: Path) -> None:
        """Have what the page saves put into a folder."""

    @abstractmethod
    def memory_mb(self) -> float:
        """The memory of the page's process: PSS, its own and its share of what several use."""

    @abstractmethod
    def heap_mb(self) -> float | None:
        """What scripts hold of it; None where the browser does not tell."""

    @abstractmethod
    def _start(self, ends: ExitStack) -> Wire:
        """Start the browser, and say what ends it."""

    @abstractmethod
    def _navigate(self, url: str, seconds: float) -> None: ...

    @abstractmethod
    def _png(self, *, full: bool) -> str: ...

    @abstractmethod
    def _strike(self, held: Sequence[Key], keys: Sequence[Key]) -> None: ...

    @abstractmethod
    def _click(self, x: float, y: float) -> None: ...

    @abstractmethod
    def _pump(self) -> None:
        """Take the events that came before now."""

    def open(self, url: str, seconds: float = LOADS_WITHIN_S) -> None:
        """Go to an address and wait until it is loaded."""
        self._pump()
        self._asked.clear()
        self._complaints.clear()
        self._page = url.partition("#")[0]
        self._navigate(url, seconds)

    def until(self, script: str, seconds: float = DEADLINE_S) -> Json:
        """The first value of a script that is true in the page's eyes."""
        end = time.monotonic() + seconds
        while not (value := self.evaluate(script)):
            if time.monotonic() > end:
                raise TimeoutError(f"never came true: {script}")
            time.sleep(0.02)
        return value

    def painted(self) -> None:
        """Wait until what was changed is on the screen."""
        self.evaluate(PAINTED)

    def screenshot(self, path: Path, width: int, height: int, *, dark: bool = False, full: bool = False) -> None:
        """A PNG of the window, or with `full` of the whole page; size and theme stay."""
        self.resize(width, height)
        self.theme(dark=dark)
        self.painted()
        path.write_bytes(base64.b64decode(self._png(full=full)))

    def press(self, key: str) -> None:
        """A key or a chord, by the names of KeyboardEvent.key: `Enter`, `Control+Shift+k`."""
        held, last = keys_of(key)
        self._strike(held, [last])

    def type(self, text: str) -> None:
        """Key after key into what has the focus."""
        self._strike([], [character(letter) for letter in text])

    def click(self, selector: str) -> None:
        """The mouse on the middle of an element, scrolled into view.

        Raises:
            PageFault: nothing matches, or something else lies over it.
        """
        self._click(*self.evaluate(f"{CENTRE}({json.dumps(selector)})"))

    def requests(self) -> list[str]:
        """The addresses, but for its own, that the page and its workers asked for."""
        self._pump()
        return [url for url in self._asked if not url.startswith(NOT_ASKED) and url.partition("#")[0] != self._page]

    def console(self) -> list[str]:
        """Errors logged, exceptions that nobody caught, dialogs opened."""
        self._pump()
        return list(self._complaints)

    def saved(self, seconds: float = DEADLINE_S) -> Path:
        """The next file that the page saved, whole."""
        end = time.monotonic() + seconds
        while not self._saved:
            if time.monotonic() > end:
                raise TimeoutError("the page saved nothing")
            time.sleep(0.02)
            self._pump()
        return self._saved.pop(0)


def pss_mb(pid: int) -> float:
    """PSS of a process as the kernel counts it."""
    return _kilobytes(pid, "Pss:") * 1024 / MEGABYTE


def _kilobytes(pid: int, field: str) -> int:
    rows: Iterator[list[str]] = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text(
        encoding="ascii", errors="replace").splitlines())
    return next(int(row[1]) for row in rows if row[0] == field)
