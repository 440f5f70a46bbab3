from __future__ import annotations

from datetime import date, datetime, timedelta

from rfm_service.domain.values import DayTotal, Period, SaleLine
from rfm_service.tabular import control_totals

DAY = date(2026, 2, 3)
WEEK = Period(DAY, DAY + timedelta(days=7))


def line(day: int, number: str, amount: int, *, returned: bool = False) -> SaleLine:
    return SaleLine(datetime(2026, 2, 3 + day, 12), number, amount, returned, "A")


def test_totals_of_lines_count_a_document_on_its_first_day() -> None:
    lines = [line(1, "1", 10), line(0, "1", 5), line(1, "2", 7), line(1, "2", -7, returned=True)]
    assert control_totals.of_lines(lines) == [DayTotal(DAY, 1, 2, 15), DayTotal(date(2026, 2, 4), 2, 2, 0)]


def test_totals_outside_of_the_window_are_passed_over() -> None:
    rows = [{"Дата": day, "Документов": "1", "Строк": 2, "Сумма": "-5"}
            for day in ("02.02.2026", "2026-02-03T00:00:00")]
    assert control_totals.read(WEEK, rows) == [DayTotal(DAY, 1, 2, -50_000)]
    assert control_totals.read(WEEK, []) == []
    assert control_totals.read(WEEK, [*rows, {}]) is None
