"""What `status` says: last runs, lag, row counts, messages that wait, the next night."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rfm_service import journal, lock, wiring
from rfm_service.bot.memory import NAME, recalled
from rfm_service.domain.errors import POSTPONING, RfmError
from rfm_service.ports import Texts
from rfm_service.settings import Settings
from rfm_service.texts.labels import row_labels, step_labels
from rfm_service.watch.due import open_nights, times

RUNS_SHOWN = 5


@dataclass(frozen=True)
class LastRun:
    """One run, as the diary tells it."""

    run: str
    as_of: date
    started: datetime
    seconds: float
    succeeded: bool
    postponed: bool
    failed_step: str
    error: RfmError | None

    def entry(self) -> dict[str, object]:
        """The run for programs."""
        told = {name: value for name, value in vars(self).items() if name not in ("failed_step", "error")}
        return {**told, "problem": f"{self.failed_step}: {self.error}" if self.error else ""}


@dataclass(frozen=True)
class Status:
    """How the service stands; `lag_days` counts from the newest day stored to yesterday, None before the first.

    `open_nights` are due and have no success; `failed_since_good` counts the runs that failed since the last good one;
    `daemon` is the process of the daemon at work; `peak_mb` the most memory that the newest night had.
    `quarantine` counts rows by reason; `accepted_nights` are those of the held ones whose next run removes what is
    gone; `days_differing` are those of the last night whose sums were not those of 1C,
    None where 1C tells no control totals; `strangers` wrote `strangers_messages` to the bot, which answered none.
    """

    runs: list[LastRun]
    stored_through: date | None
    lag_days: int | None
    rows: Mapping[str, int]
    quarantine: Mapping[str, int]
    held_nights: list[date]
    accepted_nights: list[date]
    renames_proposed: int
    days_differing: int | None
    messages_waiting: int
    messages_refused: int
    messages_doubted: int
    reports_waiting: int
    strangers: int
    strangers_messages: int
    next_night: datetime
    open_nights: list[date]
    failed_since_good: int
    last_backup: datetime | None
    daemon: int | None
    peak_mb: int | None

    def json(self) -> str:
        """One JSON object."""
        told = {**vars(self), "runs": [run.entry() for run in self.runs]}
        return json.dumps(told, ensure_ascii=False, indent=2, default=lambda value: value.isoformat())


def status_of(settings: Settings, now: datetime) -> Status:
    """The status; a ledger that does not exist yet is not made. Raises LedgerError."""
    held = wiring.ledger(settings) if wiring.warehouse(settings).made else None
    counts, watermark = (held.counts(), held.watermark()) if held else ({}, None)
    waiting = held.held() if held else []
    rows = {name: count for name, count in counts.items() if not name.startswith("messages_")}
    diary, met = journal.read(wiring.diary(settings)), recalled(settings.warehouse.parent / NAME)
    told, hours = diary.runs, times(settings)
    runs = [LastRun(run.run, run.as_of, run.started, round(sum(run.steps.values()), 1), run.succeeded,
                    run.kind in {kind.__name__ for kind in POSTPONING}, run.failed_step or "", run.error)
            for run in told[-RUNS_SHOWN:]]
    lag = None if watermark is None else max(0, (now.date() - timedelta(days=1) - watermark).days)
    return Status(runs, watermark, lag, rows, held.quarantine_reasons() if held else {},
                  [hold.as_of for hold in waiting], [hold.as_of for hold in waiting if hold.granted],
                  len(held.renames()) if held else 0,
                  _differing(told), counts.get("messages_waiting", 0), counts.get("messages_refused", 0),
                  counts.get("messages_doubted", 0), wiring.spool(settings).count(), met.strangers, met.stray,
                  hours.next(now), open_nights(now, told, hours), _failed_since(told),
                  diary.backed_up, lock.pid(settings.warehouse.parent / "daemon.lock"),
                  next((run.peak_mb for run in reversed(told) if run.peak_mb is not None), None))


def _differing(runs: Sequence[journal.Run]) -> int | None:
    """Days of the last good night whose sums were not those of 1C."""
    good = [run for run in runs if run.succeeded]
    return good[-1].counts.get("store", {}).get("days_differing") if good else None


def _failed_since(runs: Sequence[journal.Run]) -> int:
    """The runs that failed since the last good one."""
    good = max((at for at, run in enumerate(runs, 1) if run.succeeded), default=0)
    return sum(run.failed_step is not None for run in runs[good:])


def as_text(status: Status, texts: Texts) -> str:
    """The status for people."""
    labels = row_labels(texts)
    lines = [texts("Stored through {day}, {lag} behind yesterday.", day=texts.day(status.stored_through),
                   lag=texts.plural("{count} day", "{count} days", status.lag_days or 0))
             if status.stored_through else texts("Nothing is stored yet."),
             *([texts("Rows: {rows}", rows=", ".join(f"{labels.get(name, name)} {texts.number(count)}"
                                                     for name, count in status.rows.items()))] if status.rows else []),
             *_sync_lines(status, texts),
             texts("Messages waiting: {waiting}, refused: {refused}; reports waiting: {reports}",
                   waiting=status.messages_waiting, refused=status.messages_refused, reports=status.reports_waiting),
             *([texts("Messages given up because nobody knows whether they arrived: {count}",
                      count=status.messages_doubted)] if status.messages_doubted else []),
             texts("Next night: {at}", at=status.next_night.strftime("%Y-%m-%d %H:%M")),
             texts("The daemon is at work, process {pid}.", pid=status.daemon) if status.daemon is not None else
             texts("No daemon is at work.")]
    if status.open_nights:
        lines.append(texts("Nights to be made up for: {nights}", nights=", ".join(map(str, status.open_nights))))
    if status.last_backup:
        lines.append(texts("Last backup: {at}", at=status.last_backup.strftime("%Y-%m-%d %H:%M")))
    lines += [_line(run, texts) for run in reversed(status.runs)]
    return "\n".join(lines)


def _sync_lines(status: Status, texts: Texts) -> Iterator[str]:
    """What keeps the ledger from being equal to 1C, as far as is known."""
    for reason, count in status.quarantine.items():
        yield texts("Set aside: {count} rows, {reason}", count=texts.number(count), reason=texts(reason))
    for day in status.accepted_nights:
        yield texts("The night of {day} was held; its next run removes what is gone in 1C.", day=day.isoformat())
    for day in sorted(set(status.held_nights) - set(status.accepted_nights)):
        yield texts("The night of {day} is held: documents are gone in 1C. `rfm-service sync --accept-removals --as-of "
                    "{day}` accepts it.", day=day.isoformat())
    if status.renames_proposed:
        yield texts("Renames that wait for a word: {count}; `rfm-service customers renames` lists them.",
                    count=texts.number(status.renames_proposed))
    if status.strangers:
        yield texts("Strangers who wrote to the bot: {strangers}, their messages: {messages}; nobody answered them.",
                    strangers=texts.number(status.strangers), messages=texts.number(status.strangers_messages))
    if status.days_differing is None and any(run.succeeded for run in status.runs):
        yield texts("What is stored was not compared with 1C: it told no control totals.")
    if status.days_differing:
        yield texts("Days whose sums differ from those of 1C: {count}. `rfm-service sync --dry-run` shows them.",
                    count=texts.number(status.days_differing))


def _line(run: LastRun, texts: Texts) -> str:
    how = texts("well") if run.succeeded else texts("did not finish")
    if run.error:
        problem = f"{step_labels(texts).get(run.failed_step, run.failed_step)}: {run.error.sentence(texts)}"
        how = texts("postponed at {problem}", problem=problem) if run.postponed else texts("FAILED at {problem}",
                                                                                          problem=problem)
    return texts("{started}  night {as_of}  {seconds} s  {how}", started=run.started.strftime("%Y-%m-%d %H:%M"),
                 as_of=run.as_of.isoformat(), seconds=texts.number(run.seconds, 1), how=how)
