"""The register of revenue: sales, returns and corrections of all kinds of documents in one feed of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from rfm_service.onec.odata.documents import RETURN, SALE, SHOWN, presented
from rfm_service.onec.odata.names import Names
from rfm_service.onec.odata.pages import Row, Trail, key_of
from rfm_service.onec.odata.profiles import REGISTER, Analysis
from rfm_service.onec.odata.query import Question, reference, unique

ROW_KEYS = ("Recorder", "LineNumber")


@dataclass(frozen=True)
class Register:
    """The rows of the register, with the paths of our fields filled in; `returns` are the documents of returns."""

    paths: Mapping[str, str]
    returns: frozenset[str]
    analyses: Mapping[str, Analysis]
    allowed_only: bool = False

    @cached_property
    def trail(self) -> Trail:
        """The rows that count, along their moments."""
        fields = ("date", *SHOWN, "buyer_key", "order_id", "order_key", "sum")
        select = unique((*ROW_KEYS, "Recorder_Type", *(self.paths.get(field, "") for field in fields)))
        question = Question(REGISTER, select, "Active eq true", allowed_only=self.allowed_only)
        return Trail(question, self.paths["date"], ROW_KEYS)

    def documents(self, rows: Iterable[Row]) -> dict[str, list[Row]]:
        """Recorder -> its rows; a row that came twice is one. Raises AnswerMalformed."""
        found: dict[str, dict[str, Row]] = {}
        for row in rows:
            recorder, number = key_of(row, ROW_KEYS)
            found.setdefault(reference(recorder), {})[number] = row
        return {ref: list(lines.values()) for ref, lines in found.items() if ref}

    def keys(self, rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
        """The (column, key) of what is to be looked up for rows. Raises AnswerMalformed."""
        return ((column, reference(row.get(column))) for row in rows for column in self._named)

    def lines(self, ref: str, rows: Iterable[Row], names: Names) -> Iterator[dict[str, object]]:
        """The rows of a document as flat rows: our field -> cell; those of cost alone are no sales."""
        for row in rows:
            if _number(self._cell(row, "sum")) or _number(self._cell(row, "quantity")):
                yield self._line(ref, row, names)

    @cached_property
    def _named(self) -> tuple[str, ...]:
        return tuple(column for column in self.analyses if column in self.paths.values())

    def _line(self, ref: str, row: Row, names: Names) -> dict[str, object]:
        line = {field: self._cell(row, field) for field in (*SHOWN, "date", "buyer_key")}
        for column in self._named:
            cells = names.of(column, reference(row.get(column)))
            line |= {field: cells.get(field) for field in self.analyses[column].columns}
        line["order_id"], line["order_date"] = self._order(row)
        kind = str(row.get("Recorder_Type", "")).rpartition(".")[2]
        return line | {"ref": ref, "sale_id": presented(str(line["sale_id"] or ""))[0] or ref,
                       "customer_key": reference(line["buyer_key"]), "sum": _number(self._cell(row, "sum")),
                       "cash_flow_type": RETURN if kind in self.returns else SALE}

    def _order(self, row: Row) -> tuple[str, str]:
        key = reference(self._cell(row, "order_key"))
        number, date = presented(str(self._cell(row, "order_id") or ""))
        return (number, date) if key and number else (key, "")

    def _cell(self, row: Row, field: str) -> Any:
        return row.get(self.paths.get(field, ""))


def _number(value: Any) -> Any:
    """An empty number of a register is 0."""
    try:
        return value if Decimal(str(value or 0)) else 0
    except InvalidOperation:
        return value
