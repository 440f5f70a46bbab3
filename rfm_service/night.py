"""ONE NIGHT, TOP TO BOTTOM: a function of the stored facts, the settings and as_of."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

import pandas as pd

from rfm_service import collecting, delivering, listing, logs, mailing, republishing, syncing
from rfm_service.analysis import conclusions, sentences
from rfm_service.analysis.value import standings
from rfm_service.announcements import Outcome, failure_message, report_message, success_message, tries_line
from rfm_service.concluding import Conclusions, Reckoner
from rfm_service.delivering import Channels
from rfm_service.domain.errors import (
    DayIncomplete,
    LedgerError,
    NightFailed,
    RemovalsHeld,
    RfmError,
    Unexpected,
)
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import USUAL_CONTACTING, Contacting
from rfm_service.domain.standings import USUAL_BORDERS, USUAL_LIFECYCLE, ClassBorders, Lifecycle
from rfm_service.domain.values import Basis, Message, Partner, Period, Picture, Report, Rules, View, day_number, money
from rfm_service.drawing.charts import album
from rfm_service.inbox.folder import Inbox
from rfm_service.journal import Journal, runs
from rfm_service.ledger import known
from rfm_service.ledger.backup import Backups
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.order_names import order_names
from rfm_service.notices import unsaved_messages
from rfm_service.ports import Engine, Publisher, Renderer, Source, Texts
from rfm_service.spool import Spool

log = logging.getLogger(__name__)

WEEKS_LOOKED_BACK = 4
HISTORY_SHOWN = timedelta(days=182)


@dataclass(frozen=True)
class Plan:
    """What a night is asked to do.

    `company`: whose report it is; `settings`: the values, as written, of those that shape figures; `known`: by the
    facts as of that ingest (None: all); `holds`: whether the report waits for the sales of a day that is not complete;
    `unattended`: failures of tries that nobody asked for fold into one message; `asked`: a chat waits for word of this
    run, though its report be that of an earlier one; `addressees`: the sales managers who are sent their lists.
    """

    run: str
    rules: Rules
    sync: syncing.Sync
    currency: str
    settings_hash: str
    lifecycle: Lifecycle = USUAL_LIFECYCLE
    classes: ClassBorders = USUAL_BORDERS
    contacting: Contacting = USUAL_CONTACTING
    company: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    known: int | None = None
    holds: bool = False
    admin_chats: Sequence[str] = ()
    report_chats: Sequence[str] = ()
    unattended: bool = False
    asked: bool = False
    addressees: Sequence[mailing.Addressee] = ()

    @property
    def as_of(self) -> date:
        """The last day that counts."""
        return self.sync.as_of

    @property
    def basis(self) -> Basis:
        """The day and the rules of the summary."""
        return Basis(self.as_of, self.rules, self.known)


@dataclass(frozen=True)
class Tools:
    """What a night works with; `progress` is told the windows done and all there are, `ready` raises ResourcesLow.

    `backups`: where the warehouse is copied to after a good night; `blocked`: why the warehouse cannot be used;
    `others`: a night -> the nights besides it that are due; `inbox`: where people put what they noted.
    """

    ledger: Ledger
    journal: Journal
    source: Source
    engine: Engine
    renderers: Sequence[Renderer]
    publishers: Sequence[Publisher]
    spool: Spool
    channels: Channels
    texts: Texts
    progress: Callable[[int, int], None]
    ready: Callable[[], None] = lambda: None
    backups: Backups | None = None
    blocked: LedgerError | None = None
    others: Callable[[date], Sequence[date]] = lambda _night: ()
    inbox: Inbox | None = None


def run(plan: Plan, tools: Tools) -> list[str]:
    """One night, and word of it to those who wait for it; the places that have its report. Raises NightFailed."""
    try:
        findings, report, places = _conclude(plan, tools)
        with tools.journal.step("announce") as step:
            step.count(messages=tools.ledger.outbox.queue(_announcements(plan, tools, findings, report, places)))
    except Exception as error:
        failure = _failure(error, plan, tools)
        _alert(plan, tools, failure)
        raise failure from error
    finally:
        _notify(tools)
    _back_up(plan, tools)
    return places


def _conclude(plan: Plan, tools: Tools) -> tuple[Findings, Report, list[str]]:
    with ExitStack() as alone:
        _sync(plan, tools, alone)
        made = summarise_to_keep(plan, tools)
        with tools.journal.step("render") as step:
            findings, report = report_of(plan, tools, made)
            step.count(files=len(report.files), bytes=sum(map(len, report.files.values())))
        with tools.journal.step("publish") as step:
            places, waiting = republishing.publish(report, tools.ledger, tools.publishers, tools.spool)
            step.count(places=len(places), waiting=waiting)
            collecting.make(tools.inbox, places)
    return findings, report, places


def summarise_to_keep(plan: Plan, tools: Tools) -> Conclusions:
    """From the stored facts to the kept snapshot and moves: the steps summarise, score, compare, keep."""
    ledger, journal, basis = tools.ledger, tools.journal, plan.basis
    reckoner = Reckoner(ledger, tools.engine, settings=plan.settings)
    with journal.step("summarise") as step:
        if plan.holds:
            _refuse_incomplete(plan.as_of, ledger)
        summary, purchases = reckoner.summary(basis), reckoner.purchases(basis)
        step.count(customers=len(summary), orders=len(purchases))
    with journal.step("score") as step:
        kept, outlook = reckoner.kept(basis, summary), reckoner.outlook(basis, purchases)
        trade, worklist = listing.listed((ledger, tools.engine), basis, listing.Made(
            kept.snapshot, purchases, outlook.forecast.frame), plan.contacting)
        step.count(customers=len(kept.snapshot), foretold=len(outlook.forecast.frame), listed=len(worklist.offers))
    with journal.step("compare") as step:
        previous = ledger.previous(plan.as_of)
        moved = reckoner.moves(previous, kept, basis)
        step.count(moves=len(moved))
    with journal.step("keep"):
        ledger.keep(kept, moved, outlook.forecast, worklist.offers)
    return Conclusions(summary, purchases, kept, moved, previous, outlook, trade, worklist)


def _sync(plan: Plan, tools: Tools, alone: ExitStack) -> None:
    """Take in what people noted; make the ledger equal to 1C up to as_of: one ingest, or one a window of a long way.

    `alone` keeps nights of other machines away, where they share the ledger.
    """
    with tools.journal.step("collect") as step:
        if tools.blocked:
            raise tools.blocked
        tools.ready()
        alone.enter_context(tools.ledger.warehouse.alone("night"))
        tools.ledger.open()
        _hide_names(tools.ledger)
        step.count(**collecting.collect(tools.inbox, tools.ledger, tools.texts, tools.journal.clock()))
    with tools.journal.step("fetch") as step:
        sync = replace(plan.sync, granted=tools.ledger.take_grant(plan.as_of))
        asked = syncing.questions(sync, tools.source.reach, tools.ledger)
        step.count(windows=len(asked))
    # Renames are followed before anything is stored under a new name; a first load knows nobody yet.
    partners_at = 1 if tools.ledger.watermark() else len(asked)
    partners: list[Partner] = []
    with tools.ledger.warehouse.kept_open(), syncing.seldom_collected():
        for at, question in enumerate(asked, 1):
            window = _Window(question, at == partners_at, at == len(asked))
            partners = _sync_one(replace(plan, sync=sync), tools, window, partners)
            tools.progress(at, len(asked))
    _hide_names(tools.ledger)


def _hide_names(ledger: Ledger) -> None:
    """Let no line of the log hold a name that the ledger knows."""
    with ledger.warehouse.reading() as connection:
        logs.hide_names(known.names(connection))


class _Window(NamedTuple):
    """What is asked at a time; whether the partners are too, and whether nothing newer is."""

    question: syncing.Question
    partners: bool
    newest: bool


def _sync_one(plan: Plan, tools: Tools, window: _Window, partners: list[Partner]) -> list[Partner]:
    """Fetch and store a window; the partners, as told before or asked now."""
    ledger, source, question = tools.ledger, tools.source, window.question
    with tools.journal.step("fetch") as step:
        try:
            answer = syncing.fetch(plan.sync, question, source, ledger)
        except RemovalsHeld as held:
            ledger.hold(plan.as_of, plan.run, held.removal)
            raise
        told = source.customers(plan.as_of, ledger) if window.partners else partners
        step.count(lines=len(answer.lines), quarantined=len(answer.rejected), cleaned=answer.cleaned,
                   partners=len(told) if window.partners else 0)
    with tools.journal.step("store") as step:
        joined = ledger.follow_renames(told, plan.run) if window.partners else 0
        ingest = ledger.replace(answer, plan.run, syncing.claimed(question, answer),
                                plan.as_of if window.newest else None)
        ledger.save_partners(told if window.newest else [])
        step.count(added=ingest.added, changed=ingest.changed, removed=ingest.removed, lines=ingest.lines,
                   quarantined=ingest.quarantined, joined=joined)
        if window.newest:
            step.count(**syncing.proof(question.main, source, ledger))
    return told


def report_of(plan: Plan, tools: Tools, made: Conclusions) -> tuple[Findings, Report]:
    """What a night's conclusions show, and its report. Raises RenderError."""
    findings = _findings(plan, tools, made)
    return findings, _report(plan, tools, findings)


def _findings(plan: Plan, tools: Tools, made: Conclusions) -> Findings:
    ledger, basis, kept, previous = tools.ledger, plan.basis, made.kept, made.previous
    customers = conclusions.called(ledger.customers(), ledger.rights.forgotten(), tools.texts)
    names = conclusions.Named(customers, ledger.products())
    trade = made.trade
    before = previous.snapshot if previous else None
    numbers = ledger.document_numbers(made.moves["document_no"])
    details = pd.DataFrame({
        "document": made.moves["document_no"].map(lambda number: numbers.get(number, "")).astype("str"),
        "detail": sentences.sentences(made.moves, tools.texts, plan.rules.window_days, numbers)})
    value = standings(made.purchases, kept.snapshot, basis, plan.lifecycle, plan.classes)
    view, complete = View(basis.window, basis.known), _complete(plan.as_of, ledger)
    reckoner = Reckoner(ledger, tools.engine)
    first_sale = int(made.purchases["day"].min()) if len(made.purchases) else day_number(plan.as_of) + 1
    return Findings(
        basis=basis, currency=plan.currency, company=plan.company, sales_through=ledger.sales_through(plan.as_of),
        complete=complete,
        snapshot=conclusions.named_snapshot(kept.snapshot, before, names,
                                            (value, made.outlook.forecast.frame, made.worklist.outreach)),
        moves=conclusions.named_moves(made.moves, details, (kept.snapshot, before), names),
        cuts=kept.cuts, trade=trade, products=conclusions.named_products(trade, names),
        orders=conclusions.named_orders(trade, kept.snapshot, order_names(ledger.warehouse, view)),
        trends=reckoner.trends(basis, kept.snapshot if complete else None, first_sale),
        history=ledger.history(plan.as_of - HISTORY_SHOWN, plan.as_of),
        settings_changed=conclusions.settings_changed(previous.settings if previous else {}, kept.settings),
        figures=kept.figures,
        previous_as_of=previous.as_of if previous else None,
        previous_figures=previous.figures if previous else None,
        quality=conclusions.quality(made.summary, names, trade.gifts, reckoner.left_out(basis),
                                    ledger.quarantined(basis.window)),
        gate=conclusions.gate(kept.snapshot, made.purchases, plan.as_of),
        worth=conclusions.worth(made.purchases, kept.snapshot, value, names, made.outlook.former, plan.as_of),
        lifecycle=plan.lifecycle, classes=plan.classes, forecast=made.outlook.forecast, card=made.outlook.card,
        worklist=made.worklist)


def _complete(as_of: date, ledger: Ledger) -> bool:
    """Whether the last day has sales, or is a weekday that had none lately either."""
    days = [as_of - timedelta(weeks=weeks) for weeks in range(WEEKS_LOOKED_BACK + 1)]
    sold = [ledger.has_sales(Period(day, day + timedelta(days=1))) for day in days]
    return sold[0] or not all(sold[1:])


def _refuse_incomplete(as_of: date, ledger: Ledger) -> None:
    """Raises DayIncomplete where sales of the last day are still to come: later ones would show that 1C went on."""
    later = Period(as_of + timedelta(days=1), date.max)
    if not _complete(as_of, ledger) and not ledger.has_sales(later):
        raise DayIncomplete("1C has no sales of {day} yet, though it had some on the same weekday of each of the last "
                            "{weeks} weeks. The report waits for them.", day=as_of.isoformat(), weeks=WEEKS_LOOKED_BACK)


def _report(plan: Plan, tools: Tools, findings: Findings) -> Report:
    rendered = (renderer.render(findings, tools.texts) for renderer in tools.renderers)
    files = dict(chain.from_iterable(made.items() for made in rendered))
    manifest = {
        "as_of": plan.as_of.isoformat(), "run": plan.run,
        "data_through": findings.sales_through and findings.sales_through.isoformat(),
        "complete": findings.complete, "settings": plan.settings_hash,
        "rows": {"customers": len(findings.snapshot), "moves": len(findings.moves)},
        "totals": {"orders": findings.figures.orders, "revenue": str(money(findings.figures.revenue)),
                   "currency": plan.currency},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}}
    return Report(plan.as_of, files, json.dumps(manifest, ensure_ascii=False, indent=2).encode())


def _announcements(plan: Plan, tools: Tools, findings: Findings, report: Report, places: list[str]) -> list[Message]:
    pictures = tuple(Picture(name.removeprefix("charts/"), report.files[name])
                     for name in album(findings, report.files))
    warnings = [tools.texts("The report waits: {reason}", reason=error.sentence(tools.texts))
                for error in tools.spool.problems] + _doubts(tools)
    if failed := tools.journal.failed_before():
        warnings.append(tools.texts.plural("It took {count} try.", "It took {count} tries.", failed + 1))
    outcome = Outcome(plan.run, tools.journal.seconds, tools.journal.counts, warnings)
    told = [*(report_message(chat, findings, places, tools.texts, pictures) for chat in plan.report_chats),
            *(success_message(chat, findings, outcome, tools.texts) for chat in plan.admin_chats)]
    kinds = ["report"] * len(plan.report_chats) + ["success"] * len(plan.admin_chats)
    asked = {"success": f":{plan.run}"} if plan.asked else {}
    return [replace(message, key=f"{kind}:{plan.as_of}:{message.chat}:{report.hash}{asked.get(kind, '')}", kind=kind)
            for kind, message in zip(kinds, told, strict=True)] + _lists(plan, tools, findings, report, places)


def _lists(plan: Plan, tools: Tools, findings: Findings, report: Report, places: list[str]) -> list[Message]:
    """The list of the day for each sales manager with an address, from the newest night alone."""
    due = tools.others(plan.as_of) if plan.unattended else ()
    if not plan.addressees or mailing.outdated(plan.as_of, tools.journal.path, due):
        return []
    dated = [republishing.dated(place, plan.as_of) for place in places]
    return list(mailing.list_messages(plan.addressees, findings, report, dated, tools.texts))


def _doubts(tools: Tools) -> list[str]:
    """What keeps the ledger from being equal to 1C, as far as is known."""
    differing, renames = tools.journal.counts["store"].get("days_differing", 0), len(tools.ledger.renames())
    told = collecting.warning(tools.journal.counts["collect"], tools.texts)
    if differing:
        told.append(tools.texts("Days whose sums differ from those of 1C: {count}.",
                                count=tools.texts.number(differing)))
    if renames:
        told.append(tools.texts("Renames that wait for a word: {count}; `rfm-service customers renames` lists them.",
                                count=tools.texts.number(renames)))
    return told


def _failure(error: Exception, plan: Plan, tools: Tools) -> NightFailed:
    if not isinstance(error, RfmError):
        log.exception("An unexpected fault at the step %s", tools.journal.current)
    reason = error if isinstance(error, RfmError) else Unexpected(type(error).__name__)
    return NightFailed(tools.journal.current, plan.as_of, reason)


def _alert(plan: Plan, tools: Tools, failure: NightFailed) -> None:
    """Queue word of a failure; where the ledger cannot take it, send it straight."""
    waiting = tools.others(plan.as_of) if plan.unattended else ()
    messages = [failure_message(chat, plan.run, failure, tools.texts, again=plan.unattended, waiting=waiting)
                for chat in plan.admin_chats]
    tries = tries_line(tools.texts, tools.journal.clock()) if plan.unattended else None
    told = delivering.tell(messages, tools.ledger.outbox, tools.channels, tools.texts, tries,
                             lambda: plan.unattended and _heard(failure, tools.journal))
    tools.journal.write("alert", "end" if told else "fail", counts=told)


def _heard(failure: NightFailed, journal: Journal) -> bool:
    """Whether an earlier try of the night was told of straight, with the same gist."""
    return any(run.error is not None
               and (run.as_of, run.failed_step, run.error.gist) == (journal.as_of, failure.step, failure.reason.gist)
               and run.counts.get("alert", {}).keys() & {"sent", "folded"} for run in runs(journal.path))


def _back_up(plan: Plan, tools: Tools) -> None:
    """Copy the warehouse; where that fails the night is good all the same, and admins are told."""
    if tools.backups is None:
        return
    with tools.journal.step("backup") as step:
        try:
            made = tools.backups.place(plan.as_of, tools.journal.clock())
            tools.ledger.warehouse.copy(made)
            tools.backups.tidy(made)
            step.count(copies=1)
            return
        except LedgerError as error:
            log.error("%s", error)
            messages = unsaved_messages(error, plan.run, plan.admin_chats, tools.texts)
            step.count(copies=0)
    try:
        tools.ledger.outbox.queue(messages)
    except LedgerError as error:
        log.error("%s", error)
    _notify(tools)


def _notify(tools: Tools) -> None:
    """Deliver what waits; what cannot be delivered now waits on."""
    journal = tools.journal
    with journal.step("notify") as step:
        step.count(sent=0, waiting=0)
        try:
            step.count(**delivering.deliver_alone(
                tools.ledger.outbox, tools.channels, tools.texts, journal.clock, journal.run))
        except LedgerError as error:
            log.error("%s", error)
