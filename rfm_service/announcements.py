"""What chats are told of a night: plain text, no customer's name, no secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from rfm_service.domain.errors import NightFailed
from rfm_service.domain.findings import Findings
from rfm_service.domain.values import Message, Picture
from rfm_service.ports import Texts
from rfm_service.texts.labels import step_labels

CAPTION_UNITS = 1024
"""The longest caption of pictures in a chat, in UTF-16 units."""


@dataclass(frozen=True)
class Outcome:
    """How a night went, for admins: seconds and counts by step, and what needs a look."""

    run: str
    seconds: Mapping[str, float]
    counts: Mapping[str, Mapping[str, int]]
    warnings: Sequence[str]


def report_message(chat: str, findings: Findings, places: Sequence[str], texts: Texts,
                   pictures: tuple[Picture, ...]) -> Message:
    """The night's figures for marketers, with its charts. The key is filled by the caller."""
    figures = findings.figures
    lines = [texts("RFM as of {day}", day=texts.day(findings.basis.as_of))]
    if not findings.complete:
        lines.append(texts("The last day is incomplete: sales may still be missing."))
    lines += [texts("Customers: {customers}, orders: {orders}", customers=texts.number(figures.customers),
                   orders=texts.number(figures.orders)),
             texts("Revenue in {window}: {revenue}", revenue=texts.compact(figures.revenue),
                   window=texts.plural("{count} day", "{count} days", findings.basis.rules.window_days)),
             texts("Bought within 90 days: {active}, new or returned in 30 days: {newcomers}",
                   active=texts.number(figures.active), newcomers=texts.number(figures.newcomers))]
    if findings.previous_as_of is not None:
        lines.append(texts("Changed segment: {moves}", moves=texts.number(len(findings.moves))))
    return Message("", chat, captioned(lines, [texts("Report: {place}", place=place) for place in places]), pictures)


def captioned(lines: Sequence[str], places: Sequence[str]) -> str:
    """Lines and then places, within a caption: what is too much is left out whole, the last lines first.

    The first place always stays: a path that is cut leads nowhere.
    """
    kept = [*lines, *places]
    spare = [*range(len(lines) - 1, -1, -1), *range(len(kept) - 1, len(lines), -1)]
    left_out: set[int] = set()
    while spare and _units(_without(kept, left_out)) > CAPTION_UNITS:
        left_out.add(spare.pop(0))
    return _without(kept, left_out)


def _without(lines: Sequence[str], left_out: Set[int]) -> str:
    return "\n".join(line for at, line in enumerate(lines) if at not in left_out)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def success_message(chat: str, findings: Findings, outcome: Outcome, texts: Texts) -> Message:
    """The durations and counts of a night that went well, for admins. The key is filled by the caller."""
    stored, steps = outcome.counts.get("store", {}), step_labels(texts)
    total = texts.number(sum(outcome.seconds.values()), 1)
    lines = [texts("The night of {day} went well in {seconds} s.", day=texts.day(findings.basis.as_of), seconds=total),
             texts("Read {lines} lines; documents added {added}, changed {changed}, removed {removed}; set aside "
                   "{quarantined}.", **{name: texts.number(stored.get(name, 0)) for name in
                                        ("lines", "added", "changed", "removed", "quarantined")}),
             texts("Customers {customers}, changed segment {moves}.",
                   customers=texts.number(findings.figures.customers), moves=texts.number(len(findings.moves))),
             texts("Seconds by step: {steps}", steps=", ".join(
                 f"{steps[step]} {texts.number(seconds, 1)}" for step, seconds in outcome.seconds.items())),
             *outcome.warnings,
             texts("Run {run}", run=outcome.run)]
    return Message("", chat, "\n".join(lines))


def failure_message(chat: str, run: str, error: NightFailed, texts: Texts) -> Message:
    """What stopped a night, for admins."""
    lines = [error.sentence(texts), texts("The stored facts and the published report stay as they were."),
             texts("Run {run}", run=run)]
    return Message(f"failure:{run}:{chat}", chat, "\n".join(lines))
