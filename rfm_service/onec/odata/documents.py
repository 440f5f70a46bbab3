"""A set of documents in 1C: what to ask of it, and its documents as flat rows under our names of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from typing import Any

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.onec.odata.names import Names
from rfm_service.onec.odata.pages import Row, Trail, key_of, lacking, moment_of
from rfm_service.onec.odata.profiles import Analysis
from rfm_service.onec.odata.query import Question, both, reference, unique

HEADS = ("Ref_Key", "Posted", "DeletionMark")
COUNTING = "Posted eq true and DeletionMark eq false"
PRESENTED = re.compile(r".*?(\S+) от (\d{1,2}\.\d{1,2}\.\d{4}(?: \d{1,2}:\d{2}:\d{2})?)\s*", re.DOTALL)
"""`Заказ клиента ЗТМ-0000123 от 26.08.2026 19:30:41`: how 1C shows a document."""
RETURN, SALE = "return", "sale"
SHOWN = ("sale_id", "buyer", "contractor", "organisation", "currency", "product", "feature", "quantity", "address",
         "site_id", "product_category", "channel", "cost")
"""Fields of a line that are read as they stand, or named by their key."""


@dataclass(frozen=True)
class Head:
    """The header of a document: whether it counts, and by what it is known."""

    ref: str
    version: str
    at: datetime
    live: bool


@dataclass(frozen=True)
class Documents:
    """Documents of a set, with the paths of our fields filled in; `vat` says whether sums hold it.

    `analyses` tell by column what the keys in lines stand for.
    """

    name: str
    parts: tuple[str, ...]
    returned: bool
    where: str
    paths: Mapping[str, str]
    analyses: Mapping[str, Analysis]
    vat: bool = True
    allowed_only: bool = False

    @cached_property
    def heads(self) -> Trail:
        """The sweep: headers only."""
        return self._trail(["DataVersion"])

    @cached_property
    def whole(self) -> Trail:
        """The documents with all that is mapped."""
        fields = (*SHOWN, "buyer_key", "order_id", "order_key", "sum", *self._taxes)
        return self._trail(["DataVersion", *(column for field in fields for column in self.columns(field))])

    @cached_property
    def sums(self) -> Trail:
        """The sum and the currency of each document that counts."""
        select = unique((self.paths["date"], self._path("total"), self._path("currency")))
        return Trail(Question(self.name, select, both(self.where, COUNTING), allowed_only=self.allowed_only),
                     self.paths["date"], ("Ref_Key",))

    def columns(self, field: str) -> list[str]:
        """What is selected for a field: a column of the lines is one in every tabular part."""
        path, column = self._path(field), _column(self._path(field))
        if "/" in path:
            return [f"{part}/{column}" for part in self.parts]
        # Of an order that the header shows, its key says which lines it is of.
        apart = field == "order_id" and path and "/" in self._path("order_key")
        return [path, self._order] if apart else [path]

    def head(self, row: Row) -> Head:
        """The header of a document. Raises AnswerMalformed."""
        ref, version = key_of(row, ("Ref_Key", "DataVersion"))
        known = reference(ref)
        if not known or not version:
            raise AnswerMalformed("1C answered with a document of {name} without a reference or a version.",
                                  name=self.name)
        return Head(known, version, moment_of(row, self.paths["date"]),
                    row.get("Posted") is True and row.get("DeletionMark") is False)

    def keys(self, document: Row) -> Iterator[tuple[str, str]]:
        """The (column, key) of what is to be looked up for the lines of a document. Raises AnswerMalformed."""
        for line in self._lines(document):
            yield from ((column, reference(line.get(column))) for column, _ in self._named)
            key, shown = self._ordered(document, line)
            if not shown and self._order in self.analyses:
                yield self._order, key

    def lines(self, document: Row, names: Names) -> Iterator[dict[str, object]]:
        """The lines of a document as flat rows: our field -> cell. Raises AnswerMalformed."""
        key_path = self._path("buyer_key")
        key = reference(_needed(document, key_path)) if key_path else ""
        fixed = {"date": document[self.paths["date"]], "ref": document["Ref_Key"], "customer_key": key,
                 "cash_flow_type": RETURN if self.returned else SALE}
        # An empty reference is nobody, whatever 1C shows for it.
        fixed |= {} if key or not key_path else {"buyer": ""}
        for line in self._lines(document):
            row = {field: self._cell(document, line, field) for field in SHOWN}
            for column, fields in self._named:
                cells = names.of(column, reference(line.get(column)))
                row |= {field: cells.get(field) for field in fields}
            order_id, order_date = self._order_of(document, line, names)
            yield {**row, **fixed, "order_id": order_id, "order_date": order_date, "sum": self._sum(document, line)}

    @cached_property
    def _named(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Columns of keys that are mapped, with the fields that they tell of: their own, and those without a path."""
        mapped = {_column(self._path(field)): field for field in SHOWN if "/" in self._path(field)}
        return tuple((column, tuple(field for field in analysis.columns
                                    if field == mapped[column] or not self._path(field)))
                     for column, analysis in self.analyses.items() if column in mapped)

    @property
    def _order(self) -> str:
        return _column(self._path("order_key"))

    @property
    def _taxes(self) -> tuple[str, ...]:
        return ("vat", "vat_included") if self._path("vat_included") else () if self.vat else ("vat",)

    def _trail(self, columns: Sequence[str]) -> Trail:
        select = unique((*HEADS, self.paths["date"], *columns))
        return Trail(Question(self.name, select, self.where, allowed_only=self.allowed_only), self.paths["date"],
                     ("Ref_Key",))

    def _path(self, field: str) -> str:
        return self.paths.get(field, "")

    def _lines(self, document: Row) -> Iterator[Row]:
        for part in self.parts:
            lines = document.get(part)
            if not isinstance(lines, list) or not all(isinstance(line, Mapping) for line in lines):
                raise lacking(part)
            yield from lines

    def _cell(self, document: Row, line: Row, field: str) -> object:
        path = self._path(field)
        return line.get(_column(path)) if "/" in path else document.get(path) if path else None

    def _ordered(self, document: Row, line: Row) -> tuple[str, str]:
        """The key of the order of a line, and how the header shows it where it is the order of the whole document."""
        shown = document.get(self._path("order_id"))
        of_all = reference(document.get(self._order))
        key = reference(line.get(self._order)) if "/" in self._path("order_key") else ""
        whole = key in ("", of_all) and isinstance(shown, str) and presented(shown)[0]
        return key or of_all, str(shown) if whole else ""

    def _order_of(self, document: Row, line: Row, names: Names) -> tuple[object, object]:
        """Number and date of the order; its key in place of a number that is not known."""
        key, shown = self._ordered(document, line)
        if not self._path("order_key"):
            return presented(shown) if shown else (document.get(self._path("order_id")), "")
        if shown or not key:
            return presented(shown) if key else ("", "")
        found = names.of(self._order, key)
        return (found.get("order_id"), found.get("order_date")) if found.get("order_id") else (key, "")

    def _sum(self, document: Row, line: Row) -> object:
        path = self.paths["sum"]
        amount = _needed(line if "/" in path else document, _column(path))
        included = not self._path("vat_included") or self._cell(document, line, "vat_included") is not False
        if included == self.vat:
            return amount
        return _plus(amount, self._cell(document, line, "vat"), 1 if self.vat else -1)


@lru_cache(maxsize=100_000)
def presented(shown: str) -> tuple[str, str]:
    """The number and the date of a document as 1C shows it; ('', '') where it shows another thing."""
    match = PRESENTED.fullmatch(shown)
    return (match[1], match[2]) if match else ("", "")


def _column(path: str) -> str:
    """The attribute that a path ends with."""
    return path.rpartition("/")[2]


def _needed(row: Row, column: str) -> Any:
    try:
        return row[column]
    except KeyError:
        pass
    raise lacking(column)


def _plus(amount: object, vat: object, sign: int) -> object:
    """The sum with or less the tax; what cannot be counted is left to be set aside with its line."""
    try:
        return str(Decimal(str(amount)) + sign * Decimal(str(vat if vat is not None else 0)))
    except InvalidOperation:
        return f"{amount} / {vat}"
