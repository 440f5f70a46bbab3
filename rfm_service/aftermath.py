"""What follows a night that ended without telling anybody: killed, out of time, out of memory, unable to begin."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from rfm_service import journal, telling, wiring
from rfm_service.daemon import clock
from rfm_service.domain.errors import LedgerError, NightCutOff, NightFailed, RfmError, SettingsError
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
    if seen is not None and (seen.told or _announced(seen)):
        return True
    failure = NightFailed(_step(seen), as_of, _why(told, seen, path))
    heard = telling.tell(settings, run, as_of, failure)
    ping(settings.watch.ping_url, "fail")
    _send(settings, run, as_of)
    return heard


def _announced(seen: Run) -> bool:
    """Whether a night did all but send: its good word is queued, and tried again like the night itself."""
    return seen.failed_step is None and "announce" in seen.steps


def _send(settings: Settings, run: str, as_of: date) -> None:
    """Send at once: `deliver` reads the settings file, which may be what is wrong."""
    try:
        telling.send(settings, Journal(wiring.diary(settings), run, as_of, clock(settings), task="aftermath"))
    except LedgerError as error:
        log.error("%s", error)


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
