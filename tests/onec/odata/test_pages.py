"""Pages by date: every row, whatever comes and goes meanwhile, and no server believed that passes over a question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.errors import AnswerMalformed, AnswerTooHeavy
from rfm_service.onec.odata.pages import FEW, Pace, Row, Trail, catalogue, whole_rows
from rfm_service.onec.odata.query import Question
from tests.onec.odata.sets import Fields, SetInMemory, document, ref

FIRST, END = datetime(2026, 3, 1), datetime(2026, 4, 1)
TRAIL = Trail(Question("Document_Х", ("Ref_Key", "Date")), "Date", ("Ref_Key",))
SECONDS = st.sampled_from([FIRST, FIRST + timedelta(seconds=1), datetime(2026, 3, 15, 12), END - timedelta(seconds=1)])


def pace(top: int = 100, page_bytes: int = 10**9) -> Pace:
    return Pace(top, top, page_bytes)


def refs(ask: Callable[[Question], list[Row]], speed: Pace | None = None) -> list[str]:
    return [row["Ref_Key"] for page in TRAIL.pages(ask, speed or pace(), FIRST, END) for row in page]


def numbered(moments: list[datetime]) -> list[Fields]:
    return [document(number, at) for number, at in enumerate(moments, 1)]


@given(st.lists(SECONDS, max_size=150), st.integers(1, 200))
def test_every_row_comes_once_whatever_the_size_of_a_page(moments: list[datetime], top: int) -> None:
    rows = numbered(moments)
    assert sorted(refs(SetInMemory(*rows), pace(top))) == sorted(row["Ref_Key"] for row in rows)


@given(st.lists(SECONDS, max_size=150), st.integers(1, 200))
def test_rows_come_without_their_keys_until_a_second_fills_an_answer(moments: list[datetime], top: int) -> None:
    asked, keyless = SetInMemory(*numbered(moments)), replace(TRAIL, question=replace(TRAIL.question, select=("Date",)))

    def selected(question: Question) -> list[Row]:
        return [{column: row[column] for column in question.select} for row in asked(question)]

    rows = [row for page in keyless.pages(selected, pace(top), FIRST, END) for row in page]
    assert sorted(row["Date"] for row in rows) == sorted(at.isoformat() for at in moments)
    skipped = [question for question in asked.asked if question.skip]
    assert all("Ref_Key" in question.select for question in skipped)
    assert skipped or not any("Ref_Key" in row for row in rows)


# By one row a page, a shift by one would look like a server that ignores $skip.
@given(st.lists(SECONDS.filter(lambda at: at.second == 0), max_size=120), st.integers(2, 30), st.data())
def test_row_17_rows_that_come_and_go_between_pages_push_no_other_out(
        moments: list[datetime], top: int, draw: st.DataObject) -> None:
    rows = numbered([at + timedelta(seconds=number) for number, at in enumerate(moments)])
    fleeting = set(draw.draw(st.sets(st.sampled_from([row["Ref_Key"] for row in rows])) if rows else st.just(set())))
    late = [document(1000 + number, at) for number, at in enumerate(draw.draw(st.lists(
        st.datetimes(FIRST, END - timedelta(seconds=1)).map(lambda at: at.replace(microsecond=0)), max_size=40)))]

    def meanwhile(number: int) -> None:
        for gone in sorted(fleeting)[number - 1:number]:
            asked.rows.pop(gone)
        asked.put(*late[number - 1:number])

    asked = SetInMemory(*rows, meanwhile=meanwhile)
    read = set(refs(asked, pace(top)))
    # Within one second that fills a page rows are skipped by number, and may be lost: the sweep asks for those.
    assert any(question.skip for question in asked.asked) or read >= {row["Ref_Key"] for row in rows} - fleeting


def test_rows_are_skipped_within_one_second_only() -> None:
    rows = numbered([FIRST] * 70 + [FIRST + timedelta(hours=hour) for hour in range(1, 100)])
    asked = SetInMemory(*rows)
    assert set(refs(asked, pace(20))) == {row["Ref_Key"] for row in rows}
    assert max(question.skip for question in asked.asked) <= 80
    assert sum(bool(question.skip) for question in asked.asked) <= 4


@pytest.mark.parametrize(("row", "lacking"), [
    ({"Товары": []}, "Number"), ({"Number": "1"}, "Товары"), ({"Number": "1", "Товары": [{"Сумма": 1}, {}]}, "Сумма"),
    ({"Number": "1", "Товары": None}, "Товары"), ({"Number": "1", "Товары": ["x"]}, "Сумма")])
def test_row_28_a_column_that_was_asked_for_is_never_taken_for_an_empty_one(row: Row, lacking: str) -> None:
    question = Question("Document_Х", ("Number", "Товары/Сумма"))
    good: Row = {"Number": "1", "Товары": [{"Сумма": None}], "More": 1}
    assert whole_rows(question, [good, good]) == [good, good]
    with pytest.raises(AnswerMalformed) as failure:
        whole_rows(question, [good, row])
    assert failure.value.values["column"] == lacking


def test_a_quiet_window_takes_one_request() -> None:
    asked = SetInMemory(*numbered([FIRST + timedelta(hours=hour) for hour in range(FEW - 1)]))
    refs(asked)
    assert len(asked.asked) == 1


def test_a_page_capped_on_its_way_is_not_taken_for_the_last() -> None:
    rows = numbered([FIRST + timedelta(minutes=minute) for minute in range(500)])
    whole = SetInMemory(*rows)
    assert len(set(refs(lambda question: whole(question)[:60], pace(1000)))) == 500


@pytest.mark.parametrize(("option", "spoil"), [
    ("$top", lambda question: replace(question, top=0)),
    ("$filter", lambda question: replace(question, where="")),
    ("$orderby", lambda question: replace(question, order="Ref_Key")),
    ("$skip", lambda question: replace(question, skip=0))])
def test_row_16_a_server_that_passes_over_a_part_of_the_question_is_refused(
        option: str, spoil: Callable[[Question], Question]) -> None:
    moments = [FIRST - timedelta(days=1), *[FIRST + timedelta(days=3)] * 60, *[FIRST + timedelta(days=2)] * 90]
    asked = SetInMemory(*numbered(moments))
    with pytest.raises(AnswerMalformed) as failure:
        refs(lambda question: asked(spoil(question)), pace(80))
    assert failure.value.values["option"] == option
    assert len(asked.asked) < 10


def test_row_16_the_same_page_again_and_again_ends_at_once() -> None:
    asked = SetInMemory(*numbered([FIRST + timedelta(minutes=minute) for minute in range(200)]))
    page = asked(replace(TRAIL.question, order="Date,Ref_Key", top=60))
    with pytest.raises(AnswerMalformed):
        refs(lambda _: page, pace(60))


def test_row_03_too_heavy_an_answer_halves_rows_and_days_and_never_grows_again() -> None:
    whole = SetInMemory(*numbered([FIRST + timedelta(hours=hour) for hour in range(700)]))
    tops = []

    def heavy(question: Question) -> list[Row]:
        tops.append(question.top)
        if question.top > 150:
            raise AnswerTooHeavy("too much")
        return whole(question)

    assert len(set(refs(heavy, pace(1000)))) == 700
    assert tops[:4] == [1000, 500, 250, 125]
    assert set(tops[3:]) == {125}


def test_row_15_what_is_too_heavy_however_little_is_asked_for_is_told() -> None:
    asked: list[Question] = []

    def heavy(question: Question) -> list[Row]:
        asked.append(question)
        raise AnswerTooHeavy("too much")

    with pytest.raises(AnswerTooHeavy):
        refs(heavy)
    assert len(asked) < 15
    assert asked[-1].least
    assert not asked[0].least


def test_pages_take_the_size_that_is_aimed_at() -> None:
    asked = SetInMemory(*(document(number, FIRST + timedelta(minutes=number), Text="x" * 900)
                          for number in range(1, 600)))
    speed = Pace(50, 1_000, 100_000)
    refs(asked, speed)
    assert 80 <= asked.asked[-1].top <= 100


@pytest.mark.parametrize("column", [None, 7, "", "вчера", "2026-13-01T00:00:00"])
def test_a_row_without_a_moment_is_no_answer(column: object) -> None:
    with pytest.raises(AnswerMalformed):
        refs(lambda _: [{"Ref_Key": ref(1), "Date": column}])


def test_a_catalogue_is_read_whole_by_pages() -> None:
    rows = numbered([FIRST] * 25_000)
    assert sum(map(len, catalogue(SetInMemory(*rows), Question("Catalog_Х", ("Ref_Key",))))) == 25_000


def test_row_16_a_catalogue_that_begins_anew_is_refused() -> None:
    asked = SetInMemory(*numbered([FIRST] * 12_000))
    with pytest.raises(AnswerMalformed):
        list(catalogue(lambda question: asked(replace(question, skip=0)), Question("Catalog_Х", ("Ref_Key",))))


def test_a_catalogue_is_asked_for_less_where_it_is_too_heavy() -> None:
    whole = SetInMemory(*numbered([FIRST] * 300))

    def heavy(question: Question) -> list[Row]:
        if question.top > 100:
            raise AnswerTooHeavy("too much")
        return whole(question)

    assert sum(map(len, catalogue(heavy, Question("Catalog_Х", ("Ref_Key",))))) == 300
