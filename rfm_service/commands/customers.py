"""`customers`: customers under several names."""

from __future__ import annotations

from typing import Annotated

import typer

from rfm_service import lock, wiring
from rfm_service.console import DEFAULT_SETTINGS, SettingsPath, opened
from rfm_service.daemon import clock

group = typer.Typer(no_args_is_help=True, help="Customers under several names.")


@group.command()
def merge(kept: Annotated[str, typer.Argument(metavar="A", help="The customer whose id stays: its id or a name.")],
          other: Annotated[str, typer.Argument(metavar="B", help="The same customer under another name: id or name.")],
          settings: SettingsPath = DEFAULT_SETTINGS,
          undo: Annotated[bool, typer.Option("--undo", help="Make them two again.")] = False) -> None:
    """Count the documents of B for A from now on, the past included; `--undo` takes it back."""
    with opened(settings) as (found, speaker):
        name = f"merge-{clock(found)():%Y%m%dT%H%M%S}"
        with lock.held(found.warehouse.parent / "night.lock", name):
            ledger = wiring.ledger(found)
            moved = (ledger.unmerge if undo else ledger.merge)(kept, other, name)
        speaker.say("{documents} documents count anew from the next night.", documents=moved)


@group.command()
def renames(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Customers whose documents came back under another name: `customers merge` says that they are one."""
    with opened(settings) as (found, speaker):
        waiting = wiring.ledger(found).renames()
        for rename in waiting:
            speaker.say("{old} ({old_id}) → {new} ({new_id}), {documents} documents: rfm-service customers merge "
                        "{old_id} {new_id}", old=rename.old_name, old_id=rename.old_id, new=rename.new_name,
                        new_id=rename.new_id, documents=rename.documents)
        if not waiting:
            speaker.say("No rename waits.")
