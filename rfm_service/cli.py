"""The door for people: the command `rfm-service`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rfm_service import wiring
from rfm_service.commands import backups, chat, contacts, customers, inner, keeping, lake, nights, service, showroom
from rfm_service.console import DEFAULT_SETTINGS, FAILED, SettingsPath, opened, speaking, yesterday
from rfm_service.daemon import clock
from rfm_service.daemon import main as watch

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Nightly RFM beside 1C: who your customers are, who moved, whom to contact.")
app.add_typer(nights.group)
app.add_typer(keeping.group)
app.add_typer(chat.group)
app.add_typer(customers.group, name="customers")
app.add_typer(contacts.group, name="contacts")
app.add_typer(lake.group, name="lake")
app.add_typer(service.group, name="service")


class What(StrEnum):
    """What can be exported."""

    customers = "customers"
    moves = "moves"
    sales = "sales"


class Format(StrEnum):
    """The file formats of an export."""

    csv = "csv"
    xlsx = "xlsx"
    json = "json"
    parquet = "parquet"


@app.command()
def daemon(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Every night at schedule.at, each in a process of its own, until it is stopped."""
    # Reached by unusual ways only: `__main__` starts the daemon without the weight of this door.
    with speaking():
        wiring.load(settings)
    raise typer.Exit(watch(settings))


@app.command()
def init(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Write a commented settings.toml, the folders and a file to double-click; nothing that exists is touched."""
    from rfm_service import launcher, template

    with speaking() as speaker:
        for path in (*template.write(settings), *launcher.write(settings)):
            speaker.say("Written: {path}", path=path)


@app.command()
def check(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Try every outside thing and say in plain words what is wrong and how to mend it."""
    from rfm_service.checkup import checkup

    with opened(settings) as (found, speaker):
        results = list(checkup(found, yesterday(found)))
        for result in results:
            print("[ok]" if result.good else "[!!]", speaker.texts(result.what) + ":", result.sentence(speaker.texts))
        if not all(result.good for result in results):
            raise typer.Exit(FAILED)


@app.command()
def status(settings: SettingsPath = DEFAULT_SETTINGS,
           as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Last runs, lag, row counts, undelivered messages, the next night."""
    from rfm_service.status import as_text, status_of

    with opened(settings) as (found, _):
        now = clock(found)()
        state = status_of(found, now)
        print(state.json() if as_json else as_text(state, wiring.texts(found)))


@app.command()
def export(what: What, output: Annotated[Path, typer.Option("--output", help="The file to write.")],
           settings: SettingsPath = DEFAULT_SETTINGS,
           file_format: Annotated[Format, typer.Option("--format", help="Its format.")] = Format.csv) -> None:
    """Customers or moves of the newest night, or all stored sale lines, as a file."""
    from rfm_service.export import export as write

    with opened(settings) as (found, speaker):
        rows = write(found, what.value, file_format.value, output)
        speaker.say("{rows} rows written to {path}", rows=rows, path=output)


app.add_typer(backups.group)
app.add_typer(showroom.group)
app.add_typer(inner.group)
