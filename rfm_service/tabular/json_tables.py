"""JSON Lines: an object a line, whose keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice

from rfm_service.tabular.table import Batch, TableError, TableFile
from rfm_service.tabular.text_files import cut, opened


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 30 else digits


def _pointed(digits: str) -> str:
    return digits.removesuffix(".0")


_DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_pointed, parse_constant=str, strict=False)


def header(table: TableFile) -> tuple[str, ...]:
    """Return every key that a line of the file has, in the order of their first line."""
    keys: dict[str, None] = {}
    for row in _objects(table):
        keys |= dict.fromkeys(row)
    return tuple(keys)


def batches(table: TableFile, columns: Mapping[str, str], rows: int) -> Iterator[Batch]:
    """Yield field -> list of plain values, at most `rows` rows a batch.

    A key that a line lacks is None; a number with a point is its exact text; a list or an object is its JSON text.
    """
    objects = _objects(table)
    while chunk := list(islice(objects, rows)):
        yield {field: [_plain(row.get(column)) for row in chunk] for field, column in columns.items()}


def _objects(table: TableFile) -> Iterator[dict[str, object]]:
    with opened(table) as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _object(table, number, line)


def _object(table: TableFile, number: int, line: str) -> dict[str, object]:
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError):
        found = None
    # Raised out here: as its context, the parser's error would carry the whole line.
    if isinstance(found, dict):
        return found
    if not line.endswith(("\n", "\r")):
        raise cut(table)
    raise TableError("Line {line} of the file {file} is no JSON object. Write one object a line.",
                     file=table.name, line=number)


def _plain(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
