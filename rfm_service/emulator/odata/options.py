"""The query of an address as 1C's OData takes it: percent-encoding only, a plus is a plus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from rfm_service.emulator.odata.fields import COMPOSITE, GUID, EntitySet, Field, Get
from rfm_service.emulator.odata.refusals import Refused, no_segment, unreadable
from rfm_service.emulator.odata.syntax import Expression, parse

JSON = "json"
ATOM = "atom"
_JSON_NAMES = ("json", "application/json")
_ATOM_NAMES = ("atom", "application/atom+xml")
_NUMBER_DIGITS = 9


class Format(NamedTuple):
    """How the answer is written: `json` or `atom`, and whether metadata comes along."""

    name: str
    with_metadata: bool = True


@dataclass(frozen=True)
class Options:
    """What a request asks of a set; `top` None means no limit, `select` None everything."""

    format: Format
    select: tuple[str, ...] | None = None
    filter: str = ""
    orderby: str = ""
    expand: tuple[str, ...] = ()
    top: int | None = None
    skip: int = 0
    counted: bool = False
    allowed_only: bool = False

    @property
    def condition(self) -> Expression | None:
        """The tree of the filter. Raises Refused."""
        return parse(self.filter) if self.filter else None


def format_of(query: str, accept: str) -> Format:
    """Return the format that $format, else the Accept header asks for; Atom where neither does. Raises Refused."""
    wanted = _pairs(query).get("$format")
    if wanted is None:
        return Format(JSON if "application/json" in accept else ATOM)
    name, _, more = wanted.replace(" ", "").partition(";")
    if name in _JSON_NAMES:
        return Format(JSON, "odata=nometadata" not in more)
    if name in _ATOM_NAMES:
        return Format(ATOM)
    raise Refused(415, 3, "Запрошенный тип представления не поддерживается")


def options_of(query: str, accept: str) -> Options:
    """Return what the query asks for; options that 1C does not know mean nothing. Raises Refused."""
    told = _pairs(query)
    counted = told.get("$inlinecount", "none")
    if counted not in ("allpages", "none"):
        raise unreadable("$inlinecount")
    return Options(
        format_of(query, accept),
        _names(told, "$select") if "$select" in told else None,
        told.get("$filter", ""),
        told.get("$orderby", ""),
        _names(told, "$expand"),
        _number(told, "$top"),
        _number(told, "$skip") or 0,
        counted == "allpages",
        "true" in (told.get("allowedOnly"), told.get("$allowedOnly")),
    )


def sorted_rows(entity: EntitySet, orderby: str, rows: list[Any]) -> list[Any]:
    """Return the rows in the order that was asked for; references go by their presentations. Raises Refused."""
    for key, descending in reversed([_sort_key(entity, part) for part in orderby.split(",")]):
        rows = sorted(rows, key=key, reverse=descending)
    return rows


def _sort_key(entity: EntitySet, part: str) -> tuple[Callable[[Any], Any], bool]:
    name, *direction = [word for word in part.split(" ") if word] or [""]
    if "+" in part or direction not in ([], ["asc"], ["desc"]) or not name:
        raise unreadable("$orderby")
    field = entity.fields.get(name)
    if field is None:
        raise no_segment(name)
    return _order(field), direction == ["desc"]


def _order(field: Field) -> Get:
    if field.kind in (GUID, COMPOSITE) and field.shown is not None:
        return field.shown
    get = field.get
    if field.kind.units == 1 and field.kind is not COMPOSITE:
        return get
    return lambda row: get(row) or 0


def _pairs(query: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in query.split("&") if part)
    try:
        return {unquote(name): unquote(value, errors="strict") for name, _, value in pairs}
    except UnicodeDecodeError:
        # No chain: what was sent may hold anything.
        raise Refused(400, 1, "Не удалось разобрать строку запроса") from None


def _names(told: dict[str, str], option: str) -> tuple[str, ...]:
    if option not in told:
        return ()
    names = tuple(name.strip(" ") for name in told[option].split(","))
    if not all(names):
        raise unreadable(option)
    return names


def _number(told: dict[str, str], option: str) -> int | None:
    text = told.get(option)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > _NUMBER_DIGITS:
        raise unreadable(option)
    return int(text)
