"""What went through a local server: requests and bytes by path, and how many requests at once."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote

CONTROL = "/__emu/"
"""Where the paths of the control API begin."""

_OF_ONE = re.compile(r"\(.*")


class Traffic:
    """Counts; safe between threads."""

    def __init__(self) -> None:
        """Start at nothing."""
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._now: Counter[bool] = Counter()
        self._most: Counter[bool] = Counter()

    @contextmanager
    def request(self, path: str) -> Iterator[Callable[[int], None]]:
        """Count a request while it lasts; what is yielded counts the bytes of its body that were sent."""
        # One entity among thousands is no path of its own.
        name = _OF_ONE.sub("(…)", unquote(path))
        control = _is_control(name)
        with self._lock:
            self._requests[name] += 1
            self._now[control] += 1
            self._most[control] = max(self._most[control], self._now[control])
        try:
            yield lambda size: self._count(name, size)
        finally:
            with self._lock:
                self._now[control] -= 1

    def figures(self) -> dict[str, object]:
        """Return requests, bytes of bodies sent, requests by path and the most at once, control left out."""
        with self._lock:
            by_path = {name: count for name, count in self._requests.items() if not _is_control(name)}
            sent = sum(size for name, size in self._bytes.items() if not _is_control(name))
            most = self._most[False]
        return {"requests": sum(by_path.values()), "bytes": sent, "by_path": by_path, "most_at_once": most}

    def _count(self, name: str, size: int) -> None:
        with self._lock:
            self._bytes[name] += size


def _is_control(path: str) -> bool:
    return path.startswith(CONTROL)
