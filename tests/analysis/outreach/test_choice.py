"""Seats of the lists: who has one, who is held back, who comes too late."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.outreach.choice import Turn, seats

SEATED = st.lists(st.tuples(st.sampled_from(["listed", "listed", "listed", "waits", "refused"]), st.booleans(),
                            st.sampled_from(["", "Анна", "Борис"]), st.integers(-40, 120), st.integers(0, 9),
                            st.sampled_from([False, False, False, True])), max_size=40)
Row = tuple[str, bool, str, int, int, bool]


def turn_of(rows: list[Row]) -> tuple[np.ndarray, np.ndarray, Turn]:
    columns = list(zip(*rows, strict=True)) or [()] * 6
    state, manager = (np.array(columns[at], object) for at in (0, 2))
    return state, np.array(columns[1], bool), Turn(
        manager, np.array(columns[3], float), np.array(columns[4], np.int64),
        np.array([f"id{at:03d}" for at in range(len(rows))], object), np.array(columns[5], bool))


@settings(max_examples=100, deadline=None)
@given(SEATED, st.integers(0, 6))
def test_s3_12_seats_go_by_priority_and_who_is_held_back_takes_none(
        rows: list[Row], capacity: int) -> None:
    state, held, turn = turn_of(rows)
    found = seats(state, held, turn, capacity)
    told = list(range(len(rows)))
    order = sorted(told, key=lambda at: (not rows[at][5], -rows[at][3], -rows[at][4], at))
    taken: Counter[str] = Counter()
    wanted = list(state)
    for at in order:
        if rows[at][0] != "listed":
            continue
        full = capacity and taken[rows[at][2]] >= capacity
        wanted[at] = "listed" if rows[at][5] else "full" if full else "held" if rows[at][1] else "listed"
        taken[rows[at][2]] += wanted[at] == "listed"
    assert found.tolist() == wanted


@settings(max_examples=100, deadline=None)
@given(SEATED, st.integers(1, 6))
def test_nobody_else_loses_a_place_because_somebody_is_held_back(
        rows: list[Row], capacity: int) -> None:
    state, held, turn = turn_of(rows)
    found = seats(state, held, turn, capacity)
    free = held & ~turn.agreed
    without = seats(np.where(free, "no_reason", state).astype(object), np.zeros(len(rows), bool), turn, capacity)
    assert (found == "listed").tolist() == (without == "listed").tolist()
