"""Filled lists of sales managers: what their hidden sheet says they are, and the rows in which something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rfm_service.domain.contacts import FORMS, MACHINE_SHEET, OUTCOMES, Contact, Place, Problem, Told
from rfm_service.domain.values import Remark
from rfm_service.inbox.rows import InboxFile, Row, Wrong, checked, noted, told
from rfm_service.inbox.workbook import Book, opened
from rfm_service.tabular.cells import Unreadable, moment, text
from rfm_service.tabular.excel_tables import unescaped
from rfm_service.tabular.table import TableError, check_once, find_columns, plain
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.labels import outcome_labels
from rfm_service.texts.plain import shortened

MOST_ROWS, MOST_COLUMNS = 100_000, 256
MOST_KEYS = 100
HEADER_WITHIN = 20
"""Lines in which the headings are looked for: somebody may have written above them."""
LONGEST_CELL = 32_767
"""Letters that Excel lets a cell hold."""
LONGEST_WORD = 300
"""Letters of what is compared: keys, headings, outcomes."""
LONGEST_DAY = 40
LONGEST_NAME = 31
"""Letters that Excel lets the name of a sheet have."""
MARK = re.compile("[0-9a-f]{16}")
"""How a list says whose it is."""
COLUMNS = ("customer_id", "contacted", "outcome", "note", "next_contact")
FILLED = COLUMNS[1:]

Cells = tuple[Any, ...]


class _Table(NamedTuple):
    """A sheet to be filled: which one, where its columns stand, and the rows below the headings."""

    sheet: Place
    columns: Mapping[str, int]
    rows: Iterator[tuple[int, Cells]]


@dataclass(frozen=True)
class _List:
    """A list by what it says of itself: the day that it is for, whose it is, what it calls outcomes and columns."""

    day: date
    owner: str | None
    labels: Mapping[str, str]
    headings: Mapping[str, str]
    epoch: Any

    def contact(self, row: Cells, columns: Mapping[str, int], told_at: int
                ) -> tuple[Contact | None, tuple[Remark, ...]]:
        """The contact of a row, None where nothing is filled in, and what is to be said of it. Raises Wrong."""
        cells = {field: _value(row, columns[field]) for field in FILLED if field in columns}
        if not any(_filled(value) for value in cells.values()):
            return None, ()
        identity = text(_short(_value(row, columns["customer_id"])))
        if not identity:
            raise Wrong(Remark(False, "The customer id is missing: rows can be filled, none can be added."))
        day = self._day(cells.get("contacted"), Remark(False, "The day of the contact is no date."))
        upcoming = self._day(cells.get("next_contact"), Remark(False, "The day of the next contact is no date."))
        note, remarks = noted(_written(cells.get("note")))
        contact = Contact(identity, day or self.day, self._outcome(text(_short(cells.get("outcome")))), note, upcoming,
                          self.owner or "", told_at)
        return (contact, remarks) if day or not contact.blank else (None, ())

    def _outcome(self, written: str) -> str:
        if not written:
            return ""
        word = plain(written)
        found = self.labels.get(word) or all_labels().get(word)
        if found is None:
            raise Wrong(Remark(False, "The outcome is none of those that the list offers."))
        return found

    def _day(self, value: Any, wrong: Remark) -> date | None:
        if not _filled(value):
            return None
        try:
            if isinstance(value, date):
                return value.date() if isinstance(value, datetime) else value
            if isinstance(value, int | float) and not isinstance(value, bool):
                found: date = (self.epoch + timedelta(days=int(value))).date()
                return found
            at = moment(value.strip()) if isinstance(value, str) and len(value) <= LONGEST_DAY else None
        except (Unreadable, OverflowError, ValueError):
            at = None
        if at is None:
            raise Wrong(wrong)
        return at.date()


def read(file: InboxFile, now: datetime) -> Told:
    """The contacts of a filled list: of the day that a row names, else of the day after its night.

    Raises TableError where it is no list of ours, else what the library raises over a broken file.
    """
    # Of a clock that ran ahead on another computer nothing later could be believed.
    told_at = min(file.changed, int(now.timestamp()))
    with opened(file) as book:
        found = _list(file, _known(file, book), book.epoch)
        tables = [table for at, (name, sheet) in enumerate(book.sheets.items()) if name != MACHINE_SHEET and (
            table := _table(file, found, sheet, Place(at, 0, shortened(name, LONGEST_NAME))))]
        if not tables:
            raise _no_list(file)
        rows = [row for table in tables for row in _read(found, table, told_at, now.date())]
    return _taken_back(told(_dated(rows), found.owner))


def _dated(rows: list[Row]) -> Iterator[Row]:
    """The rows; one that names no day is of the day that the same customer has on the other sheet, if it is one day."""
    days: dict[str, set[tuple[int, date]]] = {}
    for place, contact, _, dated in rows:
        if contact and dated:
            days.setdefault(contact.customer_id, set()).add((place.sheet, contact.day))
    for row in rows:
        contact = row.contact
        if contact is None or row.dated:
            yield row
            continue
        others = {day for sheet, day in days.get(contact.customer_id, ()) if sheet != row.place.sheet}
        day = others.pop() if len(others) == 1 else contact.day
        possible = contact.next_day is None or day <= contact.next_day
        yield row._replace(contact=contact._replace(day=day)) if possible else row


def _taken_back(found: Told) -> Told:
    back = Remark(True, "Only a day is filled: what you noted of that day is taken back.")
    blank = [Problem(place, back) for place, contact in found.contacts.items() if contact.blank]
    return replace(found, problems=(*found.problems, *blank))


def _read(found: _List, table: _Table, told_at: int, today: date) -> Iterator[Row]:
    for number, row in table.rows:
        place = table.sheet._replace(row=number)
        try:
            contact, remarks = found.contact(row, table.columns, told_at)
            if contact is not None:
                checked(contact, today)
            dated = _filled(_value(row, table.columns["contacted"])) if "contacted" in table.columns else False
        except Wrong as wrong:
            yield Row(place, None, (wrong.remark,))
        else:
            yield Row(place, contact, remarks, dated)


def _table(file: InboxFile, found: _List, sheet: Any, place: Place) -> _Table | None:
    """A sheet as a table to be filled, None where it has no headings of one."""
    rows = _rows(file, sheet)
    for _, row in islice(rows, HEADER_WITHIN):
        if columns := _columns(file, row, found.headings):
            return _Table(place, columns, rows)
    return None


def _known(file: InboxFile, book: Book) -> dict[str, str]:
    """What the hidden sheet says."""
    sheet = book.sheets.get(MACHINE_SHEET)
    rows = (row[:2] for _, row in islice(_rows(file, sheet), MOST_KEYS)) if sheet else iter(())
    known = {text(_short(row[0].value)): text(_short(row[1].value)) for row in rows if len(row) == 2}
    if known.get("form") not in FORMS:
        raise _no_list(file)
    return known


def _list(file: InboxFile, known: Mapping[str, str], epoch: Any) -> _List:
    try:
        day = date.fromisoformat(known.get("as_of", "")) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise _no_list(file) from None
    owner = known.get("owner")
    if owner and not MARK.fullmatch(owner):
        raise _no_list(file)
    labels = {plain(label): each for each in OUTCOMES if (label := known.get(f"outcome.{each}"))}
    headings = {field: heading for field in COLUMNS if (heading := known.get(f"column.{field}"))}
    return _List(day, owner, labels, headings, epoch)


@lru_cache(maxsize=1)
def all_labels() -> Mapping[str, str]:
    """Outcome as any language calls it, or its id -> id: for whom another's list was the pattern."""
    words = {plain(each): each for each in OUTCOMES}
    for language in LANGUAGES:
        labels = outcome_labels(Catalogue(language, "RUB"))
        words |= {plain(label): outcome for outcome, label in labels.items()}
    return words


def _columns(file: InboxFile, row: Cells, headings: Mapping[str, str]) -> dict[str, int]:
    """Field -> where its column stands, by the headings that the list says it has; none where this is no header."""
    header = [text(_short(cell.value)) for cell in row]
    found = find_columns(header, {field: [heading] for field, heading in headings.items()})
    if "customer_id" not in found or not found.keys() & set(FILLED):
        return {}
    check_once(Path(file.name), header, found)
    return {field: header.index(column) for field, column in found.items()}


def _rows(file: InboxFile, sheet: Any) -> Iterator[tuple[int, Cells]]:
    """The rows of a sheet with their numbers. Raises TableError where there are more than a list can have."""
    # Programs note a wrong size of the sheet; with it, rows would be left out.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        if number > MOST_ROWS:
            raise TableError("The file {file} has more rows than a filled list can have ({most}).", file=file.name,
                             most=MOST_ROWS)
        yield number, row


def _value(row: Cells, place: int) -> Any:
    """The value of a cell. Raises Wrong where it is a formula, TableError where Excel could not hold it."""
    cell = row[place] if place < len(row) else None
    if cell is None or cell.value is None:
        return None
    if cell.data_type == "f":
        raise Wrong(Remark(False, "A cell holds a formula. Write the value itself."))
    if isinstance(cell.value, str) and len(cell.value) > LONGEST_CELL:
        raise Wrong(Remark(False, "A cell holds a longer text than Excel lets it."))
    return unescaped(cell.value)


def _filled(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _written(value: object) -> str:
    return value if isinstance(value, str) else text(value)


def _short(value: object) -> object:
    """A value to be compared or kept as a word, cut where it is far too long for one."""
    found = unescaped(value)
    return found[:LONGEST_WORD] if isinstance(found, str) else found


def _no_list(file: InboxFile) -> TableError:
    return TableError("The file {file} is no filled list: it lacks the sheet or the columns by which one is known. Put "
                      "in the list that the service made, filled in and saved as .xlsx.", file=file.name)
