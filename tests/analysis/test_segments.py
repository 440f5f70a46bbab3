"""Every preset names one segment for everybody, as its file says."""

from __future__ import annotations

import json
import tomllib
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rfm_service.presets
from rfm_service import presets
from rfm_service.analysis.segments import segment_of
from rfm_service.analysis.tiers import tier_of
from rfm_service.domain.grids import Border, Cuts, Grid, Scheme
from rfm_service.domain.values import MONEY_SCALE, SEED_TIERS
from tests import oracle
from tests.real import real

FIVE = Cuts(r=(5, 10, 15, 20), f=(5, 10, 15, 20), m=(5, 10, 15, 20))
"""Cuts under which a measure of 1..5 is its own score (recency counted from the other end)."""
SEED = Scheme(presets.preset("seed"), FIVE)
WRITTEN = {name: tomllib.loads(Path(rfm_service.presets.__file__).with_name(f"{name}.toml").read_text("utf-8"))
           for name in presets.names()}
CELLS = list(product(range(1, 6), repeat=3))
PUBLISHED = {"r_rfm": "r_rfm_readme_0.3", "putler": "putler_11_fm_mean", "rf10": "rf_regex_10", "list125": "list125_11"}
IDS = {"Lost": "lost", "At Risk": "at_risk", "Need Attention": "need_attention", "Can't Lose Them": "cant_lose",
       "Cannot Lose Them": "cant_lose", "cant_loose": "cant_lose", "About To Sleep": "about_to_sleep", None: "others",
       "Loyal Customers": "loyal", "Loyal": "loyal", "loyal_customers": "loyal", "Promising": "promising",
       "Potential Loyalist": "potential_loyalist", "potential_loyalists": "potential_loyalist",
       "New Customers": "newcomers", "new_customers": "newcomers", "Champions": "champions",
       "Hibernating": "hibernating", "Customers Needing Attention": "need_attention"}


def cells_of(grid: Grid, frequency: int) -> dict[str, str]:
    """The segment of every cell of scores, for customers of so many orders."""
    # The cut of frequency is moved to where those orders have the score wanted.
    found = {}
    for r, f, m in CELLS:
        cuts = Cuts(FIVE.r, tuple(5 * (frequency - 1 if at < f else frequency) for at in range(1, 5)), FIVE.m)
        found[f"{r}{f}{m}"] = segment_of(np.array([frequency]), np.array([m]), np.array([6 - r]),
                                         Scheme(grid, cuts))[0]
    return found


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.parametrize("frequency", [2, 3])
def test_all_cells_of_scores_are_as_the_file_says(name: str, frequency: int) -> None:
    found = cells_of(presets.preset(name), frequency)
    assert found == {f"{r}{f}{m}": oracle.first_match(WRITTEN[name], oracle.Judged(
        6 - r, frequency, m, None, None, 0, 0, r=r, f=f, m=m)) for r, f, m in CELLS}
    assert set(found.values()) <= set(presets.preset(name).order)


@pytest.mark.real
@pytest.mark.parametrize("name", PUBLISHED)
def test_grids_by_score_are_the_published_ones(name: str) -> None:
    published = json.loads(real("presets_first_match.json").read_text("utf-8"))[PUBLISHED[name]]
    assert cells_of(presets.preset(name), 3) == {
        cell: IDS.get(segment, segment) for cell, segment in published.items()}


def test_nobody_with_one_order_cannot_be_lost() -> None:
    few, some = (cells_of(presets.preset("list125"), orders) for orders in (2, 3))
    kept = {cell for cell, segment in some.items() if segment == "cant_lose"}
    assert kept == {"113", "114", "115", "144", "154", "155", "214", "215"}
    assert {few[cell] for cell in kept} == {"at_risk"}
    assert {cell: segment for cell, segment in few.items() if cell not in kept} == {
        cell: segment for cell, segment in some.items() if cell not in kept}


@pytest.mark.parametrize("high", [2, 3, 4, 5])
def test_the_classic_eight_divide_at_the_setting(high: int) -> None:
    ways = {"HHH": "key_value", "HLH": "key_development", "LHH": "key_retention", "LLH": "key_winback",
            "HHL": "general_value", "HLL": "general_development", "LHL": "general_retention",
            "LLL": "general_winback"}
    for cell, segment in cells_of(presets.preset("classic8", high), 7).items():
        assert segment == ways["".join("H" if int(score) >= high else "L" for score in cell)]


def test_the_picture_differs_from_the_code_for_six_to_eight_orders_alone() -> None:
    schemes = [Scheme(presets.preset(name), FIVE) for name in ("seed", "seed-picture")]
    cases = np.array(list(product(range(1, 15), (0, 99_999, 100_000, 300_000, 600_000), range(1, 365))), np.int64)
    code, picture = (segment_of(cases[:, 0], cases[:, 1] * MONEY_SCALE, cases[:, 2], each) for each in schemes)
    differs = cases[code != picture]
    assert set(differs[:, 0]) == {6, 7, 8}
    assert differs[:, 2].min() == 90
    assert set(picture[(code != picture) & (cases[:, 2] < 180)]) == {"at_risk"}
    assert set(picture[(code != picture) & (cases[:, 2] >= 180)]) == {"lost"}


def test_all_sides_of_all_borders_of_the_seed_equal_the_definition() -> None:
    near = [[least, *(border.start + step for border in SEED.borders(measure) for step in (-1, 0, 1))]
            for measure, least in (("frequency", 1), ("monetary", -5), ("recency_days", 1))]
    cases = np.array(list(product(*near)), np.int64)
    found = segment_of(cases[:, 0], cases[:, 1], cases[:, 2], SEED)
    assert found.tolist() == [oracle.segment(int(r), int(f), int(m)) for f, m, r in cases]
    assert set(found) == set(SEED.grid.order)


CUT = st.lists(st.integers(0, 5 * 10**15), min_size=4, max_size=4).map(lambda cuts: tuple(sorted(cuts)))
CUTS = st.builds(Cuts, CUT, CUT, CUT)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(presets.names()), st.integers(1, 10**6), st.integers(-(10**15), 10**15), st.integers(1, 10**5),
       CUTS, st.integers(2, 5))
def test_anybody_is_in_exactly_one_segment(name: str, frequency: int, monetary: int, recency: int, cuts: Cuts,
                                           high: int) -> None:
    grid = presets.preset(name, high)
    found = segment_of(np.array([frequency]), np.array([monetary]), np.array([recency]), Scheme(grid, cuts))
    fifths = {axis: [oracle.Fraction(cut, 5) for cut in getattr(cuts, axis)] for axis in "rfm"}
    judged = oracle.with_scores(oracle.Judged(recency, frequency, monetary, None, None, 0, 0), fifths)
    assert found.tolist() == [oracle.first_match(WRITTEN[name], judged, high)]
    assert found[0] in grid.order


def test_borders_are_told_as_people_say_them() -> None:
    assert SEED.borders("frequency") == (Border(3, 3), Border(6, 6), Border(9, 9), Border(12, 12))
    assert SEED.borders("recency_days") == (Border(45, 46), Border(90, 90), Border(135, 136), Border(180, 180))
    assert [border.line // MONEY_SCALE for border in SEED.borders("monetary")] == [100_000, 300_000, 600_000]
    by_score = Scheme(presets.preset("rf10"), Cuts((50, 100, 151, 200), (5, 5, 10, 12), (0, 0, 0, 0)))
    assert by_score.borders("recency_days") == (Border(10, 11), Border(20, 21), Border(30, 31), Border(40, 41))
    assert by_score.borders("frequency") == (Border(1, 2), Border(2, 3))


def test_a_tier_begins_exactly_at_its_floor() -> None:
    floor = 100_000 * MONEY_SCALE
    money = np.array([3 * floor, 3 * floor - 1, -5, 10**15, 90_000 * MONEY_SCALE])
    blocks = np.array([3, 3, 1, 1, 3])
    expected = ["wholesale", "small_wholesale", "retail", "whale", "small_wholesale"]
    assert tier_of(money, blocks, SEED_TIERS).tolist() == expected
    assert tier_of(money, blocks, SEED_TIERS[::-1]).tolist() == expected
