"""`run`, `sync`, `replay`, `preview`: nights, and what they would be."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Annotated
from uuid import uuid4

import typer

from rfm_service import journal, lock, logs, resources, telling, wiring
from rfm_service.commands import opening
from rfm_service.console import DEFAULT_SETTINGS, SettingsPath, Speaker, opened, progress, yesterday
from rfm_service.daemon import clock
from rfm_service.domain.errors import LedgerError, RfmError, WrongUsage
from rfm_service.journal import Journal
from rfm_service.notices import Recovered
from rfm_service.pings import ping
from rfm_service.settings import Settings

Day = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"],
                                              help="The last day that counts; yesterday without it.")]

group = typer.Typer()


@group.command()
def run(settings: SettingsPath = DEFAULT_SETTINGS, as_of: Day = None,
        unattended: Annotated[bool, typer.Option("--unattended", hidden=True, help="The daemon asks, no person: tries "
                                                 "that fail alike are told as one.")] = False,
        asked: Annotated[bool, typer.Option("--asked", hidden=True, help="A chat asks and waits for word.")] = False,
        show: Annotated[bool, typer.Option("--open", help="Open the report in the browser at the end.")] = False
        ) -> None:
    """One night now."""
    with opened(settings) as (found, speaker):
        if unattended:
            resources.give_way(found.schedule.nice)
        day = as_of.date() if as_of else yesterday(found)
        places = one_night(found, speaker, day, unattended=unattended, asked=asked)
        if show:
            opening.show(places, day, speaker)


def one_night(settings: Settings, speaker: Speaker, as_of: date, *, unattended: bool = False,
              asked: bool = False) -> list[str]:
    """A night under the lock, with a progress bar in a terminal: the places that took its report. Raises RfmError.

    Of an `unattended` one a failure that was told already is counted there, and not told anew.
    """
    from rfm_service import night
    from rfm_service.republishing import dated

    _check_day(settings, as_of)
    name = f"{as_of}-{clock(settings)():%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
    logs.name_run(name)
    with (lock.held(settings.warehouse.parent / "night.lock", name), progress(speaker) as advance,
          logs.retries_said(wiring.redactor(settings), speaker.texts)):
        recovered, blocked = _recovered(settings)
        if unattended and recovered and _lost_before(settings, as_of):
            logging.getLogger(__name__).info("The nights before that of %s are made again first", as_of)
            telling.send(settings, Journal(wiring.diary(settings), name, as_of, clock(settings), task="deliver"))
            return []
        diary = Journal(wiring.diary(settings), name, as_of, clock(settings))
        telling.queue_untold(settings)
        plan = replace(wiring.plan(settings, as_of, name), unattended=unattended, asked=asked)
        tools = replace(wiring.tools(settings, diary, advance), blocked=blocked,
                        others=partial(telling.other_nights, settings))
        ping(settings.watch.ping_url, "start")
        try:
            places = night.run(plan, tools)
        except RfmError:
            ping(settings.watch.ping_url, "fail")
            raise
        ping(settings.watch.ping_url, "well")
    for place in places:
        speaker.say("Report: {place}", place=dated(place, as_of))
    for problem in tools.spool.problems:
        speaker.say("The report waits: {reason}", reason=problem.sentence(speaker.texts))
    return places


def _recovered(settings: Settings) -> tuple[Recovered | None, LedgerError | None]:
    """Put a good copy in the place of a damaged warehouse; or why it cannot be used, which the night then tells."""
    from rfm_service import recovery

    try:
        recovered = recovery.recover(settings)
    except LedgerError as error:
        return None, error
    for line in recovered.lines(wiring.texts(settings)) if recovered else ():
        print(line)
    return recovered, None


def _lost_before(settings: Settings, as_of: date) -> bool:
    """Whether older nights are no more: one that went ahead of them would be compared with a night too old."""
    good = [run for run in journal.runs(wiring.diary(settings)) if run.succeeded and run.as_of < as_of]
    return bool({run.as_of for run in good if run.undone} - {run.as_of for run in good if not run.undone})


def _check_day(settings: Settings, as_of: date) -> None:
    if as_of < settings.source.start:
        raise WrongUsage("{option} {day} lies before source.start, {start}.", option="--as-of", day=as_of.isoformat(),
                         start=settings.source.start.isoformat())
    if as_of > clock(settings)().date():
        raise WrongUsage("{option} {day} has not come yet.", option="--as-of", day=as_of.isoformat())


@group.command()
def sync(settings: SettingsPath = DEFAULT_SETTINGS,
         first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
         last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")] = None,
         dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference, store nothing.")] = False,
         accept: Annotated[bool, typer.Option("--accept-removals", help="Let the next run of a held night remove "
                                              "documents; with --from and --to: remove them now.")] = False,
         as_of: Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The held night; the "
                                                        "newest one without it.")] = None) -> None:
    """Read days from 1C again and show what differed; or accept the removals of a held night."""
    from rfm_service import resync

    with opened(settings) as (found, speaker):
        named = bool(first or last)
        if (as_of and not accept) or (accept and (dry_run or (named and as_of))):
            raise WrongUsage("--accept-removals goes with --as-of (a held night), or with --from and --to (days to be "
                             "read now); --as-of goes with nothing else.")
        if accept and not named:
            night = resync.accept_removals(found, as_of.date() if as_of else None)
            speaker.say("Accepted: the next run of {day} removes what is gone in 1C.", day=night.isoformat())
            return
        days = resync.period_of(found, first and first.date(), last and last.date(), clock(found)().date())
        name = f"sync-{clock(found)():%Y%m%dT%H%M%S}"
        with wiring.alone(found, name):
            for difference in resync.resync(found, days, name, dry=dry_run, granted=accept):
                for line in resync.as_text(difference, wiring.texts(found)):
                    print(line)
        if dry_run:
            speaker.say("Nothing was stored.")


@group.command()
def replay(first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first night.")],
           last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last night.")],
           settings: SettingsPath = DEFAULT_SETTINGS,
           report: Annotated[bool, typer.Option("--report", help="Publish nights that never were.")] = False) -> None:
    """Past nights from stored facts: missing ones are kept, kept ones compared with what is known now."""
    from rfm_service import replay as nights

    with opened(settings) as (found, _):
        name = f"replay-{clock(found)():%Y%m%dT%H%M%S}"
        with wiring.alone(found, name):
            texts = wiring.texts(found)
            for past in nights.replay(found, first.date(), last.date(), name, report=report):
                for line in nights.as_text(past, texts):
                    print(line)


@group.command()
def preview(settings: SettingsPath = DEFAULT_SETTINGS,
            preset: Annotated[str, typer.Option(help="Segments by this preset instead.")] = "",
            change: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Another setting, like "
                                                             "rfm.cuts=nightly; again for more.")] = None) -> None:
    """How many customers would sit where under other settings; nothing is changed."""
    from rfm_service import preview as trial

    written = [*(change or []), *([f"rfm.preset={preset}"] if preset else [])]
    with opened(settings, written=written) as (found, _):
        for line in trial.as_text(trial.preview(found), wiring.texts(found)):
            print(line)
