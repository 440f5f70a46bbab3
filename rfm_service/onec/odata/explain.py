"""What a publication of OData offers and lacks, in plain words for the one who sets it up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import chain

from rfm_service.domain.errors import SourceRefused
from rfm_service.domain.values import Answer, Remark
from rfm_service.onec.odata.documents import HEADS, Documents
from rfm_service.onec.odata.pages import Ask, Trail, moment_of
from rfm_service.onec.odata.query import Question, unique
from rfm_service.onec.remarks import of_rejected

log = logging.getLogger(__name__)

BAD_REQUEST = 400
"""How 1C answers where it does not know a column."""


def unmapped(ask: Ask, question: Question) -> tuple[str, ...]:
    """Those selected columns that 1C does not know; `ask` must not name them itself. Raises SourceError."""
    asked = Question(question.name, question.select, top=1, allowed_only=question.allowed_only, least=True)
    if not question.select or _known(ask, asked):
        return ()
    return tuple(column for column in question.select if not _known(ask, replace(asked, select=(column,))))


def without_missing(ask: Ask, documents: Documents, optional: Sequence[str]) -> Documents:
    """The documents without those optional fields that 1C has not got. Raises SourceError."""
    columns = {field: unique(documents.columns(field)) for field in optional}
    missing = unmapped(ask, Question(documents.name, unique(chain.from_iterable(columns.values())),
                                     allowed_only=documents.allowed_only))
    absent = [field for field in optional if set(columns[field]) & set(missing)]
    if absent:
        log.info("1C has no %s in %s: %s are left out.", ", ".join(missing), documents.name, ", ".join(absent))
    return replace(documents, paths={**documents.paths, **dict.fromkeys(absent, "")})


def lacks(name: str, columns: Sequence[str]) -> SourceRefused:
    """The error that names columns which a set has not got."""
    if own := [column for column in columns if column in (*HEADS, "DataVersion")]:
        return SourceRefused("1C, or a proxy before it, does not give {columns} of {name}, which every document has. "
                             "Check source.url and the publication of OData.", columns=", ".join(own), name=name)
    return SourceRefused("1C has no {columns} in {name}. Map these fields in [source.fields] or [[source.entities]]; "
                         'write "" for a field that your 1C has not got.', columns=", ".join(columns), name=name)


def remarks_on(ask: Ask, trail_of: Callable[[], Trail]) -> Iterator[Remark]:
    """Whether a set is published with all that is mapped, and from when to when its rows are dated.

    Raises SourceError.
    """
    try:
        trail = trail_of()
        question = replace(trail.question, top=1, least=True)
        first = ask(replace(question, order=_order(trail, "")))
        last = ask(replace(question, order=_order(trail, " desc")))
    except SourceRefused as refusal:
        yield Remark(False, refusal.template, tuple(refusal.values.items()))
        return
    if not first or not last:
        yield Remark(True, "{name} is published; it holds no documents.", (("name", question.name),))
        return
    yield Remark(True, "{name} is published with all fields; its documents run from {first} to {last}.", (
        ("name", question.name), ("first", _day(moment_of(first[0], trail.moment))),
        ("last", _day(moment_of(last[0], trail.moment)))))


def remark_on_catalogue(ask: Ask, question: Question) -> Remark:
    """Whether the catalogue of customers is published with all that is mapped. Raises SourceError."""
    try:
        ask(replace(question, top=1, least=True))
    except SourceRefused as refusal:
        return Remark(False, refusal.template, tuple(refusal.values.items()))
    return Remark(True, "{name} is published with all fields.", (("name", question.name),))


def day_remarks(day: date, answer: Answer) -> Iterator[Remark]:
    """The sales of a day, as a night would take them."""
    documents = len({line.ref for line in answer.lines})
    yield Remark(True, "{day}: {lines} sale lines in {documents} documents.", (
        ("day", day.isoformat()), ("lines", len(answer.lines)), ("documents", documents)))
    yield from of_rejected(day, answer.rejected)


def _known(ask: Ask, question: Question) -> bool:
    try:
        ask(question)
    except SourceRefused as refusal:
        if refusal.values.get("status") != BAD_REQUEST:
            raise
        return False
    return True


def _order(trail: Trail, direction: str) -> str:
    return ",".join(f"{column}{direction}" for column in (trail.moment, *trail.keys))


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
