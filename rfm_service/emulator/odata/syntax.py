"""The language of $filter as 1C reads it: words, then an expression tree."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from rfm_service.emulator.odata.refusals import unreadable

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
_WORDS = re.compile(
    r"""(?P<space>\x20+)
    |guid'(?P<guid>[^']*)'
    |datetime'(?P<moment>[^']*)'
    |'(?P<text>(?:[^']|'')*)'
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<mark>[(),/:])""",
    re.VERBOSE,
)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Literal(NamedTuple):
    """A value written in the filter; `group` tells what it can be compared with."""

    group: str
    value: object


class Path(NamedTuple):
    """A field, or a field of what a reference points at."""

    segments: tuple[str, ...]


class Call(NamedTuple):
    """A function and what it is given."""

    name: str
    given: tuple[Expression, ...]


class Lambda(NamedTuple):
    """`Table/any(row: condition)` or `all`; without a condition: whether there are rows at all."""

    table: str
    name: str
    variable: str
    condition: Expression | None


class Compare(NamedTuple):
    """Two sides and what must hold between them."""

    operator: str
    left: Expression
    right: Expression


class Both(NamedTuple):
    """Two conditions joined by `and` or by `or`."""

    word: str
    left: Expression
    right: Expression


class Negation(NamedTuple):
    """The opposite of a condition."""

    inner: Expression


Expression = Literal | Path | Call | Lambda | Compare | Both | Negation


class _Word(NamedTuple):
    kind: str
    text: str


_END = _Word("end", "")


def parse(text: str) -> Expression:
    """Return the tree of a filter; a plus, a tab or anything else unexpected is refused. Raises Refused."""
    try:
        return _Parser(text).whole()
    except RecursionError:
        # No chain: the thousand frames would all be in it.
        raise unreadable("слишком сложное выражение") from None


def literal(text: str) -> Literal:
    """Return the one literal that the text holds. Raises Refused."""
    found = _Parser(text).whole()
    if not isinstance(found, Literal):
        raise unreadable(text)
    return found


def _words(text: str) -> list[_Word]:
    words, at = [], 0
    while at < len(text):
        found = _WORDS.match(text, at)
        if found is None:
            raise unreadable(text)
        kind = found.lastgroup or ""
        if kind != "space":
            words.append(_Word(kind, found[kind]))
        at = found.end()
    return words


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._words = _words(text)
        self._at = 0

    def whole(self) -> Expression:
        found = self._either()
        if self._next() is not _END:
            raise unreadable(self._text)
        return found

    def _either(self) -> Expression:
        found = self._each()
        while self._took("name", "or"):
            found = Both("or", found, self._each())
        return found

    def _each(self) -> Expression:
        found = self._negated()
        while self._took("name", "and"):
            found = Both("and", found, self._negated())
        return found

    def _negated(self) -> Expression:
        return Negation(self._negated()) if self._took("name", "not") else self._compared()

    def _compared(self) -> Expression:
        left = self._operand()
        word = self._next()
        if word.kind != "name" or word.text not in COMPARISONS:
            return left
        self._at += 1
        return Compare(word.text, left, self._operand())

    def _operand(self) -> Expression:
        word = self._next()
        self._at += 1
        if word == _Word("mark", "("):
            inner = self._either()
            self._must(")")
            return inner
        if word.kind == "name":
            return self._named(word.text)
        return self._literal(word)

    def _literal(self, word: _Word) -> Literal:
        match word.kind:
            case "guid" if _GUID.fullmatch(word.text):
                return Literal("guid", word.text.lower())
            case "moment" if _MOMENT.fullmatch(word.text):
                return Literal("moment", self._moment(word.text))
            case "text":
                return Literal("text", word.text.replace("''", "'"))
            case "number":
                return Literal("number", Decimal(word.text))
        raise unreadable(self._text)

    def _moment(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise unreadable(self._text) from None

    def _named(self, name: str) -> Expression:
        if name in ("true", "false"):
            return Literal("flag", name == "true")
        if self._took("mark", "("):
            return Call(name, self._given())
        segments = [name]
        while self._took("mark", "/"):
            word = self._next()
            if word.kind != "name":
                raise unreadable(self._text)
            self._at += 1
            if word.text in ("any", "all") and self._took("mark", "("):
                return self._lambda("/".join(segments), word.text)
            segments.append(word.text)
        return Path(tuple(segments))

    def _given(self) -> tuple[Expression, ...]:
        if self._took("mark", ")"):
            return ()
        given = [self._either()]
        while self._took("mark", ","):
            given.append(self._either())
        self._must(")")
        return tuple(given)

    def _lambda(self, table: str, name: str) -> Lambda:
        if name == "any" and self._took("mark", ")"):
            return Lambda(table, name, "", None)
        variable = self._next()
        self._at += 1
        if variable.kind != "name":
            raise unreadable(self._text)
        self._must(":")
        condition = self._either()
        self._must(")")
        return Lambda(table, name, variable.text, condition)

    def _next(self) -> _Word:
        return self._words[self._at] if self._at < len(self._words) else _END

    def _took(self, kind: str, text: str) -> bool:
        found = self._next() == _Word(kind, text)
        self._at += found
        return found

    def _must(self, mark: str) -> None:
        if not self._took("mark", mark):
            raise unreadable(self._text)
