"""Questions as addresses: %20, Cyrillic, and never longer than a web server takes."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.onec.odata.query import (
    EMPTY_REF,
    LONGEST_QUERY,
    MOST_REFS,
    Question,
    both,
    literal,
    reference,
    unique,
    within,
)
from tests.onec.odata.sets import ref

SALES = Question("Document_РеализацияТоваровУслуг", ("Ref_Key", "Date"))
FIRST, END = datetime(2026, 10, 1), datetime(2026, 11, 1)


def test_a_question_is_written_as_1c_reads_it() -> None:
    asked = Question(SALES.name, SALES.select, within("Date", FIRST, END), "Date,Ref_Key", top=500, skip=3)
    assert unquote(asked.query) == (
        "$format=application/json;odata=nometadata&$select=Ref_Key,Date&$filter=Date ge datetime'2026-10-01T00:00:00' "
        "and Date lt datetime'2026-11-01T00:00:00'&$orderby=Date,Ref_Key&$skip=3&$top=500")
    assert asked.path == "Document_%D0%A0%D0%B5%D0%B0%D0%BB%D0%B8%D0%B7%D0%B0%D1%86%D0%B8%D1%8F%D0%A2%D0%BE%D0%B2%D0" \
                         "%B0%D1%80%D0%BE%D0%B2%D0%A3%D1%81%D0%BB%D1%83%D0%B3"


@given(st.text(max_size=50))
def test_a_space_is_never_a_plus_and_nothing_leaves_its_place(where: str) -> None:
    query = Question("Catalog_Партнеры", ("Ref_Key",), where.encode("utf-8", "ignore").decode()).query
    assert query.isascii()
    assert not set(query) & set("+ #&?\"<>") - {"&"}
    assert query.count("&") == 1 + bool(where.encode("utf-8", "ignore"))


def test_a_moment_has_a_time_and_a_year_of_four_digits() -> None:
    assert literal(datetime(209, 1, 2)) == "datetime'0209-01-02T00:00:00'"


@given(st.integers(1, 300), st.integers(0, 25), st.booleans())
def test_references_are_asked_for_within_the_budget(count: int, columns: int, narrowed: bool) -> None:
    select = tuple(f"Колонка{number}" for number in range(columns))
    question = Question(SALES.name, ("Ref_Key", *select), "ВидОперации eq 'ПродажаПокупателю'" if narrowed else "")
    asked = [question.of_refs(batch) for batch in question.batches(map(ref, range(count)))]
    assert all(len(each.query) <= LONGEST_QUERY for each in asked)
    assert sum(each.where.count("guid'") for each in asked) == count
    assert max(each.where.count("guid'") for each in asked) <= MOST_REFS


def test_references_and_another_condition_both_hold() -> None:
    asked = Question("X", ("Ref_Key",), "A eq 1").of_refs([ref(1), ref(2)])
    assert asked.where == f"A eq 1 and (Ref_Key eq guid'{ref(1)}' or Ref_Key eq guid'{ref(2)}')"


@pytest.mark.parametrize(("one", "other", "wanted"), [
    ("", "", ""), ("a eq 1", "", "a eq 1"), ("", "b eq 2", "b eq 2"), ("a eq 1", "b eq 2", "a eq 1 and b eq 2"),
    ("a eq 1 or a eq 2", "b eq 2", "(a eq 1 or a eq 2) and b eq 2")])
def test_two_conditions(one: str, other: str, wanted: str) -> None:
    assert both(one, other) == wanted


@pytest.mark.parametrize("empty", [None, "", EMPTY_REF])
def test_an_empty_reference_is_nothing(empty: object) -> None:
    assert reference(empty) == ""


def test_a_reference_is_in_small_letters() -> None:
    assert reference("0D4A79CB-0000-11EF-8000-00155D012345") == "0d4a79cb-0000-11ef-8000-00155d012345"


@pytest.mark.parametrize("hostile", ["x' or 1 eq 1", 7, ref(1) + "'", {"a": 1}, ref(1)[:-1]])
def test_what_is_no_reference_never_gets_into_an_address(hostile: object) -> None:
    with pytest.raises(AnswerMalformed):
        reference(hostile)


def test_only_rows_that_the_user_may_see_are_asked_for_when_told_so() -> None:
    assert Question("X", ("Y",), allowed_only=True).query.endswith("&allowedOnly=true")


def test_columns_are_selected_once() -> None:
    assert unique(["a", "", "b", "a"]) == ("a", "b")
