"""`backup` and `restore`: verified copies of the warehouse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from rfm_service import lock, wiring
from rfm_service.console import DEFAULT_SETTINGS, SettingsPath, opened, yesterday
from rfm_service.daemon import clock
from rfm_service.domain.errors import LedgerError

MEGABYTE = 1_000_000

group = typer.Typer()


@group.command()
def backup(settings: SettingsPath = DEFAULT_SETTINGS,
           folder: Annotated[Path | None, typer.Option("--dir", help="Where the copy goes; the folder of the nightly "
                                                       "copies without it.")] = None) -> None:
    """A copy of the warehouse now, read back before it gets its name; a night may be at work meanwhile."""
    from rfm_service.ledger import soundness

    with opened(settings) as (found, speaker):
        if not found.warehouse.exists():
            raise LedgerError("There is no warehouse {path} yet.", path=str(found.warehouse))
        backups = wiring.backups(found)
        if folder:
            backups = replace(backups, folder=folder)
        newest = soundness.look(found.warehouse).as_of
        made = backups.make(found.warehouse, newest or yesterday(found), clock(found)())
        speaker.say("Written and read back: {path}, {size} MB", path=made.resolve(),
                    size=wiring.texts(found).number(made.stat().st_size / MEGABYTE, 1))


@group.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy of the warehouse.")],
            settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Put a copy in the place of the warehouse, after it was checked; what it replaces is kept."""
    from rfm_service import recovery

    with opened(settings) as (found, speaker):
        folder, name = found.warehouse.parent, f"restore-{clock(found)():%Y%m%dT%H%M%S}"
        with lock.held(folder / "night.lock", name), lock.held(folder / "deliver.lock", name):
            done = recovery.restore(found, file)
        texts = wiring.texts(found)
        speaker.say("Restored: {file}", file=file)
        if done.as_of:
            speaker.say("The newest night in it is that of {day}; the daemon makes the later ones again.",
                        day=texts.day(done.as_of))
        speaker.say("The next night reads the sales from {day} on again; `rfm-service run` does it now.",
                    day=texts.day(done.again))
        if done.aside:
            speaker.say("What was there before lies in {folder}.", folder=done.aside)
