"""The map of recency by orders: bands, borders and names for every preset, whatever the customers."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Text

from rfm_service import presets
from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.segments import segment_of
from rfm_service.domain.findings import Findings
from rfm_service.domain.grids import Border, Condition, Grid, Rule, Scheme
from rfm_service.domain.values import Rules
from rfm_service.drawing.output import png, svg
from rfm_service.drawing.rule_map import Bands, mapped, rule_map
from rfm_service.drawing.style import house_style
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings
from tests.rules import ruled

EN = Catalogue("en", "USD")
MANY, FEW = make_findings(3000), make_findings(5)


def by_rules(findings: Findings, rules: Rules) -> Findings:
    """The findings with the segments that the rules give."""
    snapshot = findings.snapshot
    cuts = quintile_cuts(snapshot)
    frequency, monetary, recency = (snapshot[name].to_numpy() for name in ("frequency", "monetary", "recency_days"))
    segment = segment_of(frequency, monetary, recency, Scheme(rules.grid, cuts))
    return dataclasses.replace(findings, basis=dataclasses.replace(findings.basis, rules=rules), cuts=cuts,
                               snapshot=snapshot.assign(segment=segment))


@pytest.mark.parametrize("preset", presets.names())
def test_every_preset_has_a_map(preset: str) -> None:
    findings = by_rules(MANY, ruled(preset))
    found = mapped(findings)
    assert found.customers.sum() == 3000
    assert found.money.sum() == findings.snapshot["monetary"].sum()
    named = {name for row in found.segments for name in row}
    assert named | set(found.hidden) >= set(findings.snapshot["segment"])
    assert not named.intersection(found.hidden)
    with warnings.catch_warnings(), house_style():
        warnings.simplefilter("error")
        assert svg(rule_map(findings, EN)).startswith("<svg")


def test_the_seed_s_lines_are_the_bands() -> None:
    found = mapped(by_rules(MANY, ruled()))
    assert [found.days.written(at) for at in range(5)] == ["1–45", "46–89", "90–135", "136–179", "180+"]
    assert [found.orders.written(at) for at in range(5)] == ["1–2", "3–5", "6–8", "9–11", "12+"]
    assert [list(dict.fromkeys(row)) for row in found.segments] == [
        ["sleeping", "drifting", "newcomers"], ["sleeping", "drifting", "promising"],
        ["sleeping", "drifting", "promising"], ["lost", "at_risk", "loyal"], ["lost", "at_risk", "loyal"]]


def test_a_cell_holds_the_customers_of_its_bands() -> None:
    snapshot = MANY.snapshot
    inside = snapshot[snapshot["frequency"].between(3, 5) & snapshot["recency_days"].between(46, 89)]
    found = mapped(by_rules(MANY, ruled()))
    assert (found.customers[1, 3], found.money[1, 3]) == (len(inside), inside["monetary"].sum())


def test_lines_divide_different_segments_only() -> None:
    found = mapped(by_rules(MANY, ruled()))
    with house_style():
        figure = rule_map(by_rules(MANY, ruled()), EN)
    [lines] = [each for each in figure.axes[0].collections if isinstance(each, LineCollection)]
    upright = [(int(x), int(min(up, down))) for (x, up), (other, down) in lines.get_segments() if x == other]
    assert upright == [(column, row) for row, names in enumerate(found.segments) for column in range(1, len(names))
                       if names[column - 1] != names[column]]


def test_scores_are_written_beside_their_bands() -> None:
    with house_style():
        axes = rule_map(by_rules(MANY, ruled("rf10")), EN).axes[0]
    assert [label.get_text().split("\n")[1] for label in axes.get_xticklabels()] == [f"R {r}" for r in range(1, 6)]
    assert [label.get_text().split("\n")[1] for label in axes.get_yticklabels()] == [f"F {f}" for f in range(1, 6)]


def test_empty_cells_belong_to_what_the_rules_say() -> None:
    nobody_old = by_rules(MANY, ruled()).snapshot.query("recency_days < 46")
    found = mapped(dataclasses.replace(by_rules(MANY, ruled()), snapshot=nobody_old))
    assert not found.customers[:, 0].any()
    assert [row[0] for row in found.segments] == ["sleeping", "sleeping", "sleeping", "lost", "lost"]


def test_own_rules_without_lines_get_usual_bands_and_many_lines_are_thinned() -> None:
    money = Rule("rich", (Condition("monetary", Border(1, 1), True),))
    assert mapped(by_rules(FEW, Rules(Grid("own", (money,), ("rich",), "others")))).days.starts == (1, 31, 61, 91, 181)
    lines = tuple(Rule(f"band_{day}", (Condition("recency_days", Border(day, day), False),))
                  for day in range(10, 360, 10))
    found = mapped(by_rules(FEW, Rules(Grid("own", lines, (), "others"))))
    assert len(found.days.starts) == 8
    assert found.customers.sum() == 5


def test_bands() -> None:
    bands = Bands((1, 2, 3, 10))
    assert bands.of(np.array([-1, 0, 1, 2, 9, 10, 500])).tolist() == [0, 0, 0, 1, 2, 3, 3]
    assert [bands.written(at) for at in range(4)] == ["1", "2", "3–9", "10+"]


def test_strange_money_and_names_are_drawn() -> None:
    snapshot = FEW.snapshot.assign(monetary=-5, segment="сегмент с названием, которое придумали сами " * 8)
    with house_style():
        figure = rule_map(dataclasses.replace(FEW, snapshot=snapshot), EN)
    assert png(figure).startswith(b"\x89PNG")
    assert max(len(each.get_text()) for each in figure.axes[0].findobj(Text)) < 90
