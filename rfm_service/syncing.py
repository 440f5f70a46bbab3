"""What a night asks of 1C, when an answer is refused or held, and how it is proved."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from rfm_service.domain.errors import AnswerEmpty, AnswerMalformed, RemovalsHeld, SourceError
from rfm_service.domain.values import MONEY_SCALE, Answer, DayTotal, Period, merge_periods, money
from rfm_service.ledger.ledger import Ledger
from rfm_service.ports import Reach, Source
from rfm_service.tabular.sale_rows import OTHER_CURRENCY

log = logging.getLogger(__name__)

LOAD_DAYS = 31
"""A longer way than the overlap and this is a first load: window by window, each stored as an ingest of its own."""
NIGHTS_TO_READ_ALL = 14
SELDOM = (50_000, 50, 1_000)
MOST_IN_ALL = 1 << 60
FEW = 20
"""So many rows set aside stop no night, and so many documents gone hold none, whatever their share."""


@dataclass(frozen=True)
class Sync:
    """How far back a night of `as_of` asks, and what it does not believe.

    `granted`: removals are accepted; `accept` is the command by which a person accepts them.
    """

    as_of: date
    run: str
    start: date
    overlap_days: int = 45
    horizon_days: int = 400
    removals_limit_percent: float = 2
    quarantine_limit: int = 1000
    granted: bool = False
    accept: str = ""

    @property
    def end(self) -> date:
        """The day after as_of."""
        return self.as_of + timedelta(days=1)

    def horizon(self, loaded: Period | None) -> Period:
        """The days that are looked at again and again: nights that were missed or failed take nothing off them."""
        last = min(self.as_of, loaded.last) if loaded else self.as_of
        return Period(min(max(self.start, last - timedelta(days=self.horizon_days - 1)), self.as_of), self.end)


class Question(NamedTuple):
    """Days to ask for in one go: the main period, which the night stores whole, and all periods with it."""

    main: Period
    periods: tuple[Period, ...]


class NothingKnown:
    """A ledger that knows nothing: everything is read."""

    def has_sales(self, _period: Period, /) -> bool:
        """Whether a live sale line is stored in the period."""
        return False

    def hashes(self, _period: Period, /) -> Mapping[date, bytes]:
        """The hash that came with each day of the period when it was last read whole."""
        return {}

    def versions(self, _period: Period, /) -> Mapping[str, str]:
        """Reference -> DataVersion of the live documents dated in the period."""
        return {}

    def partners(self) -> Mapping[str, str]:
        """Reference -> DataVersion of the customers that were told with one."""
        return {}


def questions(sync: Sync, reach: Reach, ledger: Ledger) -> list[Question]:
    """What to ask 1C for: from the watermark less the overlap to as_of and what the source reaches beyond.

    From `source.start`, window by window, where nothing is loaded yet or not from so far back.
    """
    loaded = ledger.loaded(sync.start)
    whole = main_period(sync, loaded)
    if reach == "everything":
        return [Question(whole, (Period(min(sync.start, sync.as_of), sync.end),))]
    horizon = sync.horizon(loaded)
    if loaded is None:
        older = None
    elif reach == "horizon":
        older = Period(min(whole.first, horizon.first), whole.end)
    else:
        older = ledger.longest_unread(Period(horizon.first, whole.first), NIGHTS_TO_READ_ALL)
    long = whole.days > LOAD_DAYS + (sync.overlap_days if loaded else 0)
    *before, last = whole.windows(LOAD_DAYS) if long else [whole]
    return [*(Question(window, (window,)) for window in before),
            Question(last, tuple(merge_periods([last, older] if older else [last])))]


def main_period(sync: Sync, loaded: Period | None) -> Period:
    """From what is loaded less the overlap to as_of, or from the start where nothing is."""
    first = sync.start
    if loaded is not None:
        first = max(first, min(loaded.last, sync.as_of) - timedelta(days=sync.overlap_days))
    return Period(min(first, sync.as_of), sync.end)


def fetch(sync: Sync, question: Question, source: Source, ledger: Ledger, *, again: bool = False) -> Answer:
    """The answer to a question, judged; read whole where it is asked `again`. Raises SourceError."""
    answer = source.lines(question.periods, NothingKnown() if again else ledger)
    _refuse_unreadable(answer, sync.quarantine_limit, ledger)
    _refuse_absurd(answer)
    _refuse_silence(answer, question.main, ledger)
    # A document stored under another day was moved, or lies on both: 1C is asked for that day too, once; and for the
    # day to which one has moved.
    asked: set[Period] = set()
    while older := [period for period in _days_beside(sync, answer, ledger) if period not in asked]:
        asked.update(older)
        answer = answer.joined(source.lines(older, NothingKnown()))
    _refuse_removals(sync, answer, question.main, ledger)
    return answer


def _days_beside(sync: Sync, answer: Answer, ledger: Ledger) -> list[Period]:
    """Days that the answer does not cover, but is about."""
    moved = [Period(day, day + timedelta(days=1)) for day in answer.astray if sync.start <= day < sync.end]
    return merge_periods([*ledger.elsewhere(answer), *moved])


def claimed(question: Question, answer: Answer) -> Period:
    """The days that are stored whole with an answer: the main period up to the newest day that was covered."""
    end = max((period.end for period in answer.periods), default=question.main.first)
    return Period(question.main.first, min(max(end, question.main.first), question.main.end))


@contextmanager
def seldom_collected() -> Iterator[None]:
    """With the garbage collector seldom at work: it would walk all rows, which hold no cycles, again and again."""
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def proof(period: Period, source: Source, ledger: Ledger) -> dict[str, int]:
    """How many days of the period differ from the control totals of 1C; nothing where it offers none."""
    theirs = control_totals(period, source)
    if theirs is None:
        return {}
    different = differing(theirs, ledger.totals(period))
    for day in different:
        log.warning("The sales of %s differ from the control totals of 1C.", day)
    return {"days_proved": period.days - len(different), "days_differing": len(different)}


def control_totals(period: Period, source: Source) -> list[DayTotal] | None:
    """What 1C tells of the days of a period by itself; None where it offers nothing, or cannot now."""
    try:
        return source.totals(period)
    except SourceError as error:
        log.warning("The control totals could not be read: %s", error)
        return None


def differing(theirs: list[DayTotal], ours: list[DayTotal]) -> list[date]:
    """The days whose control totals are not the same; what a side does not tell is not compared."""
    held = {total.day: total for total in ours}
    told = {total.day: total for total in theirs}
    return [day for day in sorted(held.keys() | told.keys())
            if not _same(told.get(day, DayTotal(day, 0, 0, 0)), held.get(day, DayTotal(day, 0, 0, 0)))]


def _same(theirs: DayTotal, ours: DayTotal) -> bool:
    lines = ours.lines if theirs.lines is None else theirs.lines
    return theirs._replace(lines=lines) == ours


def _refuse_unreadable(answer: Answer, limit: int, ledger: Ledger) -> None:
    """Rows set aside say nothing of their documents: where there are many, the answer is no truth."""
    count, lines = len(answer.rejected), len(answer.lines)
    if count > max(FEW, lines):
        # What was seen to be as stored was understood before.
        lines += len(answer.unchanged) + sum(total.lines or 0 for period in answer.periods
                                             for total in ledger.totals(period) if total.day in answer.same_days)
    # Documents in another currency are understood well; only a mistake makes them more than the others.
    if count <= max(FEW, lines) and sum(row.reason != OTHER_CURRENCY for row in answer.rejected) <= limit:
        return
    (reason, _), = Counter(row.reason for row in answer.rejected).most_common(1)
    raise AnswerMalformed("1C answered with {count} rows that cannot be understood and {lines} that can; most often: "
                          "{reason}. Nothing was changed; check the service in 1C, or raise source.quarantine_limit.",
                          count=count, lines=lines, reason=reason)


def _refuse_absurd(answer: Answer) -> None:
    """Sums that the ledger could not add up are no sales."""
    if sum(abs(line.amount) for line in answer.lines) > MOST_IN_ALL:
        raise AnswerMalformed("1C answered with sums of more than {most} in all. Nothing was changed; look at the "
                              "sales in 1C.", most=f"{MOST_IN_ALL // MONEY_SCALE:.0e}")


def _refuse_silence(answer: Answer, main: Period, ledger: Ledger) -> None:
    """No sales in the main period, where some are stored, is no answer."""
    covered = any(period.first < main.end and main.first < period.end for period in answer.periods)
    if not covered or any(day in main for day in answer.same_days) or any(
            line.at.date() in main for line in answer.lines):
        return
    if answer.unchanged and not answer.unchanged.isdisjoint(ledger.versions(main)):
        return
    if ledger.has_sales(main):
        raise AnswerEmpty("1C answered with no sales for {first} to {last}, where the ledger holds some. Nothing was "
                          "changed; check the service in 1C.", first=main.first.isoformat(), last=main.last.isoformat())


def _refuse_removals(sync: Sync, answer: Answer, main: Period, ledger: Ledger) -> None:
    """So many documents gone at once are more often a fault than the truth: a person decides.

    Judged over all that was answered, and over the main period: a long horizon must not hide what is gone of it.
    """
    within = all(main.first <= period.first and period.end <= main.end for period in answer.periods)
    scopes = (None,) if within else (None, main)
    removal = next((each for each in (ledger.removal(answer, scope) for scope in scopes) if each.gone > max(
        FEW, each.stored * sync.removals_limit_percent / 100)), None)
    if removal is None or sync.granted:
        return
    raise RemovalsHeld("1C no longer has {gone} of {stored} stored documents of {first} to {last}, {amount} in all. "
                       "Nothing was changed. If they were really removed in 1C, accept it: `{command}`.",
                       removal=removal, gone=removal.gone, stored=removal.stored, first=str(removal.first),
                       last=str(removal.last), amount=f"{money(removal.amount):,.2f}".replace(",", " "),
                       command=sync.accept)
