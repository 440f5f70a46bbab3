"""Documents as 1C holds them: with a reference and a version, posted or not, marked for deletion or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple
from uuid import UUID

from rfm_service.emulator.hashing import digest, guid
from rfm_service.emulator.shop import Document, Partner, Shop, ShopLine, document_of

__all__ = ["EMPTY_REF", "Kind", "Paper", "ShopWithout", "guid", "papers", "partner_ref", "put_together"]

EMPTY_REF = str(UUID(int=0))
"""The empty reference of 1C."""

_VERSION_BYTES = 6
_HEAD = attrgetter("sale_id", "date", "buyer", "returned", "organisation")

Kind = Literal["sale", "return", "correction"]


class Paper(NamedTuple):
    """A document at a moment; the date of its first line is its Date.

    `ref` stays for the life of the document, also when it is edited or moved; `version` grows with every write,
    also with one that changes nothing; `marked` is DeletionMark; there is at least one line.
    """

    ref: str
    kind: Kind
    version: int
    posted: bool
    marked: bool
    lines: tuple[ShopLine, ...]

    @property
    def day(self) -> date:
        """The day that the document is dated."""
        return self.lines[0].date.date()

    @property
    def counts(self) -> bool:
        """Whether its lines are sales: only of these does the custom protocol tell."""
        return self.posted and not self.marked


def papers(shop: Shop, start: date, end: date) -> Iterator[Paper]:
    """Yield the documents dated in the half-open [start, end) by day, in an order that does not change.

    A shop may have `papers` of its own; of another the lines are put together, and all documents are posted.
    """
    own = getattr(shop, "papers", None)
    found: Iterator[Paper] = own(start, end) if own else map(_versioned, put_together(shop.lines(start, end)))
    return found


def partner_ref(shop: Shop, name: str) -> str:
    """Return the reference of the partner that now has this name; the empty one for no name.

    A shop may have `partner_ref` of its own.
    """
    own = getattr(shop, "partner_ref", None)
    return EMPTY_REF if not name else str(own(name)) if own else guid("partner", name)


class ShopWithout:
    """A shop without the documents of a day."""

    def __init__(self, shop: Shop, day: date) -> None:
        """Hide the day of the shop."""
        self._shop, self._day = shop, day

    def lines(self, start: date, end: date) -> Iterator[ShopLine]:
        """Yield the lines of the other days."""
        return (line for line in self._shop.lines(start, end) if line.date.date() != self._day)

    def papers(self, start: date, end: date) -> Iterator[Paper]:
        """Yield the documents of the other days."""
        return (paper for paper in papers(self._shop, start, end) if paper.day != self._day)

    def partners(self) -> Iterable[Partner]:
        """Return the partners of the shop."""
        return self._shop.partners()

    def partner_ref(self, name: str) -> str:
        """Return the reference that the shop has."""
        return partner_ref(self._shop, name)

    def optional_fields(self) -> frozenset[str]:
        """Return the optional fields of the shop."""
        return self._shop.optional_fields()


def put_together(lines: Iterable[ShopLine]) -> Iterator[Paper]:
    """Yield the documents that the lines, which come by day, make: posted, each in its first version."""
    # Lines of a document mostly follow each other: one look for all of them.
    runs = ([*run] for _, run in groupby(lines, key=_HEAD))
    for _, of_day in groupby(runs, key=lambda run: run[0].date.date()):
        by_document: dict[Document, list[ShopLine]] = {}
        for run in of_day:
            by_document.setdefault(document_of(run[0]), []).extend(run)
        for document, kept in by_document.items():
            yield _paper(document, tuple(kept))


def _paper(document: Document, lines: tuple[ShopLine, ...]) -> Paper:
    return Paper(guid("document", *document), _kind(lines), 1, posted=True, marked=False, lines=lines)


def _versioned(paper: Paper) -> Paper:
    # The content stands in for a counter of writes, so that an edit of a shop in memory shows.
    content = (value for line in paper.lines for value in line)
    return paper._replace(version=int.from_bytes(digest(content, _VERSION_BYTES)))


def _kind(lines: tuple[ShopLine, ...]) -> Kind:
    if lines[0].returned:
        return "return"
    return "correction" if sum(line.amount for line in lines) < 0 else "sale"
