"""Rows as sale lines: a row that cannot be understood is kept aside, a table that cannot is refused by field."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.values import Period
from rfm_service.tabular.cells import is_unclean
from rfm_service.tabular.sale_rows import NEEDED, WORDS, SaleRows, partners

OPTIONAL = ("organisation", "currency", "cost", "product_category", "channel")
PARTNER = ("email", "category", "manager", "ref", "tax_id", "tax_code", "phone", "do_not_contact")
COLUMNS = {field: field.upper() for field in (*NEEDED, *OPTIONAL, *PARTNER)}
DAY = date(2026, 2, 3)
PERIOD = Period(DAY, DAY + timedelta(days=1))
READER = SaleRows(COLUMNS, frozenset({"возврат", "refund"}), "RUB")
GOOD = dict.fromkeys((field.upper() for field in NEEDED), "") | {
    "DATE": "2026-02-03T10:00:00+00:00", "SALE_ID": " 0017 ", "SUM": "10,5", "ORDER_DATE": "01.02.2026",
    "SITE_ID": "77.0"}
CELL = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.integers(), max_size=2) | (
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1))


def read(*rows: dict[str, object]):
    return READER.read(rows, PERIOD)


def test_a_good_row() -> None:
    [line], [] = read(GOOD)
    assert (line.at, line.number, line.amount, line.order_date, line.site_id) == (
        datetime(2026, 2, 3, 10), "0017", 105_000, date(2026, 2, 1), "77")
    assert (line.quantity, line.cost, line.customer, line.returned) == (0, None, "", False)


@given(st.lists(st.dictionaries(st.sampled_from([name.upper() for name in (*NEEDED, *OPTIONAL)]), CELL), max_size=5))
def test_every_row_is_read_or_kept_aside(changes: list[dict[str, object]]) -> None:
    lines, rejected = read(*(GOOD | change for change in changes))
    assert len(lines) + len(rejected) == len(changes)
    for aside in rejected:
        json.loads(aside.row)
        aside.row.encode("ascii")
    for line in lines:
        assert line.at.date() == DAY
        assert line.number
        "".join(str(cell) for cell in line).encode()


@pytest.mark.parametrize("field", NEEDED)
def test_a_missing_column_is_named(field: str) -> None:
    row = {name: cell for name, cell in GOOD.items() if name != field.upper()}
    with pytest.raises(AnswerMalformed) as failure:
        read(GOOD, row)
    assert f"{field} ({field.upper()})" in str(failure.value)


def test_every_missing_column_is_named() -> None:
    with pytest.raises(AnswerMalformed, match=r"date \(DATE\), sale_id \(SALE_ID\).*cash_flow_type"):
        read({"X": 1})


@pytest.mark.parametrize(("kind", "amount", "found"), [
    ("Возврат", 5, -50_000), ("REFUND", -5, -50_000), ("Продажа", -5, -50_000), ("", 5, 50_000), (None, 5, 50_000)])
def test_signs(kind: object, amount: int, found: int) -> None:
    [line], [] = read(GOOD | {"CASH_FLOW_TYPE": kind, "SUM": amount})
    assert line.amount == found


def test_a_row_aside_tells_the_day_it_claims() -> None:
    _, rejected = read(GOOD | {"SUM": "x"}, GOOD | {"DATE": "x"}, GOOD | {"DATE": "2026-02-04"}, GOOD | {"DATE": [1]})
    assert [aside.day for aside in rejected] == [DAY, None, None, None]


@pytest.mark.parametrize(("row", "contact"), [({"DO_NOT_CONTACT": "Да"}, True), ({"DO_NOT_CONTACT": True}, True),
    ({}, False)])
def test_partners(row: dict[str, object], contact: bool) -> None:
    [found] = partners([{"BUYER": " А\x00 ", "EMAIL": None, **row}], COLUMNS)
    assert (found.name, found.email, found.do_not_contact) == ("А", "", contact)


@given(st.lists(st.dictionaries(st.sampled_from([field.upper() for field in (*PARTNER, "buyer")]), CELL), max_size=4))
def test_partners_are_read_or_refused_by_field(rows: list[dict[str, object]]) -> None:
    wrong = any("BUYER" not in row or "EMAIL" not in row or any(isinstance(cell, list | dict) for cell in row.values())
                for row in rows)
    with pytest.raises(AnswerMalformed, match="the field") if wrong else nullcontext():
        assert len(partners(rows, COLUMNS)) == len(rows)


@given(st.lists(st.dictionaries(st.sampled_from([name.upper() for name in (*NEEDED, *OPTIONAL)]), CELL), max_size=5))
def test_rows_mean_the_same_together_and_alone(changes: list[dict[str, object]]) -> None:
    rows = [GOOD | change for change in changes]
    lines, rejected = read(*rows)
    alone = [read(row) for row in rows]
    assert lines == [line for good, _ in alone for line in good]
    assert rejected == [aside for _, bad in alone for aside in bad]


UNCLEAN = st.sampled_from(["Дом", "Дом\x00", "\x07Дом", " Дом ", "\ud800", "\u202eДом\u202c", "\u200fДом", "и\u0306"])
CHANGE = st.dictionaries(st.sampled_from([COLUMNS[each] for each in WORDS]), UNCLEAN | CELL) | st.just({"SUM": "x"})


@given(st.lists(CHANGE, max_size=6))
def test_texts_cleaned_are_counted_the_same_together_and_alone(changes: list[dict[str, object]]) -> None:
    rows = [GOOD | change for change in changes]
    readers = [SaleRows(COLUMNS, READER.return_values, "RUB") for _ in range(3)]
    readers[0].read(rows, PERIOD)
    for row in rows:
        readers[1].read([row], PERIOD)
        readers[2]._one_by_one([row], PERIOD, [], [])
    unclean = {cell for change in changes for cell in change.values() if isinstance(cell, str) and is_unclean(cell)}
    assert [reader.cleaned for reader in readers] == [unclean] * 3


def test_clean_rows_count_nothing_and_a_text_counts_once() -> None:
    reader = SaleRows(COLUMNS, READER.return_values, "RUB")
    reader.read([GOOD, GOOD | {"BUYER": " и\u0306\t"}], PERIOD)
    assert not reader.cleaned
    lines, _ = reader.read([GOOD | {"BUYER": "Дом\x00"}, GOOD | {"PRODUCT": "Дом\x00"}], PERIOD)
    assert (len(lines), reader.cleaned) == (2, {"Дом\x00"})
