"""The front of the room: picks the reader by the ending of the file, and says what is wrong with a broken one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from rfm_service.tabular import csv_tables, excel_tables, json_tables, parquet_tables
from rfm_service.tabular.table import Batch, ColumnNames, TableError, TableFile, check_once, find_columns

_READERS: dict[str, ModuleType] = {
    ".csv": csv_tables, ".tsv": csv_tables, ".txt": csv_tables, ".jsonl": json_tables, ".ndjson": json_tables,
    ".xlsx": excel_tables, ".xlsm": excel_tables, ".parquet": parquet_tables}

T = TypeVar("T")


def is_readable(path: Path) -> bool:
    """Whether the ending of a file is that of a kind of table read here."""
    return path.suffix.lower() in _READERS


def header(path: Path, encoding: str = "") -> tuple[str, ...]:
    """Return the column names of the table in file order; `encoding` of a text file, '' to find it out.

    Raises:
        TableError: the file is absent, of an unknown kind or not readable as a table.
        OSError: the disk or the share failed.
    """
    table = TableFile(path, encoding)
    return next(_guarded(table, _header(_reader(table), table)))


def batches(path: Path, columns: Mapping[str, str], encoding: str = "", rows: int = 65_536) -> Iterator[Batch]:
    """Yield batches of at most `rows` rows: field -> list of plain values, in file order.

    csv gives text as written, JSON text and whole numbers; xlsx and parquet give str, int, float, Decimal, bool, date
    or datetime, and None for what is empty or not a number.

    Raises:
        TableError: as `header`, or a row does not fit the header.
        OSError: the disk or the share failed.
    """
    table = TableFile(path, encoding)
    return _guarded(table, _reader(table).batches(table, columns, rows))


def read_batches(path: Path, names: ColumnNames, rows: int = 65_536) -> Iterator[Batch]:
    """Yield batches as `batches`; fields whose columns are absent are left out of every batch.

    Raises:
        TableError: as `batches`, or a column of ours is there more than once.
        OSError: the disk or the share failed.
    """
    there = header(path)
    columns = find_columns(there, names)
    check_once(path, there, columns)
    yield from batches(path, columns, rows=rows)


def _reader(table: TableFile) -> ModuleType:
    if not table.path.is_file():
        raise TableError("There is no file {file}. Check the path.", file=str(table.path))
    reader = _READERS.get(table.path.suffix.lower())
    if reader is None:
        raise TableError("The file {file} is of a kind that is not read. Save the table as one of {kinds}.",
                         file=table.name, kinds=", ".join(sorted(_READERS)))
    return reader


def _header(reader: ModuleType, table: TableFile) -> Iterator[tuple[str, ...]]:
    yield reader.header(table)


def _guarded(table: TableFile, items: Iterator[T]) -> Iterator[T]:
    """The items; what a library says of a broken file, which may hold a part of it, becomes a TableError."""
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except (TableError, MemoryError):
            raise
        except Exception as error:
            # Libraries raise almost anything over a broken file; the disk's own faults have a number.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            break
        yield item
    raise TableError("The file {file} does not open as a table: it is broken, protected by a password or not wholly "
                     "copied. Open it, save it again and put it into the folder once more.", file=table.name)
