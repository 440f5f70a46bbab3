"""`customers`: customers under several names, what is kept of one, and one that is to be forgotten."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rfm_service import lock, wiring
from rfm_service.console import DEFAULT_SETTINGS, FAILED, SettingsPath, Speaker, opened
from rfm_service.daemon import clock
from rfm_service.domain.errors import LedgerError
from rfm_service.personal.traces import Remains, Trace
from rfm_service.settings import Settings

if TYPE_CHECKING:
    from rfm_service.ledger.ledger import Ledger

log = logging.getLogger(__name__)

group = typer.Typer(no_args_is_help=True, help="Customers under several names; what is kept of one; to forget one.")
Named = Annotated[str, typer.Argument(metavar="ID", help="The customer: its id or a name.")]


@group.command()
def merge(kept: Annotated[str, typer.Argument(metavar="A", help="The customer whose id stays: its id or a name.")],
          other: Annotated[str, typer.Argument(metavar="B", help="The same customer under another name: id or name.")],
          settings: SettingsPath = DEFAULT_SETTINGS,
          undo: Annotated[bool, typer.Option("--undo", help="Make them two again.")] = False) -> None:
    """Count the documents of B for A from now on, the past included; `--undo` takes it back."""
    with opened(settings) as (found, speaker):
        name = f"merge-{clock(found)():%Y%m%dT%H%M%S}"
        with wiring.alone(found, name):
            ledger = wiring.ledger(found)
            moved = (ledger.unmerge if undo else ledger.merge)(kept, other, name)
        speaker.say("{documents} documents count anew from the next night.", documents=moved)


@group.command()
def renames(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Customers whose documents came back under another name: `customers merge` says that they are one."""
    with opened(settings) as (found, speaker):
        ledger = wiring.ledger(found)
        waiting, forgotten = ledger.renames(), ledger.rights.forgotten()
        for rename in waiting:
            if rename.old_id in forgotten:
                speaker.say("{documents} documents of a forgotten customer came back under the name {new} ({new_id}). "
                            "If it is the same one: rfm-service customers forget {new_id}", documents=rename.documents,
                            new=rename.new_name, new_id=rename.new_id)
                continue
            speaker.say("{old} ({old_id}) → {new} ({new_id}), {documents} documents: rfm-service customers merge "
                        "{old_id} {new_id}", old=rename.old_name, old_id=rename.old_id, new=rename.new_name,
                        new_id=rename.new_id, documents=rename.documents)
        if not waiting:
            speaker.say("No rename waits.")


@group.command()
def show(named: Named, settings: SettingsPath = DEFAULT_SETTINGS,
         as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """All that is kept of a customer, and which reports and copies of the warehouse tell of it."""
    from rfm_service.personal import person

    with opened(settings) as (found, _):
        told = person.person(found, _ledger(found), named)
        if as_json:
            print(person.as_json(told))
            return
        for line in person.as_text(told, wiring.texts(found)):
            print(line)


@group.command()
def forget(named: Named, settings: SettingsPath = DEFAULT_SETTINGS,
           yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
           reports: Annotated[Remains, typer.Option(help="Reports that tell of the customer: keep and list them, make "
                                                    "them anew, or delete them.")] = Remains.keep,
           backups: Annotated[Remains, typer.Option(help="The same, of copies of the warehouse.")] = Remains.keep
           ) -> None:
    """Remove name, contacts and notes of a customer for good, from the kept versions too; the sums stay."""
    from rfm_service.personal.clearing import Clearing, clear

    with opened(settings) as (found, speaker):
        name = f"forget-{clock(found)():%Y%m%dT%H%M%S}"
        ledger = _ledger(found)
        if not yes:
            _ask(ledger, named, speaker)
        folder = found.warehouse.parent
        with wiring.alone(found, name), lock.held(folder / "deliver.lock", name):
            _erase(found, ledger, named, speaker)
            left = clear(found, ledger, named, Clearing(reports, backups, name),
                         lambda done: speaker.say("Without the customer now: {path}", path=done.path))
        _tell(left, speaker, found)
        if any(each.problem for each in left):
            raise typer.Exit(FAILED)


def _ledger(settings: Settings) -> Ledger:
    """The ledger that is there. Raises LedgerError."""
    kept = wiring.warehouse(settings)
    if not kept.made:
        raise LedgerError("There is no warehouse {path} yet.", path=kept.place)
    return wiring.ledger(settings)


def _ask(ledger: Ledger, named: str, speaker: Speaker) -> None:
    """Let a person say that it is meant; ends the command where it is not."""
    who = ledger.rights.dossier(named).who[0]
    typer.confirm(speaker.texts("{customer}, id {id}: name, e-mail, phone, legal entities, addresses and notes are "
                                "removed for good, sums stay. Go on?", customer=who["shown"] or "—",
                                id=who["customer_id"]), abort=True)


def _erase(settings: Settings, ledger: Ledger, named: str, speaker: Speaker) -> None:
    same = ledger.rights.dossier(named).same
    erased = ledger.rights.forget(named, clock(settings)().date())
    log.info("A customer was forgotten: %s", erased._asdict())
    if not erased.names:
        speaker.say("The customer was forgotten before; the warehouse was written anew once more.")
        return
    speaker.say("Forgotten. Removed: names {names}, legal entities {contractors}, addresses {addresses}, notes "
                "{notes}; emptied: rows in quarantine {rows}, messages {messages}. Documents that stay, nameless: "
                "{documents}.", **erased._asdict())
    for row in same:
        speaker.say("{new} ({new_id}) may be the same, renamed in 1C: rfm-service customers forget {new_id}",
                    new=row["name"], new_id=row["customer_id"])


def _tell(left: Sequence[Trace], speaker: Speaker, settings: Settings) -> None:
    from rfm_service.personal.person import traces_as_text

    for line in traces_as_text(left, wiring.texts(settings)):
        print(line)
    if any(each.problem is None for each in left):
        speaker.say("The same command with `--reports rewrite` or `--backups rewrite` makes them anew, `delete` "
                    "removes them.")
