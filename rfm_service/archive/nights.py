"""The nights of a folder, as their manifests tell of them; what is not surely a night of ours is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

LARGEST_MANIFEST = 10_000_000
"""Bytes: what is larger is no manifest."""

Count = Annotated[int, Field(ge=0, le=10**12)]


class _Told(BaseModel):
    """A part of a manifest; what later versions add to it is passed over."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Rows(_Told):
    """How many rows the tables of a night have."""

    customers: Count
    moves: Count


class Totals(_Told):
    """The control sums of a night; money in units of the currency."""

    orders: Count
    revenue: Annotated[Decimal, Field(max_digits=20, decimal_places=4)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]


class Night(_Told):
    """What the manifest of a published night says of it."""

    as_of: date
    run: str
    complete: bool
    settings: str
    rows: Rows
    totals: Totals
    files: Mapping[str, str]


def told(content: bytes) -> Night | None:
    """The night that a manifest tells of; None where it is damaged or foreign."""
    try:
        return Night.model_validate_json(content)
    except ValidationError:
        return None


def day_of(name: str) -> date | None:
    """The day that a folder is named by; ISO knows other spellings of it, which are none of ours."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None
