"""Cells of a replayed file as the values of a sale line, exact and each distinct text kept once."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from rfm_service.tabular import TableError

_SPACES = str.maketrans({" ": None, "\u00a0": None, "\u202f": None, ",": "."})
_FORMATS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M", "%m/%d/%Y")
_EMPTY_YEAR = 1


class Reader:
    """Reads single cells of one file; `path` is for the messages."""

    def __init__(self, path: Path) -> None:
        """Start with no texts kept."""
        self._path = path
        self._kept: dict[str, str] = {}

    def text(self, value: object) -> str:
        """Return the stripped text, empty for None; the same object for equal texts."""
        stripped = "" if value is None else str(value).strip()
        return self._kept.setdefault(stripped, stripped)

    def whole_text(self, value: object) -> str:
        """Return a whole number as its digits, whatever type the file has it in; other texts as they are."""
        plain = value if isinstance(value, str) else str(value) if value is not None else ""
        return self.text(plain.strip().removesuffix(".0"))

    def exact(self, value: object, units: int) -> int:
        """Return the number in 1/units, exact; halves of a unit, which no money has, go to even.

        Raises:
            TableError: the cell is not a number.
        """
        try:
            # The shortest decimal text of a float is the number that people wrote.
            return int((Decimal(str(value).translate(_SPACES)) * units).to_integral_value())
        except (InvalidOperation, ValueError, OverflowError):
            raise self._unreadable(value, "a number") from None

    def integer_or_none(self, value: object) -> int | None:
        """Return a whole number; None for an empty cell."""
        return None if value in (None, "") else self.exact(value, 1)

    def moment_or_none(self, value: object) -> datetime | None:
        """Return a naive datetime; None for an empty cell and for the empty date of 1C."""
        found = None if value in (None, "") else self.moment(value)
        return found if found is None or found.year > _EMPTY_YEAR else None

    def moment(self, value: object) -> datetime:
        """Return a naive datetime without fractions of a second; an offset is cut off, never applied.

        Raises:
            TableError: the cell is not a date.
        """
        if isinstance(value, datetime):
            return value.replace(tzinfo=None, microsecond=0)
        if isinstance(value, date):
            return datetime.combine(value, time())
        text = str(value).strip()
        for parse in (datetime.fromisoformat, *(_parser(form) for form in _FORMATS)):
            try:
                return parse(text).replace(tzinfo=None, microsecond=0)
            except ValueError:
                continue
        raise self._unreadable(value, "a date")

    def _unreadable(self, value: object, kind: str) -> TableError:
        return TableError(f"{self._path}: {value!r} is not {kind}; correct the cell or leave the row out")


def converted(column: Iterable[object], read: Callable[[Any], Any]) -> list[Any]:
    """Return the cells as `read` gives them, each distinct one read once."""
    cells = _Cells(read)
    return [cells[value] for value in column]


class _Cells(dict[object, Any]):
    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def __missing__(self, value: object) -> Any:
        self[value] = found = self._read(value)
        return found


def _parser(form: str) -> Callable[[str], datetime]:
    return lambda text: datetime.strptime(text, form)  # noqa: DTZ007 (1C times are naive by definition)
