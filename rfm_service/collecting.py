"""What people noted comes in: each file is read, kept in the ledger, and only then moved away; no night fails of it."""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from rfm_service.domain.contacts import Contact, Place, Problem, Told, lines_of, owner_mark
from rfm_service.domain.errors import LedgerError, PublishError
from rfm_service.domain.values import Remark
from rfm_service.inbox import reading
from rfm_service.inbox.folder import DONE, REJECTED, Inbox, Seen
from rfm_service.inbox.rows import InboxFile
from rfm_service.ledger.contacts import ContactFile
from rfm_service.owners import owner
from rfm_service.ports import Texts
from rfm_service.publishing.shelf import Entry
from rfm_service.tabular.table import TableError

if TYPE_CHECKING:
    from rfm_service.ledger.ledger import Ledger

log = logging.getLogger(__name__)

LONGEST_S = 300
"""After so long the files that are left wait for the next night."""
FRESH_S = 600
"""A file that cannot be read may still be written, if it was changed less than so long ago."""
MOST_LINES = 1_000
"""Rows of which it is told what is wrong."""


class Taken(NamedTuple):
    """What a file came to: the rows that count, those that do not, what is to be said of rows; whether it was new."""

    good: int
    bad: int
    problems: tuple[Problem, ...]
    new: bool

    @property
    def idle(self) -> bool:
        """Whether nothing in it was meant to count."""
        return not (self.good or self.bad)


def collect(inbox: Inbox | None, ledger: Ledger, texts: Texts, now: datetime) -> dict[str, int]:
    """Take in what lies in the inbox; how many files and rows of which kind. Raises LedgerError and nothing else."""
    counts = Counter(dict.fromkeys(("files", "good", "bad", DONE, REJECTED, "left"), 0))
    if inbox is None:
        return counts
    try:
        _Pass(inbox, ledger, texts, now, counts).every()
    except LedgerError:
        raise
    except PublishError as error:
        log.warning("%s", error)
        counts["unread"] += 1
    except Exception:
        log.exception("An unexpected fault at the inbox")
        counts["unread"] += 1
    return counts


def make(inbox: Inbox | None, places: list[str]) -> None:
    """Make the inbox in a report folder that has just taken a report: then its share is surely there."""
    if inbox and inbox.within_place in places:
        try:
            inbox.make()
        except PublishError as error:
            log.warning("%s", error)


def take(file: InboxFile, ledger: Ledger, now: datetime) -> Taken:
    """Keep what a file tells. Raises TableError where it is no such file, LedgerError."""
    told = reading.read(file, now)
    known = ledger.contacts.known(contact.customer_id for contact in told.contacts.values())
    managers = {identity: each.manager for identity, each in known.items()}
    good = {place: contact for place, contact in told.contacts.items() if contact.customer_id in known}
    problems = (*told.problems, *_strangers(told, good, managers),
                *(Problem(place, Remark(False, "No customer has this id."))
                  for place in told.contacts if place not in good))
    bad, new = told.bad + len(told.contacts) - len(good), True
    if good:
        digest = hashlib.sha256(file.content).digest()
        new = ledger.contacts.keep(good.values(), ContactFile(digest, file.name, int(now.timestamp()), len(good), bad))
    return Taken(len(good), bad, problems, new)


def warning(counts: Mapping[str, int], texts: Texts) -> list[str]:
    """A line for admins where not all of the inbox could be taken in; it holds no names."""
    told = []
    if counts.get("unread"):
        told.append(texts("The inbox could not be read; the reason is in logs/service.log. What lies there waits."))
    if any(counts.get(each) for each in ("bad", "rejected", "left")):
        told.append(texts(
            "Inbox: contacts noted {good}; rows that do not count {bad}, files rejected {rejected}, files left for the "
            "next night {left}. The reasons lie beside the files, in inbox/done and inbox/rejected.",
            **{name: texts.number(counts.get(name, 0)) for name in ("good", "bad", "rejected", "left")}))
    return told


def said(taken: Taken, texts: Texts) -> list[str]:
    """What is told of a file to whoever put it there: how many rows count, and what is wrong with the others."""
    if taken.idle:
        return [texts("No row of it is filled in.")]
    lines = lines_of(taken.problems, texts)
    rest = len(lines) - MOST_LINES
    return [texts("Rows that count: {good}. Rows that do not: {bad}.", good=texts.number(taken.good),
                  bad=texts.number(taken.bad)), *lines[:MOST_LINES],
            *([texts("More of the same: {count}.", count=texts.number(rest))] if rest > 0 else [])]


def _strangers(told: Told, good: Mapping[Place, Contact], managers: Mapping[str, str]) -> list[Problem]:
    """The rows whose customers belong to another sales manager than the one whose list it was."""
    def stranger(contact: Contact) -> bool:
        now = owner_mark(owner(managers[contact.customer_id]))
        return bool(now and told.owner and now != told.owner)

    remark = Remark(True, "The customer belongs to another sales manager now; the row counts all the same.")
    return [Problem(place, remark) for place, contact in good.items() if stranger(contact)]


@dataclass(frozen=True)
class _Pass:
    """One pass over the inbox, and what it counted."""

    inbox: Inbox
    ledger: Ledger
    texts: Texts
    now: datetime
    counts: Counter[str]

    def every(self) -> None:
        """Take every file; the trouble of one is not that of another. Raises LedgerError, PublishError."""
        begun = time.monotonic()
        files, left = self.inbox.waiting()
        self.counts.update(files=len(files), left=left)
        for entry in files:
            if time.monotonic() - begun > LONGEST_S:
                self.counts["left"] += 1
                continue
            try:
                self._one(entry)
            except LedgerError:
                raise
            except PublishError as error:
                log.warning("%s", error)
                self.counts["left"] += 1
            except Exception:
                log.exception("An unexpected fault over a file of the inbox")
                self.counts["left"] += 1

    def _one(self, entry: Entry) -> None:
        seen = self.inbox.read(entry)
        if seen is None:
            self.counts["left"] += 1
            return
        try:
            taken = take(seen.file, self.ledger, self.now)
        except TableError as error:
            if abs(self.now.timestamp() - seen.file.changed) < FRESH_S:
                self.counts["left"] += 1
            else:
                self._move(seen, entry, REJECTED, [error.sentence(self.texts)])
            return
        self._count(taken)
        told = said(taken, self.texts) if taken.problems or taken.idle else []
        self._move(seen, entry, DONE if taken.good else REJECTED, told)

    def _count(self, taken: Taken) -> None:
        self.counts.update(good=taken.good if taken.new else 0, bad=taken.bad if taken.new else 0,
                           known=0 if taken.new else 1,
                           remarks=sum(problem.remark.good for problem in taken.problems))

    def _move(self, seen: Seen, entry: Entry, folder: str, told: list[str]) -> None:
        moved = self.inbox.move(seen, entry.name, folder, "\n".join([seen.file.name, *told, ""]) if told else "")
        self.counts[folder if moved else "left"] += 1
