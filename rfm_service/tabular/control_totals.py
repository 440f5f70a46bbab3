"""Control totals of days: read from the rows in which 1C tells them, or counted from sale lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rfm_service.domain.values import MONEY_SCALE, DayTotal, DocumentKey, Period, SaleLine
from rfm_service.tabular.cells import Unreadable, moment, units


def read(window: Period, rows: Iterable[Mapping[str, object]]) -> list[DayTotal] | None:
    """The totals of days of the window; None where a row has other columns, or cells of another kind."""
    found = [_total(row) for row in rows]
    if None in found:
        return None
    return [total for total in found if total is not None and total.day in window]


def merged(totals: Iterable[DayTotal]) -> list[DayTotal]:
    """One total a day, oldest first: 1C may tell them by organisation."""
    days: dict[object, DayTotal] = {}
    for each in totals:
        held = days.get(each.day, DayTotal(each.day, 0, 0, 0))
        lines = None if each.lines is None or held.lines is None else held.lines + each.lines
        days[each.day] = DayTotal(each.day, held.documents + each.documents, lines, held.amount + each.amount)
    return sorted(days.values())


def of_lines(lines: Iterable[SaleLine]) -> list[DayTotal]:
    """The totals of the days of some sale lines, oldest first; a document counts on its first day."""
    documents: dict[DocumentKey, DayTotal] = {}
    for line in lines:
        held = documents.get(line.document, DayTotal(line.at.date(), 1, 0, 0))
        documents[line.document] = DayTotal(min(held.day, line.at.date()), 1, (held.lines or 0) + 1,
                                            held.amount + line.amount)
    return merged(documents.values())


def _total(row: Mapping[str, object]) -> DayTotal | None:
    try:
        at = moment(row["Дата"])
        documents, lines = (units(row[column], 1) for column in ("Документов", "Строк"))
        amount = units(row["Сумма"], MONEY_SCALE)
    except (KeyError, Unreadable, TypeError):
        return None
    return None if at is None or documents is None or amount is None else DayTotal(at.date(), documents, lines, amount)
