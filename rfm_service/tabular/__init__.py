"""Reads tables people make (csv, xlsx, jsonl, parquet) by a map of column names."""

from rfm_service.tabular.reading import batches, header, is_readable, read_batches
from rfm_service.tabular.table import Batch, ColumnNames, TableError, find_columns

__all__ = [
    "Batch",
    "ColumnNames",
    "TableError",
    "batches",
    "find_columns",
    "header",
    "is_readable",
    "read_batches",
]
