"""The door for people: the command `rfm-service`."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rfm_service import lock, logs, presets, wiring
from rfm_service.daemon import Daemon, clock, command
from rfm_service.domain.errors import LockHeld, RfmError, SettingsError, Unexpected, WrongUsage
from rfm_service.journal import Journal
from rfm_service.settings import Settings

if TYPE_CHECKING:
    from rfm_service.emulator.onec import OnecServer

FAILED, USAGE, LOCKED = 1, 2, 75
DAYS_AHEAD, MINUTE_S = 365, 60

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Nightly RFM beside 1C: who your customers are, who moved, whom to contact.")
SettingsPath = Annotated[Path, typer.Option("--settings", help="The settings file.")]
DEFAULT_SETTINGS = Path("settings.toml")
Day = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"],
                                              help="The last day that counts; yesterday without it.")]


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


def main() -> None:
    """Run the command line; a console of any code page shows what it can."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()


@dataclass
class Speaker:
    """Says sentences: results on stdout, faults on stderr, in the language of the settings once they are read."""

    texts: Callable[..., str] = lambda text, **values: text.format(**values)

    def say(self, text: str, **values: object) -> None:
        """A sentence of the catalogue on stdout."""
        print(self.texts(text, **values))

    def fail(self, error: RfmError) -> None:
        """The sentence of an error on stderr."""
        print(error.sentence(self.texts), file=sys.stderr)


@contextmanager
def speaking() -> Iterator[Speaker]:
    """Turn errors into their sentence and exit code: a person never sees a traceback."""
    speaker = Speaker()
    try:
        yield speaker
    except RfmError as error:
        speaker.fail(error)
        raise typer.Exit(_code(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        speaker.fail(Unexpected(type(error).__name__))
        raise typer.Exit(FAILED) from None


def _code(error: RfmError) -> int:
    return USAGE if isinstance(error, SettingsError | WrongUsage) else LOCKED if isinstance(error, LockHeld) else FAILED


@contextmanager
def opened(path: Path, log: str = "service.log", written: Sequence[str] = ()) -> Iterator[tuple[Settings, Speaker]]:
    """The settings of a file (with some `key=value` over it), their language and their log. Raises SettingsError."""
    with speaking() as speaker:
        if faulty := [each for each in written if "=" not in each]:
            raise WrongUsage("--set wants KEY=VALUE, like rfm.cuts=nightly, not {given}.", given=repr(faulty[0]))
        settings = wiring.load(path, dict(each.split("=", 1) for each in written))
        speaker.texts = wiring.texts(settings)
        handler = logs.start(settings.path(settings.logs.path) / log, settings.logs.level, wiring.secrets(settings),
                             keep=settings.logs.keep_files, size_mb=settings.logs.file_mb)
        for remark in presets.remarks(settings.rules.grid)[1:]:
            logging.getLogger(__name__).warning("%s", remark)
        try:
            yield settings, speaker
        except (RfmError, typer.Exit):
            raise
        except Exception:
            logging.getLogger(__name__).exception("An unexpected fault")
            raise
        finally:
            logs.stop(handler)


@app.command()
def run(settings: SettingsPath = DEFAULT_SETTINGS, as_of: Day = None) -> None:
    """One night now."""
    with opened(settings) as (found, speaker):
        one_night(found, speaker, as_of.date() if as_of else yesterday(found))


def one_night(settings: Settings, speaker: Speaker, as_of: date) -> None:
    """A night under the lock, with a progress bar in a terminal. Raises RfmError."""
    from rfm_service import night

    _check_day(settings, as_of)
    name = f"{as_of}-{clock(settings)():%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
    logs.name_run(name)
    with (lock.held(settings.warehouse.parent / "night.lock", name), progress(speaker) as advance,
          logs.retries_said(wiring.secrets(settings), speaker.texts)):
        journal = Journal(wiring.diary(settings), name, as_of, clock(settings))
        places = night.run(wiring.plan(settings, as_of, name), wiring.tools(settings, journal, advance))
    for place in places:
        speaker.say("Report: {place}", place=Path(place) / as_of.isoformat())
    if len(places) < len(wiring.publishers(settings)):
        speaker.say("Some report folders cannot be reached; `rfm-service check` says why. The report waits for them.")


def _check_day(settings: Settings, as_of: date) -> None:
    if as_of < settings.source.start:
        raise WrongUsage("{option} {day} lies before source.start, {start}.", option="--as-of", day=as_of.isoformat(),
                         start=settings.source.start.isoformat())
    if as_of > clock(settings)().date():
        raise WrongUsage("{option} {day} has not come yet.", option="--as-of", day=as_of.isoformat())


@contextmanager
def progress(speaker: Speaker) -> Iterator[Callable[[int, int], None]]:
    """A bar in a terminal, a plain line a window elsewhere; nothing where there is one window."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(speaker.texts("Loading sales"), total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=total > 1)
            if total > 1 and not console.is_terminal:
                print(speaker.texts("Loading sales: window {done} of {total}", done=done, total=total),
                      file=sys.stderr)

        yield advance


def yesterday(settings: Settings) -> date:
    """The last complete day in the configured zone."""
    return clock(settings)().date() - timedelta(days=1)


@app.command()
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
        with lock.held(found.warehouse.parent / "night.lock", name):
            for difference in resync.resync(found, days, name, dry=dry_run, granted=accept):
                for line in resync.as_text(difference, wiring.texts(found)):
                    print(line)
        if dry_run:
            speaker.say("Nothing was stored.")


@app.command()
def replay(first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first night.")],
           last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last night.")],
           settings: SettingsPath = DEFAULT_SETTINGS,
           report: Annotated[bool, typer.Option("--report", help="Publish nights that never were.")] = False) -> None:
    """Past nights from stored facts: missing ones are kept, kept ones compared with what is known now."""
    from rfm_service import replay as nights

    with opened(settings) as (found, _):
        name = f"replay-{clock(found)():%Y%m%dT%H%M%S}"
        with lock.held(found.warehouse.parent / "night.lock", name):
            texts = wiring.texts(found)
            for past in nights.replay(found, first.date(), last.date(), name, report=report):
                for line in nights.as_text(past, texts):
                    print(line)


@app.command()
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


customers = typer.Typer(no_args_is_help=True, help="Customers under several names.")
app.add_typer(customers, name="customers")


@customers.command()
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


@customers.command()
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


@app.command()
def daemon(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Every night at schedule.at, each in a process of its own, until it is stopped."""
    # Its children write service.log, and two writers cannot rotate one file on Windows.
    with opened(settings, "daemon.log") as (found, speaker):
        speaker.say("Nights run at {at} ({zone}). Stop with Ctrl-C.", at=found.schedule.at, zone=found.timezone)
        Daemon(found, clock(found), command(settings.resolve())).run()


@app.command()
def init(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Write a commented settings.toml and make the folders; nothing that exists is touched."""
    from rfm_service.template import write

    with speaking() as speaker:
        for path in write(settings):
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


@app.command()
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


@app.command()
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
