"""`backup` and `restore`: verified copies of the warehouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rfm_service import lock, wiring
from rfm_service.console import DEFAULT_SETTINGS, SettingsPath, opened, yesterday
from rfm_service.daemon import clock
from rfm_service.domain.errors import LedgerError
from rfm_service.settings import Settings

if TYPE_CHECKING:
    from rfm_service.ledger.stores import AnyWarehouse

MEGABYTE = 1_000_000

group = typer.Typer()


@group.command()
def backup(settings: SettingsPath = DEFAULT_SETTINGS,
           folder: Annotated[Path | None, typer.Option("--dir", help="Where the copy goes; the folder of the nightly "
                                                       "copies without it.")] = None) -> None:
    """A copy of the warehouse now, read back before it gets its name; a night may be at work meanwhile."""
    with opened(settings) as (found, speaker):
        kept = wiring.warehouse(found)
        if not kept.made:
            raise LedgerError("There is no warehouse {path} yet.", path=kept.place)
        backups = wiring.backups(found)
        if folder:
            backups = replace(backups, folder=folder)
        made = backups.place(_newest(found, kept) or yesterday(found), clock(found)())
        kept.copy(made)
        speaker.say("Written and read back: {path}, {size} MB", path=made.resolve(),
                    size=wiring.texts(found).number(made.stat().st_size / MEGABYTE, 1))


def _newest(settings: Settings, kept: AnyWarehouse) -> date | None:
    """The newest night that is kept."""
    if settings.ledger.in_file:
        from rfm_service.ledger import soundness

        return soundness.look(kept.path).as_of
    from rfm_service.ledger import snapshots

    with kept.reading() as connection:
        return max(snapshots.kept_days(connection), default=None)


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
