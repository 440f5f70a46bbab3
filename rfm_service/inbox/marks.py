"""Files of marks, as the dashboard saves them: JSON, every value of which may be anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from rfm_service.domain.contacts import OUTCOMES, Contact, Place, Told
from rfm_service.domain.values import Remark
from rfm_service.inbox.rows import InboxFile, Row, Wrong, checked, noted, told
from rfm_service.tabular.cells import ISO_DAY, text
from rfm_service.tabular.table import TableError

LARGEST = 8_000_000
"""Bytes; the page holds at most 100 000 customers and 500 letters of a note."""
MOST_NAME = 60
PAST = Remark(True, "The next contact lies before the day on which the mark was set; it is left out.")


def read(file: InboxFile, now: datetime) -> Told:
    """The marks of a file as contacts of the days on which they were set, in the zone of `now`. Raises TableError."""
    found = _parsed(file)
    user = found.get("user")
    name = text(user[:2 * MOST_NAME])[:MOST_NAME] if isinstance(user, str) else ""
    marks = found.get("marks")
    if found.get("kind") != "marks" or not _is_one(found.get("format")) or not isinstance(marks, list):
        raise TableError("The file {file} is no file of marks. The dashboard makes one: “Save marks to a file”.",
                         file=file.name)
    if not name:
        raise TableError("The file {file} does not say whose marks it holds. Type your name in the dashboard and save "
                         "the marks again.", file=file.name)
    return told(_rows(marks, name, now))


def _parsed(file: InboxFile) -> Mapping[str, Any]:
    if len(file.content) > LARGEST:
        raise TableError("The file {file} is larger than a file of marks can be ({size} MB).", file=file.name,
                         size=len(file.content) // 1_000_000)
    try:
        found = json.loads(file.content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        found = None
    # Raised out here: as its context, the parser's error would carry the whole text.
    if not isinstance(found, dict):
        raise TableError("The file {file} is no file of marks, or only a part of one. Save the marks again in the "
                         "dashboard.", file=file.name)
    return found


def _is_one(value: object) -> bool:
    return value == 1 and not isinstance(value, bool)


def _rows(marks: list[Any], user: str, now: datetime) -> Iterator[Row]:
    for place, mark in ((Place(0, number), mark) for number, mark in enumerate(marks, start=1)):
        try:
            contact, remarks = _contact(mark, user, now)
        except Wrong as wrong:
            yield Row(place, None, (wrong.remark,))
        else:
            yield Row(place, contact, remarks)


def _contact(mark: object, user: str, now: datetime) -> tuple[Contact, tuple[Remark, ...]]:
    if not isinstance(mark, dict) or not all(isinstance(mark.get(key, ""), str) for key in (
            "customer_id", "outcome", "note", "next", "at")):
        raise Wrong(Remark(False, "This is no mark: customer_id, outcome, note, next and at must be texts."))
    at, outcome = _moment(mark.get("at", ""), now), mark.get("outcome", "")
    if outcome not in ("", *OUTCOMES):
        raise Wrong(Remark(False, "The outcome is none of those that marks have."))
    note, remarks = noted(mark.get("note", ""))
    upcoming = _day(mark.get("next", ""))
    if upcoming and upcoming < at.date():
        # It was planned with an older contact: what is told now counts all the same.
        upcoming, remarks = None, (*remarks, PAST)
    identity = text(mark.get("customer_id", "")[:100])
    contact = Contact(identity, at.date(), outcome, note, upcoming, user, int(at.timestamp()))
    return checked(contact, now.date()), remarks


def _moment(written: str, now: datetime) -> datetime:
    """When a mark was set, in the zone of `now`."""
    try:
        at = datetime.fromisoformat(written[:40])
        if at.tzinfo is not None:
            return at.astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        pass
    raise Wrong(Remark(False, "It is not told when the mark was set."))


def _day(written: str) -> date | None:
    try:
        if not written:
            return None
        if ISO_DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise Wrong(Remark(False, "The day of the next contact is no date."))
