"""Rows of a table, by column name, as sale lines and partners; a row that cannot be understood is kept aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice, repeat
from operator import itemgetter
from typing import Any, TypeVar
from unicodedata import is_normalized

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.letters import folded
from rfm_service.domain.values import MONEY_SCALE, QUANTITY_SCALE, Partner, Period, Rejected, SaleLine
from rfm_service.tabular.cells import Unreadable, is_unclean, moment, text, units, yes

Row = Mapping[str, object]
T = TypeVar("T")
NEEDED = ("date", "sale_id", "order_date", "order_id", "buyer", "contractor", "site_id", "product", "feature",
          "quantity", "sum", "address", "cash_flow_type")
WORDS = ("sale_id", "order_id", "buyer", "contractor", "site_id", "product", "feature", "address", "cash_flow_type",
         "organisation", "currency", "product_category", "channel")
"""The fields that are texts."""
PARTNER_NEEDED = ("buyer", "email")
CHUNK = 4096
TEXTS = frozenset((str, type(None)))
MOST_SHARED = 20_000
OTHER_CURRENCY = "the line is in another currency"
SPELLINGS = {"RUB": ("руб.", "руб", "643"), "CNY": ("rmb", "人民币", "元", "¥", "￥", "156"), "TRY": ("tl", "₺", "949")}


@dataclass(frozen=True)
class SaleRows:
    """How the rows of a sales table are read: our field -> its column, which values mean a return or our currency.

    `return_values` are folded; the fields `needed` have a column in every row. `cleaned` gathers the texts that held
    what cannot be shown, as they came, of rows taken and set aside.
    """

    columns: Mapping[str, str]
    return_values: frozenset[str]
    currency: str
    needed: Collection[str] = NEEDED
    cleaned: set[str] = field(default_factory=set, repr=False, compare=False)
    _shared: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def read(self, rows: Iterable[Row], period: Period) -> tuple[list[SaleLine], list[Rejected]]:
        """The lines of the period and the rows set aside. Raises AnswerMalformed where a needed column lacks."""
        left = iter(rows)
        lines: list[SaleLine] = []
        rejected: list[Rejected] = []
        while chunk := list(islice(left, CHUNK)):
            try:
                lines += self._together(chunk, period)
            except (Unreadable, TypeError, KeyError):
                self._one_by_one(chunk, period, lines, rejected)
        return lines, rejected

    def _together(self, rows: Sequence[Row], period: Period) -> Iterator[SaleLine]:
        """The lines column by column, in half the time; raises where a row needs a look of its own."""
        def cells(field: str) -> list[object]:
            name = self.columns[field]
            return list(map(itemgetter(name), rows)) if field in self.needed else [row.get(name) for row in rows]

        def words(field: str) -> list[str]:
            return self._words(cells(field))

        def numbers(field: str, scale: int) -> list[int | None]:
            return list(map(units, cells(field), repeat(scale)))

        at, number, amount = _each(moment, cells("date")), words("sale_id"), numbers("sum", MONEY_SCALE)
        if "" in number or None in amount or not all(each and each.date() in period for each in set(at)):
            raise Unreadable
        self._check_currencies(set(words("currency")))
        kinds = words("cash_flow_type")
        is_return = {kind: folded(kind) in self.return_values for kind in set(kinds)}
        returned = [is_return[kind] for kind in kinds]
        ordered = [each and each.date() for each in _each(moment, cells("order_date"))]
        signed = (-abs(each or 0) if back else each for each, back in zip(amount, returned, strict=True))
        nothing = repeat("")
        # As SaleLine._make does, without a call of Python for each.
        return map(partial(tuple.__new__, SaleLine), zip(
            at, number, signed, returned, words("buyer"), words("contractor"), words("organisation"),
            words("order_id"), ordered, words("product"), words("feature"),
            (each or 0 for each in numbers("quantity", QUANTITY_SCALE)), words("address"),
            (each.removesuffix(".0") for each in words("site_id")), words("product_category"), words("channel"),
            numbers("cost", MONEY_SCALE), nothing, nothing, nothing, strict=False))

    def _words(self, cells: Sequence[object]) -> list[str]:
        """Each cell as text, equal ones as one object; clean ones, as most are, need no look of their own."""
        distinct = set(cells)
        if not TEXTS.issuperset(map(type, distinct)):
            self._count(distinct)
            return list(map(text, cells))
        there: list[Any] = list(filter(None, distinct))
        together = "".join(there)
        clean = (together.isprintable() and is_normalized("NFC", together)
                 and list(map(str.strip, there)) == there)
        if not clean:
            self._count(there)
        if len(self._shared) > MOST_SHARED:
            self._shared.clear()
        read = map(self._shared.setdefault, there, there) if clean else map(text, there)
        meaning = {None: "", "": "", **dict(zip(there, read, strict=True))}
        return list(map(meaning.__getitem__, cells))

    def _count(self, cells: Iterable[object]) -> None:
        self.cleaned.update(cell for cell in cells if isinstance(cell, str) and is_unclean(cell))

    def _one_by_one(self, rows: Sequence[Row], period: Period, lines: list[SaleLine], rejected: list[Rejected]
                    ) -> None:
        needed = {self.columns[field] for field in self.needed}
        for name in map(self.columns.__getitem__, WORDS):
            there = [cell for row in rows if isinstance(cell := row.get(name), str)]
            if not "".join(there).isprintable():
                self._count(there)
        for row in rows:
            if not row.keys() >= needed:
                raise lacking(row, self.columns, self.needed)
            try:
                lines.append(self._line(row, period))
            except Unreadable as problem:
                rejected.append(Rejected(str(problem), self.day(row, period), _as_json(row)))
            except TypeError:
                rejected.append(Rejected("a cell holds a list or a table", None, _as_json(row)))

    def _line(self, row: Row, period: Period) -> SaleLine:
        names, get = self.columns, row.get
        at = moment(row[names["date"]])
        number = text(row[names["sale_id"]])
        amount = units(row[names["sum"]], MONEY_SCALE)
        if at is None or not number or amount is None:
            raise Unreadable("the date, the document number or the sum is empty")
        if at.date() not in period:
            raise Unreadable("the date lies outside the period that was asked for")
        self._check_currencies({text(get(names["currency"]))})
        ordered = moment(get(names["order_date"]))
        returned = folded(text(get(names["cash_flow_type"]))) in self.return_values
        return SaleLine(
            at, number, -abs(amount) if returned else amount, returned, text(get(names["buyer"])),
            text(get(names["contractor"])), text(get(names["organisation"])), text(get(names["order_id"])),
            ordered.date() if ordered else None, text(get(names["product"])), text(get(names["feature"])),
            units(get(names["quantity"]), QUANTITY_SCALE) or 0, text(get(names["address"])),
            text(get(names["site_id"])).removesuffix(".0"), text(get(names["product_category"])),
            text(get(names["channel"])), units(get(names["cost"]), MONEY_SCALE))

    def _check_currencies(self, told: set[str]) -> None:
        if not spellings(self.currency).issuperset(map(str.casefold, told)):
            raise Unreadable(OTHER_CURRENCY)

    def day(self, row: Row, period: Period) -> date | None:
        """The day that a row claims; None where it has none, or one outside of the period."""
        try:
            at = moment(row.get(self.columns["date"]))
        except (Unreadable, TypeError):
            return None
        return at.date() if at and at.date() in period else None


def spellings(currency: str) -> frozenset[str]:
    """How a cell, casefolded, says that money is in a currency; an empty one says so too."""
    return frozenset(("", currency.casefold(), *SPELLINGS.get(currency, ())))


def _each(read: Callable[[object], T], cells: Sequence[object]) -> list[T]:
    """What each cell means: equal texts are read once; numbers, of which 1 equals True, one by one."""
    distinct = set(cells)
    if not TEXTS.issuperset(map(type, distinct)):
        return list(map(read, cells))
    meaning = {cell: read(cell) for cell in distinct}
    return list(map(meaning.__getitem__, cells))


def partners(rows: Iterable[Row], columns: Mapping[str, str], needed: Collection[str] = PARTNER_NEEDED
             ) -> list[Partner]:
    """What the rows of a partners table say. Raises AnswerMalformed where a needed column lacks."""
    return [_partner(row, columns, needed) for row in rows]


def _partner(row: Row, columns: Mapping[str, str], needed: Collection[str]) -> Partner:
    if any(columns[field] not in row for field in needed):
        raise lacking(row, columns, needed)
    cell = {field: _plain(field, row.get(name)) for field, name in columns.items()}
    return Partner(cell["buyer"], cell["email"], cell["category"], cell["manager"], cell["ref"], cell["tax_id"],
                   cell["tax_code"], cell["phone"], yes(row.get(columns["do_not_contact"])))


def _plain(field: str, value: object) -> str:
    try:
        return text(value)
    except TypeError:
        raise AnswerMalformed("The answer of 1C holds a list or a table in the field {field}. Mend the HTTP service "
                              "in 1C.", field=field) from None


def lacking(row: Row, columns: Mapping[str, str], needed: Iterable[str]) -> AnswerMalformed:
    """The error that names the fields that a row lacks."""
    missing = ", ".join(f"{field} ({columns[field]})" for field in needed if columns[field] not in row)
    return AnswerMalformed("The answer of 1C lacks the column of the field {field}. Mend the HTTP service in 1C, or "
                           "map the field in [source.fields].", field=missing)


def _as_json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=True, default=str)
