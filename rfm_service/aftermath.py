"""What follows a night that ended without telling anybody: killed, out of time, out of memory, unable to begin."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from rfm_service import journal, wiring
from rfm_service.announcements import failure_message
from rfm_service.daemon import clock
from rfm_service.domain.errors import LedgerError, NightCutOff, NightFailed, NotifyError, RfmError, SettingsError
from rfm_service.domain.values import Message
from rfm_service.journal import Journal, Run
from rfm_service.pings import ping
from rfm_service.settings import Settings

log = logging.getLogger(__name__)


def follow_up(told: Mapping[str, Any], settings: Settings, path: Path) -> bool:
    """Queue or send the alert of such a night and tell the watch from outside; whether admins will hear of it.

    `told` is what the daemon knows; `settings` are its own good ones, `path` is the file, which may be broken by now.
    """
    run, as_of = str(told["run"]), date.fromisoformat(told["as_of"])
    seen = next((each for each in journal.runs(wiring.diary(settings)) if each.run == run), None)
    if seen is not None and seen.told:
        return True
    failure = NightFailed(_step(seen), as_of, _why(told, seen, path))
    texts = wiring.texts(settings)
    messages = [failure_message(str(chat), run, failure, texts) for chat in settings.telegram.admin_chats]
    counts = _queued(settings, messages) or _sent(settings, messages)
    diary = Journal(wiring.diary(settings), run, as_of, clock(settings), task="aftermath")
    diary.write("alert", "end" if counts or not messages else "fail", counts=counts)
    ping(settings.watch.ping_url, "fail")
    return bool(counts or not messages)


def _step(seen: Run | None) -> str:
    """Where it stopped: at the step that failed, or after the last one that was done."""
    return (seen.failed_step or next(reversed(list(seen.steps)), "fetch")) if seen else "fetch"


def _why(told: Mapping[str, Any], seen: Run | None, path: Path) -> RfmError:
    if seen is not None and seen.error is not None:
        return seen.error
    match told.get("reason"):
        case "deadline":
            return NightCutOff("It took longer than {minutes} minutes and was ended. Raise schedule.deadline_minutes, "
                               "or look in logs/service.log for what held it up.", minutes=f"{told['minutes']:g}")
        case "signal":
            return NightCutOff("It was ended from outside by the signal {signal}, at {memory} MB of memory. The system "
                               "ends programs so when memory runs out. It is tried again.",
                               signal=-int(told["exit_code"]), memory=told["peak_mb"])
        case "locked":
            return NightCutOff("For over an hour another run has held the lock. `rfm-service status` names it; end it "
                               "if it hangs.")
        case "settings":
            return _faults(path)
    return NightCutOff("It ended with the exit code {code} before it could say why; its details are in "
                       "logs/service.log.", code=told["exit_code"])


def _faults(path: Path) -> RfmError:
    """What is wrong with the settings now."""
    try:
        wiring.load(path)
    except SettingsError as error:
        return error
    return NightCutOff("The settings were wrong when it began. They are right now; it is tried again.")


def _queued(settings: Settings, messages: list[Message]) -> dict[str, int]:
    try:
        if messages:
            wiring.ledger(settings).queue(messages)
            return {"queued": len(messages)}
    except LedgerError as error:
        log.error("%s", error)
    return {}


def _sent(settings: Settings, messages: list[Message]) -> dict[str, int]:
    """Straight to the chats, where the ledger cannot take the messages."""
    notifier, sent = wiring.notifier(settings), 0
    if notifier is None:
        return {}
    for message in messages:
        try:
            notifier.send(message)
            sent += 1
        except NotifyError as error:
            log.warning("%s", error)
    return {"sent": sent} if sent else {}
