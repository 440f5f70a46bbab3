"""What `replay` does: past nights made anew from stored facts; missing ones are kept, kept ones compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from rfm_service import night, wiring
from rfm_service.concluding import Conclusions, Reckoner, rules_key
from rfm_service.daemon import clock
from rfm_service.domain.errors import PublishError, WrongUsage
from rfm_service.domain.stored import LateDocument
from rfm_service.domain.values import Basis, Report
from rfm_service.journal import Journal
from rfm_service.ledger.snapshots import Kept
from rfm_service.listing import Made, listed
from rfm_service.ports import Texts
from rfm_service.republishing import dated
from rfm_service.settings import Settings, shaping

PATIENCE_S = 600


@dataclass(frozen=True)
class Past:
    """What became of one past night: `customers` and `moves` as kept.

    Of a night that was kept before: `late` are the documents of its window that are otherwise now, `differing` the
    customers whose segment would be another as known now, `true` whether the facts known then still give what was
    kept (None where the settings are others now). `places` have its report.
    """

    as_of: date
    filled: bool
    customers: int
    moves: int
    late: tuple[LateDocument, ...] = ()
    differing: int = 0
    true: bool | None = None
    places: tuple[str, ...] = ()


def replay(settings: Settings, first: date, last: date, run: str, *, report: bool) -> Iterator[Past]:
    """Each night from `first` to `last`: nothing is fetched or sent, no kept snapshot is changed. Raises RfmError.

    `report`: nights that were never published get their report folder too; `latest/` never goes back.
    """
    reckoner = _reckoner(settings)
    _check(settings, reckoner, first, last)
    for as_of in (first + timedelta(days=ahead) for ahead in range((last - first).days + 1)):
        basis = Basis(as_of, settings.rules)
        kept = reckoner.ledger.kept(as_of)
        past = _filled(reckoner, basis) if kept is None else _compared(reckoner, kept, basis)
        yield replace(past, places=_published(settings, reckoner, as_of, run)) if report else past


def _check(settings: Settings, reckoner: Reckoner, first: date, last: date) -> None:
    """Raises WrongUsage where the nights are none, or lie outside of what is stored."""
    if first > last:
        raise WrongUsage("--from {first} lies after --to {last}.", first=first.isoformat(), last=last.isoformat())
    loaded = reckoner.ledger.loaded(settings.source.start)
    if loaded is None:
        raise WrongUsage("No sales are stored yet: `rfm-service run` loads them.")
    for option, day in (("--from", first), ("--to", last)):
        if day not in loaded:
            raise WrongUsage("{option} {day} lies outside of the sales that are stored, {first} to {last}.",
                             option=option, day=day.isoformat(), first=loaded.first.isoformat(),
                             last=loaded.last.isoformat())


def _filled(reckoner: Reckoner, basis: Basis) -> Past:
    kept = reckoner.kept(basis, reckoner.summary(basis))
    moved = reckoner.moves(reckoner.ledger.previous(basis.as_of), kept, basis)
    reckoner.ledger.keep(kept, moved, reckoner.outlook(basis, reckoner.purchases(basis)).forecast)
    return Past(basis.as_of, True, len(kept.snapshot), len(moved))


def _compared(reckoner: Reckoner, kept: Kept, basis: Basis) -> Past:
    now = reckoner.kept(basis, reckoner.summary(basis)).snapshot
    late = reckoner.ledger.late_documents(basis.window, kept.ingest)
    same_rules = kept.rules == rules_key(basis.rules)
    true = _same(reckoner.as_known_then(kept, basis.rules), kept.snapshot) if same_rules else None
    return Past(kept.as_of, False, len(kept.snapshot), len(reckoner.ledger.moves(kept.as_of)), tuple(late),
                _differing(kept.snapshot, now), true)


def _same(made: pd.DataFrame, kept: pd.DataFrame) -> bool:
    """Whether two SNAPSHOTs say the same; levels, which no move looks at, may be those of other settings."""
    return made.drop(columns="tier").equals(kept.drop(columns="tier"))


def _differing(kept: pd.DataFrame, now: pd.DataFrame) -> int:
    both = kept[["customer_no", "segment"]].merge(now[["customer_no", "segment"]], on="customer_no", how="outer")
    return int((both["segment_x"].fillna("") != both["segment_y"].fillna("")).sum())


def _published(settings: Settings, reckoner: Reckoner, as_of: date, run: str) -> tuple[str, ...]:
    """Publish a kept night where it never was; the places."""
    ledger = reckoner.ledger
    publishers = [each for each in wiring.publishers(settings) if not ledger.published(each.place, as_of)]
    report = _report(settings, reckoner, as_of, run) if publishers else None
    if report is None:
        return ()
    with alone(settings):
        for publisher in publishers:
            publisher.publish(report, first=not ledger.published(publisher.place))
            ledger.note_published(publisher.place, as_of, report.hash)
    return tuple(each.place for each in publishers)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Be the only one who publishes. Raises PublishError."""
    with wiring.spool(settings).held(PATIENCE_S) as free:
        if not free:
            raise PublishError("Another run is publishing. The report follows with the next try.")
        yield


def made_again(settings: Settings, as_of: date, run: str) -> Report | None:
    """The report of a kept night from the facts that it saw; None where it is not kept, or settings are others now."""
    return _report(settings, _reckoner(settings), as_of, run)


def _reckoner(settings: Settings) -> Reckoner:
    return Reckoner(wiring.ledger(settings), wiring.engine(settings), settings=shaping(settings))


def _report(settings: Settings, reckoner: Reckoner, as_of: date, run: str) -> Report | None:
    ledger = reckoner.ledger
    kept = ledger.kept(as_of)
    if kept is None or kept.rules != rules_key(settings.rules):
        return None
    basis = Basis(as_of, settings.rules, kept.ingest)
    purchases = reckoner.purchases(basis)
    journal = Journal(wiring.diary(settings), run, as_of, clock(settings))
    tools = wiring.tools(settings, journal, lambda _done, _all: None)
    plan = replace(wiring.plan(settings, as_of, run), known=kept.ingest)
    outlook = reckoner.outlook(basis, purchases)
    made = Conclusions(reckoner.summary(basis), purchases, kept, ledger.moves(as_of), ledger.previous(as_of), outlook,
                       *listed((ledger, reckoner.engine), basis, Made(
                           kept.snapshot, purchases, outlook.forecast.frame), plan.contacting))
    return night.report_of(plan, tools, made)[1]


def as_text(past: Past, texts: Texts) -> Iterator[str]:
    """One night for people: a line, and one more for each document that is otherwise now."""
    told = {"day": past.as_of.isoformat(), "customers": texts.number(past.customers), "moves": texts.number(past.moves)}
    if past.filled:
        yield texts("{day}: was missing, is kept now: customers {customers}, moves {moves}.", **told)
        yield from _reports(past, texts)
        return
    yield texts("{day}: is kept, customers {customers}, moves {moves}. {truth} As known now, customers in another "
                "segment: {differing}; documents that came late, were corrected or vanished since: {late}.",
                truth=_truth(past, texts), differing=texts.number(past.differing), late=texts.number(len(past.late)),
                **told)
    for document in past.late:
        yield texts("  {day} {number}, {change}: {before} → {after}", day=document.day.isoformat(),
                    number=document.number, change=_changes(texts)[document.change],
                    before=texts.amount(document.before, 2), after=texts.amount(document.after, 2))
    yield from _reports(past, texts)


def _reports(past: Past, texts: Texts) -> Iterator[str]:
    for place in past.places:
        yield texts("Report: {place}", place=dated(place, past.as_of))


def _truth(past: Past, texts: Texts) -> str:
    if past.true is None:
        return texts("The settings are others now: the night can be neither checked nor published anew.")
    return texts("As known then it comes out the same.") if past.true else texts(
        "As known then it does NOT come out the same: own companies, or customers joined with them, are others now; "
        "else please report this fault.")


def _changes(texts: Texts) -> dict[str, str]:
    return {"late": texts("came late"), "corrected": texts("corrected"), "gone": texts("vanished")}
