"""One cell of a table that people or 1C made: its text, date or number, parsed strictly."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from rfm_service.domain.letters import folded

EMPTY_YEAR = 1
MOST_UNITS = 10**16
"""The largest number that is taken, in its smallest units: sums of hundreds of such lines still fit an int64."""
SPACES = re.compile(r"[\s\u00a0\u202f\u2007\u2009]+")
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d{1,2})?")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
PLAIN = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,3})?")
"""Most numbers: exact in our scales without a decimal in between."""
LONGEST_NUMBER = 400
POWERS = (1, 10, 100, 1000)
YEAR_FIRST = re.compile(r"(\d{4})(?:([-/])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
                        r"(?:(?:\s+|(?<=日))(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
"""As Excel writes a date in Chinese: 2026/3/2 9:05, 2026年3月2日."""
RUSSIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
UNSAFE: dict[int, str | None] = {**dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F,
                                                  0x180E, 0x200B, 0x2060, 0xFEFF,
                                                  *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
                                 **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
"""Controls, zero-width signs, and what turns round the direction of all that follows; half letters get a sign.

The marks U+200E, U+200F and U+061C stay: they belong to names of right-to-left scripts, and turn nothing beyond.
"""


class Unreadable(ValueError):
    """A cell that is neither empty nor understood; the message says what was expected, without the cell."""


@lru_cache(maxsize=20_000, typed=True)
def text(value: object) -> str:
    """A cell as text: trimmed, NFC, without what cannot be shown; empty stays ''.

    A whole number is its digits, whatever type a table keeps it in.
    """
    return _text(value)


def _text(value: object) -> str:
    """As `text`, for what hardly repeats."""
    if value is None:
        return ""
    if type(value) is float and value.is_integer():
        return str(int(value))
    written = value if isinstance(value, str) else str(value)
    safe = written if written.isprintable() else written.translate(UNSAFE)
    return unicodedata.normalize("NFC", safe).strip()


def is_unclean(written: str) -> bool:
    """Whether a text holds something that cannot be shown and is cleaned away; blanks around it are no such thing."""
    return not written.isprintable() and written.translate(UNSAFE) != written


@lru_cache(maxsize=20_000, typed=True)
def moment(value: object) -> datetime | None:
    """A naive wall-clock time in whole seconds; the year 1 means "empty". Raises Unreadable.

    An offset is dropped, never applied.
    """
    if type(value) is str and value[4:8:3] == "--" and value[10:17:3] == "T::":
        try:  # The form of 1C, several times faster.
            found = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return None if found.year == EMPTY_YEAR else found.replace(tzinfo=None, microsecond=0)
    written = _text(value)
    if not written:
        return None
    found = _russian(written) or _iso(written)
    return None if found.year == EMPTY_YEAR else found


def _iso(written: str) -> datetime:
    if not ISO_DAY.match(written):
        return _year_first(written)
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None, microsecond=0)
    except ValueError:
        raise Unreadable("a date was expected") from None


def _russian(written: str) -> datetime | None:
    if written[2:6:3] == ".." and (len(written) == 10 or (len(written) == 19 and written[13:17:3] == "::")):
        try:  # The usual form, turned round: several times faster.
            return datetime.fromisoformat(f"{written[6:10]}-{written[3:5]}-{written[:2]}{written[10:]}")
        except ValueError:
            pass
    match = RUSSIAN_DATE.fullmatch(written)
    if not match:
        return None
    day, month, year, *clock = map(int, match.groups("0"))
    return _at(year, month, day, *clock)


def _year_first(written: str) -> datetime:
    match = YEAR_FIRST.fullmatch(written)
    if not match:
        raise Unreadable("a date was expected")  # 20261001 is a number
    return _at(*(int(part) for part in match.groups() if part and part.isdigit()))


def _at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise Unreadable("a date was expected") from None


@lru_cache(maxsize=20_000, typed=True)
def units(value: object, scale: int) -> int | None:
    """A number in 1/scale, rounded half to even: `1 234,56`, `(12.5)`, 12.5; '' and '-' mean "empty".

    Raises Unreadable.
    """
    if type(value) is int:
        return _within(value * scale)
    if type(value) is str and PLAIN.fullmatch(value):
        whole, _, part = value.partition(".")
        times, left = divmod(scale, POWERS[len(part)])
        if not left:
            return int(whole + part) * times
    written = _text(value)
    if not NUMBER.fullmatch(written):
        written = SPACES.sub("", written).replace("\u2212", "-")
        if written in ("", "-"):
            return None
        if written.startswith("(") and written.endswith(")"):
            written = "-" + written[1:-1]
        if not NUMBER.fullmatch(written):
            raise Unreadable("a number was expected")
    if len(written) > LONGEST_NUMBER:
        raise Unreadable("the number is too large")
    return _within(round(Decimal(written.replace(",", ".")) * scale))


def _within(number: int) -> int:
    if abs(number) > MOST_UNITS:
        raise Unreadable("the number is too large")
    return number


def yes(value: object) -> bool:
    """A yes of 1C, or of a person: true, Да, Истина, 1, evet, 是."""
    return value is True or folded(text(value)) in ("да", "истина", "true", "yes", "evet", "是", "1")
