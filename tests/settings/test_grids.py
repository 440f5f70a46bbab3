"""Segments in settings.toml: presets by name, own rules, and what is refused with its cells."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from rfm_service import presets
from rfm_service.domain.grids import Border, Condition
from rfm_service.domain.values import MONEY_SCALE
from tests.settings.files import SOURCE, faults, load

SIX = "".join(f'[[rfm.thresholds]]\nsegment = "{segment}"\nr = "{r}"\nf = "{f}"\nm = "{m}"\n' for segment, r, f, m in (
    ("vip", "high", "high", "high"), ("develop", "high", "low", "high"), ("keep", "low", "high", "high"),
    ("winback", "low", "high", "low"), ("general", "high", "low", "low"), ("general_keep", "low", "low", "low")))


def own(rules: str, more: str = "") -> str:
    return f'{SOURCE}[rfm]\npreset = "own"\n{more}{rules}'


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_can_be_chosen(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, f'{SOURCE}[rfm]\npreset = "{name}"\n').rules.grid == presets.preset(name)


def test_own_rules(tmp_path: Path) -> None:
    grid = load(tmp_path, own("""[[rfm.thresholds]]
segment = "Наши киты"
frequency = ">= 12"
monetary = ">= 99.90, < 600000"
recency_days = "<= 45"
[[rfm.thresholds]]
segment = "lost"
r = 1
fm = "1-2.5"
cells = "111 112"
""", 'fallback = "others"\nhigh_score = 3\n')).rules.grid
    assert (grid.name, grid.order, grid.fallback) == ("own", ("Наши киты", "lost", "others"), "others")
    assert grid.rules[0].conditions == (
        Condition("frequency", Border(12, 12), True), Condition("monetary", Border(999_000, 999_000), True),
        Condition("monetary", Border(600_000 * MONEY_SCALE, 600_000 * MONEY_SCALE), False),
        Condition("recency_days", Border(45, 46), False))
    assert grid.rules[1].conditions == (Condition("r", Border(2, 2), False), Condition("fm", Border(6, 6), False))
    assert grid.rules[1].cells == {111, 112}


@pytest.mark.parametrize("high", [2, 3, 4, 5])
def test_high_is_a_setting(tmp_path: Path, high: int) -> None:
    assert load(tmp_path, f'{SOURCE}[rfm]\npreset = "classic8"\nhigh_score = {high}\n').rules.grid == presets.preset(
        "classic8", high)


def test_the_six_row_table_is_refused_with_its_cells(tmp_path: Path) -> None:
    fault = faults(tmp_path, own(SIX))["rfm.thresholds"]
    assert "LLH, HHL" in fault.problem
    assert "rfm.fallback" in fault.problem
    assert load(tmp_path, own(SIX, 'fallback = "others"\n')).rules.grid.fallback == "others"


def test_the_six_row_table_is_refused_by_name(tmp_path: Path) -> None:
    fault = faults(tmp_path, SOURCE + '[rfm]\npreset = "classic6"\n')["rfm.preset"]
    assert "HHL and LLH" in fault.problem
    assert fault.nearest == "classic8"


@pytest.mark.parametrize(("text", "key", "word"), [
    (SOURCE + '[rfm]\npreset = "list152"\n', "rfm.preset", "there is no such preset"),
    (SOURCE + '[rfm]\npreset = "own"\n', "rfm.preset", "needs rules"),
    (SOURCE + '[rfm]\n[[rfm.thresholds]]\nsegment = "a"\n', "rfm.preset", 'preset = "own"'),
    (SOURCE + "[rfm]\nhigh_score = 1\n", "rfm.high_score", "greater than"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nr = "5-3"\n'), "rfm.thresholds.0.r", "a score like 5"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nr = 6\n'), "rfm.thresholds.0.r", "a score like 5"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nr = true\n'), "rfm.thresholds.0.r", "a score like 5"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nr = "2.5-4"\n'), "rfm.thresholds.0.r", "a whole score"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nfm = "high"\n'), "rfm.thresholds.0.fm", "a score like 3.5"),
    (own('[[rfm.thresholds]]\nsegment = "a"\ncells = "116"\n'), "rfm.thresholds.0.cells", "three scores"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nfrequency = 3\n'), "rfm.thresholds.0.frequency", 'like ">= 12"'),
    (own('[[rfm.thresholds]]\nsegment = "a"\nfrequency = ">= 2.5"\n'), "rfm.thresholds.0", "whole numbers"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nmonetary = "> x"\n'), "rfm.thresholds.0.monetary", "a sum of money"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nmonetary = "> -5"\n'), "rfm.thresholds.0.monetary", "not below zero"),
    (own('[[rfm.thresholds]]\nsegment = ""\n'), "rfm.thresholds.0.segment", "1 to 60 letters"),
    (own('[[rfm.thresholds]]\nsegment = " a"\n'), "rfm.thresholds.0.segment", "without spaces"),
    (own('[[rfm.thresholds]]\nsegment = "a"\n', 'fallback = " "\n'), "rfm.fallback", "1 to 60 letters"),
    (SOURCE + '[rfm]\nfallback = "others"\n', "rfm.fallback", 'preset = "own"'),
    (own('[[rfm.thresholds]]\nsegment = "a"\nfrequency = "> 9223372036854775807"\n'), "rfm.thresholds.0.frequency",
     "below a million millions"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nfrequency = "> 1000000001"\n'), "rfm.thresholds.0", "up to 1000000000"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nmonetary = ">= 1e5000"\n'), "rfm.thresholds.0.monetary",
     "below a million millions"),
    (SOURCE + "[rfm]\ncuts = {r = [1, 2, 3, 99999999999999999999], f = [1, 2, 3, 4], m = [1, 2, 3, 4]}\n",
     "rfm.cuts.r.3", "1000000000"),
    (SOURCE + "[tiers]\nwhale = 922337203685478\n", "tiers.whale", "below a million millions"),
    (SOURCE + "[classes]\ny = 1e200\n", "classes.y", "10000"),
    (SOURCE + "[classes]\nb = 70\n", "classes.b", "must not be below a"),
    (SOURCE + "[lifecycle]\nchurn_multiplier = 1e-20\n", "lifecycle.churn_multiplier", "0.01"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nrecency = "> 5"\n'), "rfm.thresholds.0.recency", "unknown key"),
    (own('[[rfm.thresholds]]\nsegment = "a"\nfrequency = ">= 3"\n'), "rfm.thresholds", "orders < 3"),
])
def test_faults(tmp_path: Path, text: str, key: str, word: str) -> None:
    found = faults(tmp_path, text)
    assert word in found[key].problem, found


def test_a_fraction_of_the_settings_is_the_one_that_was_meant(tmp_path: Path) -> None:
    found = load(tmp_path, SOURCE + "[lifecycle]\nchurn_multiplier = 1.3333333333333333\n[classes]\nx = 33.3\n")
    assert found.lifecycle.borders.churn_multiplier == Fraction(4, 3)
    assert found.classes.borders.x == Fraction(333, 1000)


def test_too_fine_a_grid_is_refused(tmp_path: Path) -> None:
    rules = "".join(f'[[rfm.thresholds]]\nsegment = "s{at}"\nfrequency = ">= {at}"\nmonetary = ">= {at}"\n'
                    f'recency_days = ">= {at}"\n' for at in range(2, 62))
    assert "cells" in faults(tmp_path, own(rules))["rfm.thresholds"].problem


def test_rules_that_never_apply_are_told_with_their_cells() -> None:
    said = [str(remark) for remark in presets.remarks(presets.preset("putler"))]
    assert len(said) == 5
    assert said[1] == "Rule 4 (recent) never applies: rules above it take all its cells: 411, 511 (potential_loyalist)."
    assert len(presets.remarks(presets.preset("seed"))) == 1
