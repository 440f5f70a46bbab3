"""`lake sync` and `lake check`: the files of sale lines that a cluster reads."""

from __future__ import annotations

from typing import Annotated

import typer

from rfm_service import wiring
from rfm_service.console import DEFAULT_SETTINGS, FAILED, SettingsPath, opened
from rfm_service.daemon import clock
from rfm_service.domain.errors import WrongUsage
from rfm_service.lake.folder import Lake
from rfm_service.settings import Settings

group = typer.Typer(no_args_is_help=True, help="The files of sale lines that a cluster reads.")
MOST_TOLD = 20


@group.command()
def sync(settings: SettingsPath = DEFAULT_SETTINGS,
         whole: Annotated[bool, typer.Option("--whole", help="Write every day, not only those that changed.")] = False,
         ) -> None:
    """Bring the files up to the ledger, as every night does: the days that changed since, or all."""
    from rfm_service.lake.sync import sync as bring

    with opened(settings) as (found, speaker):
        lake, texts = _lake(found), wiring.texts(found)
        with wiring.alone(found, f"lake-{clock(found)():%Y%m%dT%H%M%S}"):
            done = bring(lake, wiring.ledger(found).facts, whole=whole)
        speaker.say("{place}: {days} days and {lines} lines written.", place=lake.place,
                    days=texts.number(done.days), lines=texts.number(done.lines))


@group.command()
def check(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Compare the files with the ledger, day by day: lines, true lines and their sum."""
    from rfm_service.domain.values import day_of
    from rfm_service.lake.sync import check as compare

    with opened(settings) as (found, speaker):
        lake, texts = _lake(found), wiring.texts(found)
        with wiring.alone(found, f"lake-{clock(found)():%Y%m%dT%H%M%S}"):
            differing = compare(lake, wiring.ledger(found).facts)
        for each in differing[:MOST_TOLD]:
            told = {name: f"{texts.number(tally[1])} / {texts.amount(tally[2], 2)}"
                    for name, tally in (("ledger", each.ledger), ("file", each.file))}
            speaker.say("{day}: lines and sum are {ledger} in the ledger and {file} in the file",
                        day=day_of(each.day).isoformat(), **told)
        if differing:
            speaker.say("Days that differ: {count}. `rfm-service lake sync` writes the days that changed since the "
                        "last night; with --whole it writes all of them anew.", count=texts.number(len(differing)))
            raise typer.Exit(FAILED)
        speaker.say("{place}: the files hold what the ledger does.", place=lake.place)


def _lake(settings: Settings) -> Lake:
    """The files of the configured engine. Raises WrongUsage."""
    from rfm_service.lake.cluster import ClusterEngine

    engine = wiring.engine(settings)
    if not isinstance(engine, ClusterEngine):
        raise WrongUsage("The engine {kind} reads the ledger itself and needs no files of sale lines. Set engine.kind "
                         "to one that works on a cluster.", kind=settings.engine.kind)
    return engine.files
