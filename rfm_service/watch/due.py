"""Which night is due at which moment: pure, from the diary, by business date in the configured zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from rfm_service.domain.errors import SourceRefused
from rfm_service.journal import Run

if TYPE_CHECKING:
    from rfm_service.settings import Settings

FIRST_GAP = timedelta(minutes=10)
LONGEST_GAP = timedelta(hours=2)
LONGEST_GAP_OF_OLD = timedelta(days=1)
SMALL_JUMP = timedelta(hours=3)
"""A clock put back by less takes no success away: a night that ran again would tell nothing new."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Start(NamedTuple):
    """A night that this daemon started."""

    as_of: date
    at: datetime


class Span(NamedTuple):
    """Hours between two times of day, over midnight where the second is the earlier; of one weekday, or of all."""

    first: time
    last: time
    weekday: int | None = None

    def holds(self, now: datetime) -> bool:
        """Whether a moment lies in these hours."""
        clock, weekday = now.time(), now.weekday()
        if self.first <= self.last:
            return self.first <= clock < self.last and self.weekday in (None, weekday)
        late = clock >= self.first and self.weekday in (None, weekday)
        return late or (clock < self.last and self.weekday in (None, (weekday - 1) % 7))


@dataclass(frozen=True)
class Times:
    """When nights may run: at `at`; outside of it only in the `quiet` hours, where given; while 1C is `closed` never.

    Nights that were missed are made up for `catch_up_days` back, and never before `start`.
    """

    at: time
    quiet: Span | None = None
    closed: tuple[Span, ...] = ()
    catch_up_days: int = 14
    start: date = date.min

    def open(self, now: datetime) -> bool:
        """Whether a night may start now."""
        return (self.quiet is None or self.quiet.holds(now)) and not any(span.holds(now) for span in self.closed)

    def newest(self, now: datetime) -> date:
        """The newest night that has become due."""
        return now.date() - timedelta(days=1 if now.time() >= self.at else 2)

    def next(self, now: datetime) -> datetime:
        """When the next night may start, by the clock; `at` itself where the hours never open in a week."""
        first = datetime.combine(now.date(), self.at, now.tzinfo)
        first = first if first > now else first + DAY
        moments = (first + minutes * MINUTE for minutes in range(8 * 24 * 60))
        return next((moment for moment in moments if self.open(moment)), first)


def span(written: str) -> Span:
    """Hours as the settings write them: `01:00-05:00`, `Sun 23:00-04:00`."""
    weekday, _, hours = written.strip().rpartition(" ") if written[:3] in WEEKDAYS else ("", "", written)
    first, _, last = hours.partition("-")
    return Span(time.fromisoformat(first.strip()), time.fromisoformat(last.strip()),
                WEEKDAYS.index(weekday.strip()) if weekday else None)


def times(settings: Settings) -> Times:
    """When nights may run, by the settings."""
    hours = settings.schedule
    return Times(time.fromisoformat(hours.at), span(hours.quiet_hours) if hours.quiet_hours else None,
                 tuple(map(span, hours.closed_hours)), hours.catch_up_days, settings.source.start)


def open_nights(now: datetime, runs: Sequence[Run], hours: Times, starts: Sequence[Start] = ()) -> list[date]:
    """The nights that are due and have no success, oldest first; no success ever: only the newest."""
    # In UTC: within one zone, times are compared as the wall clock shows them, an hour off when it is put back.
    newest, instant = hours.newest(now), now.astimezone(UTC)
    good = [run for run in runs if _whole(run, now, instant)]
    if not good:
        tried = newest in {*(run.as_of for run in runs), *(start.as_of for start in starts)}
        return [newest] if newest >= hours.start and (tried or now.time() >= hours.at) else []
    done = {run.as_of for run in good if not run.undone}
    first = max(good[0].as_of, newest - timedelta(days=hours.catch_up_days), hours.start)
    days = (first + timedelta(days=at) for at in range((newest - first).days + 1))
    return [day for day in days if day not in done]


def due(now: datetime, runs: Sequence[Run], starts: Sequence[Start], hours: Times) -> date | None:
    """The night that should run now: an open one whose own gap is over, and that of all failures in a row.

    A night that failed is tried again after gaps that grow from ten minutes to two hours, which are the gap at once
    where 1C refused it: wrong passwords in a row would lock the account. An older night goes on growing to a day.
    No night keeps the newest waiting for good: first comes the one with the fewest tries since that became due, and
    the gap of all begins anew then, so that a new night is heard of at its own hour.
    `starts` are those of this daemon, which count where a child died before it could write its diary.
    """
    waiting, zone = open_nights(now, runs, hours, starts), now.tzinfo
    if not waiting or not hours.open(now):
        return None
    newest, now = hours.newest(now), now.astimezone(UTC)
    begun = datetime.combine(newest + DAY, hours.at, zone)
    # An hour that the clock leaps over comes at the leap, between these two: tries after the first count.
    begun = min(begun.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    tries, since = _tries(now, runs, starts), _last_success(now, runs)
    if not _waited(now, [each for each in tries if each.at > since and each.at >= begun], LONGEST_GAP):
        return None
    ready = [day for day in waiting if _waited(now, [each for each in tries if each.as_of == day],
                                               LONGEST_GAP if day == newest else LONGEST_GAP_OF_OLD)]
    return min(ready, key=lambda day: (sum(each.at >= begun for each in tries if each.as_of == day), day), default=None)


def _whole(run: Run, now: datetime, instant: datetime) -> bool:
    """Whether a run succeeded after its day was over, by the clock of `now`, which is `instant` in UTC.

    One by hand before that saw a part of the day. So may have one that was led by a clock far ahead: a clock that
    was put right shows it.
    """
    earliest = min(run.clock or run.started, instant)
    right = run.started - earliest <= SMALL_JUMP or run.as_of < earliest.astimezone(now.tzinfo).date()
    return run.succeeded and right and run.as_of < run.started.astimezone(now.tzinfo).date()


class _Try(NamedTuple):
    """A try that failed, or whose end nobody saw."""

    at: datetime
    as_of: date
    refused: bool = False


def _tries(now: datetime, runs: Sequence[Run], starts: Sequence[Start]) -> list[_Try]:
    """The tries that failed, oldest first; those of the future were led by a wrong clock.

    Diary and daemon tell of the same ones: of a night, who knows of more is believed, and the later last try.
    """
    good = {run.as_of for run in runs if run.succeeded}
    told = [_Try(_end(run), run.as_of, run.kind == SourceRefused.__name__) for run in runs
            if not run.succeeded and _end(run) <= now]
    known = [_Try(start.at.astimezone(UTC), start.as_of) for start in starts
             if start.as_of not in good and start.at <= now]
    tries: list[_Try] = []
    for day in {each.as_of for each in (*told, *known)}:
        ended, began = ([each for each in those if each.as_of == day] for those in (told, known))
        more = ended if len(ended) >= len(began) else began
        last = max(each.at for each in (*ended, *began))
        tries += [*more[:-1], _Try(last, day, bool(ended) and ended[-1].refused)]
    return sorted(tries)


def _waited(now: datetime, tries: Sequence[_Try], longest: timedelta) -> bool:
    """Whether the gap after these tries is over."""
    if not tries:
        return True
    gap = min(longest, FIRST_GAP * (1 << min(10, len(tries) - 1)))
    return now - tries[-1].at >= (max(gap, LONGEST_GAP) if tries[-1].refused else gap)


def _last_success(now: datetime, runs: Sequence[Run]) -> datetime:
    return max((_end(run) for run in runs if run.succeeded and _end(run) <= now),
               default=datetime.min.replace(tzinfo=UTC))


def _end(run: Run) -> datetime:
    return (run.ended or run.started).astimezone(UTC)
