"""A shop that serves a file of sale lines: in our own columns or in those of the Online Retail set."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import repeat
from operator import le
from pathlib import Path
from typing import Any, NamedTuple, Self

from rfm_service import tabular
from rfm_service.domain.letters import folded
from rfm_service.emulator import replay_values as values
from rfm_service.emulator.shop import AMOUNT_UNITS, OPTIONAL_FIELDS, QUANTITY_UNITS, Partner, ShopLine
from rfm_service.tabular.names import RETAIL_NAMES, RETURN_VALUES, SALE_NAMES

_OWN_NAMES = {{"sum": "amount", "cash_flow_type": "returned"}.get(field, field): names
              for field, names in SALE_NAMES.items()}
_RETURNS = frozenset(map(folded, RETURN_VALUES))
_OWN_REQUIRED = ("date", "sale_id", "buyer", "amount")

_Fields = dict[str, Sequence[Any]]


class _Layout(NamedTuple):
    """Which day each row belongs to, and the rows, both by day."""

    days: "array[int]"
    fields: _Fields


class ReplayShop:
    """The lines of a file, by day: columns in arrays, equal texts kept once."""

    def __init__(self, layout: _Layout, optional: frozenset[str]) -> None:
        """Take columns that are laid out already; use `read`."""
        self._days, self._fields = layout
        self._optional = optional

    @classmethod
    def read(cls, path: Path, ends: date | None = None) -> Self:
        """Read parquet or csv; `ends` moves all dates by whole weeks, to end on the newest day <= it.

        Raises:
            TableError: the file is not a table, its columns are not known, or a value in it is not readable.
        """
        header = tabular.header(path)
        own = tabular.find_columns(header, _OWN_NAMES)
        if all(field in own for field in _OWN_REQUIRED):
            fields = _gathered(path, _OWN_NAMES, _own_batch)
        elif len(tabular.find_columns(header, RETAIL_NAMES)) == len(RETAIL_NAMES):
            fields = _gathered(path, RETAIL_NAMES, _retail_batch)
        else:
            missing = ", ".join(_OWN_NAMES[field][0] for field in _OWN_REQUIRED if field not in own)
            raise tabular.TableError(
                f"{path}: no columns {missing}, nor all of Online Retail; rename the columns"
            )
        return cls(_by_day(_moved(fields, ends)), frozenset(OPTIONAL_FIELDS) & own.keys())

    @property
    def first_day(self) -> date:
        """The day of the oldest line."""
        return date.fromordinal(self._days[0])

    @property
    def last_day(self) -> date:
        """The day of the newest line."""
        return date.fromordinal(self._days[-1])

    def __len__(self) -> int:
        return len(self._days)

    def lines(self, start: date, end: date) -> Iterator[ShopLine]:
        """Yield the lines of [start, end), by day, within a day in file order."""
        first = bisect_left(self._days, start.toordinal())
        last = max(first, bisect_left(self._days, end.toordinal()))
        empty = ShopLine._field_defaults
        columns: list[Iterable[Any]] = [
            self._fields[field][first:last] if field in self._fields else repeat(empty[field], last - first)
            for field in ShopLine._fields
        ]
        return map(ShopLine._make, zip(*columns, strict=True))

    def partners(self) -> Iterator[Partner]:
        """Yield the buyers of the file in the order of their first line; only their names are known."""
        return (Partner(buyer) for buyer in dict.fromkeys(self._fields["buyer"]) if buyer)

    def optional_fields(self) -> frozenset[str]:
        """Return the optional fields that the file has columns for."""
        return self._optional


def _gathered(path: Path, names: tabular.ColumnNames, convert: Any) -> _Fields:
    reader = values.Reader(path)
    whole: dict[str, Any] = {}
    for batch in tabular.read_batches(path, names):
        for field, column in convert(batch, reader).items():
            if field not in whole:
                whole[field] = array("q") if field in ("quantity", "amount") else []
            whole[field].extend(column)
    if not whole.get("date"):
        raise tabular.TableError(f"{path}: there are no sale lines in the table; choose another file")
    return whole


def _own_batch(batch: tabular.Batch, reader: values.Reader) -> _Fields:
    read = {
        "date": reader.moment,
        "order_date": reader.moment_or_none,
        "quantity": lambda value: reader.exact(value, QUANTITY_UNITS),
        "amount": lambda value: reader.exact(value, AMOUNT_UNITS),
        "cost": lambda value: None if value in (None, "") else reader.exact(value, AMOUNT_UNITS),
        "site_id": reader.integer_or_none,
        "returned": lambda value: folded(reader.text(value)) in _RETURNS,
    }
    return {field: values.converted(column, read.get(field, reader.text)) for field, column in batch.items()}


def _retail_batch(batch: tabular.Batch, reader: values.Reader) -> _Fields:
    numbers = values.converted(batch["number"], reader.text)
    pieces = values.converted(batch["quantity"], lambda value: reader.exact(value, 1))
    prices = values.converted(batch["price"], lambda value: reader.exact(value, AMOUNT_UNITS))
    returned = [number.startswith("C") for number in numbers]
    kept = [at for at, back in enumerate(returned) if back or (pieces[at] > 0 and prices[at] > 0)]
    dates = values.converted(batch["date"], reader.moment)
    codes = values.converted(batch["code"], reader.text)
    names = values.converted(batch["product"], reader.text)
    fields = {
        "date": dates,
        "sale_id": numbers,
        "order_date": dates,
        "order_id": numbers,
        "buyer": values.converted(batch["buyer"], reader.whole_text),
        "product": [name or code for name, code in zip(names, codes, strict=True)],
        "feature": codes,
        "address": values.converted(batch["address"], reader.text),
        "returned": returned,
        "quantity": [count * QUANTITY_UNITS for count in pieces],
        "amount": [count * price for count, price in zip(pieces, prices, strict=True)],
    }
    return {field: [column[at] for at in kept] for field, column in fields.items()}


def _moved(fields: _Fields, ends: date | None) -> _Fields:
    if ends is None:
        return fields
    last: datetime = max(fields["date"])
    weeks = timedelta(weeks=(ends - last.date()).days // 7)
    dates = {name: fields[name] for name in ("date", "order_date") if name in fields}
    by_weeks = {moment: moment + weeks for column in dates.values() for moment in set(column) if moment}
    return fields | {name: [by_weeks.get(moment) for moment in column] for name, column in dates.items()}


def _by_day(fields: _Fields) -> _Layout:
    ordinals = {moment: moment.toordinal() for moment in set(fields["date"])}
    days = array("i", [ordinals[moment] for moment in fields["date"]])
    if all(map(le, days, days[1:])):
        return _Layout(days, fields)
    order = sorted(range(len(days)), key=days.__getitem__)
    laid: _Fields = {name: _like(column, [column[at] for at in order]) for name, column in fields.items()}
    return _Layout(array("i", [days[at] for at in order]), laid)


def _like(column: Sequence[Any], cells: list[Any]) -> Sequence[Any]:
    return array(column.typecode, cells) if isinstance(column, array) else cells
