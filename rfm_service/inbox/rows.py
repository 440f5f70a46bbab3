"""What every row must be, whether of a list or of marks: days that can be, notes of a sane length, each told once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from rfm_service.domain.contacts import MOST_NOTE, Contact, Place, Problem, Told
from rfm_service.domain.values import Remark
from rfm_service.tabular.cells import text

OLDEST = date(2000, 1, 1)
FARTHEST = timedelta(days=3 * 366)
"""A next contact further ahead is a slip of the pen."""


class InboxFile(NamedTuple):
    """A file as it was read: its name as it can be shown, its bytes, when it was last changed (unix seconds)."""

    name: str
    content: bytes
    changed: int


class Row(NamedTuple):
    """A row as it was read: the contact, where it tells of one, what is to be said of it, whether it names its day."""

    place: Place
    contact: Contact | None
    remarks: tuple[Remark, ...] = ()
    dated: bool = True


class Wrong(ValueError):
    """A row does not count; `remark` says why."""

    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.text)
        self.remark = remark


def checked(contact: Contact, today: date) -> Contact:
    """The contact, if its days can be. Raises Wrong."""
    day, upcoming = contact.day, contact.next_day
    if day < OLDEST:
        raise Wrong(Remark(False, "The day of the contact lies before the year 2000."))
    if day > today + timedelta(days=1):
        raise Wrong(Remark(False, "The day of the contact has not come yet."))
    if upcoming and upcoming < day:
        raise Wrong(Remark(False, "The next contact lies before the contact itself."))
    if upcoming and upcoming > day + FARTHEST:
        raise Wrong(Remark(False, "The next contact is more than three years ahead."))
    return contact


def noted(written: str) -> tuple[str, tuple[Remark, ...]]:
    """A note without what cannot be shown, cut where it is too long, and the remark that says so."""
    note = text(written[:2 * MOST_NOTE])
    if max(len(written.strip()), len(note)) <= MOST_NOTE:
        return note, ()
    cut = Remark(True, "The note is longer than {count} letters; the rest of it is left out.", (("count", MOST_NOTE),))
    return note[:MOST_NOTE].rstrip(), (cut,)


def told(rows: Iterable[Row], owner: str | None = None) -> Told:
    """What a file tells by its rows: of two of one customer and day the one told later stands, or the lower one.

    What that one leaves blank in a workbook stands as the other row has it.
    """
    contacts: dict[Place, Contact] = {}
    problems: list[Problem] = []
    latest: dict[tuple[str, date], Place] = {}
    for place, contact, remarks, _ in rows:
        problems += [Problem(place, remark) for remark in remarks]
        if contact is None:
            continue
        key = (contact.customer_id, contact.day)
        before = latest.get(key)
        contacts[place] = contact
        if before is None:
            latest[key] = place
            continue
        stands, falls = (place, before) if contact.told_at >= contacts[before].told_at else (before, place)
        latest[key] = stands
        fallen = contacts.pop(falls)
        # Marks have no sheets: of two marks the later one is the whole of what is to stand.
        contacts[stands] = _completed(contacts[stands], fallen) if stands.name else contacts[stands]
        problems.append(Problem(falls, _again(falls, stands)))
    return Told(contacts, tuple(problems), owner)


def _completed(contact: Contact, other: Contact) -> Contact:
    return contact._replace(outcome=contact.outcome or other.outcome, note=contact.note or other.note,
                            next_day=contact.next_day or other.next_day)


def _again(falls: Place, stands: Place) -> Remark:
    if falls.name == stands.name:
        return Remark(True, "The same customer and day stand in row {other}: that row counts.",
                      (("other", stands.row),))
    return Remark(True, "The same customer and day stand on the sheet {sheet} in row {other}: that row counts.",
                  (("sheet", stands.name), ("other", stands.row)))
