"""Tables written in every kind that is read, and read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import xlsxwriter
from pyarrow import parquet

from rfm_service.tabular import ColumnNames, find_columns, header, read_batches

KINDS = (".csv", ".jsonl", ".xlsx", ".parquet")
Rows = Sequence[Mapping[str, object]]


def columns(path: Path, names: ColumnNames) -> dict[str, list[object]]:
    """The whole table as field -> values."""
    whole: dict[str, list[object]] = {field: [] for field in find_columns(header(path), names)}
    for batch in read_batches(path, names):
        for field, values in batch.items():
            whole[field] += values
    return whole


def write(path: Path, rows: Rows, *, delimiter: str = ";", encoding: str = "utf-8-sig") -> Path:
    """A table of rows of texts (all with the keys of the first), by the ending of the file."""
    {".csv": _csv, ".jsonl": _jsonl, ".xlsx": _xlsx, ".parquet": _parquet}[path.suffix](path, rows, delimiter, encoding)
    return path


def _csv(path: Path, rows: Rows, delimiter: str, encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as opened:
        writer = csv.DictWriter(opened, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def _jsonl(path: Path, rows: Rows, _delimiter: str, _encoding: str) -> None:
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows), encoding="utf-8")


def _xlsx(path: Path, rows: Rows, _delimiter: str, _encoding: str) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        for at, cells in enumerate([list(rows[0]), *(row.values() for row in rows)]):
            for column, cell in enumerate(cells):
                if hasattr(cell, "year"):
                    sheet.write_datetime(at, column, cell, day)
                else:
                    sheet.write(at, column, cell)


def _parquet(path: Path, rows: Rows, _delimiter: str, _encoding: str) -> None:
    parquet.write_table(pa.table({name: [row[name] for row in rows] for name in rows[0]}), path)
