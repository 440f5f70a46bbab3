"""parquet through pyarrow, as plain Python values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from math import isnan
from typing import Any

from rfm_service.tabular.table import Batch, TableFile


def header(table: TableFile) -> tuple[str, ...]:
    """Return the column names of the file."""
    with _opened(table) as parquet:
        return tuple(parquet.schema_arrow.names)


def batches(table: TableFile, columns: Mapping[str, str], rows: int) -> Iterator[Batch]:
    """Yield field -> list of plain values, at most `rows` rows a batch; null and not-a-number become None."""
    wanted = list(dict.fromkeys(columns.values()))
    with _opened(table) as parquet:
        for batch in parquet.iter_batches(batch_size=rows, columns=wanted):
            values = {column: _plain_values(batch.column(column)) for column in wanted}
            yield {field: values[column] for field, column in columns.items()}


@contextmanager
def _opened(table: TableFile) -> Iterator[Any]:
    parquet = import_module("pyarrow.parquet")
    with table.path.open("rb") as stream:
        yield parquet.ParquetFile(stream)


def _plain_values(column: Any) -> list[object]:
    # Equal values share one Python object: several times faster than to_pylist, and lean to keep.
    coded = column if hasattr(column, "dictionary") else column.dictionary_encode()
    distinct = [_known(value) for value in coded.dictionary.to_pylist()]
    distinct.append(None)
    return [distinct[code] for code in coded.indices.fill_null(len(distinct) - 1).to_pylist()]


def _known(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if isinstance(value, float) and isnan(value) else value
