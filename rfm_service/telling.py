"""Failures of which nobody was told yet, as the diary of runs knows them: told at the next start."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from rfm_service import delivering, journal, wiring
from rfm_service.announcements import failure_message, tries_line
from rfm_service.daemon import clock
from rfm_service.domain.errors import POSTPONING, LedgerError, NightCutOff, NightFailed, RfmError, Unexpected
from rfm_service.journal import Journal, Run
from rfm_service.settings import Settings
from rfm_service.watch.due import open_nights, times

log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=7)
AFTERMATH = "aftermath"


def queue_untold(settings: Settings, *, idle: bool = False) -> int:
    """Queue word of failed nights that nobody heard of, or send it straight; of how many somebody hears now.

    `idle`: no night is under way, so that one without an end was cut off.
    """
    now = clock(settings)()
    runs = _runs(settings)
    newest = {run.as_of: run for run in runs}
    untold = [run for run in runs if (run.failed_step or (idle and run.cut_off and run is newest[run.as_of]))
              and not run.told and now - run.started < REMEMBERED]
    return sum(tell(settings, run.run, run.as_of, failure_of(run)) for run in untold)


def tell(settings: Settings, run: str, as_of: date, failure: NightFailed) -> bool:
    """Queue word of a night that failed, or send it straight; the diary keeps whether somebody hears of it."""
    texts, now = wiring.texts(settings), clock(settings)
    waiting = other_nights(settings, as_of)
    messages = [failure_message(chat, run, failure, texts, waiting=waiting) for chat in wiring.admin_chats(settings)]
    try:
        told = delivering.tell(messages, wiring.ledger(settings).outbox, wiring.channels(settings), texts,
                               tries_line(texts, now()))
    except LedgerError as error:
        log.error("%s", error)
        sent = delivering.straight(messages, wiring.channels(settings), texts)
        told = {"sent": sent} if sent else {}
    Journal(wiring.diary(settings), run, as_of, now, task=AFTERMATH).write("alert", "end" if told else "fail",
                                                                          counts=told)
    return bool(told)


def other_nights(settings: Settings, as_of: date) -> list[date]:
    """The nights that are due besides one, oldest first; none where the diary cannot be read."""
    runs = _runs(settings)
    return [night for night in open_nights(clock(settings)(), runs, times(settings)) if night != as_of]


def _runs(settings: Settings) -> list[Run]:
    try:
        return journal.runs(wiring.diary(settings))
    except OSError as error:
        log.error("The diary of runs cannot be read: %s", error.strerror)
        return []


def send(settings: Settings, diary: Journal) -> dict[str, int]:
    """Send the messages that wait, as a step of a diary; how many were sent, how many wait on. Raises LedgerError."""
    with diary.step("notify") as step:
        step.count(**delivering.deliver_alone(wiring.ledger(settings).outbox, wiring.channels(settings),
                                              wiring.texts(settings), clock(settings), diary.run))
    return step.counts


def failure_of(run: Run) -> NightFailed:
    """The failure of a night, made anew of what the diary keeps of it."""
    if run.cut_off:
        return NightFailed(next(reversed(list(run.steps)), "fetch"), run.as_of, NightCutOff(
            "It was cut off: the machine or the service stopped while it was at work. It is tried again."))
    error: RfmError = run.error or Unexpected(run.kind)
    postponing = {kind.__name__: kind for kind in POSTPONING}
    if run.kind in postponing:
        values, error = error.values, postponing[run.kind](error.template)
        error.values = values
    elif run.kind and error.template == run.kind:
        error = Unexpected(run.kind)
    return NightFailed(run.failed_step or "", run.as_of, error)
