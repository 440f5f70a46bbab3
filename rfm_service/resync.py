"""What `sync` does: days read again and compared with what is stored, and removals accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rfm_service import wiring
from rfm_service.domain.errors import SettingFault, SettingsError
from rfm_service.domain.values import DayTotal, Ingest, Period
from rfm_service.ports import Texts
from rfm_service.settings import Settings
from rfm_service.syncing import LOAD_DAYS, NothingKnown, Question, differing, fetch


@dataclass(frozen=True)
class Difference:
    """What 1C says of a window that the ledger did not know: documents, and the totals of the days that differ."""

    window: Period
    ingest: Ingest
    days: list[tuple[DayTotal, DayTotal]]


def resync(settings: Settings, period: Period, run: str, *, dry: bool) -> Iterator[Difference]:
    """Read days again whole, window by window, and store them unless `dry`. Raises RfmError."""
    source, ledger = wiring.source(settings), wiring.ledger(settings)
    sync = replace(wiring.sync(settings, period.last, run), granted=not dry and ledger.take_grant(period.last))
    for window in period.windows(LOAD_DAYS):
        if dry:
            yield _difference(window, *ledger.difference(source.lines([window], NothingKnown())))
            continue
        answer, before = fetch(sync, Question(window, (window,)), source, ledger, again=True), ledger.totals(window)
        # Days read again are no news of how far the ledger is whole.
        ingest = ledger.replace(answer, run, None, sync.as_of if window.end == period.end else None)
        yield _difference(window, ingest, before, ledger.totals(window))
    if not dry:
        ledger.save_partners(source.customers(period.last, ledger))


def accept_removals(settings: Settings, as_of: date | None) -> date:
    """Grant the next run of a held night (the newest, unless one is named) its removals. Raises SettingsError."""
    ledger = wiring.ledger(settings)
    held = [hold.as_of for hold in ledger.held() if as_of in (None, hold.as_of)]
    if not held:
        raise SettingsError([SettingFault("--accept-removals", str(as_of or ""), "no night is held")], "settings.toml")
    ledger.grant(held[0])
    return held[0]


def period_of(settings: Settings, first: date | None, last: date | None, today: date) -> Period:
    """The days from `first` (the overlap before yesterday) to `last` (yesterday). Raises SettingsError."""
    end = (last or today - timedelta(days=1)) + timedelta(days=1)
    begin = first or max(settings.source.start, end - timedelta(days=settings.source.overlap_days + 1))
    faults = [SettingFault(key, str(day), problem) for key, day, problem, wrong in (
        ("--from", begin, "lies after --to", begin >= end),
        ("--from", begin, f"lies before source.start, {settings.source.start}", begin < settings.source.start),
        ("--to", end - timedelta(days=1), "has not come yet", end > today + timedelta(days=1))) if wrong]
    if faults:
        raise SettingsError(faults, "settings.toml")
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


def _difference(window: Period, ingest: Ingest, before: list[DayTotal], after: list[DayTotal]) -> Difference:
    then, now = ({total.day: total for total in totals} for totals in (before, after))
    return Difference(window, ingest, [(then.get(day, DayTotal(day, 0, 0, 0)), now.get(day, DayTotal(day, 0, 0, 0)))
                                       for day in differing(after, before)])
