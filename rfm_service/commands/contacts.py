"""`contacts import`: what people noted, out of a file by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rfm_service import wiring
from rfm_service.console import DEFAULT_SETTINGS, FAILED, SettingsPath, opened
from rfm_service.daemon import clock

group = typer.Typer(no_args_is_help=True, help="Contacts made.")


@group.command("import")
def bring_in(file: Annotated[Path, typer.Argument(metavar="FILE", help="A filled list of a sales manager, or a file of "
                                                  "marks of the dashboard.")],
             settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Keep the contacts of a filled list or a file of marks, as nights do with the inbox; the file stays."""
    from rfm_service import collecting
    from rfm_service.inbox import reading

    with opened(settings) as (found, speaker):
        texts, now = wiring.texts(found), clock(found)()
        name = f"contacts-{now:%Y%m%dT%H%M%S}"
        read = reading.from_disk(file)
        with wiring.alone(found, name):
            taken = collecting.take(read, wiring.ledger(found), now)
        for line in collecting.said(taken, texts):
            print(line)
        if not taken.new:
            speaker.say("The file was taken before; nothing that was noted since is changed.")
        if taken.bad and not taken.good:
            raise typer.Exit(FAILED)
