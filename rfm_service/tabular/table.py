"""What a table is to its readers: a header, batches of columns, an error."""

import unicodedata
from collections.abc import Mapping, Sequence

ColumnNames = Mapping[str, Sequence[str]]
"""Our field -> the column names accepted for it, the preferred one first."""

Batch = dict[str, list[object]]
"""Field -> values of some consecutive rows; all lists are equally long."""


class TableError(ValueError):
    """A file cannot be read as a table: says which file, where and what to do."""


def find_columns(header: Sequence[str], names: ColumnNames) -> dict[str, str]:
    """Return field -> the column that holds it; case and outer spaces are ignored, absent fields left out."""
    present = {_plain(column): column for column in reversed(header)}
    found = {}
    for field, accepted in names.items():
        column = next((present[_plain(name)] for name in accepted if _plain(name) in present), None)
        if column is not None:
            found[field] = column
    return found


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()
