"""`emulator` and `demo`: a local 1C, and a company in a box."""

from __future__ import annotations

import sys
import threading
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rfm_service import wiring
from rfm_service.commands.nights import one_night
from rfm_service.console import opened, speaking

if TYPE_CHECKING:
    from rfm_service.emulator.onec import OnecServer

DAYS_AHEAD, MINUTE_S = 365, 60

group = typer.Typer()


@group.command()
def emulator(port: Annotated[int, typer.Option(help="0: any free one.", min=0, max=65_535)] = 8081,
             seed: Annotated[int, typer.Option(help="Another number, another firm.")] = 1,
             lines: Annotated[int, typer.Option(help="Sale lines in all.", min=1)] = 20_000,
             days: Annotated[int, typer.Option(help="Days of sales, the last one yesterday.", min=1)] = 730,
             replay: Annotated[Path | None, typer.Option(help="A parquet or CSV of sale lines.")] = None,
             shift: Annotated[bool, typer.Option(help="Move the replay by whole weeks to end yesterday.")] = False,
             token: Annotated[str, typer.Option(help="What requests must carry in Authorization.")] = "",
             scenario: Annotated[str, typer.Option(help="late, licence-night, maintenance, ...: documents change from "
                                                        "day to day, and each night fails in its way.")] = "",
             first: Annotated[datetime | None, typer.Option("--first-night", formats=["%Y-%m-%d"], help="The day on "
                                                            "which the scenario begins; today without it.")] = None,
             ) -> None:
    """A local 1C on 127.0.0.1, with made-up or replayed sales, over its HTTP service and over OData."""
    from rfm_service.demo import local_onec, shop
    from rfm_service.emulator.scenarios import scenario_named

    with speaking():
        story = scenario_named(scenario) if scenario else None
        today = datetime.now().astimezone().date()
        begin = first.date() if first else today
        ahead = DAYS_AHEAD if story and not replay else 0
        size = lines * (days + ahead) // days
        sales = shop(seed, size, days + ahead, replay, begin + timedelta(days=ahead - 1), shift=shift)
        server = local_onec(port=port, token=token, shop=story.shop(sales, seed, begin) if story else sales)
        print(f'[source]\nkind = "onec_http"\nurl = "{server.url}"')
        print(f'# kind = "onec_odata"\n# url = "{server.odata_url}"')
        print(f"# clock, faults and truth: {server.control_url} (docs/emulator.md)")
        sys.stdout.flush()
        if story:
            server.play(story, begin)
            threading.Thread(target=follow, args=(server, today), daemon=True).start()
        server.serve_forever()


def follow(server: OnecServer, day: date) -> None:
    """Move the clock of the local 1C on with the real days, for ever."""
    while True:
        time.sleep(MINUTE_S)
        today = datetime.now().astimezone().date()
        if server.clock and today != day:
            server.turn(server.clock + (today - day))
        day = today


@group.command()
def demo(days: Annotated[int, typer.Option(help="Nights to run.", min=1)] = 3,
         folder: Annotated[Path, typer.Option("--dir", help="Where everything goes; the report stays.")] = Path("demo"),
         keep: Annotated[bool, typer.Option("--keep", help="Leave the servers running.")] = False,
         language: Annotated[str, typer.Option(help="ru, en, zh, tr.")] = "ru") -> None:
    """A company in a box: the local 1C, the local Bot API, a few nights and their report; no network, no tokens."""
    from rfm_service.demo import Demo

    today = datetime.now().astimezone().date()
    with speaking(), Demo.started(folder, language, today) as made, opened(made.settings) as (found, speaker):
        for as_of in made.nights(days):
            speaker.say("The night of {day}", day=wiring.texts(found).day(as_of))
            one_night(found, speaker, as_of)
        for line in made.told(wiring.texts(found)):
            print(line)
        if keep:
            speaker.say("The servers run until Ctrl-C; settings: {path}", path=made.settings)
            threading.Event().wait()
