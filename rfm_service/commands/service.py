"""`service`: the daemon as a service of the system."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from rfm_service import lock, wiring
from rfm_service import service as installed
from rfm_service.console import DEFAULT_SETTINGS, FAILED, SettingsPath, Speaker, speaking
from rfm_service.daemon import clock
from rfm_service.domain.errors import WrongUsage
from rfm_service.settings import Settings
from rfm_service.watch.due import times

group = typer.Typer(no_args_is_help=True, help="The daemon as a service of the system.")
Name = Annotated[str, typer.Option("--name", help="Its name; another one for a second firm on the same machine.")]
DEFAULT_NAME = "rfm-service"


@group.command()
def install(settings: SettingsPath = DEFAULT_SETTINGS, name: Name = DEFAULT_NAME,
            user: Annotated[str, typer.Option("--user", help="As whom it runs; the owner of the folder without "
                                              "it.")] = "",
            only_print: Annotated[bool, typer.Option("--print", help="Print it, write nothing.")] = False) -> None:
    """Install the daemon as a systemd unit or a task of Windows, or say how."""
    with _read(settings) as (found, speaker):
        plan = installed.plan(found, settings, name, user)
        windows = sys.platform == "win32"
        if only_print:
            print(installed.task(plan).decode("utf-16") if windows else installed.unit(plan), end="")
            return
        if windows:
            _install_task(plan, found.home, speaker)
        else:
            _install_unit(plan, found.home, speaker)


def _install_unit(plan: installed.Plan, home: Path, speaker: Speaker) -> None:
    _check_user(plan.user)
    ready = installed.may_install()
    written = (installed.UNITS if ready else home) / f"{plan.name}.service"
    installed.write(written, installed.unit(plan).encode())
    speaker.say("Written: {path}", path=written)
    commands = installed.installing(plan, written)
    if ready:
        installed.carry_out(commands)
        speaker.say("The service {name} is installed and runs as {user}.", name=plan.name, user=plan.user)
    else:
        _ask_for(commands, speaker)


def _check_user(user: str) -> None:
    import pwd

    try:
        pwd.getpwnam(user)
    except KeyError:
        raise WrongUsage("There is no user {user} here. Make one: sudo useradd --system {user}", user=user) from None


def _install_task(plan: installed.Plan, home: Path, speaker: Speaker) -> None:
    written = home / f"{plan.name}.xml"
    installed.write(written, installed.task(plan))
    speaker.say("Written: {path}", path=written)
    _ask_for(installed.installing(plan, written), speaker)
    speaker.say("Or as a service by NSSM:")
    for line in installed.nssm(plan):
        print("  " + line)


def _ask_for(commands: Sequence[Sequence[str]], speaker: Speaker) -> None:
    """Let a person run commands that this program may not."""
    windows = sys.platform == "win32"
    speaker.say("Run as an administrator:" if windows else "Run this to go on:")
    for command in commands:
        print("  " + (subprocess.list2cmdline(command) if windows else "sudo " + shlex.join(command)))


@group.command()
def uninstall(settings: SettingsPath = DEFAULT_SETTINGS, name: Name = DEFAULT_NAME) -> None:
    """Stop the service and remove it; the ledger, the reports and the settings stay."""
    with _read(settings) as (_, speaker):
        if not installed.NAME.fullmatch(name) or not installed.state(name).installed:
            raise WrongUsage("There is no service {name} here.", name=name)
        if installed.may_install():
            installed.carry_out(installed.removing(name))
            speaker.say("The service {name} is removed; facts, reports and settings stay.", name=name)
        else:
            _ask_for(installed.removing(name), speaker)


@group.command()
def status(settings: SettingsPath = DEFAULT_SETTINGS, name: Name = DEFAULT_NAME) -> None:
    """Whether the service is installed and runs, since when, and the next night; 1 where it does not run."""
    with _read(settings) as (found, speaker):
        if not installed.NAME.fullmatch(name):
            raise WrongUsage("There is no service {name} here.", name=name)
        state, other = installed.state(name), lock.pid(found.warehouse.parent / "daemon.lock")
        speaker.say("The service {name} is installed." if state.installed else
                    "The service {name} is not installed.", name=name)
        if state.running:
            speaker.say("It runs since {since}.", since=state.since or "?")
        elif other is not None:
            speaker.say("A daemon runs that is not this service: process {pid}.", pid=other)
        else:
            speaker.say("It does not run.")
        night = times(found).next(clock(found)())
        speaker.say("Next night: {at}", at=f"{night:%Y-%m-%d %H:%M}")
        if not state.running and other is None:
            raise typer.Exit(FAILED)


@contextmanager
def _read(path: Path) -> Iterator[tuple[Settings, Speaker]]:
    """The settings without a log: these commands run as root, whose files the service could not write."""
    with speaking() as speaker:
        settings = wiring.load(path)
        speaker.texts = wiring.texts(settings)
        yield settings, speaker
