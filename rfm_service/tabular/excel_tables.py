"""xlsx through openpyxl: the first sheet, formulas as the values that Excel kept."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple
from zipfile import ZipFile, ZipInfo

from rfm_service.tabular.cells import text
from rfm_service.tabular.table import Batch, TableError, TableFile

MOST_BYTES = 1_000_000_000
"""A larger workbook, unpacked, is refused."""
MOST_TIMES = 200
"""What is unpacked to more than so many times its size is a bomb, unless it stays small."""
SMALL_BYTES = 20_000_000
MOST_ROWS = 1_048_576
"""The rows that a sheet of Excel has."""

_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]+1:[A-Z]+\d+)["']""")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_CHUNK = 1 << 20
_LONGEST_TAG = 200

Row = tuple[Any, ...]


class Archive(ZipFile):
    """A zip whose parts are found whatever their case: 1C writes SharedStrings.xml and refers to sharedStrings.xml."""

    def getinfo(self, name: str) -> ZipInfo:
        """What there is of a part. Raises KeyError."""
        near = [each for each in self.namelist() if each.casefold() == name.casefold()]
        return super().getinfo(name if name in near else next(iter(near), name))


class _Sheet(NamedTuple):
    archive: ZipFile
    part: str
    rows: Iterator[Row]


def header(table: TableFile) -> tuple[str, ...]:
    """Return the first row of the first sheet, cells stripped."""
    with _opened(table) as sheet:
        names = _first(table, sheet.rows)
        if merged := _merged_header(sheet):
            raise TableError("The header of the file {file} has merged cells ({cells}). Its first row must name every "
                             "column in a cell of its own: split the cells and delete titles above.",
                             file=table.name, cells=merged)
        return names


def batches(table: TableFile, columns: Mapping[str, str], rows: int) -> Iterator[Batch]:
    """Yield field -> list of plain values, at most `rows` rows a batch; rows without a value are skipped."""
    with _opened(table) as sheet:
        names = _first(table, sheet.rows)
        places = {field: names.index(column) for field, column in columns.items()}
        width = len(names)
        whole = (row + (None,) * (width - len(row)) for row in _bounded(table, sheet.rows) if any(map(_filled, row)))
        while chunk := list(islice(whole, rows)):
            yield {field: [unescaped(row[place]) for row in chunk] for field, place in places.items()}


@contextmanager
def _opened(table: TableFile) -> Iterator[_Sheet]:
    from openpyxl.reader.excel import ExcelReader

    # It warns of styles and drawings that it leaves out; a table needs neither.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
    with table.path.open("rb") as stream, Archive(stream) as archive:
        _check_size(table, archive)
        reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
        reader.archive = archive
        reader.read()
        sheets: list[Any] = list(reader.wb.worksheets)
        if not sheets:
            raise TableError("The file {file} holds no sheet with a table.", file=table.name)
        # Programs note a wrong size of the sheet; with it, rows would be left out.
        sheets[0].reset_dimensions()
        yield _Sheet(archive, sheets[0]._worksheet_path, sheets[0].iter_rows(values_only=True))


def _check_size(table: TableFile, archive: ZipFile) -> None:
    unpacked = sum(part.file_size for part in archive.infolist())
    packed = sum(part.compress_size for part in archive.infolist())
    if unpacked > MOST_BYTES or unpacked > max(SMALL_BYTES, packed * MOST_TIMES):
        raise TableError("The file {file} would unpack to {size} MB. Cut it into smaller files, or save it as CSV.",
                         file=table.name, size=unpacked // 1_000_000)


def _first(table: TableFile, rows: Iterator[Row]) -> tuple[str, ...]:
    names = tuple(text(unescaped(cell)) for cell in next(rows, ()))
    if not any(names):
        raise TableError("The file {file} has no header row. Its first row must name the columns.", file=table.name)
    return names


def _bounded(table: TableFile, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; one that claims a place far below would come after billions of empty ones."""
    yield from islice(rows, MOST_ROWS)
    if next(rows, None) is not None:
        raise TableError("The file {file} has more rows than a sheet of Excel can have. Save it again.",
                         file=table.name)


def unescaped(cell: object) -> object:
    """A cell; in its text, a letter that XML cannot hold is written _x000D_."""
    if not isinstance(cell, str) or "_x" not in cell:
        return cell
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)


def _filled(cell: object) -> bool:
    return cell is not None and cell != ""


def _merged_header(sheet: _Sheet) -> str:
    """The first range of merged cells that begins in the first row."""
    tail = b""
    with sheet.archive.open(sheet.part) as stream:
        while chunk := stream.read(_CHUNK):
            if found := _MERGED.search(tail + chunk):
                return found[1].decode()
            tail = chunk[-_LONGEST_TAG:]
    return ""
