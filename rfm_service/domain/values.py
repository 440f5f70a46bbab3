"""The words of the house as frozen values: days, money, sale lines, rules, answers, reports."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, NamedTuple

from rfm_service.domain.grids import Grid

MONEY_SCALE = 10_000
"""Amounts are integers of 1/10 000 of the currency unit."""
QUANTITY_SCALE = 1_000
"""Quantities are integers of 1/1 000 of a piece."""
EPOCH = date(1970, 1, 1).toordinal()

Returns = Literal["net", "ignore"]
Cause = Literal["customers_merged", "settings_changed", "document_changed", "ageing", "return", "own_order",
                "cuts_moved"]


def day_number(day: date) -> int:
    """Days since 1970-01-01: the form in which frames and the ledger hold a date."""
    return day.toordinal() - EPOCH


def day_of(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(number + EPOCH)


def money(amount: int) -> Decimal:
    """An amount in currency units, exact."""
    return Decimal(amount) / MONEY_SCALE


def clean_name(name: str) -> str:
    """A name as it is compared: trimmed and NFC."""
    return unicodedata.normalize("NFC", name).strip()


def customer_id(name: str) -> str:
    """The stable id of a customer first seen under `name`: 16 hex digits of SHA-256 (DESIGN section 3)."""
    return hashlib.sha256(clean_name(name).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Period(NamedTuple):
    """Days from `first` to before `end`: half-open."""

    first: date
    end: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.first).days

    @property
    def last(self) -> date:
        """The newest day of the period."""
        return self.end - timedelta(days=1)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day < self.end

    def common(self, other: Period) -> Period:
        """The days of both; none where the end is not after the first."""
        return Period(max(self.first, other.first), min(self.end, other.end))

    def without(self, days: Collection[date]) -> list[Period]:
        """What is left of the period without some days."""
        held = sorted(day for day in days if day in self)
        starts = [self.first, *(day + timedelta(days=1) for day in held)]
        return [Period(first, end) for first, end in zip(starts, [*held, self.end], strict=True) if first < end]

    def windows(self, days: int) -> list[Period]:
        """The period cut into pieces of at most `days` days, oldest first."""
        starts = range(self.first.toordinal(), self.end.toordinal(), days)
        return [Period(date.fromordinal(at), min(date.fromordinal(at + days), self.end)) for at in starts]


class DocumentKey(NamedTuple):
    """What identifies a document (DESIGN section 3, document): its `ref` alone where the source gives one."""

    organisation: str
    number: str
    year: int
    returned: bool
    customer: str
    ref: str = ""


class SaleLine(NamedTuple):
    """One line of a document as 1C gave it, parsed: money in 1/10 000, quantity in 1/1 000.

    OData also gives the reference of the document (`ref`), its DataVersion (`version`; empty where a line of the
    document was set aside, so that it is read again) and the reference of the partner (`customer_key`).
    """

    at: datetime
    number: str
    amount: int
    returned: bool
    customer: str
    contractor: str = ""
    organisation: str = ""
    order_id: str = ""
    order_date: date | None = None
    product: str = ""
    feature: str = ""
    quantity: int = 0
    address: str = ""
    site_id: str = ""
    product_category: str = ""
    channel: str = ""
    cost: int | None = None
    ref: str = ""
    version: str = ""
    customer_key: str = ""

    @property
    def told(self) -> str:
        """How the source tells of the customer: by the reference of the partner, else by name."""
        return self.customer_key or self.customer

    @property
    def document(self) -> DocumentKey:
        """The document that the line belongs to."""
        return DocumentKey(self.organisation, self.number, self.at.year, self.returned, self.told, self.ref)


class Partner(NamedTuple):
    """What 1C knows of a customer beside the sales.

    `ref` is the partner's reference in 1C, if told; `key` is filled (with the same) where sales name customers by it;
    `version` is the DataVersion of what was read.
    """

    name: str
    email: str = ""
    category: str = ""
    manager: str = ""
    ref: str = ""
    tax_id: str = ""
    tax_code: str = ""
    phone: str = ""
    do_not_contact: bool = False
    key: str = ""
    version: str = ""

    @property
    def told(self) -> str:
        """How the sales of the source tell of this customer."""
        return self.key or clean_name(self.name)


class Rejected(NamedTuple):
    """A row that could not be understood: why, which day it claims (if any), and the row as JSON."""

    reason: str
    day: date | None
    row: str


@dataclass(frozen=True)
class Answer:
    """What a source says of some periods: the truth for them.

    What it saw to be as the ledger knows it was not read: the documents `unchanged` (by reference) and the
    `same_days` (by hash). `hashes`: the hash of the rows of each day that was read, where the source makes them.
    `astray`: days outside of the periods to which documents that were known in them have moved.
    """

    periods: tuple[Period, ...]
    lines: Sequence[SaleLine]
    rejected: Sequence[Rejected] = ()
    unchanged: frozenset[str] = frozenset()
    same_days: frozenset[date] = frozenset()
    hashes: Mapping[date, bytes] = field(default_factory=dict)
    astray: frozenset[date] = frozenset()
    cleaned: int = 0  # Texts of sales, new to the source, that held what cannot be shown.

    @cached_property
    def columns(self) -> Any:
        """The lines turned: a SaleLine with all cells of a field under its name; there must be lines."""
        return SaleLine._make(zip(*self.lines, strict=True))

    @cached_property
    def documents(self) -> frozenset[DocumentKey]:
        """What identifies the documents of the lines."""
        if not self.lines:
            return frozenset()
        # Column by column: a property of each line would cost as much as reading it.
        cell = self.columns
        told = (key or name for key, name in zip(cell.customer_key, cell.customer, strict=True))
        return frozenset(map(DocumentKey._make, set(zip(
            cell.organisation, cell.number, [at.year for at in cell.at], cell.returned, told, cell.ref, strict=True))))

    @cached_property
    def told(self) -> list[Period]:
        """The periods without the days that are the same: what the lines are the truth for."""
        return merge_periods(part for period in self.periods for part in period.without(self.same_days))

    def joined(self, other: Answer) -> Answer:
        """Both answers as one; where they cover the same days the other one, read later, tells of them."""
        again = frozenset(day for day in self.same_days if any(day in period for period in other.periods))
        return Answer(self.periods + other.periods, [*self.lines, *other.lines], [*self.rejected, *other.rejected],
                      self.unchanged | other.unchanged, (self.same_days - again) | other.same_days,
                      {**self.hashes, **other.hashes}, self.astray | other.astray, self.cleaned + other.cleaned)


class DayTotal(NamedTuple):
    """Control totals of a day: documents, lines (None: not told), sum in 1/10 000 (returns negative)."""

    day: date
    documents: int
    lines: int | None
    amount: int


class Remark(NamedTuple):
    """What was found out of 1C or another thing, for `check`: a msgid, its values, and whether all is well."""

    good: bool
    text: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return self.sentence(str.format)

    def sentence(self, texts: Callable[..., str]) -> str:
        """The sentence in the language of a catalogue."""
        return texts(self.text, **{name: value.sentence(texts) if isinstance(value, Remark) else value
                                   for name, value in self.values})


@dataclass(frozen=True)
class Ingest:
    """What one `replace` changed: counts of documents, and its number in the ledger."""

    number: int
    added: int
    changed: int
    removed: int
    lines: int
    quarantined: int


class Removal(NamedTuple):
    """Stored documents that an answer no longer holds, of all `stored` in its periods; their sum in 1/10 000."""

    gone: int
    stored: int
    amount: int
    first: date | None
    last: date | None


@dataclass(frozen=True)
class FixedCuts:
    """Score borders fixed by the settings: days, orders, money in 1/10 000."""

    r: tuple[int, int, int, int]
    f: tuple[int, int, int, int]
    m: tuple[int, int, int, int]


class Tier(NamedTuple):
    """A wholesale level: from `floor` (1/10 000 of the unit) a two-month block upwards."""

    id: str
    floor: int


SEED_TIERS = (Tier("whale", 500_000 * MONEY_SCALE), Tier("large_wholesale", 220_000 * MONEY_SCALE),
              Tier("wholesale", 100_000 * MONEY_SCALE), Tier("small_wholesale", 30_000 * MONEY_SCALE))
LOWEST_TIER = "retail"


@dataclass(frozen=True)
class Rules:
    """Every setting that shapes R, F, M and what follows from them; money in 1/10 000."""

    grid: Grid
    window_days: int = 365
    gift_below: int = 0
    own_companies: frozenset[str] = frozenset()
    returns: Returns = "net"
    cuts: Literal["monthly", "nightly"] | FixedCuts = "monthly"
    tiers: tuple[Tier, ...] = SEED_TIERS
    exclude_customers: frozenset[str] = frozenset()

    @property
    def left_out(self) -> frozenset[str]:
        """The names, and ids, of all whose lines count for nobody."""
        return self.own_companies | self.exclude_customers


@dataclass(frozen=True)
class Basis:
    """The day and the rules that a summary is made for, over the facts as known after ingest `known` (None: now)."""

    as_of: date
    rules: Rules
    known: int | None = None

    @property
    def window(self) -> Period:
        """The window: `window_days` days ending with as_of, both ends included."""
        end = self.as_of + timedelta(days=1)
        return Period(end - timedelta(days=self.rules.window_days), end)

    @property
    def history(self) -> Period:
        """All days up to as_of."""
        return Period(date(1970, 1, 1), self.window.end)


@dataclass(frozen=True)
class View:
    """Which facts to read: days of `period`, as known after ingest `known` (None: as known now)."""

    period: Period
    known: int | None = None


class Bucket(NamedTuple):
    """Customers whose number lies from `first` to before `end`."""

    first: int
    end: int


@dataclass(frozen=True)
class Picture:
    """A file for a chat, mostly a drawing: its name and bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """One message to one chat, plain text; `kind` is report, success, failure, list or notice.

    `fold` is the same for messages that say the same of one night to one chat; `silent` ones make no sound.
    """

    key: str
    chat: str
    text: str
    pictures: tuple[Picture, ...] = ()
    kind: str = "notice"
    fold: str = ""
    file: Picture | None = None
    silent: bool = False


MANIFEST = "manifest.json"
"""The last file of a published night: it names all others."""


@dataclass(frozen=True)
class Report:
    """A night's files by their path below the night's folder; `manifest` is written last."""

    as_of: date
    files: Mapping[str, bytes]
    manifest: bytes

    @property
    def hash(self) -> str:
        """SHA-256 over the names and bytes of the files, the manifest left out."""
        total = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            total.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        return total.hexdigest()


def merge_periods(periods: Iterable[Period]) -> list[Period]:
    """The same days as few periods that do not touch, oldest first."""
    merged: list[Period] = []
    for period in sorted(periods):
        if merged and period.first <= merged[-1].end:
            merged[-1] = Period(merged[-1].first, max(merged[-1].end, period.end))
        else:
            merged.append(period)
    return merged
