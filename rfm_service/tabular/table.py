"""What a table is to its readers: a file, a header, batches of columns, an error."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.letters import folded

ColumnNames = Mapping[str, Sequence[str]]
"""Our field -> the column names accepted for it, the preferred one first."""

Batch = dict[str, list[object]]
"""Field -> values of some consecutive rows; all lists are equally long."""


class TableFile(NamedTuple):
    """A file that holds a table, and the encoding of its text ('': to be found out)."""

    path: Path
    encoding: str = ""

    @property
    def name(self) -> str:
        """The name of the file as it can be shown: nothing in it breaks or turns a line."""
        return shown(self.path)


class TableError(AnswerMalformed):
    """A file cannot be read as a table: says which file, where and what to do.

    A text that comes without values is told as it stands, whatever braces it holds.
    """

    def __str__(self) -> str:
        return super().__str__() if self.values else self.template


def shown(path: Path) -> str:
    """The name of a file with `?` for what would break or turn a line."""
    return "".join(letter if letter.isprintable() else "?" for letter in path.name)


def plain(name: str) -> str:
    """The name of a column as it is compared: NFC, trimmed, whatever its case."""
    return folded(unicodedata.normalize("NFC", name).strip())


def find_columns(header: Sequence[str], names: ColumnNames) -> dict[str, str]:
    """Return field -> the column that holds it; case and outer spaces are ignored, absent fields left out."""
    present = {plain(column): column for column in reversed(header)}
    found = {}
    for field, accepted in names.items():
        column = next((present[plain(name)] for name in accepted if plain(name) in present), None)
        if column is not None:
            found[field] = column
    return found


def check_once(path: Path, header: Sequence[str], columns: Mapping[str, str]) -> None:
    """Refuse a header that has a column of ours twice. Raises TableError."""
    there = [plain(column) for column in header]
    for column in columns.values():
        if there.count(plain(column)) > 1:
            raise TableError("The file {file} has the column {column} more than once. Rename or delete the others.",
                             file=shown(path), column=column)
