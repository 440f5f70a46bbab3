"""Published and waiting reports that tell of a customer: found, made anew without the name, or removed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from rfm_service import replay, wiring
from rfm_service.archive.nights import told
from rfm_service.domain.errors import PublishError, RfmError
from rfm_service.domain.values import Report
from rfm_service.ledger.ledger import Ledger
from rfm_service.personal.traces import Tells, Trace, telling
from rfm_service.ports import Publisher
from rfm_service.publishing.placing import LATEST
from rfm_service.republishing import inside
from rfm_service.settings import Settings
from rfm_service.spool import Spool

SEARCHED = ("customers.csv", "moves.csv", "RFM.xlsx")
"""Whoever is named in a report is named with an id in one of these, where they are published."""
LARGEST = 500_000_000
RUN = "forget-"
"""How the runs that make reports anew are called."""


@dataclass(frozen=True)
class Reports:
    """The reports of all places."""

    settings: Settings
    ledger: Ledger

    def find(self, tells: Tells, nights: Collection[date]) -> Iterator[Trace]:
        """The reports that tell of a customer, those that wait too; `nights` name it as far as the ledger knows."""
        for publisher in wiring.publishers(self.settings):
            for trace, report in (*self._published(publisher), *self._waiting(publisher.place)):
                yield from [trace] if report is None else _telling(trace, report, tells, nights)

    def rewrite(self, traces: Sequence[Trace], run: str) -> Iterator[Trace]:
        """Make reports anew from what is stored now; each with the problem where that failed."""
        for night in sorted({trace.night for trace in traces if trace.night}):
            report = replay.made_again(self.settings, night, run)
            for trace in traces:
                if trace.night == night:
                    yield _tried(trace, partial(self._put, trace, report))

    def remove(self, traces: Sequence[Trace], run: str) -> Iterator[Trace]:
        """Remove reports; each with the problem where that failed. The newest one of a place is made anew."""
        newest = [trace for trace in traces if self._is_newest(trace)]
        yield from self.rewrite(newest, run)
        for trace in traces:
            if trace not in newest:
                yield _tried(trace, partial(self._drop, trace))

    def _published(self, publisher: Publisher) -> Iterator[tuple[Trace, Report | None]]:
        place = publisher.place
        try:
            for night in (*publisher.nights(), None):
                found = publisher.read(night, SEARCHED, LARGEST)
                if found is not None:
                    folder = night.isoformat() if night else LATEST
                    yield Trace("report" if night else "latest", inside(place, folder), place, found.as_of), found
        except PublishError as problem:
            # A place where nothing was ever published is not there yet.
            if self.ledger.published(place):
                yield Trace("report", place, place, surely=False, problem=problem), None

    def _waiting(self, place: str) -> Iterator[tuple[Trace, Report | None]]:
        for night in self._spool.nights(place):
            path = self._spool.folder(place, night)
            yield Trace("waiting", str(path), place, night, surely=False), self._spool.report(place, night)

    def _put(self, trace: Trace, report: Report | None) -> None:
        """Publish what was made anew, or let it wait. Raises PublishError."""
        if report is None:
            raise PublishError("The report in {path} cannot be made anew: its night is not kept, or the settings that "
                               "make segments are others now. Remove it, unless it is the newest.", path=trace.path)
        publisher = self._publisher(trace)
        with replay.alone(self.settings):
            if trace.kind == "waiting":
                self._spool.put(trace.place, report, None, publisher.keep_nights)
                return
            left = publisher.publish(report, first=False)
            self.ledger.note_published(trace.place, report.as_of, report.hash)
        if left is not None:
            raise left

    def _drop(self, trace: Trace) -> None:
        """Remove a report. Raises PublishError."""
        assert trace.night is not None
        with replay.alone(self.settings):
            if trace.kind == "waiting":
                self._spool.drop(trace.place, trace.night)
            elif not self._publisher(trace).remove(trace.night):
                raise PublishError("The report in {path} cannot be removed: somebody may have a file of it open. Close "
                                   "it and repeat the command.", path=trace.path)

    def _is_newest(self, trace: Trace) -> bool:
        """Whether readers find the report, or will, as the newest one of its place."""
        try:
            there = self._publisher(trace).nights()
        except PublishError:
            there = []
        waiting = self._spool.nights(trace.place) if trace.kind == "waiting" else []
        return trace.kind == "latest" or trace.night == max([*there, *waiting], default=None)

    def _publisher(self, trace: Trace) -> Publisher:
        return next(each for each in wiring.publishers(self.settings) if each.place == trace.place)

    @property
    def _spool(self) -> Spool:
        return wiring.spool(self.settings)


def _telling(trace: Trace, report: Report, tells: Tells, nights: Collection[date]) -> Iterator[Trace]:
    """The trace, where the report tells of the customer, or where nothing of it can be searched and it may."""
    files = {name: content for name, content in report.files.items() if name in SEARCHED}
    found, night = telling(files, tells), told(report.manifest)
    if found:
        yield replace(trace, files=found, surely=True)
    elif not files and report.as_of in nights and not (night and night.run.startswith(RUN)):
        yield replace(trace, surely=False)


def _tried(trace: Trace, act: Callable[[], None]) -> Trace:
    """The trace after something was done to it, with the problem where that failed."""
    try:
        act()
    except RfmError as problem:
        return replace(trace, problem=problem)
    return replace(trace, problem=None)
