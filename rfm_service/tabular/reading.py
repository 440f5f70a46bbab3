"""The front of the room: picks the reader by the ending of the file."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from rfm_service.tabular import csv_tables, parquet_tables
from rfm_service.tabular.table import Batch, ColumnNames, TableError, find_columns

_READERS: dict[str, ModuleType] = {".csv": csv_tables, ".txt": csv_tables, ".parquet": parquet_tables}


def header(path: Path) -> tuple[str, ...]:
    """Return the column names of the table in file order.

    Raises:
        TableError: the file is absent, of an unknown kind or not readable as a table.
    """
    names: tuple[str, ...] = _reader(path).header(path)
    return names


def read_batches(path: Path, names: ColumnNames, rows: int = 65_536) -> Iterator[Batch]:
    """Yield batches of at most `rows` rows: field -> list of plain values, in file order.

    csv gives text as written; parquet gives str, int, float, Decimal, bool, date or datetime, and None for
    what is null or not a number. Fields whose columns are absent are left out of every batch.

    Raises:
        TableError: as `header`, or a row does not fit the header.
    """
    reader = _reader(path)
    columns = find_columns(reader.header(path), names)
    yield from reader.batches(path, columns, rows)


def read_columns(path: Path, names: ColumnNames) -> Batch:
    """Return the whole table as field -> list of plain values; an empty table keeps its fields."""
    whole: Batch = {field: [] for field in find_columns(header(path), names)}
    for batch in read_batches(path, names):
        for field, values in batch.items():
            whole[field] += values
    return whole


def read_rows(path: Path, names: ColumnNames) -> Iterator[dict[str, object]]:
    """Yield the rows of the table as field -> plain value."""
    for batch in read_batches(path, names):
        for values in zip(*batch.values(), strict=True):
            yield dict(zip(batch, values, strict=True))


def _reader(path: Path) -> ModuleType:
    if not path.is_file():
        raise TableError(f"{path}: there is no such file; check the path")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise TableError(f"{path}: unknown kind of table {path.suffix!r}; use {', '.join(sorted(_READERS))}")
    return reader
