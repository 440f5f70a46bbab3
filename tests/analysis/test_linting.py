"""The grid linter: holes and idle rules by name; no accepted grid leaves anybody out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from rfm_service import presets
from rfm_service.analysis.linting import TooManyCells, cells_of, lint
from rfm_service.analysis.segments import segment_of
from rfm_service.domain.grids import Cuts, Grid, Scheme
from rfm_service.domain.values import MONEY_SCALE


def grid(*rules: dict[str, Any], fallback: str | None = None) -> Grid:
    return presets.grid_of("own", [presets.RuleTable.model_validate(rule) for rule in rules], fallback)


SIX = [{"segment": "vip", "r": "high", "f": "high", "m": "high"},
       {"segment": "develop", "r": "high", "f": "low", "m": "high"},
       {"segment": "keep", "r": "low", "f": "high", "m": "high"},
       {"segment": "winback", "r": "low", "f": "high", "m": "low"},
       {"segment": "general_develop", "r": "high", "f": "low", "m": "low"},
       {"segment": "general_keep", "r": "low", "f": "low", "m": "low"}]
"""The published six-row table."""


def test_the_six_row_table_has_two_holes() -> None:
    assert set(lint(grid(*SIX)).holes) == {"HHL", "LLH"}
    assert lint(grid(*SIX, fallback="others")).holes == ()


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_covers_every_cell(name: str) -> None:
    assert lint(presets.preset(name)).holes == ()


def test_the_ten_cells_that_the_r_package_leaves_open() -> None:
    shipped = presets.preset("r_rfm")
    open_ = Grid("open", shipped.rules, shipped.order)
    assert lint(open_).holes == ("215", "241", "251", "252", "341", "351", "441", "451", "541", "551")


def test_four_rules_of_putler_never_apply_and_their_cells_are_told() -> None:
    idle = {each.segment: each for each in lint(presets.preset("putler")).idle}
    assert list(idle) == ["recent", "promising", "cant_lose", "lost"]
    assert idle["recent"].cells == ("411", "511")
    assert idle["recent"].taken_by == ("potential_loyalist",)
    assert (idle["lost"].place, idle["cant_lose"].taken_by) == (11, ("at_risk",))


@pytest.mark.parametrize("name", sorted(set(presets.names()) - {"putler"}))
def test_no_rule_of_the_other_presets_is_idle(name: str) -> None:
    assert lint(presets.preset(name)).idle == ()


@pytest.mark.parametrize(("rules", "holes"), [
    ([{"segment": "a", "frequency": ">= 3"}], ("orders < 3",)),
    ([{"segment": "a", "frequency": ">= 3"}, {"segment": "b", "recency_days": "< 90"}], ("orders < 3 days ≥ 90",)),
    ([{"segment": "a", "monetary": ">= 99.90, < 1000"}], ("money < 99.9", "money ≥ 1000")),
    ([{"segment": "a", "recency_days": "> 45, <= 90"}], ("days < 46", "days ≥ 91")),
    ([{"segment": "a", "monetary": "< 100"}, {"segment": "b", "monetary": "> 100"}], ("money 100..<100.0001",)),
    ([{"segment": "a", "r": "2-5"}], ("R1",)),
    ([{"segment": "a", "r": 5}, {"segment": "b", "f": 5}], tuple(f"R{r} F{f}" for r in range(1, 5)
                                                                 for f in range(1, 5))),
    ([{"segment": "a", "fm": "1-4.5"}], ("F5 M5",)),
    ([{"segment": "a", "cells": "555", "frequency": ">= 3"}, {"segment": "b", "r": "1-4"},
      {"segment": "c", "f": "1-4"}, {"segment": "d", "m": "1-4"}], ("555 (orders < 3)",)),
])
def test_holes_are_told_by_name(rules: list[dict[str, Any]], holes: tuple[str, ...]) -> None:
    assert lint(grid(*rules)).holes == holes


def test_a_rule_whose_conditions_exclude_each_other_has_no_cell() -> None:
    (idle,) = lint(grid({"segment": "never", "frequency": ">= 5, < 3"}, {"segment": "all"})).idle
    assert (idle.place, idle.segment, idle.cells, idle.taken_by) == (1, "never", (), ())


def test_a_rule_behind_one_that_takes_everybody_is_idle() -> None:
    (idle,) = lint(grid({"segment": "all"}, {"segment": "late", "r": 5})).idle
    assert (idle.segment, idle.cells, idle.taken_by) == ("late", ("R5",), ("all",))


def test_too_many_cells_are_refused() -> None:
    rules = [{"segment": f"s{at}", "frequency": f">= {at}", "monetary": f">= {at}", "recency_days": f">= {at}"}
             for at in range(2, 62)]
    with pytest.raises(TooManyCells):
        cells_of(grid(*rules))


SCORE_RANGE = st.one_of(st.integers(1, 5), st.tuples(st.integers(1, 5), st.integers(1, 5)).map(
    lambda ends: f"{min(ends)}-{max(ends)}"), st.sampled_from(("high", "low")))
SIDE = st.tuples(st.sampled_from((">=", ">", "<", "<=")), st.integers(0, 9)).map(lambda side: f"{side[0]} {side[1]}")
RULE = st.fixed_dictionaries({"segment": st.sampled_from("abcdef")}, optional={
    "r": SCORE_RANGE, "f": SCORE_RANGE, "m": SCORE_RANGE, "fm": st.integers(1, 5), "frequency": SIDE,
    "monetary": SIDE, "recency_days": SIDE, "cells": st.sampled_from(("111 555", "333"))})
CUT = st.lists(st.integers(0, 50), min_size=4, max_size=4).map(lambda cuts: tuple(sorted(cuts)))
SOMEBODY = st.tuples(st.integers(1, 12), st.integers(-2 * MONEY_SCALE, 12 * MONEY_SCALE), st.integers(1, 12))


@settings(max_examples=50, deadline=None)
@given(st.lists(RULE, max_size=6), st.sampled_from((None, "others")), st.builds(Cuts, CUT, CUT, CUT),
       st.lists(SOMEBODY, min_size=1, max_size=20))
def test_in_an_accepted_grid_everybody_has_one_segment(rules: list[dict[str, Any]], fallback: str | None, cuts: Cuts,
                                                       people: list[tuple[int, int, int]]) -> None:
    made = grid(*rules, fallback=fallback)
    try:
        flaws = lint(made)
    except TooManyCells:
        reject()
    columns = np.array(people, np.int64).T
    found = segment_of(*columns, Scheme(made, cuts)).tolist()
    if not flaws.holes:
        assert set(found) <= set(made.order)
    idle = {each.place - 1 for each in flaws.idle}
    without = Grid("own", tuple(rule for at, rule in enumerate(made.rules) if at not in idle), made.order, fallback)
    assert segment_of(*columns, Scheme(without, cuts)).tolist() == found
