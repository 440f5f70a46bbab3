"""A file of marks read back: what the dashboard saves, and JSON that anybody may have made of it."""

from __future__ import annotations

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.contacts import Contact, Told
from rfm_service.inbox import marks as room
from rfm_service.inbox import reading
from rfm_service.tabular import TableError
from tests.inbox.filling import NOW, OLGA, by_row, file, mark, marks

MOSCOW = ZoneInfo("Europe/Moscow")
AT = int(datetime.fromisoformat("2026-11-21T21:30:00+00:00").timestamp())


def read(content: bytes) -> Told:
    return reading.read(file(content, "marks.json"), NOW.astimezone(MOSCOW))


def test_a_mark_is_a_contact_of_the_day_on_which_it_was_set_where_the_firm_is() -> None:
    told = read(marks(mark("a"), mark("b", "", note=" ждёт\nцен ", next="2026-12-01"), mark("c", "")))
    assert told.problems == ()
    assert by_row(told) == {
        1: Contact("a", date(2026, 11, 22), "called", "", None, OLGA, AT),
        2: Contact("b", date(2026, 11, 22), "", "ждёт\nцен", date(2026, 12, 1), OLGA, AT),
        3: Contact("c", date(2026, 11, 22), "", "", None, OLGA, AT)}
    assert by_row(told)[3].blank


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_a_byte_order_mark_or_blanks_before_it_harm_nothing(before: bytes) -> None:
    assert list(by_row(read(before + marks(mark("a"))))) == [1]


@pytest.mark.parametrize(("wrong", "why"), [
    (mark("a", at="yesterday"), "when the mark was set"), (mark("a", at="2026-11-21T10:00:00"), "when the mark"),
    (mark("a", at=""), "when the mark was set"), (mark("a", at=5), "must be texts"),
    (mark("a", at="0001-01-01T00:00:00+14:00"), "when the mark"), (mark("a", at="1999-12-31T00:00:00Z"), "2000"),
    (mark("a", at="2026-11-25T00:00:00Z"), "has not come yet"), (mark("a", at="9999-12-31T23:59:59-12:00"), "when"),
    (mark("a", "Позвонили"), "none of those"), (mark("a", ["called"]), "must be texts"), (mark("a", None), "texts"),
    (mark("a", note={"deep": 1}), "must be texts"), (mark("a", next="31.12.2026"), "next contact is no date"),
    (mark("a", next="2026-02-31"), "next contact is no date"),
    (mark("a", next="2226-11-20"), "three years"), (mark(["a"]), "must be texts"),  # type: ignore[arg-type]
    (5, "must be texts"), (None, "must be texts"), ([], "must be texts"), ("a", "must be texts")])
def test_a_mark_that_cannot_count_says_why_and_harms_no_other(wrong: object, why: str) -> None:
    told = read(marks(wrong, mark("b")))
    assert list(by_row(told)) == [2]
    ((place, remark),) = told.problems
    assert (place.row, told.bad) == (1, 1)
    assert why in str(remark)


@pytest.mark.parametrize("next_day", ["2026-11-20", "2026-11-21", "0001-01-01"])
def test_a_next_contact_of_before_the_mark_is_left_out_and_the_mark_counts(next_day: str) -> None:
    told = read(marks(mark("a", "refused", note="нет", next=next_day), mark("b", next="2026-11-22")))
    assert {row: (each.outcome, each.note, each.next_day) for row, each in by_row(told).items()} == {
        1: ("refused", "нет", None), 2: ("called", "", date(2026, 11, 22))}
    ((place, remark),) = told.problems
    assert (place.row, remark.good) == (1, True)
    assert "before the day on which the mark was set" in str(remark)


def test_of_a_customer_twice_the_one_set_later_counts_and_it_is_told() -> None:
    told = read(marks(mark("a", at="2026-11-22T10:00:00Z"), mark("a", "bought", at="2026-11-22T09:00:00Z"),
                      mark("a", "refused", at="2026-11-22T10:00:00Z")))
    assert {row: each.outcome for row, each in by_row(told).items()} == {3: "refused"}
    assert [(place.row, remark.values) for place, remark in told.problems] == [
        (2, (("other", 1),)), (1, (("other", 3),))]


def test_a_mark_set_later_is_not_filled_from_an_older_one() -> None:
    told = read(marks(mark("a", note="старое", next="2026-12-01"), mark("a", "", at="2026-11-21T22:00:00Z")))
    assert [each.blank for each in by_row(told).values()] == [True]


@pytest.mark.parametrize(("content", "why"), [
    (b"", "is empty"), (b"   ", "is neither"), (b"[]", "is neither"), (b"\x00{}", "is neither"), (b"{", "only a part"),
    (b"{}", "is no file of marks"), (marks()[:-9], "only a part"), (b'{"marks": ' + b"[" * 100_000, "only a part"),
    (b'{"a":' * 50_000, "only a part"), (marks(kind="mark"), "is no file of marks"), (marks(format=2), "is no file"),
    (marks(format=True), "is no file"), (marks(marks={}), "is no file"), (marks(marks=None), "is no file"),
    (marks(user=""), "whose marks"), (marks(user=None), "whose marks"), (marks(user=["x"]), "whose marks"),
    (marks(user="\u200b \u202e"), "whose marks"), (b'{"user": "\xff"}', "only a part"),
    (json.dumps({"marks": 1}).encode("utf-16"), "is neither"), (b'{"format": ' + b"9" * 5_000 + b"}", "only a part")])
def test_what_is_no_file_of_marks_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(TableError, match=why) as refused:
        read(content)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_more_than_marks_can_be_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    assert room.LARGEST == 8_000_000
    monkeypatch.setattr(room, "LARGEST", 1_000)
    with pytest.raises(TableError, match=r"larger than a file of marks can be"):
        read(marks(mark("a", note="я" * 200)))


def test_letters_that_no_text_may_have_are_cleaned_away() -> None:
    content = json.dumps({"format": 1, "kind": "marks", "user": "О\u0000льга\ud800", "marks": [
        mark("a\u0000\udfff", note="\ud83d \u202eя\u0000")]}).encode()
    (contact,) = read(content).contacts.values()
    assert (contact.author, contact.customer_id, contact.note) == ("Ольга\ufffd", "a\ufffd", "\ufffd я")
    json.dumps(contact, default=str, ensure_ascii=False).encode()


TEXTS = st.one_of(st.text(max_size=30), st.sampled_from(["called", "", "2026-11-21T10:00:00Z", "2026-12-01"]))
VALUES = st.recursive(st.one_of(TEXTS, st.integers(), st.none(), st.booleans(), st.floats()),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
MARKS = st.dictionaries(st.sampled_from(["customer_id", "outcome", "note", "next", "at"]), VALUES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(MARKS, VALUES), max_size=6))
def test_every_mark_counts_or_is_told_of(each: list[object]) -> None:
    told = read(marks(*each))
    rows = {problem.place.row for problem in told.problems}
    assert rows | set(by_row(told)) == set(range(1, len(each) + 1))
    assert all(str(remark) for _, remark in told.problems)
