"""What a value of settings.toml may be: kinds of values with the checks that name the mistake."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from rfm_service.domain.values import MONEY_SCALE

SQLITE = "sqlite:///"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_COUNTED = 1_000_000_000
LARGEST_DENOMINATOR = 10_000
MOST_DIGITS = 12
"""A sum of money of more digits before the point is a slip of the pen, and would not fit the ledger."""


class Model(BaseModel):
    """A frozen table of settings that knows its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError("no such time zone; write one like Europe/Moscow") from None
    return name


def _currency(code: str) -> str:
    if code not in list_currencies():
        raise ValueError("no such currency; write an ISO code like RUB")
    return code


def _clock(text: str) -> str:
    try:
        zoned = time.fromisoformat(text).tzinfo is not None
    except ValueError:
        raise ValueError("must be a time of day like 02:00") from None
    if zoned:
        raise ValueError("must be a time of day without a zone, like 02:00; the zone is in `timezone`")
    return text


def _quiet_hours(text: str) -> str:
    if text:
        first, dash, last = text.partition("-")
        if not dash:
            raise ValueError("must be two times of day like 20:00-08:00, or empty")
        if time.fromisoformat(_clock(first.strip())) == time.fromisoformat(_clock(last.strip())):
            raise ValueError("must be two different times of day, or empty for any hour")
    return text


def _closed_hours(text: str) -> str:
    """A weekday, where one is meant, and two times of day; the second may lie on the next day."""
    weekday, _, hours = text.strip().rpartition(" ")
    if weekday and weekday not in WEEKDAYS:
        raise ValueError(f"must begin with one of {', '.join(WEEKDAYS)}, or with a time of day: Sun 01:00-05:00")
    return f"{weekday} {_quiet_hours(hours)}".strip()


def _day(value: object) -> object:
    """Numbers would pass as seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("must be a date like 2024-11-01")
    return value


def _path(text: str) -> str:
    try:
        Path(text.removeprefix(SQLITE)).expanduser()
    except RuntimeError:
        raise ValueError("the home folder of that user is not known; write the path in full") from None
    return text


def share(value: float) -> Fraction:
    """A number of the settings as the fraction that somebody meant: 1.5 is 3/2, and no denominator is astronomic."""
    return Fraction(str(value)).limit_denominator(LARGEST_DENOMINATOR)


def _ascending(borders: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if list(borders) != sorted(borders):
        raise ValueError("the four borders must ascend")
    return borders


def units(value: object) -> int:
    """Money as written (12, 12.5, "12.5") in 1/10 000 of the unit."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("must be a sum of money like 30000 or 99.90")
    try:
        written = Decimal(str(value))
        amount = written * MONEY_SCALE
    except ArithmeticError:
        raise ValueError("must be a sum of money like 30000 or 99.90") from None
    if written.is_finite() and written.adjusted() >= MOST_DIGITS:
        raise ValueError("must be below a million millions")
    if not amount.is_finite() or amount != int(amount) or amount < 0:
        raise ValueError("must be a sum of money, not below zero, with at most four decimals")
    return int(amount)


def from_home(path: Path, known: ValidationInfo) -> Path:
    """A path from the folder of the settings file, which the context of a validation tells as `home`."""
    home = (known.context or {}).get("home")
    try:
        return Path(home) / path.expanduser() if home else path
    except RuntimeError:
        raise ValueError("the home folder of that user is not known; write the path in full") from None


HomePath = Annotated[Path, AfterValidator(from_home)]
Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Clock = Annotated[str, AfterValidator(_clock)]
QuietHours = Annotated[str, AfterValidator(_quiet_hours)]
ClosedHours = Annotated[str, Field(min_length=1), AfterValidator(_closed_hours)]
Day = Annotated[date, BeforeValidator(_day)]
WrittenPath = Annotated[str, AfterValidator(_path)]
Money = Annotated[int, BeforeValidator(units)]
Count = Annotated[int, Field(ge=0, le=MOST_COUNTED)]
Borders = Annotated[tuple[Count, Count, Count, Count], AfterValidator(_ascending)]
MoneyBorders = Annotated[tuple[Money, Money, Money, Money], AfterValidator(_ascending)]
