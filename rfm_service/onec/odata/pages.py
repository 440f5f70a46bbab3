"""Reading a set page by page: by date as far as it goes, as much at a time as 1C can bear, and no row lost."""

from __future__ import annotations

import json
import logging
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from rfm_service.domain.errors import AnswerMalformed, AnswerTooHeavy
from rfm_service.onec.odata.query import Question, both, unique, within

log = logging.getLogger(__name__)

Row = Mapping[str, Any]
WINDOW_DAYS = 31
NARROWEST = timedelta(hours=1)
FEW = 50
"""A page of fewer rows than this, and than asked for, is the last one; a fuller one may have been capped on its way."""
CATALOGUE_PAGE = 10_000
SAMPLE = 20
"""So many rows of a page tell how large a row is."""


Ask = Callable[[Question], list[Row]]
"""Asks 1C once; gives the rows of the answer."""


class Pace:
    """How much is asked at a time: rows a page and time a window; what was too heavy once is not tried again."""

    def __init__(self, first: int, most: int, page_bytes: int) -> None:
        self.top = first
        self.width = timedelta(days=WINDOW_DAYS)
        self._most = most
        self._page_bytes = page_bytes

    def measured(self, rows: list[Row]) -> None:
        """Ask for so many rows that a page has the size aimed at."""
        sample = rows[::1 + len(rows) // SAMPLE]
        if sample:
            size = len(json.dumps(sample, ensure_ascii=False).encode("utf-8", "replace"))
            self.top = max(1, min(self._most, self._page_bytes * len(sample) // size))

    @property
    def least(self) -> bool:
        """Whether as little is asked for as can be."""
        return self.width < NARROWEST

    def halve(self) -> None:
        """Ask for half as much from now on."""
        self.top = self._most = max(1, self.top // 2)
        self.width /= 2


@dataclass(frozen=True)
class Trail:
    """A set that is read along a moment: its columns `moment` and those that tell its rows apart.

    The latter are asked for where they are selected, else only from the second on where rows have to be skipped.
    """

    question: Question
    moment: str
    keys: tuple[str, ...]

    def pages(self, ask: Ask, pace: Pace, first: datetime, end: datetime) -> Iterator[list[Row]]:
        """The rows of [first, end) in pages; only one that moves meanwhile may come twice. Raises SourceError.

        The second at which an answer ends is left to the next one, so that rows which come or go meanwhile shift
        nothing out; rows are skipped within one second only, where it fills a whole answer.
        """
        place, until, before = _Place(first, 0), min(end, first + pace.width), None
        while place.at < end:
            question = self._question(place, until, pace)
            try:
                rows = ask(question)
            except AnswerTooHeavy:
                if pace.least:
                    raise
                pace.halve()
                log.warning("The answer of 1C was too heavy. Asking for half as much.")
                until = min(end, place.at + pace.width)
                continue
            self._check(question, rows, before, (place.at, until))
            before = rows
            pace.measured(rows)
            if len(rows) < min(FEW, question.top):
                yield rows
                place, until = _Place(until, 0), min(end, until + pace.width)
            elif self._of_one_second(rows) and not set(self.keys).issubset(self.question.select):
                yield from self._with_keys().pages(ask, pace, place.at, end)
                return
            else:
                yield self._settled(rows)
                place = self._next(place, rows)

    def _question(self, place: _Place, until: datetime, pace: Pace) -> Question:
        where = both(within(self.moment, place.at, until), self.question.where)
        return replace(self.question, where=where, order=",".join((self.moment, *self.keys)), top=pace.top,
                       skip=place.skip, least=pace.least)

    def _with_keys(self) -> Trail:
        return replace(self, question=replace(self.question, select=unique((*self.keys, *self.question.select))))

    def _of_one_second(self, rows: list[Row]) -> bool:
        return moment_of(rows[0], self.moment) == moment_of(rows[-1], self.moment)

    def _settled(self, rows: list[Row]) -> list[Row]:
        """The rows that the next answer does not begin with: those before the last second, or all where it is one."""
        end = bisect_left(rows, moment_of(rows[-1], self.moment), key=lambda row: moment_of(row, self.moment))
        return rows[:end] or rows

    def _next(self, place: _Place, rows: list[Row]) -> _Place:
        last = moment_of(rows[-1], self.moment)
        if not self._of_one_second(rows):
            return _Place(last, 0)
        return _Place(last, len(rows) + (place.skip if place.at == last else 0))

    def _check(self, question: Question, rows: list[Row], before: list[Row] | None,
               span: tuple[datetime, datetime]) -> None:
        """Pass a page that answers the question. Raises AnswerMalformed for a server that ignores a part of it."""
        moments = [moment_of(row, self.moment) for row in rows]
        faults = {"$top": len(rows) > question.top,
                  "$filter": any(not span[0] <= at < span[1] for at in moments),
                  "$orderby": any(one > other for one, other in pairwise(moments)),
                  "$skip": bool(rows and question.skip) and rows == before}
        for option, ignored in faults.items():
            if ignored:
                raise ignores(question.name, option)


class _Place(NamedTuple):
    """Where a page begins: a second, and the rows of it that are passed over."""

    at: datetime
    skip: int


def catalogue(ask: Ask, question: Question) -> Iterator[list[Row]]:
    """The rows of a catalogue in pages. Raises SourceError."""
    skip, top, before = 0, CATALOGUE_PAGE, None
    while True:
        try:
            rows = ask(replace(question, order="Ref_Key", top=top, skip=skip, least=top == 1))
        except AnswerTooHeavy:
            if top == 1:
                raise
            top = max(1, top // 2)
            continue
        refs = [key_of(row, ("Ref_Key",)) for row in rows]
        if rows and refs == before:
            raise ignores(question.name, "$skip")
        yield rows
        if len(rows) < min(FEW, top):
            return
        skip, before = skip + len(rows), refs


def ignores(name: str, option: str) -> AnswerMalformed:
    """The error of a server that passes over a part of the question."""
    return AnswerMalformed("1C, or a proxy before it, does not obey {option} for {name}: sales could be lost. Nothing "
                           "was changed; check the publication of OData.", option=option, name=name)


def moment_of(row: Row, column: str) -> datetime:
    """The wall-clock time in a column. Raises AnswerMalformed."""
    problem: Exception
    try:
        return datetime.fromisoformat(row[column]).replace(tzinfo=None)
    except KeyError:
        problem = lacking(column)
    except (TypeError, ValueError):
        problem = AnswerMalformed("1C answered with a date that is none in the column {column}.", column=column)
    raise problem


def key_of(row: Row, columns: tuple[str, ...]) -> tuple[str, ...]:
    """What tells a row apart. Raises AnswerMalformed."""
    try:
        return tuple(str(row[column]) for column in columns)
    except KeyError as error:
        missing = str(error.args[0])
    raise lacking(missing)


def whole_rows(question: Question, rows: list[Row]) -> list[Row]:
    """The rows of an answer, with all that was asked for. Raises AnswerMalformed."""
    header = {column for column in question.select if "/" not in column}
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for part, _, column in (path.partition("/") for path in question.select if "/" in path):
        parts[part].add(column)
    for row in rows:
        _check_columns(row, header)
        for part, columns in parts.items():
            lines = row.get(part)
            if not isinstance(lines, list):
                raise lacking(part)
            for line in lines:
                _check_columns(line, columns)
    return rows


def _check_columns(row: object, columns: set[str]) -> None:
    if not isinstance(row, dict) or not row.keys() >= columns:
        raise lacking(min(columns - (row.keys() if isinstance(row, dict) else set())))


def lacking(column: str) -> AnswerMalformed:
    """The error that names a column which an answer lacks."""
    return AnswerMalformed("The answer of 1C lacks the column {column}, which was asked for.", column=column)
