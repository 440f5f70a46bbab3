"""A workbook that anybody may have made: each part is measured before it is read, so that none costs the night much."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZipFile

from rfm_service.inbox.rows import InboxFile
from rfm_service.tabular.excel_tables import Archive
from rfm_service.tabular.table import TableError

LARGEST = 20_000_000
"""Bytes of a workbook as it lies in the folder."""
MOST_IN_SHEETS, MOST_TEXTS, MOST_ELSE, MOST_A_ROW = 60_000_000, 12_000_000, 2_000_000, 2_000_000
"""Bytes unpacked: all sheets, the texts of cells, any other part that is read, a row or what lies outside of rows."""
MOST_SHEETS = 20
ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
CHUNK = 1 << 20


class Book(NamedTuple):
    """The sheets of a workbook by their names, and the day from which it counts days."""

    sheets: dict[str, Any]
    epoch: Any


@contextmanager
def opened(file: InboxFile) -> Iterator[Book]:
    """The sheets of a file, numbers for days, formulas as they are written; macros are not looked at.

    Raises TableError where it is larger than a list can be, else what the library raises over a broken file.
    """
    if len(file.content) > LARGEST:
        raise _too_large(file)
    # The library warns of what it leaves out; a list needs none of it.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
    stream = BytesIO(file.content)
    with Archive(stream) as archive:
        yield _read(file, stream, archive)


def _read(file: InboxFile, stream: BytesIO, archive: ZipFile) -> Book:
    """The parts that a list needs, and no others: styles alone can take minutes and gigabytes."""
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.xml.constants import ARC_CONTENT_TYPES, SHARED_STRINGS

    excel: Any = import_module("openpyxl.reader.excel")
    reader = excel.ExcelReader(stream, read_only=True, keep_links=False)
    reader.archive = archive
    for part in (ARC_CONTENT_TYPES, *(name for name in archive.namelist() if name.endswith(".rels"))):
        _measure(file, archive, part, MOST_ELSE)
    reader.read_manifest()
    if texts := reader.package.find(SHARED_STRINGS):
        _measure(file, archive, texts.PartName[1:], MOST_TEXTS)
        reader.read_strings()
    _measure(file, archive, excel._find_workbook_part(reader.package).PartName[1:], MOST_ELSE)
    reader.read_workbook()
    parts = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets() if "chartsheet" not in rel.Type}
    if sum(archive.getinfo(part).file_size for part in parts.values()) > MOST_IN_SHEETS or len(parts) > MOST_SHEETS:
        raise _too_large(file)
    if any(_longest_row(archive, part) > MOST_A_ROW for part in parts.values()):
        raise _too_large(file)
    return Book({name: ReadOnlyWorksheet(reader.wb, name, part, reader.shared_strings)
                 for name, part in parts.items()}, reader.wb.epoch)


def _measure(file: InboxFile, archive: ZipFile, part: str, most: int) -> None:
    if archive.getinfo(part).file_size > most:
        raise _too_large(file)


def _longest_row(archive: ZipFile, part: str) -> int:
    """The most bytes from one row of a sheet to the next, before the first or after the last: so much is held at once.

    Where the name of a row is cut by the end of a piece, two rows count as one.
    """
    longest = row = 0
    with archive.open(part) as stream:
        for piece in iter(partial(stream.read, CHUNK), b""):
            at = 0
            for found in ROW.finditer(piece):
                longest, row, at = max(longest, row + found.start() - at), 0, found.start()
            row += len(piece) - at
    return max(longest, row)


def _too_large(file: InboxFile) -> TableError:
    return TableError("The file {file} is larger than a filled list can be. Put in the list that the service made, "
                      "with nothing in it but what you filled in.", file=file.name)
