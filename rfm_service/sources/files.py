"""Files of sale lines that people or an export job put into a folder (docs/files.md)."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Annotated, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from rfm_service import tabular
from rfm_service.domain.errors import AnswerMalformed, SourceUnavailable
from rfm_service.domain.letters import folded
from rfm_service.domain.values import (
    Answer,
    DayTotal,
    Partner,
    Period,
    Rejected,
    Remark,
    SaleLine,
    merge_periods,
    money,
)
from rfm_service.ports import Known, Reach
from rfm_service.setting_types import HomePath
from rfm_service.tabular.column_remarks import doubted, lost
from rfm_service.tabular.drop_folder import Dropped, look, matches, steadily
from rfm_service.tabular.names import PARTNER_NAMES, RETURN_VALUES, SALE_NAMES
from rfm_service.tabular.sale_files import NEEDED, Layout, Reading, SaleFile, layout_of, scan
from rfm_service.tabular.sale_rows import Row, partners
from rfm_service.tabular.table import check_once, shown

log = logging.getLogger(__name__)

TRIES = 5
FIRST_GAP_S = 1.0
SPOOL_BYTES = 64_000_000
"""So much of the rows that wait to be understood stays in memory; more goes to a temporary file."""
MONTH_DAYS = 31
SHOWN = 5
"""So many files are named by `explain`, and so many names of a column that lacks."""
PEOPLE = {field: field for field in PARTNER_NAMES}

T = TypeVar("T")


def _encoding(name: str) -> str:
    try:
        "".encode(name or "utf-8")
    except (LookupError, ValueError):
        raise ValueError("no such encoding; write one like utf-8 or cp1251, or leave it empty") from None
    return name


def _listed(names: object) -> object:
    return (names,) if isinstance(names, str) else names


Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed), Field(min_length=1)]


class Fields(BaseModel):
    """Our field -> its column, or several names for it, the preferred one first."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    date: Names = SALE_NAMES["date"]
    sale_id: Names = SALE_NAMES["sale_id"]
    order_date: Names = SALE_NAMES["order_date"]
    order_id: Names = SALE_NAMES["order_id"]
    buyer: Names = SALE_NAMES["buyer"]
    contractor: Names = SALE_NAMES["contractor"]
    site_id: Names = SALE_NAMES["site_id"]
    product: Names = SALE_NAMES["product"]
    feature: Names = SALE_NAMES["feature"]
    quantity: Names = SALE_NAMES["quantity"]
    sum: Names = SALE_NAMES["sum"]
    address: Names = SALE_NAMES["address"]
    cash_flow_type: Names = SALE_NAMES["cash_flow_type"]
    organisation: Names = SALE_NAMES["organisation"]
    currency: Names = SALE_NAMES["currency"]
    cost: Names = SALE_NAMES["cost"]
    product_category: Names = SALE_NAMES["product_category"]
    channel: Names = SALE_NAMES["channel"]
    email: Names = PARTNER_NAMES["email"]
    category: Names = PARTNER_NAMES["category"]
    manager: Names = PARTNER_NAMES["manager"]
    ref: Names = PARTNER_NAMES["ref"]
    tax_id: Names = PARTNER_NAMES["tax_id"]
    tax_code: Names = PARTNER_NAMES["tax_code"]
    phone: Names = PARTNER_NAMES["phone"]
    do_not_contact: Names = PARTNER_NAMES["do_not_contact"]

    def of(self, fields: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The names of some fields."""
        return {field: getattr(self, field) for field in fields}


class Table(NamedTuple):
    """What a file is by its header: sale lines by a layout, or customers by their columns."""

    layout: Layout | None
    people: Mapping[str, str]


class Day(NamedTuple):
    """What a file says of a day."""

    day: date
    lines: list[SaleLine]
    rejected: list[Rejected]


class Source(BaseModel):
    """Tables in the folder `path` whose names match `pattern`; of each day the newest file counts.

    `partners` names the file of the customers (empty: told by its columns), `encoding` that of text files (empty:
    found out). A folder that is away and a file that changes are tried again, for `deadline_minutes` at most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    path: HomePath
    currency: str = "RUB"
    pattern: str = Field("*", min_length=1)
    partners: str = ""
    encoding: Annotated[str, AfterValidator(_encoding)] = ""
    return_values: tuple[str, ...] = RETURN_VALUES
    deadline_minutes: float = Field(240, gt=0)
    fields_: Fields = Field(Fields(), alias="fields")
    _deadline: float | None = PrivateAttr(None)
    _reading: Reading | None = PrivateAttr(None)
    _tables: dict[Dropped, Table] = PrivateAttr(default_factory=dict)
    _files: dict[Dropped, SaleFile] = PrivateAttr(default_factory=dict)
    _cleaned: set[str] = PrivateAttr(default_factory=set)

    @property
    def reach(self) -> Reach:
        """All days."""
        return "everything"

    def lines(self, periods: Sequence[Period], known: Known) -> Answer:
        """The days of the periods that files hold, but for what is as known by its hash. Raises SourceError."""
        return self._patiently(lambda: self._answer(periods, known))

    def customers(self, through: date, known: Known) -> list[Partner]:
        """What the files say of customers; of each the newest file counts. Raises SourceError."""
        return self._patiently(self._people)

    def totals(self, period: Period) -> list[DayTotal] | None:
        """Files tell no control totals."""
        return None

    def explain(self, day: date) -> list[Remark]:
        """In plain words what files there are and what they hold up to a day. Raises SourceError."""
        return self._patiently(lambda: [*self._of_files(), *self._of_sales(day)])

    def _answer(self, periods: Sequence[Period], known: Known) -> Answer:
        holders = {day: file for day, file in self._holders().items() if any(day in period for period in periods)}
        before = {day: found for period in periods for day, found in known.hashes(period).items()}
        same = frozenset(day for day, file in holders.items() if before.get(day) == file.hashes[day])
        days = self._read({day: file for day, file in holders.items() if day not in same})
        cleaned = len(self._cleaned)
        self._cleaned.update(chain.from_iterable(holders[each.day].cleaned.get(each.day, ()) for each in days))
        # A day with rows set aside is read every night, so that they are told until they are mended.
        hashes = {each.day: holders[each.day].hashes[each.day] for each in days if not each.rejected}
        covered = merge_periods(Period(day, day + timedelta(days=1)) for day in holders)
        return Answer(tuple(covered), [line for each in days for line in each.lines],
                      [row for each in days for row in each.rejected], same_days=same, hashes=hashes,
                      cleaned=len(self._cleaned) - cleaned)

    def _holders(self) -> dict[date, SaleFile]:
        """Each day that a file holds -> the newest file that holds it, oldest day first."""
        holders: dict[date, SaleFile] = {}
        for file in self._sale_files():
            for day in file.hashes:
                holders.setdefault(day, file)
        return dict(sorted(holders.items()))

    def _read(self, holders: Mapping[date, SaleFile]) -> list[Day]:
        return [Day(day, *file.read(day, self._ready())) for day, file in holders.items()]

    def _people(self) -> list[Partner]:
        found: dict[str, Partner] = {}
        for dropped in reversed(self._dropped()):
            if columns := self._table(dropped).people:
                rows = steadily(dropped, partial(_rows, dropped.path, columns, self.encoding))
                found |= {each.told: each for each in partners(rows, PEOPLE, ("buyer",)) if each.told}
        return list(found.values())

    def _sale_files(self) -> Iterator[SaleFile]:
        """The files of sale lines, newest first."""
        for dropped in self._dropped():
            layout = self._table(dropped).layout
            if layout and dropped not in self._files:
                self._files[dropped] = steadily(dropped, partial(scan, dropped.path, layout, self._ready()))
            if layout:
                yield self._files[dropped]

    def _table(self, dropped: Dropped) -> Table:
        if dropped not in self._tables:
            header = steadily(dropped, partial(tabular.header, dropped.path, self.encoding))
            self._tables[dropped] = self._told(dropped.path, header)
        return self._tables[dropped]

    def _told(self, path: Path, header: Sequence[str]) -> Table:
        """What a file is; one that is neither would be missed silently, so it is refused."""
        names = self.fields_.of(SALE_NAMES)
        if not self._is_partners(path.name) and (layout := layout_of(path, header, names)):
            return Table(layout, {})
        people = tabular.find_columns(header, self.fields_.of(PARTNER_NAMES))
        by_columns = not self.partners and len(people) > 1 and not (
            tabular.find_columns(header, names).keys() & {"date", "sum"})
        if "buyer" in people and (by_columns or self._is_partners(path.name)):
            check_once(path, header, people)
            return Table(None, people)
        raise self._lacking(path, header)

    def _lacking(self, path: Path, header: Sequence[str]) -> AnswerMalformed:
        wanted = self.fields_.of(("buyer",) if self._is_partners(path.name) else NEEDED)
        there = tabular.find_columns(header, wanted)
        lacking = ", ".join(f"{field} ({_some(names)})" for field, names in wanted.items() if field not in there)
        return AnswerMalformed("The file {file} lacks the column of {fields}. Name its columns in [source.fields], or "
                               "take the file out of the folder.", file=shown(path), fields=lacking)

    def _is_partners(self, name: str) -> bool:
        return bool(self.partners) and matches(name, self.partners)

    def _dropped(self) -> list[Dropped]:
        """The tables of the folder, newest first."""
        found, _others = look(self.path, lambda name: self._is_partners(name) or matches(name, self.pattern))
        if self.partners and not any(self._is_partners(each.name) for each in found):
            raise SourceUnavailable("The file {file} of the customers is not in {path}. Put it there, or mend "
                                    "source.partners.", file=self.partners, path=str(self.path))
        return found

    def _ready(self) -> Reading:
        """How files are read; their rows wait in one spool as long as this source is used."""
        if self._reading is None:
            spool = SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115 (it lives as long as this source)
            self._reading = Reading(self.fields_.of(SALE_NAMES), frozenset(map(folded, self.return_values)),
                                    self.currency, self.encoding, spool)
        return self._reading

    def _patiently(self, ask: Callable[[], T]) -> T:
        """What is asked, a few times where the folder or a file is not ready."""
        self._deadline = self._deadline or time.monotonic() + self.deadline_minutes * 60
        attempt = 0
        while True:
            try:
                return ask()
            except SourceUnavailable as problem:
                wait = FIRST_GAP_S * 2**attempt
                attempt += 1
                if attempt == TRIES or time.monotonic() + wait > self._deadline:
                    raise
                log.warning("%s Trying again in %.0f s.", problem, wait)
            time.sleep(wait)

    def _of_files(self) -> Iterator[Remark]:
        tables = {dropped: self._table(dropped) for dropped in self._dropped()}
        sales = {dropped: table.layout for dropped, table in tables.items() if table.layout}
        yield Remark(bool(sales), "{path} holds files of sale lines: {sales}; of customers: {people}.", (
            ("path", str(self.path)), ("sales", len(sales)), ("people", len(tables) - len(sales))))
        told: list[Layout] = []
        for dropped, layout in sales.items():
            if layout not in told and len(told) < SHOWN:
                told.append(layout)
                yield Remark(True, "{file}: {columns}. Not found: {absent}.", (
                    ("file", shown(dropped.path)), ("columns", ", ".join(map(" = ".join, layout.columns.items()))),
                    ("absent", ", ".join(field for field in SALE_NAMES if not layout.has(field)) or "—")))
                yield from lost(layout.has)
        _, others = look(self.path, lambda _name: True)
        if others:
            yield Remark(True, "Passed over, being no tables: {files}.", (("files", ", ".join(others[:SHOWN])),))

    def _of_sales(self, day: date) -> Iterator[Remark]:
        holders = self._holders()
        if not holders:
            return
        first, last = min(holders), max(holders)
        yield Remark(True, "Sales from {first} to {last}, on {days} days.", (
            ("first", first.isoformat()), ("last", last.isoformat()), ("days", len(holders))))
        twice = Counter(held for file in self._sale_files() for held in file.hashes)
        if several := sum(count > 1 for count in twice.values()):
            yield Remark(True, "{days} days are held by more than one file: of each the newest file counts.",
                         (("days", several),))
        month = Period(day - timedelta(days=MONTH_DAYS - 1), day + timedelta(days=1))
        days = self._read({held: file for held, file in holders.items() if held in month})
        lines = [line for each in days for line in each.lines]
        yield Remark(bool(lines), "{first} to {last}: {lines} sale lines, {amount} in all.", (
            ("first", month.first.isoformat()), ("last", day.isoformat()), ("lines", len(lines)),
            ("amount", f"{money(sum(line.amount for line in lines)):.2f} {self.currency}")))
        yield from doubted(lines, "cost")
        yield Remark(True, "Files tell no control totals: what is stored is not proved night by night.")
        if rejected := [row.reason for each in days for row in each.rejected]:
            (reason, _), = Counter(rejected).most_common(1)
            yield Remark(False, "Of these days {count} rows cannot be understood, most often: {reason}.",
                         (("count", len(rejected)), ("reason", Remark(False, reason))))


def _some(names: Sequence[str]) -> str:
    """Some names of a column; the others are in docs/files.md."""
    return " / ".join((*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])))


def _rows(path: Path, columns: Mapping[str, str], encoding: str) -> list[Row]:
    """The rows of a table by our fields."""
    return [dict(zip(batch, cells, strict=True)) for batch in tabular.batches(path, columns, encoding)
            for cells in zip(*batch.values(), strict=True)]
