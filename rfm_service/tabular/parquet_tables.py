"""parquet through pyarrow, as plain Python values."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from math import isnan
from pathlib import Path
from typing import Any

from rfm_service.tabular.table import Batch, TableError


def header(path: Path) -> tuple[str, ...]:
    """Return the column names of the file."""
    return tuple(_opened(path).schema_arrow.names)


def batches(path: Path, columns: Mapping[str, str], rows: int) -> Iterator[Batch]:
    """Yield field -> list of plain values, at most `rows` rows a batch; null and not-a-number become None."""
    wanted = list(dict.fromkeys(columns.values()))
    for batch in _opened(path).iter_batches(batch_size=rows, columns=wanted):
        values = {column: _plain_values(batch.column(column)) for column in wanted}
        yield {field: values[column] for field, column in columns.items()}


def _opened(path: Path) -> Any:
    parquet = import_module("pyarrow.parquet")
    try:
        return parquet.ParquetFile(path)
    except ValueError as fault:
        raise TableError(f"{path}: not a parquet file ({fault}); write it again") from fault


def _plain_values(column: Any) -> list[object]:
    # Equal values share one Python object: several times faster than to_pylist, and lean to keep.
    coded = column if hasattr(column, "dictionary") else column.dictionary_encode()
    distinct = [_known(value) for value in coded.dictionary.to_pylist()]
    distinct.append(None)
    return [distinct[code] for code in coded.indices.fill_null(len(distinct) - 1).to_pylist()]


def _known(value: object) -> object:
    return None if isinstance(value, float) and isnan(value) else value
