"""Rows of a table, by column name, as sale lines and partners; a row that cannot be understood is kept aside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.values import MONEY_SCALE, QUANTITY_SCALE, Partner, Period, Rejected, SaleLine
from rfm_service.tabular.cells import Unreadable, moment, text, units, yes

Row = Mapping[str, object]
NEEDED = ("date", "sale_id", "order_date", "order_id", "buyer", "contractor", "site_id", "product", "feature",
          "quantity", "sum", "address", "cash_flow_type")
PARTNER_NEEDED = ("buyer", "email")
ROUBLE = ("руб.", "руб", "643")


@dataclass(frozen=True)
class SaleRows:
    """How the rows of a sales table are read: our field -> its column, which values mean a return or our currency."""

    columns: Mapping[str, str]
    return_values: frozenset[str]
    currency: str

    def read(self, rows: Sequence[Row], period: Period) -> tuple[list[SaleLine], list[Rejected]]:
        """The lines of the period and the rows set aside. Raises AnswerMalformed where a column lacks."""
        lines: list[SaleLine] = []
        rejected: list[Rejected] = []
        for row in rows:
            try:
                lines.append(self._line(row, period))
            except Unreadable as problem:
                rejected.append(Rejected(str(problem), self._day(row, period), _as_json(row)))
            except TypeError:
                rejected.append(Rejected("a cell holds a list or a table", None, _as_json(row)))
            except KeyError:
                raise lacking(row, self.columns, NEEDED) from None
        return lines, rejected

    def _line(self, row: Row, period: Period) -> SaleLine:
        names = self.columns
        at = moment(row[names["date"]])
        number = text(row[names["sale_id"]])
        amount = units(row[names["sum"]], MONEY_SCALE)
        if at is None or not number or amount is None:
            raise Unreadable("the date, the document number or the sum is empty")
        if at.date() not in period:
            raise Unreadable("the date lies outside the period that was asked for")
        self._check_currency(row)
        ordered = moment(row[names["order_date"]])
        returned = text(row[names["cash_flow_type"]]).casefold() in self.return_values
        get = row.get
        return SaleLine(
            at, number, -abs(amount) if returned else amount, returned, text(row[names["buyer"]]),
            text(row[names["contractor"]]), text(get(names["organisation"])), text(row[names["order_id"]]),
            ordered.date() if ordered else None, text(row[names["product"]]), text(row[names["feature"]]),
            units(row[names["quantity"]], QUANTITY_SCALE) or 0, text(row[names["address"]]),
            text(row[names["site_id"]]).removesuffix(".0"), text(get(names["product_category"])),
            text(get(names["channel"])), units(get(names["cost"]), MONEY_SCALE))

    def _check_currency(self, row: Row) -> None:
        written = text(row.get(self.columns["currency"])).casefold()
        ours = (self.currency.casefold(), *(ROUBLE if self.currency == "RUB" else ()))
        if written and written not in ours:
            raise Unreadable("the line is in another currency")

    def _day(self, row: Row, period: Period) -> date | None:
        try:
            at = moment(row.get(self.columns["date"]))
        except (Unreadable, TypeError):
            return None
        return at.date() if at and at.date() in period else None


def partners(rows: Iterable[Row], columns: Mapping[str, str]) -> list[Partner]:
    """What the rows of a partners table say. Raises AnswerMalformed where a column lacks."""
    return [_partner(row, columns) for row in rows]


def _partner(row: Row, columns: Mapping[str, str]) -> Partner:
    if any(columns[field] not in row for field in PARTNER_NEEDED):
        raise lacking(row, columns, PARTNER_NEEDED)
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
