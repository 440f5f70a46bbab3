"""OData of the local 1C: how it is asked, and a ledger in memory that takes over what it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import unquote

from rfm_service.domain.values import Answer, Partner, Period, SaleLine
from rfm_service.emulator.onec import OnecServer
from rfm_service.sources.onec_odata import Source

SALES, RETURNS = "Document_РеализацияТоваровУслуг", "Document_ВозвратТоваровОтКлиента"
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))


class Book:
    """What a ledger holds of a source: documents by reference, customers by reference."""

    def __init__(self) -> None:
        self.documents: dict[str, list[SaleLine]] = {}
        self.people: dict[str, Partner] = {}

    def has_sales(self, period: Period) -> bool:
        return bool(self.versions(period))

    def hashes(self, period: Period) -> dict[date, bytes]:
        return {}

    def versions(self, period: Period) -> dict[str, str]:
        return {ref: lines[0].version for ref, lines in self.documents.items() if lines[0].at.date() in period}

    def partners(self) -> dict[str, str]:
        return {ref: partner.version for ref, partner in self.people.items()}

    def take(self, answer: Answer) -> None:
        """Make the answer the truth for its periods."""
        told: dict[str, list[SaleLine]] = {}
        for line in answer.lines:
            told.setdefault(line.ref, []).append(line)
        assert not told.keys() & answer.unchanged
        inside = {ref for period in answer.periods for ref in self.versions(period)}
        for ref in inside - told.keys() - answer.unchanged:
            del self.documents[ref]
        self.documents |= told

    def met(self, partners: Iterable[Partner]) -> None:
        self.people |= {partner.ref: partner for partner in partners}

    @property
    def lines(self) -> list[SaleLine]:
        return [line for lines in self.documents.values() for line in lines]


def source(server: OnecServer, **more: Any) -> Source:
    return Source(**{"url": server.odata_url, "timeout_s": 5, "deadline_minutes": 0.5, "gap_s": 0.02, **more})


def asked(server: OnecServer, *periods: Period, book: Book | None = None, **more: Any) -> Answer:
    return source(server, **more).lines(periods or [FEBRUARY], book or Book())


def questions(server: OnecServer, name: str = "") -> Sequence[str]:
    """The queries that the server got for a set, as 1C reads them."""
    return [unquote(each.query) for each in server.requests if each.path.endswith(name)]
