"""Reports and their places: what cannot be published waits in the spool, and follows as soon as the place takes it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Message, Report
from rfm_service.ports import Publisher
from rfm_service.spool import Spool

if TYPE_CHECKING:
    from rfm_service.ledger.ledger import Ledger

log = logging.getLogger(__name__)


class Published(NamedTuple):
    """The places that took a report now, and how many places still make one wait."""

    places: list[str]
    waiting: int


def dated(place: str, as_of: date) -> str:
    """Where a place has the report of a night, for people."""
    return inside(place, as_of.isoformat())


def inside(place: str, folder: str) -> str:
    """A folder of a place, for people: an address keeps its slashes."""
    return f"{place.rstrip('/')}/{folder}" if "://" in place else str(Path(place) / folder)


def publish(report: Report, ledger: Ledger, publishers: Sequence[Publisher], spool: Spool) -> Published:
    """Publish what waits and a night's report everywhere; where that fails it waits. Raises PublishError.

    Raises where the report cannot even wait, once the other places have theirs.
    """
    patience_s = 60 * max((each.timeout_minutes for each in publishers), default=0)
    with spool.held(patience_s) as alone:
        if alone:
            return _everywhere(report, [_Place(each, ledger, spool) for each in publishers])
        busy = PublishError("Another run is publishing. The report follows with the next try.")
        for publisher in publishers:
            spool.put(publisher.place, report, busy, publisher.keep_nights)
        return Published([], len(publishers))


def publish_waiting(ledger: Ledger, publishers: Sequence[Publisher], spool: Spool) -> Published:
    """Publish the reports that wait, oldest first; nothing while another run is publishing."""
    waiting = [each for each in publishers if spool.since(each.place)]
    if not waiting:
        return Published([], 0)
    with spool.held(0) as alone:
        if not alone:
            return Published([], len(waiting))
        return _everywhere(None, [_Place(each, ledger, spool) for each in waiting])


class _Ended(NamedTuple):
    """How it went at a place: whether it took what it was given, and why something waits there."""

    there: bool
    problem: PublishError | None


def _everywhere(report: Report | None, places: Sequence[_Place]) -> Published:
    ended: list[_Ended] = []
    lost: PublishError | None = None
    for place in places:
        try:
            ended.append(place.publish(report))
        except PublishError as error:
            log.error("%s", error)
            lost = error
    if lost is not None:
        raise lost
    there = [place.publisher.place for place, end in zip(places, ended, strict=True) if end.there]
    return Published(there, sum(end.problem is not None for end in ended))


@dataclass(frozen=True)
class _Place:
    """A place, and what is remembered of it."""

    publisher: Publisher
    ledger: Ledger
    spool: Spool

    def publish(self, report: Report | None) -> _Ended:
        """Publish what waits here and a report, oldest first, and tell of it. Raises PublishError."""
        place, spool = self.publisher.place, self.spool
        days = sorted({*spool.nights(place), *([report.as_of] if report else [])})
        there = done = False
        problem: PublishError | None = None
        try:
            for day in self._timely(days):
                each = report if report and day == report.as_of else spool.report(place, day)
                if each is None:
                    continue
                left = self.publisher.publish(each, first=not self.ledger.published(place))
                self.ledger.note_published(place, day, each.hash)
                there = there or report is None or each is report
                # Where only latest/ is left undone, the newest night is what it waits for.
                if left is not None and day == days[-1]:
                    raise left
                spool.drop(place, day)
                done = done or each is report
        except PublishError as error:
            log.error("%s", error)
            problem = error
            if report and not done:
                spool.put(place, report, error, self.publisher.keep_nights)
            else:
                spool.problems.append(error)
        self._tell(problem)
        return _Ended(there, problem)

    def _timely(self, days: Sequence[date]) -> Iterator[date]:
        """The days, until the place has used up its time. Raises PublishError."""
        begun = time.monotonic()
        for day in days:
            if time.monotonic() - begun > 60 * self.publisher.timeout_minutes:
                raise PublishError("The report folder {path} is slow: more reports follow with the next try.",
                                   path=self.publisher.place)
            yield day

    def _tell(self, problem: PublishError | None) -> None:
        """Let admins hear once that reports wait here, and once that they do no longer."""
        place, spool, texts = self.publisher.place, self.spool, self.spool.texts
        since = spool.since(place)
        if since is None:
            return
        if texts is not None:
            night = texts.day(since)
            said = texts("The reports that waited since the night of {night} are in {place} now.", night=night,
                         place=place) if problem is None else texts(
                "From the night of {night} on, reports wait for {place}. {reason} They follow by themselves; nothing "
                "is lost.", night=night, place=place, reason=problem.sentence(texts))
            key = f"notice:{'waits' if problem else 'there'}:{spool.name_of(place)}:{since}"
            self.ledger.outbox.queue(Message(f"{key}:{chat}", chat, said, kind="notice") for chat in spool.chats)
        if problem is None:
            spool.clear(place)
