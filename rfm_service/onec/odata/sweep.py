"""Reading no more than what changed: headers and versions of all documents, then the documents that are new to us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Generic, TypeVar

from rfm_service.domain.errors import SourceUnavailable
from rfm_service.domain.values import Period
from rfm_service.onec.odata.documents import Documents, Head
from rfm_service.onec.odata.names import MOST_KEYS, in_batches
from rfm_service.onec.odata.pages import WINDOW_DAYS, Ask, Pace, Row, Trail
from rfm_service.onec.odata.query import GUID, MOST_REFS

MOST_DOCUMENTS, MOST_HEADS = 1_000, 10_000
FIRST_PAGE = 0.2
"""What of the most is asked for before the size of a row is known."""
MUCH = 0.3
"""From this share of new documents a window is read whole: by reference, ten at a time, would take longer."""
ASKED_AT_ONCE = 200
"""Missing documents asked for by reference before 1C is believed that they are gone."""
T = TypeVar("T")


class Reader:
    """Asks for headers and documents, each set at a pace of its own that lasts for the run."""

    def __init__(self, ask: Ask, page_bytes: int) -> None:
        self._ask = ask
        self._page_bytes = page_bytes
        self._paces: dict[tuple[str, int], Pace] = {}

    def pages(self, trail: Trail, window: Period, most: int = MOST_HEADS) -> Iterator[list[Row]]:
        """The rows of a window in pages; a row that moves meanwhile may come twice, the later is the newer."""
        pace = self._paces.setdefault((trail.question.name, most), Pace(int(FIRST_PAGE * most), most,
                                                                        self._page_bytes))
        return trail.pages(self._ask, pace, midnight(window.first), midnight(window.end))

    def some(self, trail: Trail, refs: Sequence[str], most: int = MOST_REFS) -> Iterator[list[Row]]:
        """The rows of some references, those of them that are there."""
        return in_batches(self._ask, trail.question, refs, most=most)


class Sweep(Generic[T]):
    """What some periods hold, as far as it is not as `known` (reference -> version).

    `astray`: the days outside of them to which known documents have moved.
    """

    def __init__(self, reader: Reader, periods: Sequence[Period], known: Mapping[str, str],
                 parse: Callable[[Documents, list[Row]], Iterable[T]]) -> None:
        self.read: dict[str, T] = {}
        self.unchanged: set[str] = set()
        self.astray: set[date] = set()
        self._reader, self._periods, self._known, self._parse = reader, periods, known, parse
        self._gone: set[str] = set()

    def window(self, documents: Documents, window: Period, *, new: bool) -> None:
        """Read what changed in a window; all of it where nothing is known of it yet. Raises SourceError."""
        if new:
            self._take(documents, self._reader.pages(documents.whole, window, MOST_DOCUMENTS))
            return
        heads = [documents.head(row) for page in self._reader.pages(documents.heads, window) for row in page]
        fresh = self._fresh(heads)
        if len(fresh) > MUCH * len(heads):
            self._take(documents, self._reader.pages(documents.whole, window, MOST_DOCUMENTS))
        self._read(documents, fresh)

    def missing(self, sets: Sequence[Documents]) -> None:
        """Ask for what is known and was not met; more of it only while some was there after all. Raises SourceError."""
        missing = self._known.keys() - self.unchanged - self.read.keys() - self._gone
        refs = sorted(ref for ref in missing if GUID.fullmatch(ref))
        for at in range(0, len(refs), ASKED_AT_ONCE):
            found = [self._found(documents, refs[at:at + ASKED_AT_ONCE]) for documents in sets]
            if not any(found):
                return

    def _found(self, documents: Documents, refs: Sequence[str]) -> bool:
        pages = self._reader.some(documents.heads, refs, MOST_KEYS)
        heads = [documents.head(row) for page in pages for row in page]
        self._read(documents, self._fresh(heads))
        days = {head.at.date() for head in heads if head.live}
        self.astray.update(day for day in days if not self._covers(day))
        return bool(days)

    def _fresh(self, heads: Iterable[Head]) -> set[str]:
        """The documents among them to be read; the others are unchanged, or no sales any more."""
        fresh: set[str] = set()
        for head in heads:
            if not (head.live and self._covers(head.at.date())):
                self._drop(head.ref)
                fresh.discard(head.ref)
            elif self._known.get(head.ref) == head.version:
                self.unchanged.add(head.ref)
            else:
                self.unchanged.discard(head.ref)
                fresh.add(head.ref)
        return fresh

    def _read(self, documents: Documents, refs: Iterable[str]) -> None:
        wanted = sorted(set(refs) - self.read.keys())
        if not self._take(documents, self._reader.some(documents.whole, wanted)).issuperset(wanted):
            raise SourceUnavailable("1C told of documents of {name} by their headers, and did not give them when they "
                                    "were asked for. Nothing was changed.", name=documents.name)

    def _take(self, documents: Documents, pages: Iterable[list[Row]]) -> set[str]:
        """Keep the documents that count; the references of all that came."""
        came: set[str] = set()
        for page in pages:
            heads = [documents.head(row) for row in page]
            came.update(head.ref for head in heads)
            live = [head.live and self._covers(head.at.date()) for head in heads]
            for head in heads:
                self._drop(head.ref)
            read = self._parse(documents, [row for row, counts in zip(page, live, strict=True) if counts])
            self.read.update(zip((head.ref for head, counts in zip(heads, live, strict=True) if counts), read,
                                 strict=True))
        return came

    def _drop(self, ref: str) -> None:
        self.unchanged.discard(ref)
        self.read.pop(ref, None)
        self._gone.add(ref)

    def _covers(self, day: date) -> bool:
        return any(day in period for period in self._periods)


def windows(periods: Iterable[Period]) -> list[Period]:
    """The periods in pieces of at most 31 days."""
    return [window for period in periods for window in period.windows(WINDOW_DAYS)]


def midnight(day: date) -> datetime:
    """The first second of a day."""
    return datetime.combine(day, time())

