"""The documents and partners of a shop within reach of OData: asked for by day or by reference, kept while true."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from rfm_service.emulator import papers as documents
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.hashing import guid
from rfm_service.emulator.odata.fields import Plan
from rfm_service.emulator.papers import EMPTY_REF, Paper
from rfm_service.emulator.shop import Partner, Shop, ShopLine

T = TypeVar("T")

_KEPT = 16
_PAPERS_KEPT = 400_000


class Shelf:
    """What OData serves of a shop; safe between threads.

    A generated shop and one whose content is a function of its `clock` are read once for all the pages asked of them;
    any other may change between two requests, and is read for each.
    """

    def __init__(self, shop: Shop) -> None:
        """Serve this shop."""
        self.shop = shop
        self._lock = threading.RLock()
        self._state: object = None
        self._kept: OrderedDict[object, Any] = OrderedDict()
        self._pinned: dict[str, Any] = {}
        self._day_of: dict[str, date] = {}
        self._ref_of = lru_cache(200_000)(guid)

    def refresh(self) -> None:
        """Forget what the shop no longer is; each request begins with it."""
        with self._lock:
            state = _state_of(self.shop)
            if state is None or state != self._state:
                self._kept.clear()
                self._pinned.clear()
                self._state = state

    def kept(self, key: object, make: Callable[[], T]) -> T:
        """Return what was made under this key since the shop changed, or make it; the last ones asked for stay."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            found: T = self._kept[key]
            return found

    def once(self, name: str, make: Callable[[], dict[str, T]]) -> dict[str, T]:
        """Return what was made under this name since the shop changed, or make it; it stays till the next change."""
        with self._lock:
            if name not in self._pinned:
                self._pinned[name] = make()
            found: dict[str, T] = self._pinned[name]
            return found

    def papers(self, plan: Plan) -> Iterator[Paper]:
        """Yield the documents that the plan leaves, by day."""
        if plan.refs is None:
            yield from self._of_days(plan.start, plan.end)
            return
        for day in sorted(self._days(plan.refs)):
            if plan.start <= day < plan.end:
                yield from (paper for paper in self._of_days(day, _after(day)) if paper.ref in plan.refs)

    def each(self, make: Callable[[ShopLine], T]) -> list[T]:
        """Return what is made of the sale lines of the shop, each once, in the order of their coming."""
        return list(dict.fromkeys(map(make, self.shop.lines(date.min, date.max))))

    def partners(self) -> dict[str, Partner]:
        """Return the partner catalogue by name."""
        return self.once("partners", lambda: {partner.buyer: partner for partner in self.shop.partners()})

    def partner(self, name: str) -> Partner:
        """Return the partner of that name, with nothing but the name where the catalogue has none."""
        return self.partners().get(name) or Partner(name)

    def partner_ref(self, name: str) -> str:
        """Return the reference of the partner of that name."""
        known: dict[str, str] = self.once("partner refs", dict)
        found = known.get(name)
        if found is None:
            found = known[name] = documents.partner_ref(self.shop, name)
        return found

    def ref(self, kind: str, *parts: str | int) -> str:
        """Return the reference of what has these names, zeros where all of them are empty."""
        return self._ref_of(kind, *parts) if any(parts) else EMPTY_REF

    def _of_days(self, start: date, end: date) -> list[Paper]:
        if start >= end:
            return []
        return self.kept(("papers", start, end), lambda: self._read(start, end))

    def _read(self, start: date, end: date) -> list[Paper]:
        wider = self._wider(start, end)
        if wider is not None:
            return [paper for paper in wider if start <= paper.day < end]
        found = list(documents.papers(self.shop, start, end))
        self._remember(found)
        return found

    def _wider(self, start: date, end: date) -> list[Paper] | None:
        for key, found in self._kept.items():
            match key:
                case ("papers", date() as first, date() as last) if first <= start and end <= last:
                    return found  # type: ignore[no-any-return]
        return None

    def _remember(self, found: Iterable[Paper]) -> None:
        self._day_of.update((paper.ref, paper.day) for paper in found)
        if len(self._day_of) > _PAPERS_KEPT:
            self._day_of = {paper.ref: paper.day for paper in found}

    def _days(self, refs: Iterable[str]) -> set[date]:
        """Return the days of the documents; a hint from earlier answers is tried before all days are read."""
        days: set[date] = set()
        for ref in refs:
            day = self._day_of.get(ref)
            if day is None or all(paper.ref != ref for paper in self._of_days(day, _after(day))):
                day = self.once("days", self._all_days).get(ref)
            if day is not None:
                days.add(day)
        return days

    def _all_days(self) -> dict[str, date]:
        return {paper.ref: paper.day for paper in documents.papers(self.shop, date.min, date.max)}


def _state_of(shop: Shop) -> object:
    """Return what tells whether the shop is still the same; None where nothing does."""
    return "never changes" if isinstance(shop, GeneratedShop) else getattr(shop, "clock", None)


def _after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
