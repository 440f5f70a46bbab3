"""Reads tables people make (parquet, csv) by a map of column names."""

from rfm_service.tabular.reading import header, read_batches, read_columns, read_rows
from rfm_service.tabular.table import Batch, ColumnNames, TableError, find_columns

__all__ = [
    "Batch",
    "ColumnNames",
    "TableError",
    "find_columns",
    "header",
    "read_batches",
    "read_columns",
    "read_rows",
]
