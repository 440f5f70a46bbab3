"""What an entity set of the local OData is made of: fields with their kinds, tabular parts, where its rows are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from rfm_service.emulator import json_rows
from rfm_service.emulator.shop import AMOUNT_UNITS, QUANTITY_UNITS

PRESENTATION = "____Presentation"
Get = Callable[[Any], Any]


class Reference(NamedTuple):
    """A value of a composite field: the type of the object it points at, without a prefix, and its key."""

    type: str
    key: str


class Kind(NamedTuple):
    """A type of values: its name in EDM, a value as JSON text, what it can be compared with, units in one."""

    edm: str
    text: Callable[[Any], str]
    group: str
    units: int = 1


def _quoted(value: object) -> str:
    return f'"{value}"'


def _moment(value: datetime) -> str:
    return f'"{value.isoformat(timespec="seconds")}"'


def _flag(value: bool) -> str:  # noqa: FBT001 (the value itself)
    return "true" if value else "false"


def _composite(value: Reference | None) -> str:
    return f'"{value.key}"' if value is not None else '""'


def _quantity(value: int | None) -> str:
    return "null" if value is None else json_rows.quantity(value)


GUID = Kind("Edm.Guid", _quoted, "guid")
TEXT = Kind("Edm.String", json_rows.string, "text")
MOMENT = Kind("Edm.DateTime", _moment, "moment")
FLAG = Kind("Edm.Boolean", _flag, "flag")
INT64 = Kind("Edm.Int64", _quoted, "number")
AMOUNT = Kind("Edm.Double", json_rows.amount, "number", AMOUNT_UNITS)
QUANTITY = Kind("Edm.Double", _quantity, "number", QUANTITY_UNITS)
COMPOSITE = Kind("Edm.String", _composite, "composite")


class Field(NamedTuple):
    """A property of an entity: `get` takes it from a row.

    A reference also has `shown`, its presentation, and where it can be expanded `target`, the set, and `follow`,
    the row of that set.
    """

    name: str
    kind: Kind
    get: Get
    shown: Get | None = None
    target: str = ""
    follow: Get | None = None

    @property
    def stem(self) -> str:
        """The name of the attribute in 1C, without what OData adds to it."""
        return self.name.removesuffix("_Key")


Fields = Mapping[str, Field]


def by_name(fields: Iterable[Field]) -> dict[str, Field]:
    """Return the fields by their names, in their order."""
    return {each.name: each for each in fields}


def presentations(fields: Fields) -> dict[str, Field]:
    """Return the presentations that can be asked for beside the fields, by their names."""
    shown = [(f.stem + PRESENTATION, f.shown) for f in fields.values() if f.shown is not None]
    return by_name(Field(name, TEXT, get) for name, get in shown)


class Plan(NamedTuple):
    """Which rows are worth looking at: dated in the half-open [start, end), and with one of `refs` if given."""

    start: date = date.min
    end: date = date.max
    refs: frozenset[str] | None = None


@dataclass(frozen=True)
class Table:
    """A tabular part: its rows for a row of its owner."""

    name: str
    fields: Fields
    rows: Callable[[Any], Sequence[Any]]

    @cached_property
    def presentations(self) -> Fields:
        """What can be asked for beside the fields."""
        return presentations(self.fields)

    def find(self, name: str) -> Field | None:
        """Return the field or presentation of that name."""
        return self.fields.get(name) or self.presentations.get(name)


@dataclass(frozen=True)
class EntitySet:
    """A published set: what its entities have, its rows by plan, what makes a key, whose organisation a row is.

    `sorts` False ignores $orderby, as record sets of registers do; `parts` marks rows of a tabular part, whose
    order among equals nobody promises.
    """

    name: str
    fields: Fields
    rows: Callable[[Plan], Iterable[Any]]
    tables: Mapping[str, Table] = field(default_factory=dict)
    keys: tuple[str, ...] = ("Ref_Key",)
    organisation: Get | None = None
    sorts: bool = True
    parts: bool = False

    @cached_property
    def presentations(self) -> Fields:
        """What can be asked for beside the fields; `Presentation` is the entity's own."""
        found = presentations(self.fields)
        own = self.fields.get("Ref_Key")
        if own is not None and own.shown is not None:
            found["Presentation"] = Field("Presentation", TEXT, own.shown)
        return found

    @cached_property
    def links(self) -> Fields:
        """The references that can be followed, by the names of their attributes."""
        return {f.stem: f for f in self.fields.values() if f.follow is not None}

    def find(self, name: str) -> Field | None:
        """Return the field or presentation of that name."""
        return self.fields.get(name) or self.presentations.get(name)


def reference(name: str, target: str, get: Get, shown: Get, follow: Get | None = None) -> Field:
    """Return the field of a reference to one type: its key, zeros where it is empty."""
    return Field(f"{name}_Key", GUID, get, shown, target, follow)


def composite(name: str, get: Get, shown: Get, published: Callable[[str], bool]) -> list[Field]:
    """Return the two fields of a reference to one of several types: its key and its type."""

    def type_of(row: Any) -> str:
        value = get(row)
        if value is None:
            return "StandardODATA.Undefined"
        return f"{'StandardODATA' if published(value.type) else 'UnavailableEntities'}.{value.type}"

    return [Field(name, COMPOSITE, get, shown), Field(f"{name}_Type", TEXT, type_of)]


def constant(name: str, kind: Kind, value: object) -> Field:
    """Return a field that is the same in every row."""
    return Field(name, kind, lambda _: value)
