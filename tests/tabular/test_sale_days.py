"""Days are known again by their rows, in whatever company they come."""

from __future__ import annotations

import marshal
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.values import Period
from rfm_service.tabular import sale_days
from rfm_service.tabular.sale_days import SaleDays
from rfm_service.tabular.sale_rows import SaleRows

DAY = date(2026, 2, 3)
WEEK = Period(DAY, DAY + timedelta(days=7))
FIELDS = ("date", "sale_id", "order_date", "order_id", "buyer", "contractor", "site_id", "product", "feature",
          "quantity", "sum", "address", "cash_flow_type", "organisation", "currency", "cost", "product_category",
          "channel")
READER = SaleRows({field: field for field in FIELDS}, frozenset({"возврат"}), "RUB")


def row(day: int, amount: object = 5, **more: object) -> dict[str, Any]:
    return {**dict.fromkeys(FIELDS[:13], ""), "date": (DAY + timedelta(days=day)).isoformat(), "sale_id": "1",
            "sum": amount, **more}


SALES = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 9)), min_size=1, max_size=25)


@settings(max_examples=100, deadline=None)
@given(SALES)
def test_days_whose_rows_come_again_are_the_same_in_any_order_of_days(sales: list[tuple[int, int]]) -> None:
    rows = [row(day, amount) for day, amount in sales]
    for served in (rows, sorted(rows, key=lambda each: str(each["date"]))):
        whole = SaleDays(READER, WEEK, {}).answer(iter(served))
        again = SaleDays(READER, WEEK, whole.hashes).answer(iter(served))
        assert again.same_days == {DAY + timedelta(days=day) for day, _ in sales}
        assert not again.lines
        assert again.hashes.keys() | again.same_days == whole.hashes.keys()


@settings(max_examples=100, deadline=None)
@given(SALES, st.data())
def test_a_day_with_other_rows_is_read_whole_and_no_other_day(sales: list[tuple[int, int]], draw: Any) -> None:
    sales.sort(key=lambda sale: sale[0])
    known = SaleDays(READER, WEEK, {}).answer([row(*sale) for sale in sales]).hashes
    place = draw.draw(st.integers(0, len(sales) - 1))
    changed = draw.draw(st.sampled_from([[], [(sales[place][0], 10)], [sales[place]] * 2]))
    after = [*sales[:place], *changed, *sales[place + 1:]]
    found = SaleDays(READER, WEEK, known).answer([row(*sale) for sale in after])
    day = DAY + timedelta(days=sales[place][0])
    assert day not in found.same_days
    assert [line.amount for line in found.lines] == [amount * 10_000 for at, amount in after if at == sales[place][0]]


def test_rows_wait_to_be_told_the_same_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(day) for day in range(5)]
    told = [tuple(rows[0]), [tuple(rows[0].values())]]
    first = SaleDays(READER, WEEK, {}).answer(rows)
    monkeypatch.setattr(sale_days, "MOST_WAITING", 2 * len(marshal.dumps(told, 2)))
    again = SaleDays(READER, WEEK, first.hashes).answer(rows)
    assert (len(again.lines), len(again.same_days)) == (3, 2)
    assert again.hashes.keys() | again.same_days == first.hashes.keys()


def test_a_day_without_rows_is_told_as_empty_even_where_it_is_known_so() -> None:
    known = SaleDays(READER, WEEK, {}).answer([]).hashes
    found = SaleDays(READER, WEEK, known).answer([])
    assert not found.lines
    assert not found.same_days
    assert found.hashes == known
    assert len(known) == 7


def test_what_cannot_be_hashed_is_malformed() -> None:
    deep: list[Any] = []
    for _ in range(3_000):
        deep = [deep]
    with pytest.raises(AnswerMalformed):
        SaleDays(READER, WEEK, {}).answer([row(0, product=deep)])
