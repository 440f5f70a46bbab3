"""csv as Excel, 1C and scripts write it: comma, semicolon or tab, quoted or not."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice

from rfm_service.tabular.table import Batch, TableError, TableFile
from rfm_service.tabular.text_files import cut, ends_in_a_line_end, opened

log = logging.getLogger(__name__)


def header(table: TableFile) -> tuple[str, ...]:
    """Return the first row of the file, cells stripped."""
    with _records(table) as records:
        return _first(table, records)


def batches(table: TableFile, columns: Mapping[str, str], rows: int) -> Iterator[Batch]:
    """Yield field -> list of str, at most `rows` rows a batch; blank rows are skipped, short ones padded."""
    with _records(table) as records:
        names = _first(table, records)
        places = {field: names.index(column) for field, column in columns.items()}
        whole = _fitted(table, records, len(names))
        while chunk := list(islice(whole, rows)):
            yield {field: [record[place] for record in chunk] for field, place in places.items()}


@contextmanager
def _records(table: TableFile) -> Iterator[Iterator[list[str]]]:
    with opened(table) as lines:
        first = next(lines, "")
        # A stray quotation mark could swallow the rows behind it: strict refuses it.
        yield _parsed(table, csv.reader(chain([first], lines), delimiter=_delimiter(first), strict=True))


def _first(table: TableFile, records: Iterator[list[str]]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in next(records, []))
    if not any(names):
        raise TableError("The file {file} has no header row. Its first row must name the columns.", file=table.name)
    return names


def _fitted(table: TableFile, records: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    short = False
    for number, record in enumerate(records, start=2):
        short = 0 < len(record) < width
        if len(record) > width:
            raise TableError("Row {row} of the file {file} has {cells} cells, the header {width}. Put the cell that "
                             "holds a delimiter in quotation marks, or save the table as XLSX.",
                             file=table.name, row=number, cells=len(record), width=width)
        if any(record):
            yield record + [""] * (width - len(record)) if short else record
    if not ends_in_a_line_end(table.path):
        if short:
            raise cut(table)
        log.warning("The last row of the file %s has no line end: its last cell may be cut.", table.name)


def _parsed(table: TableFile, records: Iterator[list[str]]) -> Iterator[list[str]]:
    number = 1
    try:
        for record in records:
            yield record
            number += 1
        return
    except csv.Error:
        problem = TableError("Row {row} of the file {file} cannot be read: its quotation marks do not match, or the "
                             "file is cut. Save the table again, best as XLSX.", file=table.name, row=number)
    raise problem


def _delimiter(line: str) -> str:
    outside_quotes = "".join(line.split('"')[::2])
    return max("\t;,", key=outside_quotes.count)
