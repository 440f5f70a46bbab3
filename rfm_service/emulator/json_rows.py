"""Rows as JSON inside a JSON string, column by column: what the custom protocol of 1C carries."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from rfm_service.emulator.shop import AMOUNT_UNITS, QUANTITY_UNITS

EMPTY_DATE = "0001-01-01T00:00:00+00:00"

_BATCH = 4_096
_CACHE = 100_000
_SURROGATE = re.compile("[\ud800-\udfff]")


class Column(NamedTuple):
    """A column of the answer: the place of its value in a row, its name, its value as JSON text."""

    place: int
    name: str
    text: Callable[[Any], str]


def answer_body(rows: Iterable[Sequence[Any]], columns: Sequence[Column]) -> bytes:
    """Return `{"data": "<JSON array of objects>"}` in UTF-8."""
    return b"".join((b'{"data":"[', *_parts(iter(rows), columns), b']"}'))


def string(value: str) -> str:
    """Return the value as a JSON string; a lone surrogate, which UTF-8 cannot carry, is escaped."""
    text = encode_basestring(value)
    try:
        text.encode()  # far cheaper than a search for surrogates
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text


def moment(value: datetime | None) -> str:
    """Return a naive local time with the offset that 1C always writes; None is the empty date."""
    return f'"{value.isoformat(timespec="seconds")}+00:00"' if value is not None else f'"{EMPTY_DATE}"'


def quantity(value: int) -> str:
    """Return 1/1000 of a piece as an exact JSON number of pieces."""
    return _decimal(value, QUANTITY_UNITS, 3)


def amount(value: int | None) -> str:
    """Return 1/10 000 of the currency unit as an exact JSON number; None is null."""
    return "null" if value is None else _decimal(value, AMOUNT_UNITS, 4)


def integer(value: int | None) -> str:
    """Return a JSON integer; None is null."""
    return "null" if value is None else str(value)


def truth(value: bool) -> str:  # noqa: FBT001 (a cell of a row)
    """Return a JSON boolean."""
    return "true" if value else "false"


def _parts(rows: Iterator[Sequence[Any]], columns: Sequence[Column]) -> Iterator[bytes]:
    members = [_Members(column) for column in columns]
    before = b"{"
    while batch := list(islice(rows, _BATCH)):
        by_place = list(zip(*batch, strict=True))
        cells = [map(m.__getitem__, by_place[c.place]) for m, c in zip(members, columns, strict=True)]
        objects = map(b",".join, zip(*cells, strict=True)) if cells else (b"" for _ in batch)
        yield before + b"},{".join(objects) + b"}"
        before = b",{"


class _Members(dict[Any, bytes]):
    """Value -> `"name": value` escaped for the outer string; real columns repeat their values a lot."""

    def __init__(self, column: Column) -> None:
        self._name = _escaped(f"{string(column.name)}:")
        self._text = column.text

    def __missing__(self, value: Any) -> bytes:
        if len(self) >= _CACHE:
            self.clear()
        self[value] = member = self._name + _escaped(self._text(value))
        return member


def _escaped(text: str) -> bytes:
    # JSON text has no raw control characters, so only these two matter to the outer string.
    return text.replace("\\", "\\\\").replace('"', '\\"').encode()


def _decimal(value: int, units: int, digits: int) -> str:
    whole, rest = divmod(abs(value), units)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}d}".rstrip("0") if rest else f"{sign}{whole}"
