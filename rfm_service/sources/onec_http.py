"""The custom HTTP protocol of 1C: a POST a window, JSON inside a JSON string (docs/1c.md)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from rfm_service.domain.errors import AnswerMalformed, AnswerTooHeavy, SourceRefused
from rfm_service.domain.letters import folded
from rfm_service.domain.values import Answer, DayTotal, Partner, Period, Remark
from rfm_service.onec import decoding, http_explain, remarks
from rfm_service.onec.caller import PROOF_MINUTES, Caller, Request
from rfm_service.onec.decoding import Row
from rfm_service.ports import Known, Reach
from rfm_service.tabular import control_totals
from rfm_service.tabular.column_remarks import doubted, lost
from rfm_service.tabular.sale_days import SaleDays
from rfm_service.tabular.sale_rows import SaleRows, partners

log = logging.getLogger(__name__)

T = TypeVar("T")

SALES = "clasterclients"
PARTNERS = "partnersdata"
TOTALS = "totals"
MOST_DAYS = {SALES: 31, TOTALS: 366}
"""The longest window of a question."""
PARTNERS_SINCE = date(2021, 12, 31)
"""From when partners are asked for: 1C answers with all of them whatever the dates."""
SALE_OPTIONAL = ("organisation", "currency", "cost", "product_category", "channel")
PARTNER_OPTIONAL = ("category", "manager", "ref", "tax_id", "tax_code", "phone", "do_not_contact")


class Fields(BaseModel):
    """Our field -> its name in the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)
    date: str = "ДатаРегистратора"
    sale_id: str = "НомерРегистратора"
    order_date: str = "ДатаЗаказаКлиента"
    order_id: str = "НомерЗаказаКлиента"
    buyer: str = "Партнер"
    contractor: str = "Контрагент"
    site_id: str = "ИдНаСайте"
    product: str = "Номенклатура"
    feature: str = "Характеристика"
    quantity: str = "Количество"
    sum: str = "Сумма"
    address: str = "АдресДоставки"
    cash_flow_type: str = "ВидДвижения"
    organisation: str = "Организация"
    currency: str = "Валюта"
    cost: str = "Себестоимость"
    product_category: str = "ВидНоменклатуры"
    channel: str = "Канал"
    email: str = "Почта"
    category: str = "Категория"
    manager: str = "Менеджер"
    ref: str = "Ссылка"
    tax_id: str = "ИНН"
    tax_code: str = "КПП"
    phone: str = "Телефон"
    do_not_contact: str = "НеБеспокоить"


class Source(Caller):
    """1C behind an HTTP service of its own."""

    currency: str = "RUB"
    return_values: tuple[str, ...] = ("Возврат",)
    fields_: Fields = Field(Fields(), alias="fields")
    _cleaned: set[str] = PrivateAttr(default_factory=set)
    _days: dict[str, int] = PrivateAttr(default_factory=lambda: dict(MOST_DAYS))

    @property
    def reach(self) -> Reach:
        """The overlap and a part of the horizon in turn."""
        return "window"

    def lines(self, periods: Sequence[Period], known: Known) -> Answer:
        """All lines of the periods but for days that are as known, asked in windows. Raises SourceError."""
        cleaned = len(self._cleaned)
        parts = [part for period in periods for part in self._parts(period, known.hashes(period))]
        return Answer(tuple(periods), [line for part in parts for line in part.lines],
                      [row for part in parts for row in part.rejected],
                      same_days=frozenset(day for part in parts for day in part.same_days),
                      hashes={day: made for part in parts for day, made in part.hashes.items()},
                      cleaned=len(self._cleaned) - cleaned)

    def customers(self, through: date, known: Known) -> list[Partner]:
        """What 1C knows of the customers up to a day. Raises SourceError."""
        return self._ask(PARTNERS, _since(through), lambda rows: partners(rows, self._columns))

    def totals(self, period: Period) -> list[DayTotal] | None:
        """Control totals of the days with sales; None where the service offers none. Raises SourceError."""
        found: list[DayTotal] = []
        try:
            with self._hurried(PROOF_MINUTES):
                for part in self._windows(TOTALS, period, control_totals.read):
                    if part is None:
                        return None
                    found += part
        except (SourceRefused, AnswerMalformed):
            return None
        # A service that does not know the question may answer it with no rows.
        return control_totals.merged(found) or None

    def explain(self, day: date) -> list[Remark]:
        """What a day brings, which columns and totals there are, how much was sold lately. Raises SourceError."""
        one = Period(day, day + timedelta(days=1))
        rows: list[Row] = self._ask(SALES, one, list)
        people: list[Row] = self._ask(PARTNERS, _since(day), list)
        lines, rejected = self._reader.read(rows, one)
        count = len(partners(people, self._columns))
        columns, optional = self._columns, http_explain.optional
        return [*http_explain.of_day(day, lines, rejected, optional(columns, SALE_OPTIONAL, rows)),
                *(lost(lambda field: any(columns[field] in row for row in rows), columns.__getitem__) if rows else ()),
                *doubted(lines, columns["cost"]),
                *http_explain.of_catalogue(count, optional(columns, PARTNER_OPTIONAL, people)),
                *http_explain.of_totals(day, self.totals, self._sold, self.currency),
                *remarks.of_all(allowed_only=False)]

    @property
    def _columns(self) -> dict[str, str]:
        return self.fields_.model_dump()

    @property
    def _reader(self) -> SaleRows:
        return SaleRows(self._columns, frozenset(map(folded, self.return_values)), self.currency,
                        cleaned=self._cleaned)

    def _parts(self, period: Period, known: Mapping[date, bytes]) -> Iterator[Answer]:
        reader = self._reader
        return self._windows(SALES, period, lambda window, rows: SaleDays(reader, window, known).answer(rows))

    def _sold(self, period: Period) -> list[DayTotal]:
        """Totals of days counted from their sale lines. Raises SourceError."""
        return control_totals.of_lines(line for part in self._parts(period, {}) for line in part.lines)

    def _windows(self, algoritm: str, period: Period, understand: Callable[[Period, Iterable[Row]], T]) -> Iterator[T]:
        """What the rows of each window mean; where an answer is too heavy, windows are halved and never grow again."""
        first = period.first
        while first < period.end:
            window = Period(first, min(first + timedelta(days=self._days[algoritm]), period.end))
            try:
                understood = self._ask(algoritm, window, partial(understand, window))
            except AnswerTooHeavy as problem:
                if window.days == 1:
                    raise
                self._days[algoritm] = window.days // 2
                log.warning("%s Asking for %d days at a time from here on.", problem, window.days // 2)
            else:
                yield understood
                first = window.end

    def _ask(self, algoritm: str, window: Period, understand: Callable[[Iterator[Row]], T]) -> T:
        """What the rows of one answer mean. Raises SourceError."""
        question = {"datefrom": f"{window.first.isoformat()}T00:00:00",
                    "datebefore": f"{window.last.isoformat()}T23:59:59", "algoritm": algoritm}
        request = Request("POST", self.url, json.dumps(question).encode(),
                          {"Content-Type": "application/json", "Accept": "application/json"},
                          least=window.days == 1 or algoritm == PARTNERS, optional=algoritm == TOTALS)
        return self.read(request, lambda reply: understand(decoding.rows(reply)))


def _since(through: date) -> Period:
    return Period(min(PARTNERS_SINCE, through), through + timedelta(days=1))
