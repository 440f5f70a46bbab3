from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.odata.fields import (
    AMOUNT,
    FLAG,
    GUID,
    MOMENT,
    TEXT,
    EntitySet,
    Field,
    Reference,
    Table,
    by_name,
    composite,
)
from rfm_service.emulator.odata.filter import plan_of, predicate_of
from rfm_service.emulator.odata.refusals import Refused
from rfm_service.emulator.odata.syntax import Both, Compare, Literal, Path, literal, parse

A, B = "0d4a79cb-9843-4147-bcd9-80ac3ca2b9c7", "1d4a79cb-9843-4147-bcd9-80ac3ca2b9c7"
NOON = datetime(2026, 8, 26, 12)


class Row(NamedTuple):
    key: str
    at: datetime
    name: str
    posted: bool
    amount: int
    parts: tuple[int, ...]


FIELDS = by_name([
    Field("Ref_Key", GUID, lambda row: row.key, lambda row: row.name, "Document_Тест"),
    Field("Date", MOMENT, lambda row: row.at),
    Field("Number", TEXT, lambda row: row.name),
    Field("Posted", FLAG, lambda row: row.posted),
    Field("Сумма", AMOUNT, lambda row: row.amount),
    *composite("Заказ", lambda row: Reference("Document_Заказ", row.key), lambda row: row.name, lambda _: True),
])
PARTS = Table("Товары", by_name([Field("Цена", AMOUNT, lambda part: part)]), lambda row: row.parts)
SET = EntitySet("Document_Тест", FIELDS, lambda _: (), {"Товары": PARTS})
ROW = Row(A, NOON, "О'Нил", posted=True, amount=22_305_000, parts=(10_000, 25_000))


def passes(text: str, row: Row = ROW) -> bool:
    return bool(predicate_of(SET, parse(text))(row))


def code(text: str) -> tuple[int, int]:
    with pytest.raises(Refused) as refused:
        predicate_of(SET, parse(text))
    return refused.value.status, refused.value.code


@pytest.mark.parametrize("text", [
    "Number eq 'О''Нил'", "Сумма eq 2230.5", "2230.5 eq Сумма", "Сумма gt -1", "Posted", "Posted eq true",
    "not (Posted eq false)",
    "Date ge datetime'2026-08-26T12:00:00'", f"Ref_Key eq guid'{A.upper()}'", f"Ref_Key ne guid'{B}'",
    "substringof('Нил', Number)", "substringof('Нил',Number) eq true", "startswith(Number,'О')", "endswith(Number,'л')",
    f"Заказ eq cast(guid'{A}','Document_Заказ')", f"Ref_Key eq cast(guid'{A}', 'Document_Тест')",
    "isof(Заказ,'Document_Заказ')", "Заказ_Type eq 'StandardODATA.Document_Заказ'",
    "Товары/any(d: d/Цена gt 2)", "Товары/all(d: d/Цена ge 1)", "Товары/any()",
    "Posted eq false and Posted eq false or Posted eq true", "Posted or Posted and Posted eq false",
    f"Ref_Key eq guid'{B}' or Ref_Key eq guid'{A}'", f"Ref_Key eq guid'{B}' or Number ne '' or Ref_Key eq guid'{B}'",
])
def test_what_passes(text: str) -> None:
    assert passes(text)
    assert not passes(f"not ({text})")


def test_a_bare_guid_against_a_composite_field_is_silently_nothing() -> None:
    assert not passes(f"Заказ eq guid'{A}'")
    assert not passes(f"Заказ eq guid'{A}' or Заказ eq guid'{B}'")
    assert not passes(f"Заказ eq cast(guid'{A}','Document_Другой')")


@pytest.mark.parametrize("text", [
    "Date ge datetime'2026-08-26'", "Date ge datetime'0209-8-26T12:00:00'", "Date ge datetime'209-08-26T12:00:00'",
    "Date ge datetime'2026-02-30T12:00:00'", "Ref_Key eq guid'x'", "Number+eq+'x'", "Number\teq 'x'", "Number eq",
    "(Posted", "Posted)", "Number eq 'x", "Сумма eq 1e5", "Number", "5", "Posted and", "a/ eq 1",
    "Товары/any(d d/Цена gt 2)",
    "Товары/all()", "(" * 1500 + "Posted" + ")" * 1500, "not " * 1200 + "Posted",
])
def test_what_cannot_be_read_is_400_with_14(text: str) -> None:
    assert code(text) == (400, 14)


@pytest.mark.parametrize("name", ["length", "indexof", "replace", "tolower", "toupper", "trim", "floor", "ceiling"])
def test_functions_that_1c_has_not_got_are_400(name: str) -> None:
    assert code(f"{name}(Number) eq 1") == (400, 21)


@pytest.mark.parametrize("text", ["Поле eq 1", "Товары eq 1", "x/Date eq 1", "Товары/any(d: e/Цена gt 2)",
                                  "Товары/any(d: d/Нет gt 2)", "Услуги/any(d: d/Цена gt 2)", "null eq 1",
                                  "Number____Presentation eq 'x'"])
def test_an_unknown_field_is_400_with_6(text: str) -> None:
    assert code(text) == (400, 6)


@pytest.mark.parametrize("text", [f"Ref_Key gt guid'{A}'", f"Ref_Key le guid'{A}'", "Number eq 5", "Posted gt false",
                                  f"Заказ gt cast(guid'{A}','Document_Заказ')"])
def test_comparisons_that_a_query_of_1c_cannot_make_are_500(text: str) -> None:
    assert code(text) == (500, -1)


def test_or_binds_weaker_than_and() -> None:
    tree = parse("Posted or Posted and Number eq 'x'")
    assert isinstance(tree, Both)
    assert (tree.word, tree.left) == ("or", Path(("Posted",)))


def test_a_literal_stands_alone() -> None:
    assert literal("guid'" + A + "'") == Literal("guid", A)
    with pytest.raises(Refused):
        literal("Posted")


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 5)).map(lambda at: at.replace(microsecond=0))
ROWS = st.builds(Row, st.sampled_from([A, B]), MOMENTS, st.sampled_from(["а", "аб", "бв", "в'г"]), st.booleans(),
                 st.integers(-30_000, 30_000).map(lambda n: n * 100), st.tuples(st.integers(0, 30_000)))
WORDS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
PYTHON = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def compared(name: str, value: str, word: str, *, swapped: bool) -> str:
    return f"{value} {word} {name}" if swapped else f"{name} {word} {value}"


def _texts() -> st.SearchStrategy[tuple[str, str]]:
    """A filter, and the same in Python."""
    moments = st.tuples(st.just("Date"), st.just("row.at"),
                        MOMENTS.map(lambda at: (f"datetime'{at.isoformat()}'", repr(at)[9:])))
    texts = st.tuples(st.just("Number"), st.just("row.name"),
                      st.sampled_from(["а", "аб", "в'г"]).map(lambda t: ("'" + t.replace("'", "''") + "'", repr(t))))
    sums = st.tuples(st.just("Сумма"), st.just("Decimal(row.amount) / 10000"),
                     st.decimals(-4, 4, places=2).map(lambda d: (f"{d:f}", f"Decimal('{d:f}')")))
    ordered = st.one_of(moments, texts, sums)
    comparisons = st.builds(
        lambda what, word, swapped: (
            compared(what[0], what[2][0], word, swapped=swapped),
            f"({compared(what[1], what[2][1], PYTHON[word], swapped=swapped)})"),
        ordered, WORDS, st.booleans())
    keys = st.builds(lambda key, word: (f"Ref_Key {word} guid'{key}'", f"(row.key {PYTHON[word]} {key!r})"),
                     st.sampled_from([A, B]), st.sampled_from(["eq", "ne"]))
    flags = st.sampled_from([("Posted", "row.posted"), ("Posted eq false", "(row.posted == False)"),
                             ("substringof('б',Number)", "('б' in row.name)"),
                             ("Товары/any(d: d/Цена gt 1)", "any(part > 10000 for part in row.parts)")])
    return st.one_of(comparisons, keys, flags)


Texts = tuple[str, str]


def _joined(one: Texts, word: str, other: Texts) -> Texts:
    return f"({one[0]}) {word} ({other[0]})", f"({one[1]} {word} {other[1]})"


def _bare(one: Texts, two: Texts, three: Texts) -> Texts:
    # Without parentheses: what binds tighter is the same in Python.
    return f"{one[0]} or {two[0]} and {three[0]}", f"({one[1]} or {two[1]} and {three[1]})"


EXPRESSIONS = st.recursive(
    st.one_of(_texts(), st.builds(_bare, _texts(), _texts(), _texts())),
    lambda inner: st.one_of(
        st.builds(_joined, inner, st.sampled_from(["and", "or"]), inner),
        st.builds(lambda one: (f"not ({one[0]})", f"(not {one[1]})"), inner),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, ROWS)
def test_a_filter_means_what_python_means(both: tuple[str, str], row: Row) -> None:
    text, python = both
    names: dict[str, Any] = {"row": row, "datetime": datetime, "Decimal": Decimal}
    assert passes(text, row) == bool(eval(python, names))


@given(EXPRESSIONS, ROWS)
def test_the_plan_leaves_every_row_that_passes(both: tuple[str, str], row: Row) -> None:
    if passes(both[0], row):
        plan = plan_of(parse(both[0]))
        assert plan.start <= row.at.date() < plan.end
        assert plan.refs is None or row.key in plan.refs


def test_the_plan_of_a_window_and_of_some_references() -> None:
    window = "Date ge datetime'2026-08-01T00:00:00' and Date lt datetime'2026-09-01T00:00:00' and Posted eq true"
    assert plan_of(parse(window))[:2] == (date(2026, 8, 1), date(2026, 9, 2))
    assert plan_of(parse(f"Ref_Key eq guid'{A}' or Ref_Key eq guid'{B}'")).refs == {A, B}
    records = "RecordSet/any(r: r/Period ge datetime'2026-08-01T00:00:00')"
    assert plan_of(parse(records)).start == date(2026, 8, 1)
    assert plan_of(parse(f"not (Ref_Key eq guid'{A}')")).refs is None
    assert plan_of(Compare("eq", Path(("Recorder",)), parse(f"cast(guid'{A}','Document_Тест')"))).refs == {A}
