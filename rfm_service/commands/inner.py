"""What the daemon starts and people do not need: `orders`, `prepare`, `aftermath`."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import nullcontext
from pathlib import Path

import typer

from rfm_service import lock, logs, telling, wiring
from rfm_service import settings as tables
from rfm_service.console import DEFAULT_SETTINGS, FAILED, SettingsPath, opened, speaking, yesterday
from rfm_service.daemon import clock
from rfm_service.domain.errors import SettingsError
from rfm_service.journal import Journal
from rfm_service.notices import Recovered
from rfm_service.settings import Settings
from rfm_service.texts.catalogue import translations
from rfm_service.watch.orders import WORDS, Orders

group = typer.Typer()


@group.command(hidden=True)
def orders(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """What the daemon has to know of the settings, as a line of JSON, secrets among it: for the daemon alone."""
    with speaking():
        found = wiring.load(settings)
        if not sys.stdout.isatty():
            print(orders_of(found, tables.read(settings)).json())


def orders_of(settings: Settings, written: tables.Tables) -> Orders:
    """The orders of settings, with their tables as they were read."""
    times, telegram, redactor = settings.schedule, settings.telegram, wiring.redactor(settings)
    texts = translations(settings.language).gettext
    notify, watchdog_s = tables.systemd()
    return Orders(
        timezone=settings.timezone, at=times.at, start=settings.source.start.isoformat(),
        folder=str(settings.warehouse.parent.resolve()), diary=str(wiring.diary(settings).resolve()),
        log=str((settings.path(settings.logs.path) / "daemon.log").resolve()), quiet_hours=times.quiet_hours,
        closed_hours=times.closed_hours, catch_up_days=times.catch_up_days, deadline_minutes=times.deadline_minutes,
        log_level=settings.logs.level, growth=wiring.growth(settings),
        polls=telegram.commands and bool(telegram.token and telegram.admin_chats), notify=notify,
        watchdog_s=watchdog_s, words={word: texts(word) for word in WORDS},
        hidden=[redactor.secrets, redactor.logins, redactor.chats], tables=written)


@group.command(hidden=True)
def prepare(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Look after the warehouse before nights begin, and after one that crashed; tell what nobody was told."""
    with opened(settings) as (found, _):
        name, folder = f"prepare-{clock(found)():%Y%m%dT%H%M%S}", found.warehouse.parent
        # Where the folder is gone no night is under way, and failures are told all the same.
        with lock.held(folder / "night.lock", name) if folder.exists() else nullcontext():
            recovered = _looked_after(found) if folder.exists() else None
            untold = telling.queue_untold(found, idle=True)
        if untold or recovered:
            telling.send(found, Journal(wiring.diary(found), name, yesterday(found), clock(found), task="deliver"))


def _looked_after(settings: Settings) -> Recovered | None:
    from rfm_service import recovery

    recovered = recovery.recover(settings)
    if wiring.warehouse(settings).made:
        wiring.ledger(settings)
    return recovered


@group.command(hidden=True)
def aftermath(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Tell of a night that ended without telling; what the daemon knows of it is read from stdin, as JSON."""
    from rfm_service.aftermath import follow_up

    with speaking():
        told = json.load(sys.stdin)
        found = _newest_good(settings, told["tables"])
        handler = wiring.log(found, "service.log")
        try:
            good = follow_up(told, found, settings)
        except Exception:
            logging.getLogger(__name__).exception("An unexpected fault")
            raise
        finally:
            logs.stop(handler)
        if not good:
            raise typer.Exit(FAILED)


def _newest_good(path: Path, known: tables.Tables) -> Settings:
    """The settings as they are now, or, where the file is wrong, as the daemon knows them. Raises SettingsError."""
    try:
        return wiring.load(path)
    except SettingsError:
        found, faults = tables.validate(known, path.resolve().parent)
        if found is None:
            raise SettingsError(faults, str(path)) from None
        return found
