"""What chats are told of a night: plain text, no customer's name, no secret."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from rfm_service.domain.errors import ChatMoved, NightFailed, NotifyError
from rfm_service.domain.values import Message, Picture
from rfm_service.ports import Texts
from rfm_service.texts import parting
from rfm_service.texts.labels import step_labels
from rfm_service.texts.parting import units

if TYPE_CHECKING:
    from rfm_service.domain.findings import Findings

CAPTION_UNITS = parting.CAPTION_UNITS - parting.MARK_UNITS
"""The longest caption that we give pictures in a chat, in UTF-16 units."""
FILE_BYTES = 50_000_000
"""The largest file that a bot may send."""


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
    while spare and units(_without(kept, left_out)) > CAPTION_UNITS:
        left_out.add(spare.pop(0))
    return _without(kept, left_out)


def _without(lines: Sequence[str], left_out: Set[int]) -> str:
    return "\n".join(line for at, line in enumerate(lines) if at not in left_out)


def success_message(chat: str, findings: Findings, outcome: Outcome, texts: Texts) -> Message:
    """The durations and counts of a night that went well, for admins. The key is filled by the caller."""
    stored, steps = outcome.counts.get("store", {}), step_labels(texts)
    cleaned = outcome.counts.get("fetch", {}).get("cleaned", 0)
    total = texts.number(sum(outcome.seconds.values()), 1)
    lines = [texts("The night of {day} went well in {seconds} s.", day=texts.day(findings.basis.as_of), seconds=total),
             texts("Read {lines} lines; documents added {added}, changed {changed}, removed {removed}; set aside "
                   "{quarantined}.", **{name: texts.number(stored.get(name, 0)) for name in
                                        ("lines", "added", "changed", "removed", "quarantined")}),
             *([texts.plural("Cleaned of unprintable characters: {count} text",
                             "Cleaned of unprintable characters: {count} texts", cleaned)] if cleaned else []),
             texts("Customers {customers}, changed segment {moves}.",
                   customers=texts.number(findings.figures.customers), moves=texts.number(len(findings.moves))),
             texts("Seconds by step: {steps}", steps=", ".join(
                 f"{steps[step]} {texts.number(seconds, 1)}" for step, seconds in outcome.seconds.items())),
             *outcome.warnings,
             texts("Run {run}", run=outcome.run)]
    return Message("", chat, "\n".join(lines))


def failure_message(chat: str, run: str, error: NightFailed, texts: Texts, *, again: bool = False,
                    waiting: Sequence[date] = ()) -> Message:
    """What stopped a night, for admins; failures at one step of one gist are of one fold.

    `again`: the daemon tries by itself, which whoever is woken by the message wants to know first. `waiting`: other
    nights that are due. Those that wait together are told of together, until a newer one is among them.
    """
    newest = max([str(error.values["as_of"]), *map(date.isoformat, waiting)])
    lines = [error.sentence(texts), texts("The stored facts and the published report stay as they were."),
             *([texts("The service tries again by itself.")] if again else []),
             *([texts("Nights to be made up for: {nights}", nights=", ".join(map(str, waiting)))] if waiting else []),
             texts("Run {run}", run=run)]
    reason = hashlib.sha256(error.reason.gist.encode("utf-8", "replace")).hexdigest()
    return Message(f"failure:{run}:{chat}", chat, "\n".join(lines), kind="failure",
                   fold=f"{newest}|{error.step}|{reason}|{chat}")


def tries_line(texts: Texts, at: datetime) -> Callable[[int], str]:
    """How many tries -> the line that says so, and when the last one was."""
    return lambda count: texts("Tries: {count}, last at {time}", count=texts.number(count), time=at.strftime("%H:%M"))


def with_file(message: Message, file: Picture, texts: Texts) -> Message:
    """The message with a file; one too large to be sent is left out, and the text says so."""
    if len(file.content) < FILE_BYTES:
        return replace(message, file=file)
    left_out = texts("The file {name} is too large for a message ({size} MB).", name=file.name,
                     size=texts.number(len(file.content) // 1_000_000))
    return replace(message, text=f"{message.text}\n{left_out}")


def moved_message(chat: str, moved: ChatMoved, old: str, texts: Texts) -> Message:
    """Word for admins that a group has another number now."""
    return Message(f"moved:{old}:{moved.moved_to}:{chat}", chat, texts(
        "The Telegram group {old} has the number {new} now, because it became a supergroup. Messages go there; write "
        "the new number in place of the old one into telegram.admin_chats or telegram.report_chats.",
        old=old, new=moved.moved_to))


def unreachable_message(chat: str, lost: str, problem: NotifyError, message: str, texts: Texts) -> Message:
    """Word for admins that a chat takes no messages; `message` is the key of the first that it did not take."""
    return Message(f"unreachable:{message}:{chat}", chat, texts(
        "The chat {chat} takes no messages of the bot, and those to it are given up. {reason} Let the bot in again, or "
        "remove the chat from telegram.admin_chats or telegram.report_chats.",
        chat=lost, reason=problem.sentence(texts)))
