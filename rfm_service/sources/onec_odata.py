"""The standard OData of 1C: versions of all documents every night, and only what changed read whole (docs/odata.md)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property, partial
from itertools import chain, islice
from typing import Literal, NamedTuple

import requests
from pydantic import Field, PrivateAttr, ValidationInfo, field_validator
from urllib3.exceptions import HTTPError

from rfm_service.domain.errors import AnswerMalformed, SourceError, SourceRefused
from rfm_service.domain.values import MONEY_SCALE, Answer, DayTotal, Partner, Period, Rejected, Remark, SaleLine
from rfm_service.onec import decoding, remarks
from rfm_service.onec.caller import PROOF_MINUTES, Caller, Request
from rfm_service.onec.odata import explain
from rfm_service.onec.odata.documents import RETURN, SHOWN, Documents, Head
from rfm_service.onec.odata.names import Names
from rfm_service.onec.odata.pages import Row, Trail, moment_of, whole_rows
from rfm_service.onec.odata.people import People
from rfm_service.onec.odata.profiles import (
    NAMED,
    PROFILES,
    REFERENCE,
    REGISTER_PATHS,
    WITHOUT_VAT,
    CustomerIs,
    Entity,
    Paths,
    ProfileName,
    register_analyses,
)
from rfm_service.onec.odata.query import LONGEST_QUERY, Question, reference, within
from rfm_service.onec.odata.register import Register
from rfm_service.onec.odata.sweep import MOST_HEADS, Reader, Sweep, midnight, windows
from rfm_service.onec.reply import Reply
from rfm_service.ports import Known, Reach
from rfm_service.tabular.cells import Unreadable, text, units
from rfm_service.tabular.sale_rows import SaleRows, partners, spellings

log = logging.getLogger(__name__)

COLUMNS = {field: field for field in (*SHOWN, "date", "sum", "order_id", "order_date", "cash_flow_type")}
PERSON = {field: field for field in ("buyer", "email", "category", "manager", "ref", "tax_id", "tax_code", "phone",
                                     "do_not_contact")}
LARGE_CATALOGUE, SUNDAY = 10_000, 6
"""The versions of more customers, 77 bytes each, are swept once a week: they would soon outweigh the sales."""
TRADE = ("ut11", "erp2", "ka2")


class Told(NamedTuple):
    """The sale lines of a document and those that were set aside."""

    lines: list[SaleLine]
    rejected: list[Rejected]


class Source(Caller):
    """1C's standard OData; `url` ends with /odata/standard.odata.

    `entities` replace the documents of the profile, `fields` lie over its paths; `customer` says which reference is
    the customer (as the profile has it, where not given); `page_mb` is the size of a page aimed at.
    """

    currency: str = "RUB"
    profile: ProfileName = "ut11"
    register_: bool = Field(False, alias="register")
    customer: CustomerIs | None = None
    vat: Literal["with", "without"] = "with"
    page_mb: int = Field(16, ge=8, le=32)
    allowed_only: bool = False
    session: bool = False
    entities: tuple[Entity, ...] = ()
    fields_: Paths = Field(Paths(), alias="fields", validate_default=True)
    _reader: Reader | None = PrivateAttr(None)
    _greeted: bool = PrivateAttr(False)
    _cleaned: set[str] = PrivateAttr(default_factory=set)
    _met: set[str] = PrivateAttr(default_factory=set)

    @field_validator("register_")
    @classmethod
    def _has_register(cls, value: bool, known: ValidationInfo) -> bool:  # noqa: FBT001 (called by pydantic)
        if value and known.data.get("profile", "ut11") not in TRADE:
            raise ValueError(f"only {', '.join(TRADE)} have the register of revenue")
        return value

    @field_validator("customer")
    @classmethod
    def _has_customer(cls, value: CustomerIs | None, known: ValidationInfo) -> CustomerIs | None:
        if value == "partner" and known.data.get("profile", "ut11") not in TRADE:
            raise ValueError("this profile has contractors only")
        return value

    @field_validator("fields_")
    @classmethod
    def _fits(cls, value: Paths, known: ValidationInfo) -> Paths:
        if {"profile", "register_", "entities", "vat"} <= known.data.keys():
            tried = cls.model_construct(**{**known.data, "fields_": value})
            for trail in tried._trails():
                _check_length(trail)
            taxless = [each.name for each, _ in tried._mapped if not each.paths.get("vat")]
            if tried.vat == "without" and taxless and not tried.register_:
                raise ValueError(f'source.vat = "without" needs a path of vat for {taxless[0]}')
        return value

    @property
    def reach(self) -> Reach:
        """The whole horizon by versions; the register, which has none, by windows."""
        return "window" if self.register_ else "horizon"

    def lines(self, periods: Sequence[Period], known: Known) -> Answer:
        """The documents of the periods that are not as known, read whole. Raises SourceError."""
        if self.allowed_only and self._reader is None:
            log.warning("source.allowed_only is on: 1C leaves out what its user may not see.")
        cleaned = len(self._cleaned)
        with self._sitting():
            answer = self._of_register(periods) if self.register_ else self._of_documents(periods, known.versions)
        return replace(answer, cleaned=len(self._cleaned) - cleaned)

    def customers(self, through: date, known: Known) -> list[Partner]:
        """The customers that are not as known; of a large catalogue, but on Sundays, only those new in the sales.

        Raises SourceError.
        """
        people, versions = self._people, known.partners()
        with self._sitting():
            if len(versions) > LARGE_CATALOGUE and through.weekday() != SUNDAY:
                persons = people.some(self._ask, self._met - versions.keys())
            else:
                persons = people.changed(self._ask, versions)
            taxes = self._taxes(people, [reference(person["Ref_Key"]) for person in persons])
        rows = [people.row(person, taxes.get(reference(person["Ref_Key"]), {})) for person in persons]
        return [partner._replace(key=partner.ref, version=text(row["version"]))
                for partner, row in zip(partners(rows, PERSON), rows, strict=True)]

    def totals(self, period: Period) -> list[DayTotal] | None:
        """Documents in our currency and their sums by day, by headers; None where they are not the sums of the lines.

        Raises SourceError.
        """
        with self._hurried(PROOF_MINUTES), self._sitting():
            return self._totals(period)

    def explain(self, day: date) -> list[Remark]:
        """What is published and what lacks, from when to when, the last months, and the sales of a day tried.

        Raises SourceError.
        """
        with self._sitting():
            found = [remark for trail in self._present() for remark in explain.remarks_on(self._ask, trail)]
            if all(remark.good for remark in found):
                end = day + timedelta(days=1)
                tried = [Period(day, end)]
                answer = self._of_register(tried) if self.register_ else self._of_documents(tried, lambda _: {})
                found += explain.day_remarks(day, answer)
                found += remarks.of_months(self._totals(Period(remarks.month_before(day, 2), end)), self.currency, day)
            found.append(explain.remark_on_catalogue(self._ask, self._people.whole))
        return [*found, *remarks.of_all(allowed_only=self.allowed_only)]

    @cached_property
    def _mapped(self) -> tuple[tuple[Documents, tuple[str, ...]], ...]:
        """The documents as profile and settings map them, and the fields that each may lack."""
        profile, buyer, given = PROFILES[self.profile], REFERENCE[self._customer], self.fields_.given()
        paths = {"buyer": f"{buyer}{NAMED}", "buyer_key": f"{buyer}_Key", **profile.paths}
        # What the settings say of one set goes before what they say of all.
        own = [(each, {**given, **each.fields}) for each in self.entities] or [
            (each, {**each.fields, **given}) for each in profile.entities]
        return tuple((Documents(each.set, each.parts, each.returned, each.filter, {**paths, **over}, profile.analyses,
                                vat=self.vat == "with", allowed_only=self.allowed_only), each.optional)
                     for each, over in own)

    @cached_property
    def _documents(self) -> tuple[Documents, ...]:
        """The documents without those optional fields that 1C has not got. Raises SourceError."""
        return tuple(explain.without_missing(self._answered, *each) for each in self._mapped)

    @cached_property
    def _revenue(self) -> Register:
        paths = {**REGISTER_PATHS, **(WITHOUT_VAT if self.vat == "without" else {}), **self.fields_.given()}
        returns = frozenset(each.name for each, _ in self._mapped if each.returned)
        return Register(paths, returns, register_analyses(self._customer), self.allowed_only)

    @cached_property
    def _names(self) -> Names:
        analyses = self._revenue.analyses if self.register_ else PROFILES[self.profile].analyses
        return Names(self._ask, analyses, allowed_only=self.allowed_only)

    @property
    def _customer(self) -> CustomerIs:
        return self.customer or PROFILES[self.profile].customer

    @property
    def _people(self) -> People:
        people = PROFILES[self.profile].people
        # A catalogue of contractors beside one of partners has their tax numbers and contacts, and nothing more.
        apart = self._customer == "contractor" and PROFILES[self.profile].customer == "partner"
        known = {field: path for field, path in people.items() if not (apart and field in ("manager", "category"))}
        return People(self._customer, {**known, **self.fields_.given()}, self.allowed_only)

    def _present(self) -> list[Callable[[], Trail]]:
        """What is read, each looked for when it is called."""
        if self.register_:
            return [lambda: self._revenue.trail]
        return [partial(self._whole, *each) for each in self._mapped]

    def _whole(self, documents: Documents, optional: tuple[str, ...]) -> Trail:
        return explain.without_missing(self._answered, documents, optional).whole

    def _trails(self) -> list[Trail]:
        """What is read, as it is mapped."""
        return [self._revenue.trail] if self.register_ else [each.whole for each, _ in self._mapped]

    def _of_documents(self, periods: Sequence[Period], known: Callable[[Period], Mapping[str, str]]) -> Answer:
        versions = {window: known(window) for window in windows(periods)}
        merged = {ref: version for held in versions.values() for ref, version in held.items()}
        sweep = Sweep(self._pages, periods, merged, self._all_told)
        for documents in self._documents:
            for window, held in versions.items():
                sweep.window(documents, window, new=not held)
        sweep.missing(self._documents)
        self._met.update(line.customer_key for told in sweep.read.values() for line in told.lines)
        return Answer(tuple(periods), [line for told in sweep.read.values() for line in told.lines],
                      [row for told in sweep.read.values() for row in told.rejected], frozenset(sweep.unchanged),
                      astray=frozenset(sweep.astray))

    def _all_told(self, documents: Documents, rows: list[Row]) -> list[Told]:
        """Documents as sale lines, all at once; one by one where a line is set aside. Raises SourceError."""
        keys = [list(documents.keys(row)) for row in rows]
        self._names.learn(chain.from_iterable(keys))
        flat = [list(documents.lines(row, self._names)) for row in rows]
        # What refers to a thing that was not found has no version: it is read again, until that is found.
        heads = [head if self._names.tell(named) else replace(head, version="")
                 for head, named in zip(map(documents.head, rows), keys, strict=True)]
        days = [head.at.date() for head in heads]
        period = Period(min(days), max(days) + timedelta(days=1)) if days else Period(date.min, date.min)
        whole = self._lines(list(chain.from_iterable(flat)), period)
        if whole.rejected:
            return [self._told(head, lines, period) for head, lines in zip(heads, flat, strict=True)]
        left = iter(whole.lines)
        return [Told([line._replace(version=head.version) for line in islice(left, len(lines))], [])
                for head, lines in zip(heads, flat, strict=True)]

    def _told(self, head: Head, rows: list[dict[str, object]], period: Period) -> Told:
        """A document as sale lines; one with a line set aside has no version, so that it is read every night."""
        told = self._lines(rows, period)
        version = "" if told.rejected else head.version
        return Told([line._replace(version=version) for line in told.lines], told.rejected)

    def _lines(self, rows: list[dict[str, object]], period: Period) -> Told:
        """Flat rows as sale lines with the references that rows of a table have not."""
        reader = SaleRows(COLUMNS, frozenset({RETURN}), self.currency, cleaned=self._cleaned)
        lines, rejected = reader.read(rows, period)
        if rejected:
            # What is left of the rows says no more which line is of which.
            each = [self._lines([row], period) for row in rows] if len(rows) > 1 else [Told([], rejected)]
            return Told([line for told in each for line in told.lines], [row for told in each for row in told.rejected])
        return Told([line._replace(ref=reference(row["ref"]), customer_key=str(row["customer_key"]),
                                   quantity=abs(line.quantity) if line.returned else line.quantity)
                     for line, row in zip(lines, rows, strict=True)], [])

    def _of_register(self, periods: Sequence[Period]) -> Answer:
        register, found = self._revenue, list[Told]()
        for window in windows(periods):
            rows = chain.from_iterable(self._pages.pages(register.trail, window, MOST_HEADS))
            documents = register.documents(rows)
            self._names.learn(register.keys(chain.from_iterable(documents.values())))
            found.append(self._lines([line for ref, rows in documents.items()
                                      for line in register.lines(ref, rows, self._names)], window))
        return Answer(tuple(periods), [line for told in found for line in told.lines],
                      [row for told in found for row in told.rejected])

    def _taxes(self, people: People, refs: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        try:
            return people.tax_numbers(self._ask, refs)
        except SourceRefused as refusal:
            log.warning("Customers come without tax numbers: %s", refusal)
            return {}

    def _totals(self, period: Period) -> list[DayTotal] | None:
        sets = [documents for documents, _ in self._mapped]
        if self.register_ or self.vat == "without" or not all(each.paths.get("total") for each in sets):
            return None
        found = [self._total(documents, row) for documents in sets for window in windows([period])
                 for row in self._rows(documents.sums, window) if self._is_ours(documents, row)]
        return None if None in found else _by_day(filter(None, found))

    def _rows(self, trail: Trail, window: Period) -> Iterable[Row]:
        """The rows of a window; those that come with their keys, each once."""
        rows = (row for page in self._pages.pages(trail, window) for row in page)
        return {row.get("Ref_Key", number): row for number, row in enumerate(rows)}.values()

    def _is_ours(self, documents: Documents, row: Row) -> bool:
        """Whether a document is in our currency; others are set aside, and have no part in any sum."""
        return text(row.get(documents.paths.get("currency", ""))).casefold() in spellings(self.currency)

    def _total(self, documents: Documents, row: Row) -> DayTotal | None:
        """The total of a document; None where its sum cannot be understood."""
        try:
            amount = units(row.get(documents.paths["total"]), MONEY_SCALE) or 0
        except (Unreadable, TypeError):
            return None
        day = moment_of(row, documents.paths["date"]).date()
        return DayTotal(day, 1, None, -abs(amount) if documents.returned else amount)

    @property
    def _pages(self) -> Reader:
        self._reader = self._reader or Reader(self._ask, self.page_mb * 1_000_000)
        return self._reader

    def _ask(self, question: Question) -> list[Row]:
        """The rows of one answer; a column that 1C has not got is named. Raises SourceError."""
        try:
            return whole_rows(question, self._answered(question))
        except SourceRefused as refusal:
            problem = refusal
        if problem.values.get("status") == explain.BAD_REQUEST and len(question.select) > 1:
            missing = explain.unmapped(self._answered, question)
            problem = explain.lacks(question.name, missing) if missing else problem
        raise problem

    def _answered(self, question: Question) -> list[Row]:
        return self.read(Request("GET", f"{self.url.rstrip('/')}/{question.path}?{question.query}",
                                 headers=self._greeting(), what=question.name, least=question.least), _value)

    def _greeting(self) -> dict[str, str | bytes]:
        """What begins a session of 1C: once, as a publication that keeps none gives no cookie."""
        greets = self.session and not self._greeted
        self._greeted = True
        return {"Accept": "application/json", **({"IBSession": "start"} if greets else {})}

    @contextmanager
    def _sitting(self) -> Iterator[None]:
        """A session of 1C, where one is wanted; its licence is given back at the end."""
        self._greeted = False
        try:
            yield
        finally:
            self._take_leave()

    def _take_leave(self) -> None:
        if not (self.session and self._greeted and self._opened().cookies):
            return
        trail = self._trails()[0].question
        question = Question(trail.name, trail.select[:1], top=1)
        try:
            url = f"{self.url.rstrip('/')}/{question.path}?{question.query}"
            self._sent(Request("GET", url, headers={"IBSession": "finish"})).close()
        except (requests.RequestException, HTTPError, OSError, SourceError):
            log.info("1C did not hear that its session is over; it will end by itself.")
        self._opened().cookies.clear()


def _check_length(trail: Trail) -> None:
    """A question of this kind fits an address. Raises ValueError."""
    asked = trail.question.also(within(trail.moment, midnight(date.min), midnight(date.max)))
    length = len(Question(asked.name, asked.select, asked.where, f"{trail.moment},{','.join(trail.keys)}", 9_999,
                          99_999, allowed_only=True).query)
    if length > LONGEST_QUERY:
        raise ValueError(f"the question for {asked.name} takes {length} characters, a web server {LONGEST_QUERY}; "
                         'map fewer fields: write "" for some')
    if not trail.question.room_for_refs():
        raise ValueError(f"the question for {asked.name} leaves no room for a reference; map fewer fields")


def _value(reply: Reply) -> list[Row]:
    """The rows of an answer of OData. Raises SourceError."""
    found = decoding.parsed(reply)
    rows = found.get("value") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AnswerMalformed("The answer of 1C holds no list of rows under `value`. Check that source.url ends with "
                              "/odata/standard.odata.")
    return rows


def _by_day(totals: Iterator[DayTotal]) -> list[DayTotal]:
    days: dict[date, DayTotal] = {}
    for each in totals:
        held = days.get(each.day, DayTotal(each.day, 0, None, 0))
        days[each.day] = held._replace(documents=held.documents + 1, amount=held.amount + each.amount)
    return [days[day] for day in sorted(days)]
