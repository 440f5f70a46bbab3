"""csv as Excel, 1C and scripts write it: utf-8 with or without BOM or cp1251, comma or semicolon."""

import codecs
import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from rfm_service.tabular.table import Batch, TableError

_CHUNK = 1 << 20


def header(path: Path) -> tuple[str, ...]:
    """Return the first row of the file, cells stripped."""
    with _records(path) as records:
        return _first(path, records)


def batches(path: Path, columns: Mapping[str, str], rows: int) -> Iterator[Batch]:
    """Yield field -> list of str, at most `rows` rows a batch; blank rows are skipped, short ones padded."""
    with _records(path) as records:
        names = _first(path, records)
        places = {field: names.index(column) for field, column in columns.items()}
        whole = _fitted(path, records, len(names))
        while chunk := list(islice(whole, rows)):
            yield {field: [record[place] for record in chunk] for field, place in places.items()}


@contextmanager
def _records(path: Path) -> Iterator[Iterator[list[str]]]:
    with path.open(encoding=_encoding(path), newline="") as stream:
        delimiter = _delimiter(stream.readline())
        stream.seek(0)
        yield iter(csv.reader(stream, delimiter=delimiter))


def _first(path: Path, records: Iterator[list[str]]) -> tuple[str, ...]:
    names = next(records, None)
    if not names:
        raise TableError(f"{path}: the file has no header row; its first line must name the columns")
    return tuple(name.strip() for name in names)


def _fitted(path: Path, records: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    for number, record in enumerate(_parsed(path, records), start=2):
        if len(record) == width:
            yield record
        elif len(record) > width:
            found = f"record {number} has {len(record)} cells, the header {width}"
            raise TableError(f"{path}: {found}; quote the cell that holds a delimiter")
        elif record:
            yield record + [""] * (width - len(record))


def _parsed(path: Path, records: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from records
    except csv.Error as fault:
        raise TableError(f"{path}: not readable as csv ({fault}); save the table as csv again") from fault


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        if stream.read(3) == codecs.BOM_UTF8:
            return "utf-8-sig"
        stream.seek(0)
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1251"
    return "utf-8"


def _delimiter(line: str) -> str:
    outside_quotes = "".join(line.split('"')[::2])
    return ";" if outside_quotes.count(";") > outside_quotes.count(",") else ","
