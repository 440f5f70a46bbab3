"""What `sync` does: days read again and compared with what is stored, and removals accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rfm_service import wiring
from rfm_service.domain.errors import WrongUsage
from rfm_service.domain.values import DayTotal, Ingest, Period
from rfm_service.ports import Texts
from rfm_service.settings import Settings
from rfm_service.syncing import LOAD_DAYS, NothingKnown, Question, control_totals, differing, fetch


@dataclass(frozen=True)
class Difference:
    """What 1C says of a window that the ledger did not know: documents, and the days that were otherwise.

    `days` hold what was stored and what was read, `unproved` what 1C's control totals tell and what was read.
    """

    window: Period
    ingest: Ingest
    days: list[tuple[DayTotal, DayTotal]]
    unproved: list[tuple[DayTotal, DayTotal]]


def resync(settings: Settings, period: Period, run: str, *, dry: bool, granted: bool) -> Iterator[Difference]:
    """Read days again whole, window by window, and store them unless `dry`. Raises RfmError.

    Removals that a night would be held for are refused unless `granted`; no night's hold is touched.
    """
    source, ledger = wiring.source(settings), wiring.ledger(settings)
    accept = f"rfm-service sync --from {period.first} --to {period.last} --accept-removals"
    sync = replace(wiring.sync(settings, period.last, run), granted=granted, accept=accept)
    for window in period.windows(LOAD_DAYS):
        if dry:
            difference = ledger.difference(source.lines([window], NothingKnown()))
            yield _difference(window, *difference, control_totals(window, source))
            continue
        answer, before = fetch(sync, Question(window, (window,)), source, ledger, again=True), ledger.totals(window)
        partners = source.customers(period.last, ledger) if window.end == period.end else []
        ledger.follow_renames(partners, run)
        # Days read again are no news of how far the ledger is whole.
        ingest = ledger.replace(answer, run, None)
        ledger.save_partners(partners)
        yield _difference(window, ingest, before, ledger.totals(window), control_totals(window, source))


def accept_removals(settings: Settings, as_of: date | None) -> date:
    """Grant the next run of a held night (the newest, unless one is named) its removals. Raises WrongUsage."""
    ledger = wiring.ledger(settings)
    held = [hold.as_of for hold in ledger.held() if as_of in (None, hold.as_of)]
    if not held and as_of:
        raise WrongUsage("The night of {day} is not held: there is nothing to accept.", day=as_of.isoformat())
    if not held:
        raise WrongUsage("No night is held: there is nothing to accept.")
    ledger.grant(held[0])
    return held[0]


def period_of(settings: Settings, first: date | None, last: date | None, today: date) -> Period:
    """The days from `first` (the overlap before yesterday) to `last` (yesterday). Raises WrongUsage."""
    end = (last or today - timedelta(days=1)) + timedelta(days=1)
    begin = first or max(settings.source.start, end - timedelta(days=settings.source.overlap_days + 1))
    if begin >= end:
        raise WrongUsage("--from {first} lies after --to {last}.", first=begin.isoformat(),
                         last=(end - timedelta(days=1)).isoformat())
    if begin < settings.source.start:
        raise WrongUsage("{option} {day} lies before source.start, {start}.", option="--from", day=begin.isoformat(),
                         start=settings.source.start.isoformat())
    if end > today + timedelta(days=1):
        raise WrongUsage("{option} {day} has not come yet.", option="--to", day=(end - timedelta(days=1)).isoformat())
    return Period(begin, end)


def as_text(difference: Difference, texts: Texts) -> Iterator[str]:
    """A window's difference for people."""
    ingest, window = difference.ingest, difference.window
    yield texts("{first} to {last}: {lines} lines; documents added {added}, changed {changed}, removed {removed}; set "
                "aside {quarantined}.", first=window.first.isoformat(), last=window.last.isoformat(),
                **{name: texts.number(getattr(ingest, name))
                   for name in ("lines", "added", "changed", "removed", "quarantined")})
    for before, after in difference.days:
        yield texts("  {day}: {before} → {after}, documents {documents_before} → {documents_after}",
                    day=before.day.isoformat(), before=texts.amount(before.amount, 2),
                    after=texts.amount(after.amount, 2), documents_before=texts.number(before.documents),
                    documents_after=texts.number(after.documents))


    for theirs, ours in difference.unproved:
        yield texts("  {day}: the control totals of 1C are {theirs}, documents {documents_theirs}; what was read is "
                    "{ours}, documents {documents_ours}", day=theirs.day.isoformat(),
                    theirs=texts.amount(theirs.amount, 2), documents_theirs=texts.number(theirs.documents),
                    ours=texts.amount(ours.amount, 2), documents_ours=texts.number(ours.documents))


def _difference(window: Period, ingest: Ingest, before: list[DayTotal], after: list[DayTotal],
                told: list[DayTotal] | None) -> Difference:
    return Difference(window, ingest, _unlike(before, after), [] if told is None else _unlike(told, after))


def _unlike(one: list[DayTotal], other: list[DayTotal]) -> list[tuple[DayTotal, DayTotal]]:
    """The days of two tellings that are not the same."""
    first, second = ({total.day: total for total in totals} for totals in (one, other))
    return [(first.get(day, DayTotal(day, 0, 0, 0)), second.get(day, DayTotal(day, 0, 0, 0)))
            for day in differing(one, other)]
