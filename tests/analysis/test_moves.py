"""Every move has one cause: hand-made histories with a known one, and random histories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.grouping import empty
from rfm_service.analysis.moves import CAUSES, Walk, compare
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.domain.tables import LINES, MOVES, SNAPSHOT
from rfm_service.domain.values import Basis, Rules
from tests.analysis.coding import AS_OF, Row, versioned
from tests.analysis.histories import BEFORE, CUTS, KNOWN, LATE, ago, money, night, orders, snapshot, told
from tests.rules import ruled

HISTORIES = {
    "bought_again": (
        [*orders(2), Row(1, 1, AS_OF, 50, since=LATE)],
        ("newcomers", "promising", "own_order", "frequency", 2, 3, 3)),
    "bought_again_past_two_lines": (
        [*orders(2), *(Row(1, at, AS_OF, 60_000, since=LATE) for at in range(5))],
        ("newcomers", "growing", "own_order", "frequency", 2, 7, 6)),
    "bought_for_more_money": (
        [*orders(6), Row(1, 1, AS_OF, 300_000, since=LATE)],
        ("promising", "growing", "own_order", "monetary", money(6000), money(306_000), money(300_000))),
    "came_back_from_drifting": (
        [Row(1, 1, ago(60), 50), Row(1, 2, AS_OF, 50, since=LATE)],
        ("drifting", "newcomers", "own_order", "recency_days", 61, 1, 45)),
    "came_back_from_sleeping_past_two_lines": (
        [Row(1, 1, ago(200), 50), Row(1, 2, AS_OF, 50, since=LATE)],
        ("sleeping", "newcomers", "own_order", "recency_days", 201, 1, 45)),
    "passed_a_line_of_orders_that_divides_nothing": (
        [*orders(5, newest=60), Row(1, 1, AS_OF, 50, since=LATE)],
        ("drifting", "promising", "own_order", "recency_days", 61, 1, 45)),
    "grew_old_while_an_order_left_the_window": (
        [Row(1, 1, ago(89), 100_000), Row(1, 2, ago(99), 100_000), Row(1, 3, ago(365), 100_000)],
        ("promising", "drifting", "ageing", "recency_days", 89, 90, 90)),
    "grew_old": (
        [Row(1, 1, ago(45), 50)],
        ("newcomers", "drifting", "ageing", "recency_days", 45, 46, 45)),
    "grew_old_at_a_border_from": (
        orders(9, newest=89),
        ("loyal", "at_risk", "ageing", "recency_days", 89, 90, 90)),
    "an_order_left_the_window": (
        [*orders(2), Row(1, 1, ago(365), 50)],
        ("promising", "newcomers", "ageing", "frequency", 3, 2, 3)),
    "the_last_order_left_the_window": (
        [Row(1, 1, ago(365), 50)],
        ("sleeping", "", "ageing", "", 1, 0, -1)),
    "first_order": (
        [Row(1, 1, AS_OF, 50, since=LATE)],
        ("", "newcomers", "own_order", "", 0, 1, -1)),
    "first_order_known_already": (
        [Row(1, 1, AS_OF, 50)],
        ("", "newcomers", "own_order", "", 0, 1, -1)),
    "returned_an_order": (
        [*orders(3), Row(1, 100, AS_OF, -1000, returned=True, since=LATE)],
        ("promising", "newcomers", "return", "frequency", 3, 2, 3)),
    "returned_for_money": (
        [*orders(6, amount=50_000), Row(1, 9, AS_OF, -1, returned=True, since=LATE)],
        ("growing", "promising", "return", "monetary", money(300_000), money(299_999), money(300_000))),
    "returned_all": (
        [Row(1, 1, ago(9), 50), Row(1, 1, AS_OF, -50, returned=True, since=LATE)],
        ("newcomers", "", "return", "", 1, 0, -1)),
    "a_correction_after_the_day": (
        [*orders(3), Row(1, 100, AS_OF, -1000, since=LATE)],
        ("promising", "newcomers", "own_order", "frequency", 3, 2, 3)),
    "an_old_document_came_late": (
        [*orders(2), Row(1, 1, ago(20), 50, since=LATE)],
        ("newcomers", "promising", "document_changed", "frequency", 2, 3, 3)),
    "a_document_of_the_day_before_came_late": (
        [*orders(2), Row(1, 1, BEFORE, 50, since=LATE)],
        ("newcomers", "promising", "document_changed", "frequency", 2, 3, 3)),
    "an_old_document_vanished": (
        [*orders(2), Row(1, 1, ago(20), 50, until=LATE)],
        ("promising", "newcomers", "document_changed", "frequency", 3, 2, 3)),
    "an_old_document_was_corrected": (
        [*orders(6, amount=40_000), Row(1, 1, ago(20), 60_000, until=LATE),
         Row(1, 1, ago(20), 10, since=LATE)],
        ("growing", "promising", "document_changed", "monetary",
         money(300_000), money(240_010), money(300_000))),
    "a_document_moved_to_another_customer": (
        [Row(1, 1, ago(20), 50, until=LATE), Row(2, 2, ago(20), 50, since=LATE), Row(2, 3, ago(9), 50)],
        ("newcomers", "", "document_changed", "", 1, 0, -1)),
    "a_late_document_and_a_new_order": (
        [*orders(2), Row(1, 1, ago(20), 50, since=LATE),
         *(Row(1, 2 + at, AS_OF, 1, since=LATE) for at in range(6))],
        ("newcomers", "loyal", "own_order", "frequency", 3, 9, 9)),
    "aged_out_and_bought_again": (
        [Row(1, 1, ago(365), 50), Row(1, 2, AS_OF, 50, since=LATE)],
        ("sleeping", "newcomers", "own_order", "", 0, 1, -1)),
}
"""name -> rows, and what is told: from, to, cause, measure, before, after, line."""


@pytest.mark.parametrize("name", HISTORIES)
def test_known_cause(name: str) -> None:
    rows, expected = HISTORIES[name]
    assert told(night(rows)) == expected


def test_all_causes_have_a_history() -> None:
    apart = {"settings_changed", "customers_merged", "cuts_moved"}
    assert {expected[2] for _, expected in HISTORIES.values()} | apart == set(CAUSES)


MERGE = KNOWN + 1


def merging(rows: Sequence[Row], merges: frozenset[int]) -> dict[int, tuple[object, ...]]:
    """What is told of each customer after a merge."""
    walk = Walk(BEFORE, KNOWN, Basis(AS_OF, ruled()), CUTS, CUTS, merges)
    previous, current = (snapshot(rows, Basis(day, ruled()), known) for day, known in ((BEFORE, KNOWN), (AS_OF, 99)))
    found = compare(previous, current, versioned(rows), walk)
    return {row[0]: tuple(row)[1:8] for row in found.itertuples(index=False)}


def test_customers_merged() -> None:
    one = [Row(1, 1, ago(10), 1000, since=KNOWN)]
    other = [Row(2, at, ago(10 + at), 1000, since=KNOWN, until=MERGE) for at in (2, 3)]
    moved_over = [row._replace(customer=1, since=MERGE, until=0) for row in other]
    assert merging([*one, *other, *moved_over], frozenset({MERGE})) == {
        1: ("newcomers", "promising", "customers_merged", "frequency", 1, 3, 3),
        2: ("newcomers", "", "customers_merged", "", 2, 0, -1)}


def test_a_merge_and_its_undo_are_no_move_and_a_later_order_is_the_cause() -> None:
    one, undone = [Row(1, 1, ago(10), 1000, since=KNOWN)], MERGE + 1
    other = Row(2, 2, ago(9), 1000, since=KNOWN, until=MERGE)
    rows = [*one, other, other._replace(customer=1, since=MERGE, until=undone), other._replace(since=undone, until=0)]
    assert merging(rows, frozenset({MERGE, undone})) == {}
    bought = [Row(2, at, AS_OF, 1000, since=undone + 1) for at in (3, 4)]
    assert merging([*rows, *bought], frozenset({MERGE, undone}))[2][2] == "own_order"


def test_parted_customers_moved_because_they_were_parted() -> None:
    one, other = Row(1, 1, ago(10), 1000, since=KNOWN), [
        Row(1, at, ago(10 + at), 1000, since=KNOWN, until=MERGE) for at in (2, 3)]
    assert merging([one, *other, *(row._replace(customer=2, since=MERGE, until=0) for row in other)],
                   frozenset({MERGE})) == {
        1: ("promising", "newcomers", "customers_merged", "frequency", 3, 1, 3),
        2: ("", "newcomers", "customers_merged", "", 0, 2, -1)}


def test_the_same_order_of_both_is_one_after_a_merge() -> None:
    """An order of which the goods came back at the other one no longer counts."""
    rows = [Row(1, 1, ago(10), 1000, since=KNOWN), Row(1, 2, ago(9), 1000, since=KNOWN),
            Row(1, 3, ago(8), 1000, since=KNOWN),
            Row(2, 13, ago(7), -1000, returned=True, since=KNOWN, until=MERGE, document=9),
            Row(1, 3, ago(7), -1000, returned=True, since=MERGE, document=9)]
    assert merging(rows, frozenset({MERGE})) == {
        1: ("promising", "newcomers", "customers_merged", "frequency", 3, 2, 3)}


def test_a_document_that_moved_by_a_word_is_no_merge_where_1c_moved_it() -> None:
    rows = [Row(1, 1, ago(20), 50, until=LATE), Row(2, 2, ago(20), 50, since=LATE), Row(2, 3, ago(9), 50)]
    assert merging(rows, frozenset())[1][2] == "document_changed"
    assert merging(rows, frozenset({LATE}))[1][2] == "customers_merged"


def test_the_customers_of_no_merge_move_as_ever() -> None:
    rows, _ = HISTORIES["an_old_document_came_late"]
    late = [row._replace(since=MERGE + 1) if row.since == LATE else row for row in rows]
    other = Row(7, 70, ago(9), 1000, since=KNOWN, until=MERGE)
    found = merging([*late, other, other._replace(customer=8, since=MERGE, until=0)], frozenset({MERGE}))
    assert found[1] == HISTORIES["an_old_document_came_late"][1]
    assert (found[7][2], found[8][2]) == ("customers_merged", "customers_merged")


@st.composite
def rows_of_some(draw: st.DrawFn) -> list[Row]:
    """Versioned lines of five customers around the borders of segments and of the window."""
    rows = []
    for _ in range(draw(st.integers(0, 30))):
        customer = draw(st.integers(1, 5))
        returned = draw(st.integers(0, 5)) == 0
        amount = draw(st.sampled_from((1, 500, 40_000, 100_000)))
        since = draw(st.sampled_from((1, 1, 1, KNOWN, LATE)))
        until = draw(st.sampled_from((0, 0, 0, LATE, 3))) if since < LATE else 0
        day = ago(draw(st.one_of(st.integers(0, 12), st.sampled_from((44, 45, 89, 90, 135, 364, 365, 370)))))
        negative = returned or draw(st.integers(0, 9)) == 0
        rows.append(Row(customer, customer * 100 + draw(st.integers(0, 14)), day,
                        -amount if negative else amount, returned, since, 0 if until <= since else until))
    return rows


@st.composite
def merges_of_some(draw: st.DrawFn) -> tuple[list[Row], frozenset[int], dict[int, int]]:
    """Known lines of five customers that merges move about, and whose lines each customer's are in the end."""
    known = [row._replace(since=KNOWN, until=0, order=row.order % 100 + 100 * row.customer)
             for row in draw(rows_of_some()) if row.day <= BEFORE and not row.until]
    rows, owner = list[Row](), {customer: customer for customer in range(1, 6)}
    current, merges = known, draw(st.integers(0, 3))
    for merge in range(MERGE, MERGE + merges):
        owner = {told: draw(st.sampled_from((told, 1, 2))) for told in owner}
        after = [was._replace(customer=owner[row.order // 100], since=merge) for was, row in
                 zip(current, known, strict=True)]
        rows += [was._replace(until=merge) for was, now in zip(current, after, strict=True)
                 if was.customer != now.customer]
        current = [now if was.customer != now.customer else was for was, now in zip(current, after, strict=True)]
    return rows + current, frozenset(range(MERGE, MERGE + merges)), owner


@settings(max_examples=20, deadline=None)
@given(story=merges_of_some())
def test_after_merges_alone_a_move_is_by_them_or_by_time(
        story: tuple[list[Row], frozenset[int], dict[int, int]]) -> None:
    rows, merges, _owner = story
    found = merging(rows, merges)

    def segments(day: date, known: int) -> dict[int, str]:
        table = snapshot(rows, Basis(day, ruled()), known)
        return dict(zip(table["customer_no"], table["segment"], strict=True))

    was, joined, now = segments(BEFORE, KNOWN), segments(BEFORE, 99), segments(AS_OF, 99)
    assert {who: move[:2] for who, move in found.items()} == {
        who: (was.get(who, ""), now.get(who, "")) for who in was.keys() | now.keys()
        if was.get(who, "") != now.get(who, "")}
    for who, move in found.items():
        assert move[2] == ("ageing" if joined.get(who, "") != now.get(who, "") else "customers_merged")


@pytest.mark.parametrize(("now", "expected"), [
    (ruled(gift_below=money(1001)), ("promising", "newcomers", "settings_changed", "frequency", 3, 1, 3)),
    (ruled(window_days=10), ("promising", "newcomers", "settings_changed", "frequency", 3, 2, 3)),
    (ruled(window_days=5), ("promising", "", "settings_changed", "", 3, 0, -1)),
])
def test_settings_changed(now: Rules, expected: tuple[object, ...]) -> None:
    rows = [*orders(2, since=KNOWN), Row(1, 1, ago(9), 5000, since=KNOWN),
            Row(1, 9, ago(3), 5000, until=KNOWN)]
    assert told(night(rows, now=now)) == expected


def test_a_customer_without_stored_lines_under_todays_settings_left_by_them() -> None:
    rows = orders(3)
    walk = Walk(BEFORE, KNOWN, Basis(AS_OF, ruled(own_companies=frozenset({"Anna"}))), CUTS, CUTS)
    previous = snapshot(rows, Basis(BEFORE, ruled()), KNOWN)
    moves = compare(previous, empty(SNAPSHOT), versioned([]), walk)
    assert told(moves) == ("promising", "", "settings_changed", "", 3, 0, -1)


def test_other_rules_over_the_same_numbers_name_no_number() -> None:
    rows = orders(3)
    previous = snapshot(rows, Basis(BEFORE, ruled()), KNOWN).assign(segment="a segment of another preset")
    walk = Walk(BEFORE, KNOWN, Basis(AS_OF, ruled()), CUTS, CUTS)
    moves = compare(previous, snapshot(rows, walk.basis, LATE), versioned(rows), walk)
    assert told(moves) == ("a segment of another preset", "promising", "settings_changed", "", 3, 3, -1)


def test_returns_after_the_day_are_ignored_where_returns_are() -> None:
    rules = ruled(returns="ignore")
    rows = [*orders(3), Row(1, 100, AS_OF, -1000, returned=True, since=LATE)]
    assert len(night(rows, then=rules, now=rules)) == 0


def test_after_a_longer_pause_the_walk_is_the_same() -> None:
    rows = [*orders(3, newest=30), Row(1, 1, ago(5), 99, since=LATE)]
    assert len(night(rows, before=ago(25))) == 0
    assert told(night(orders(3, newest=46), before=ago(25))) == (
        "promising", "drifting", "ageing", "recency_days", 22, 47, 45)


def test_nothing_to_tell_is_a_frame_of_the_right_types() -> None:
    moves = night(orders(3))
    assert len(moves) == 0
    assert dict(moves.dtypes.astype(str)) == MOVES


def test_the_walk_needs_both_windows() -> None:
    walk = Walk(date(2025, 3, 1), KNOWN, Basis(AS_OF, ruled(window_days=10)), CUTS, CUTS)
    assert (walk.period.first, walk.period.last) == (date(2025, 2, 20), AS_OF)


@settings(max_examples=20, deadline=None)
@given(rows=rows_of_some(), pause=st.integers(1, 10), gift=st.sampled_from((0, 0, 501)),
       returns=st.sampled_from(("net", "ignore")))
def test_every_changed_customer_has_exactly_one_move(
        rows: list[Row], pause: int, gift: int, returns: str) -> None:
    before, then = ago(pause), ruled()
    now = replace(then, gift_below=money(gift), returns=returns)
    moves = night(rows, before, then, now)
    previous = snapshot(rows, Basis(before, then), KNOWN)
    current = snapshot(rows, Basis(AS_OF, now), LATE)
    was, new = (dict(zip(each["customer_no"], each["segment"], strict=True)) for each in (previous, current))
    changed = {who: (was.get(who, ""), new.get(who, "")) for who in was.keys() | new.keys()
               if was.get(who, "") != new.get(who, "")}
    assert moves["customer_no"].tolist() == sorted(changed)
    assert {row.customer_no: (row.from_segment, row.to_segment) for row in moves.itertuples()} == changed
    assert moves["cause"].isin(CAUSES).all()
    assert dict(moves.dtypes.astype(str)) == MOVES
    crossed = moves[moves["measure"] != ""]
    assert (crossed["line"] >= np.minimum(crossed["before"], crossed["after"])).all()
    assert (crossed["line"] <= np.maximum(crossed["before"], crossed["after"])).all()
    if gift == 0 and returns == "net":
        assert "settings_changed" not in set(moves["cause"])


@settings(max_examples=20, deadline=None)
@given(rows=rows_of_some(), pause=st.integers(1, 10))
def test_the_walk_over_all_facts_ends_at_this_nights_snapshot(rows: list[Row], pause: int) -> None:
    """The last step of the walk (all facts, today) is the current snapshot: it is not made again."""
    walk = Walk(ago(pause), KNOWN, Basis(AS_OF, ruled()), CUTS, CUTS)
    versions = versioned(row for row in rows if walk.period.first <= row.day < walk.period.end)
    now = score(summarise(versions.loc[versions["until"] == 0, list(LINES)], walk.basis), CUTS, ruled())
    pd.testing.assert_frame_equal(now, snapshot(rows, walk.basis, LATE))
