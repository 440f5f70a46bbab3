"""No more is read than what changed, and nothing is believed gone that was only not met."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from rfm_service.domain.errors import AnswerTooHeavy, SourceUnavailable
from rfm_service.domain.values import Period
from rfm_service.onec.odata.documents import Documents
from rfm_service.onec.odata.pages import Ask, Row
from rfm_service.onec.odata.query import Question
from rfm_service.onec.odata.sweep import ASKED_AT_ONCE, Reader, Sweep, windows
from tests.onec.odata.sets import Fields, SetInMemory, document, ref

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
NOON = datetime(2026, 3, 2, 12)
PATHS = {"date": "Date", "sale_id": "Number", "sum": "Товары/Сумма"}
SALES = Documents("Document_Х", ("Товары",), False, "", PATHS, {})


def papers(count: int, first: int = 1, **more: str) -> list[Fields]:
    return [document(number, NOON + timedelta(minutes=number), **more) for number in range(first, first + count)]


def swept(ask: Ask, known: dict[str, str], *periods: Period, new: bool = False) -> Sweep[str]:
    sweep = Sweep(Reader(ask, 10**7), periods or (MARCH,), known,
                  lambda _, rows: [str(row["DataVersion"]) for row in rows])
    for window in windows(periods or (MARCH,)):
        sweep.window(SALES, window, new=new)
    sweep.missing([SALES])
    return sweep


def whole(question: Question) -> bool:
    return "Number" in question.select


def test_a_first_load_reads_everything_once_and_sweeps_nothing() -> None:
    asked = SetInMemory(*papers(300))
    assert len(swept(asked, {}, new=True).read) == 300
    assert all(map(whole, asked.asked))


def test_a_quiet_night_reads_headers_only() -> None:
    asked = SetInMemory(*papers(300))
    sweep = swept(asked, {row["Ref_Key"]: "1" for row in asked.rows.values()})
    assert (len(sweep.unchanged), sweep.read) == (300, {})
    assert not any(map(whole, asked.asked))


def test_a_document_told_of_and_then_not_given_is_not_believed_gone() -> None:
    asked = SetInMemory(*papers(300))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(document(7, NOON, version="2"))
    with pytest.raises(SourceUnavailable, match="did not give them"):
        swept(lambda question: [] if "guid" in question.where else asked(question), known)


def test_the_day_to_which_a_known_document_has_moved_is_told() -> None:
    asked = SetInMemory(*papers(3))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(document(2, datetime(2025, 2, 7), version="2"))
    sweep = swept(asked, known)
    assert (sweep.astray, len(sweep.unchanged), sweep.read) == ({date(2025, 2, 7)}, 2, {})


def test_row_18_a_late_document_is_found_without_reading_the_others() -> None:
    asked = SetInMemory(*papers(300))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(*papers(2, first=900))
    sweep = swept(asked, known)
    assert sweep.read == {ref(900): "1", ref(901): "1"}
    assert len(sweep.unchanged) == 300
    assert sum(map(whole, asked.asked)) == 1


def test_row_19_an_edited_document_is_read_again() -> None:
    asked = SetInMemory(*papers(300))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(document(7, NOON, "2"))
    sweep = swept(asked, known)
    assert sweep.read == {ref(7): "2"}
    assert ref(7) not in sweep.unchanged


@pytest.mark.parametrize("change", [{"Posted": False}, {"DeletionMark": True}, {"Date": "2026-09-01T00:00:00"}, None])
def test_row_20_what_is_no_sale_here_any_more_is_neither_read_nor_unchanged(change: Fields | None) -> None:
    asked = SetInMemory(*papers(30))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    if change is None:
        del asked.rows[ref(7)]
    else:
        asked.put(asked.rows[ref(7)] | change | {"DataVersion": "2"})
    sweep = swept(asked, known)
    assert (sweep.read, sweep.unchanged) == ({}, known.keys() - {ref(7)})


def test_row_20_a_document_moved_within_the_periods_is_read_at_its_new_date() -> None:
    april = Period(MARCH.end, date(2026, 5, 1))
    asked = SetInMemory(*papers(30))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(asked.rows[ref(7)] | {"Date": "2026-04-09T00:00:00", "DataVersion": "2"})
    sweep = swept(asked, known, MARCH, april)
    assert sweep.read == {ref(7): "2"}
    assert ref(7) not in sweep.unchanged


def test_row_17_what_was_lost_between_pages_is_asked_for_by_reference() -> None:
    asked = SetInMemory(*papers(40))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(document(5, NOON, "2"))
    lost = {ref(3), ref(5)}

    def losing(question: Question) -> list[Row]:
        rows = asked(question)
        return rows if "guid" in question.where else [row for row in rows if row["Ref_Key"] not in lost]

    sweep = swept(losing, known)
    assert sweep.read == {ref(5): "2"}
    assert sweep.unchanged == known.keys() - {ref(5)}


def test_row_17_a_document_moved_while_it_was_swept_is_read() -> None:
    april = Period(MARCH.end, date(2026, 5, 1))
    moved = document(1, datetime(2026, 4, 9))

    def meanwhile(number: int) -> None:
        if number == 2:
            asked.put(moved | {"Date": "2026-03-09T00:00:00", "DataVersion": "2"})

    asked = SetInMemory(moved, *papers(30, first=2), meanwhile=meanwhile)
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    assert swept(asked, known, MARCH, april).read == {ref(1): "2"}


def test_a_document_that_goes_between_sweep_and_reading_is_gone() -> None:
    def meanwhile(number: int) -> None:
        if number == 2:
            asked.put(asked.rows[ref(7)] | {"Posted": False, "DataVersion": "3"})

    asked = SetInMemory(*papers(30), meanwhile=meanwhile)
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(asked.rows[ref(7)] | {"DataVersion": "2"})
    sweep = swept(asked, known)
    assert (sweep.read, sweep.unchanged) == ({}, known.keys() - {ref(7)})


def test_of_many_that_are_gone_some_are_asked_for() -> None:
    known = {ref(number): "1" for number in range(1, 2_001)}
    asked = SetInMemory(*papers(10))
    sweep = swept(asked, known)
    assert len(sweep.unchanged) == 10
    assert sum(question.where.count("guid") for question in asked.asked) == ASKED_AT_ONCE


def test_of_many_that_were_lost_all_are_asked_for() -> None:
    asked = SetInMemory(*papers(900))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    assert len(swept(lambda question: asked(question) if "guid" in question.where else [], known).unchanged) == 900


def test_a_window_of_which_much_is_new_is_read_whole() -> None:
    asked = SetInMemory(*papers(300))
    known = {ref(number): "1" for number in range(1, 201)}
    sweep = swept(asked, known)
    assert len(sweep.read) == 300
    assert not any("guid" in question.where for question in asked.asked)


def test_what_a_window_read_whole_does_not_show_is_asked_for() -> None:
    asked = SetInMemory(*papers(300))

    def losing(question: Question) -> list[Row]:
        rows = asked(question)
        return rows[5:] if whole(question) and "guid" not in question.where else rows

    sweep = swept(losing, {ref(1): "1", ref(299): "1"})
    assert (len(sweep.read), sweep.unchanged) == (299, {ref(1)})


def test_row_03_documents_too_heavy_together_are_read_one_by_one() -> None:
    asked = SetInMemory(*papers(300))
    known = {row["Ref_Key"]: "1" for row in asked.rows.values()}
    asked.put(*papers(10, version="2"))

    def heavy(question: Question) -> list[Row]:
        if whole(question) and question.where.count("guid") > 1:
            raise AnswerTooHeavy("too much")
        return asked(question)

    assert len(swept(heavy, known).read) == 10


def test_a_reference_of_another_source_gets_into_no_address() -> None:
    asked = SetInMemory(*papers(1))
    swept(asked, {ref(1): "1", "x' or 1 eq 1": "1"})
    assert not any("1 eq 1" in question.where for question in asked.asked)


def test_what_else_must_hold_is_asked_for_every_time() -> None:
    documents = replace(SALES, where="ВидОперации eq 'ПродажаПокупателю'")
    asked = SetInMemory(*papers(30))
    sweep = Sweep(Reader(asked, 10**7), [MARCH], {ref(1): "0", ref(77): "1", ref(2): "1"}, lambda _, rows: rows)
    sweep.window(documents, MARCH, new=False)
    sweep.missing([documents])
    assert len(asked.asked) > 2
    assert all(documents.where in question.where for question in asked.asked)
