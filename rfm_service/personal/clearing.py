"""What becomes of reports and copies of the warehouse that tell of a customer who was forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rfm_service.ledger.ledger import Ledger
from rfm_service.personal.copies import Copies
from rfm_service.personal.person import traces_of
from rfm_service.personal.reports import Reports
from rfm_service.personal.traces import Remains, Trace
from rfm_service.settings import Settings


@dataclass(frozen=True)
class Clearing:
    """What a person asked for: of reports and of copies; `run` is the name of what is made anew."""

    reports: Remains
    copies: Remains
    run: str


def clear(settings: Settings, ledger: Ledger, named: str, wanted: Clearing, said: Callable[[Trace], None]
          ) -> list[Trace]:
    """Do with reports and copies what was asked for, each that went well `said`; what tells of the customer after that.

    Raises LedgerError.
    """
    kept = ledger.rights.dossier(named)
    found = traces_of(settings, ledger, kept)
    failed: dict[str, Trace] = {}
    for done in _done(settings, ledger, found, wanted):
        if done.problem is None:
            said(done)
        else:
            failed[done.path] = done
    left = traces_of(settings, ledger, kept)
    told = [replace(each, problem=failed.pop(each.path).problem) if each.path in failed else each for each in left]
    return [*told, *failed.values()]


def _done(settings: Settings, ledger: Ledger, found: list[Trace], wanted: Clearing) -> Iterator[Trace]:
    reports, copies = Reports(settings, ledger), Copies(settings)
    published = [each for each in found if each.kind != "copy" and each.problem is None]
    copied = [each for each in found if each.kind == "copy"]
    if wanted.reports is Remains.rewrite:
        yield from reports.rewrite(published, wanted.run)
    elif wanted.reports is Remains.delete:
        yield from reports.remove(published, wanted.run)
    if wanted.copies is Remains.rewrite:
        yield from copies.rewrite(copied)
    elif wanted.copies is Remains.delete:
        yield from copies.remove(copied)
