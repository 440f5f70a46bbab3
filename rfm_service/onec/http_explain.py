"""What an HTTP service of 1C offers and lacks, in plain words for the one who sets it up; no customer is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rfm_service.domain.errors import SourceUnavailable
from rfm_service.domain.values import DayTotal, Period, Rejected, Remark, SaleLine
from rfm_service.onec.remarks import month_before, of_months, of_rejected

Ask = Callable[[Period], list[DayTotal] | None]

MOST_YEARS = 30


class Optional(NamedTuple):
    """The optional columns that rows have, and those that they lack, as text; nothing where there are no rows."""

    there: str
    lacking: str


def optional(columns: Mapping[str, str], fields: Iterable[str], rows: Sequence[Mapping[str, object]]) -> Optional:
    """Which columns of optional fields stand in some rows."""
    present = {name for row in rows for name in row}
    there, lacking = ([columns[field] for field in fields if rows and (columns[field] in present) is wanted]
                      for wanted in (True, False))
    return Optional(", ".join(there) or "–", ", ".join(lacking) or "–")


def of_day(day: date, lines: Sequence[SaleLine], rejected: Sequence[Rejected], found: Optional) -> Iterator[Remark]:
    """The sales of a day, as a night would take them."""
    named = ("day", day.isoformat())
    yield Remark(True, "{day}: {lines} sale lines of {customers} customers.", (
        named, ("lines", len(lines)), ("customers", len({line.customer for line in lines if line.customer}))))
    yield from of_rejected(day, rejected)
    if lines or rejected:
        yield Remark(True, "Optional columns of sales that 1C gives: {there}; that it does not give: {lacking}.",
                     tuple(found._asdict().items()))
    else:
        yield Remark(True, "No sale lines on {day}, so nothing can be said of their columns.", (named,))


def of_catalogue(count: int, found: Optional) -> Iterator[Remark]:
    """How many customers 1C tells of, and what of them."""
    yield Remark(count > 0, "{count} customers in `partnersdata`.", (("count", count),))
    if count:
        yield Remark(True, "Optional columns of customers that 1C gives: {there}; that it does not give: {lacking}.",
                     tuple(found._asdict().items()))


def of_totals(day: date, totals: Ask, sold: Ask, currency: str) -> Iterator[Remark]:
    """Whether control totals are told, from when to when there are sales, and the last months. Raises SourceError."""
    lately = Period(month_before(day, 2), day + timedelta(days=1))
    told = totals(lately)
    if told is None:
        yield Remark(True, "1C tells no control totals (`totals`), so what is stored cannot be proved night by night; "
                           "docs/1c.md says how to add them.")
        yield from of_months(sold(Period(month_before(day, 1), lately.end)), currency, day)
        return
    yield Remark(True, "1C tells control totals: every night is proved by them.")
    first = _first(lately, told, totals)
    if first is not None:
        yield Remark(True, "Sales run from {first} to {last}.", (
            ("first", first.isoformat()), ("last", max(total.day for total in told).isoformat())))
    yield from of_months(told, currency, day)


def _first(lately: Period, told: Sequence[DayTotal], totals: Ask) -> date | None:
    """The first day with sales, looked for year by year; None where that takes too long."""
    first, before = min(total.day for total in told), lately.first
    try:
        for _ in range(MOST_YEARS):
            year = Period(before - timedelta(days=365), before)
            if not (older := totals(year)):
                break
            first, before = min(total.day for total in older), year.first
    except SourceUnavailable:
        return None
    return first

