"""Lists as the service makes them, filled in by openpyxl as a person would; marks; and what is wrong with them."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.workbook.workbook import Workbook

from rfm_service.domain.contacts import MACHINE_SHEET, Contact, Told
from rfm_service.inbox.rows import InboxFile
from rfm_service.renderers.lists import Renderer
from rfm_service.sheets.today import TOP
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import AS_OF, make_findings

DAY = AS_OF + timedelta(days=1)
"""The day that the lists are for."""
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
CHANGED = int(datetime(2026, 11, 22, 15, tzinfo=UTC).timestamp())
FINDINGS = make_findings(40)
OLGA = "Ольга Светлова"
EVERYBODY = 1
"""The sheet of all customers of a list, after that of the day."""
SPREADSHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

Filled = Mapping[int, Mapping[str, object]]


@cache
def made(language: str = "ru") -> dict[str, bytes]:
    """The lists of a night, by what stands before the digits in their names."""
    files = Renderer().render(FINDINGS, Catalogue(language, "RUB"))
    return {name.removeprefix("managers/").removesuffix(".xlsx").rpartition("-")[0]: content
            for name, content in files.items()}


def olgas(language: str = "ru") -> bytes:
    return made(language)["olga-svetlova"]


@cache
def ids(content: bytes) -> list[str]:
    """The customers of a list, in its order."""
    sheet = opened(content).worksheets[EVERYBODY]
    return [str(row[-1]) for row in sheet.iter_rows(min_row=2, max_col=16, values_only=True)]


def opened(content: bytes) -> Workbook:
    """The workbook, without a word of what openpyxl leaves out of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return openpyxl.load_workbook(BytesIO(content))


def known(book: Workbook) -> dict[str, str]:
    """What the hidden sheet says."""
    return {str(key): str(value or "") for key, value in book[MACHINE_SHEET].iter_rows(max_col=2, values_only=True)}


def fill(content: bytes, rows: Filled, change: Callable[[Any], None] = lambda _: None, *, sheet: int = 1) -> bytes:
    """The list with some cells written: row -> field -> value, fields as the hidden sheet calls them."""
    book = opened(content)
    page, told = book.worksheets[sheet], known(book)
    columns = {str(cell.value): cell.column for cell in page[1 if sheet == EVERYBODY else TOP + 1]}
    for row, values in rows.items():
        for field, value in values.items():
            page.cell(row, columns[told[f"column.{field}"]]).value = value
    change(book)
    saved = BytesIO()
    book.save(saved)
    return saved.getvalue()


def by_row(told: Told) -> dict[int, Contact]:
    """The contacts of a file by the number of their row."""
    return {place.row: contact for place, contact in told.contacts.items()}


def file(content: bytes, name: str = "olga.xlsx", changed: int = CHANGED) -> InboxFile:
    return InboxFile(name, content, changed)


def marks(*each: object, user: object = OLGA, **more: object) -> bytes:
    """A file of marks as the dashboard saves it."""
    told = {"format": 1, "kind": "marks", "user": user, "as_of": AS_OF.isoformat(),
            "saved": "2026-11-22T15:00:00.000Z", "marks": list(each), **more}
    return json.dumps(told, indent=1).encode()


def mark(customer: str, outcome: object = "called", at: object = "2026-11-21T21:30:00.000Z", **more: object
         ) -> dict[str, object]:
    return {"customer_id": customer, "outcome": outcome, "note": "", "next": "", "at": at, **more}


def patched(content: bytes, parts: Mapping[str, str | bytes], added: Mapping[str, bytes] = {}) -> bytes:
    """A workbook with some of its parts written anew, and others put in."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, parts.get(part, old.read(part)))
        for part, body in added.items():
            new.writestr(part, body)
    return out.getvalue()
