"""What `status` says: last runs, lag, row counts, messages that wait, the next night."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from rfm_service import journal, wiring
from rfm_service.ports import Texts
from rfm_service.settings import Settings

RUNS_SHOWN = 5


@dataclass(frozen=True)
class LastRun:
    """One run, as the diary tells it."""

    run: str
    as_of: date
    started: datetime
    seconds: float
    succeeded: bool
    problem: str


@dataclass(frozen=True)
class Status:
    """How the service stands; `lag_days` counts from the newest day stored to yesterday, None before the first."""

    runs: list[LastRun]
    stored_through: date | None
    lag_days: int | None
    rows: Mapping[str, int]
    messages_waiting: int
    messages_refused: int
    reports_waiting: int
    next_night: datetime

    def json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2, default=lambda value: value.isoformat())


def status_of(settings: Settings, now: datetime) -> Status:
    """The status; a ledger that does not exist yet is not made. Raises LedgerError."""
    held = wiring.ledger(settings) if settings.warehouse.exists() else None
    counts, watermark = (held.counts(), held.watermark()) if held else ({}, None)
    rows = {name: count for name, count in counts.items() if not name.startswith("messages_")}
    runs = [LastRun(run.run, run.as_of, run.started, round(sum(run.steps.values()), 1), run.succeeded,
                    f"{run.failed_step}: {run.error}" if run.failed_step else "")
            for run in journal.runs(wiring.diary(settings))[-RUNS_SHOWN:]]
    lag = None if watermark is None else max(0, (now.date() - timedelta(days=1) - watermark).days)
    return Status(runs, watermark, lag, rows, counts.get("messages_waiting", 0), counts.get("messages_refused", 0),
                  wiring.spool(settings).count(), _next(settings, now))


def _next(settings: Settings, now: datetime) -> datetime:
    at = datetime.combine(now.date(), time.fromisoformat(settings.schedule.at), now.tzinfo)
    return at if at > now else at + timedelta(days=1)


def as_text(status: Status, texts: Texts) -> str:
    """The status for people."""
    lines = [texts("Stored through {day}, {lag} behind yesterday.", day=texts.day(status.stored_through),
                   lag=texts.plural("{count} day", "{count} days", status.lag_days or 0))
             if status.stored_through else texts("Nothing is stored yet."),
             texts("Rows: {rows}", rows=", ".join(f"{name} {texts.number(count)}"
                                                  for name, count in status.rows.items())),
             texts("Messages waiting: {waiting}, refused: {refused}; reports waiting: {reports}",
                   waiting=status.messages_waiting, refused=status.messages_refused, reports=status.reports_waiting),
             texts("Next night: {at}", at=status.next_night.strftime("%Y-%m-%d %H:%M"))]
    lines += [_line(run, texts) for run in reversed(status.runs)]
    return "\n".join(lines)


def _line(run: LastRun, texts: Texts) -> str:
    how = texts("well") if run.succeeded else texts("FAILED at {problem}", problem=run.problem) if run.problem else (
        texts("did not finish"))
    return texts("{started}  night {as_of}  {seconds} s  {how}", started=run.started.strftime("%Y-%m-%d %H:%M"),
                 as_of=run.as_of.isoformat(), seconds=texts.number(run.seconds, 1), how=how)
