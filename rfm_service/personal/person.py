"""All that is kept of one customer, wherever it is: as text for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rfm_service.domain.values import money
from rfm_service.ledger.dossier import Dossier, Row
from rfm_service.ledger.ledger import Ledger
from rfm_service.personal.copies import Copies
from rfm_service.personal.reports import Reports
from rfm_service.personal.traces import Trace
from rfm_service.ports import Texts
from rfm_service.settings import Settings
from rfm_service.texts.labels import cause_labels, label, outcome_labels, segment_labels
from rfm_service.texts.plain import plain

MONEY = frozenset({"amount", "monetary", "spend30", "spend90"})


@dataclass(frozen=True)
class Person:
    """What the ledger keeps of a customer, and which reports and copies tell of it."""

    kept: Dossier
    traces: list[Trace]


def person(settings: Settings, ledger: Ledger, named: str) -> Person:
    """The customer of an id, a reference or a name. Raises LedgerError."""
    kept = ledger.rights.dossier(named)
    return Person(kept, traces_of(settings, ledger, kept))


def traces_of(settings: Settings, ledger: Ledger, kept: Dossier) -> list[Trace]:
    """The reports and copies that tell of a customer, or may."""
    tells = ledger.rights.tells(kept)
    nights = ledger.rights.nights(kept, settings.rfm.window_days)
    return [*Reports(settings, ledger).find(tells, nights), *Copies(settings).find(tells)]


def as_json(found: Person) -> str:
    """One JSON object: days in ISO form, money as decimals in texts."""
    kept = {name: _told(value) for name, value in vars(found.kept).items() if name != "numbers"}
    traces = [{**vars(each), "problem": each.problem and str(each.problem)} for each in found.traces]
    return json.dumps({**kept, "traces": traces}, ensure_ascii=False, indent=2, default=str)


def _told(value: object) -> object:
    if isinstance(value, list):
        return [_told(each) for each in value]
    if isinstance(value, dict):
        return {name: str(money(each)) if name in MONEY else each for name, each in value.items()}
    return value


def as_text(found: Person, texts: Texts) -> Iterator[str]:
    """For people: who, what was sold, and every other thing that is kept; parts that are empty are left out."""
    kept = found.kept
    for row in kept.who:
        yield from _who(row, texts)
    if kept.forgotten:
        yield texts("Forgotten on {day}: nothing that is kept says who it was.", day=texts.day(kept.forgotten))
    yield from _section(texts("May be the same, renamed in 1C:"), (f"{row['name']} ({row['customer_id']})"
                                                                   for row in kept.same))
    yield from _sales(kept, texts)
    yield from _section(texts("Legal entities:"), (row["name"] for row in kept.contractors))
    yield from _section(texts("Addresses of delivery:"), (" · ".join(filter(None, row.values()))
                                                          for row in kept.addresses))
    yield from _section(texts("Contacts:"), (_contact(row, texts) for row in kept.contacts))
    yield from _section(texts("Offered for contact:"), (_offer(row, texts) for row in kept.offers))
    yield from _history(kept, texts)
    yield from _section(texts("Rows in quarantine:"), (f"{row['reason']}: {row['row']}" for row in kept.quarantine))
    yield from _section(texts("Messages:"), (row["text"] for row in kept.messages))
    yield from traces_as_text(found.traces, texts)


def _section(heading: str, lines: Iterator[str]) -> Iterator[str]:
    """A heading and its lines, indented; nothing where there are none."""
    for at, line in enumerate(lines):
        if not at:
            yield heading
        yield f"  {plain(line)}"


def _who(row: Row, texts: Texts) -> Iterator[str]:
    """One name with its id and what 1C told of it."""
    named = {"customer": plain(row["name"]) or "—", "id": row["customer_id"]}
    yield (texts("Joined: {customer}, id {id}", **named) if row["counts_for"] else
           texts("Customer {customer}, id {id}", **named))
    labels = {"told": texts("In 1C"), "shown": texts("Shown as"), "email": texts("E-mail"), "phone": texts("Phone"),
              "ref": texts("Reference"), "tax_id": texts("Tax number"), "tax_code": texts("Tax code"),
              "category": texts("Category"), "manager": texts("Sales manager"), "version": texts("Version in 1C")}
    said = {"told": row["customer_id"], "shown": row["name"], "ref": row["told"]}
    for name, heading in labels.items():
        if row[name] and row[name] not in (said.get(name), row["name"]):
            yield f"  {heading}: {plain(row[name])}"
    if row["do_not_contact"]:
        yield f"  {texts('Is not to be contacted')}"


def _sales(kept: Dossier, texts: Texts) -> Iterator[str]:
    lines = (texts("{year}: documents {documents}, lines {lines}, {amount}", year=row["year"],
                   documents=texts.number(row["documents"]), lines=texts.number(row["lines"]),
                   amount=texts.amount(row["amount"], 2)) for row in kept.sales)
    yield from _section(texts("Sales:"), lines)
    if kept.span["versions"]:
        yield texts("Kept versions of the documents: {versions}, {first} to {last}",
                    versions=texts.number(kept.span["versions"]), first=_day(kept.span["first_day"]),
                    last=_day(kept.span["last_day"]))


def _contact(row: Row, texts: Texts) -> str:
    parts = [_day(row["day"]), label(outcome_labels(texts), row["outcome"]), row["author"], row["note"],
             texts("next {day}", day=_day(row["next_day"])) if row["next_day"] else ""]
    return ", ".join(filter(None, parts))


def _offer(row: Row, texts: Texts) -> str:
    held = texts("held back for comparison") if row["held"] else ""
    return ", ".join(filter(None, [_day(row["day"]), row["campaign"], label(segment_labels(texts), row["segment"]),
                                   held]))


def _history(kept: Dossier, texts: Texts) -> Iterator[str]:
    """Segments over time: each move, and how many nights are kept."""
    segments, causes = segment_labels(texts), cause_labels(texts)
    yield from _section(texts("Moves:"), (
        f"{_day(row['as_of'])} {label(segments, row['from_segment'])} → {label(segments, row['to_segment'])}: "
        f"{label(causes, row['cause'])}" for row in kept.moves))
    if kept.snapshots:
        newest = kept.snapshots[-1]
        yield texts("Kept nights with the customer: {count}, {first} to {last}; on the last one: {segment}",
                    count=texts.number(len(kept.snapshots)), first=_day(kept.snapshots[0]["as_of"]),
                    last=_day(newest["as_of"]), segment=label(segments, newest["segment"]))
    if kept.forecasts:
        yield texts("Kept forecasts: {count}", count=texts.number(len(kept.forecasts)))


def traces_as_text(traces: Sequence[Trace], texts: Texts) -> Iterator[str]:
    """The reports and copies that tell of a customer, and what keeps from knowing."""
    if not traces:
        yield texts("No report and no copy of the warehouse that could be looked at tells of the customer.")
    yield from _section(texts("Reports and copies of the warehouse that tell of the customer:"), (
        _trace(each, texts) for each in traces))


def _trace(trace: Trace, texts: Texts) -> str:
    if trace.problem:
        return trace.problem.sentence(texts)
    if not trace.surely:
        return texts("{path}: may tell of the customer, cannot be searched", path=trace.path)
    return f"{trace.path}: {', '.join(trace.files)}" if trace.files else trace.path


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
