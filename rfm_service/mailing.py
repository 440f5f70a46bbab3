"""The list of the day for each sales manager: a message to every address of his, and how these messages go out.

Each address is a chat of its own. Nobody but its owner is ever sent a list: where his address is no longer in the
settings, what waits for it is dropped.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rfm_service.announcements import with_file
from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message, Picture
from rfm_service.journal import runs
from rfm_service.owners import list_files, meant, owner
from rfm_service.texts.parting import CAPTION_UNITS, MARK_UNITS, clipped

if TYPE_CHECKING:
    from rfm_service.domain.findings import Findings
    from rfm_service.domain.values import Report
    from rfm_service.ledger.outbox import Outbox, Waiting
    from rfm_service.ports import Notifier, Texts

log = logging.getLogger(__name__)

KIND = "list"
CHAT = "manager:"
"""How the chats begin that are addresses of sales managers."""
FOLDER = "managers/"
GAPS_S = (0, 300, 900, 3600)
"""An address that takes nothing is tried again after so many seconds, the last of them from then on: a mail server
would shut out who knocks every five minutes."""
MOST_TRIES = 100
"""So often one list is tried: over about four days."""


@dataclass(frozen=True)
class Addressee:
    """A sales manager as the settings name him, the number of his addresses, whether they are sent the list itself."""

    name: str
    addresses: int = 1
    attach: bool = True

    @property
    def chats(self) -> list[str]:
        """The chats of the addresses: they tell neither the name nor the address."""
        mark = hashlib.sha256(owner(self.name).casefold().encode()).hexdigest()[:16]
        return [f"{CHAT}{mark}/{number}" for number in range(1, self.addresses + 1)]


def list_messages(addressees: Sequence[Addressee], findings: Findings, report: Report, places: Sequence[str],
                  texts: Texts) -> Iterator[Message]:
    """A message for each address of a sales manager who has customers to contact; no text names a customer.

    `places`: where the night's report is, for those who are not sent the list itself.
    """
    if not addressees:
        return
    files, today = list_files(findings.snapshot["manager"].unique(), texts), findings.today
    owners = today["manager"].map(owner)
    for addressee in addressees:
        his = meant(addressee.name, files)
        ids = today.loc[owners == his, "customer_id"].tolist()
        if his is not None and ids:
            path = files[his]
            text = _text(len(ids), findings, texts)
            message = (_carrying if addressee.attach else _pointing)(Message("", "", text, kind=KIND), path, report,
                                                                     places, texts)
            made = message.file.content if message.file else "\n".join(ids).encode()
            for chat in addressee.chats:
                key = f"{KIND}:{report.as_of}:{chat}:{hashlib.sha256(made).hexdigest()}"
                yield replace(message, key=key, chat=chat, text=clipped(message.text, CAPTION_UNITS - MARK_UNITS))


def outdated(as_of: date, diary: Path, due: Sequence[date]) -> bool:
    """Whether a newer night went well or is `due`: a list is for the day after the newest night alone."""
    with suppress(OSError):
        if any(run.succeeded and run.as_of > as_of for run in runs(diary)):
            return True
    return any(night > as_of for night in due)


def _text(count: int, findings: Findings, texts: Texts) -> str:
    day = texts.day(findings.basis.as_of + timedelta(days=1))
    lines = [texts.plural("{count} customer to contact on {day}", "{count} customers to contact on {day}", count,
                          day=day)]
    if not findings.complete:
        lines.append(texts("The last day is incomplete: sales may still be missing."))
    return "\n".join(lines)


def _carrying(message: Message, path: str, report: Report, places: Sequence[str], texts: Texts) -> Message:
    """The message with the list; one that was not made or is too large is told of."""
    if path not in report.files:
        return message
    carrying = with_file(message, Picture(path.removeprefix(FOLDER), report.files[path]), texts)
    if carrying.file is None:
        return _pointing(carrying, path, report, places, texts)
    return replace(carrying, text="\n".join([carrying.text, texts("The list is in the attached file.")]))


def _pointing(message: Message, path: str, report: Report, places: Sequence[str], texts: Texts) -> Message:
    """The message with where the list lies, where one was made."""
    told = [texts("The list: {file} in {place}", file=path, place=place) for place in places if path in report.files]
    return replace(message, text="\n".join([message.text, *told]))


@dataclass(frozen=True)
class Round:
    """One pass over the lists that wait: each goes to its own address or nowhere.

    `notifiers` by chat; `after` so many tries, or at once where another try cannot help, `admins` hear of an address
    once until it takes a list again.
    """

    outbox: Outbox
    notifiers: Mapping[str, Notifier]
    texts: Texts
    clock: Callable[[], int]
    admins: Sequence[str] = ()
    after: int = 3
    sent: list[int] = field(default_factory=list)

    def lists(self) -> None:
        """Try every list that waits, of each address the newest one. Raises LedgerError."""
        rows = [each for each in self.outbox.waiting() if is_list(each.chat)]
        newest = {each.chat: each.number for each in rows}
        for each in rows:
            notifier = self.notifiers.get(each.chat)
            if notifier is None:
                self._drop(each, "the address is no longer in the settings")
            elif each.number != newest[each.chat]:
                self._drop(each, "a newer one is there")
            elif each.due <= self.clock():
                self._one(each, notifier)

    def _drop(self, each: Waiting, reason: str) -> None:
        log.info("A list for %s that waited is dropped: %s", each.chat, reason)
        self.outbox.ended(each.number, "dropped", reason)

    def _one(self, each: Waiting, notifier: Notifier) -> None:
        message = self.outbox.message(each.number)
        try:
            if each.doubtful:
                # It may have arrived: while nobody answers there it is not sent a second time.
                notifier.check()
                message = replace(message, text=f"{self.texts('(possible repeat)')}\n{message.text}")
            self.outbox.begin(each.number)
            receipt = notifier.send(message)
        except NotifyError as error:
            log.warning("%s", error)
            self._failed(each, error)
        else:
            self.outbox.sent(each.number, receipt, each.chat)
            self.sent.append(each.number)

    def _failed(self, each: Waiting, problem: NotifyError) -> None:
        said, tries = problem.sentence(self.texts), each.attempts + 1
        lost = problem.permanent or tries >= MOST_TRIES
        if lost:
            self.outbox.ended(each.number, "refused", said)
        else:
            gap = GAPS_S[min(tries, len(GAPS_S)) - 1]
            self.outbox.keep(each.number, said, self.clock() + gap, doubtful=each.doubtful)
        if (lost or tries >= self.after) and self.outbox.unreachable(each.chat, said):
            self.outbox.queue(Message(f"unreachable:{each.key}:{chat}", chat, self.texts(
                "A sales manager does not get the list of the day. {reason} Each new list is tried again; until one "
                "arrives, hand out the file.", reason=said)) for chat in self.admins)


def is_list(chat: str) -> bool:
    """Whether a chat is an address of a sales manager."""
    return chat.startswith(CHAT)
