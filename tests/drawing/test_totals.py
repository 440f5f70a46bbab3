from __future__ import annotations

from dataclasses import replace

import pytest

from rfm_service import presets
from rfm_service.drawing.totals import by_segment, by_tier, flows
from tests.renderers.findings import make_findings

FINDINGS = make_findings(900)


def test_groups_add_up_to_the_key_figures() -> None:
    for groups in (by_segment(FINDINGS), by_tier(FINDINGS)):
        assert sum(group.customers for group in groups) == FINDINGS.figures.customers
        assert sum(group.money for group in groups) == FINDINGS.figures.revenue
        assert sum(group.share for group in groups) == pytest.approx(1)
        assert sum(group.money_share for group in groups) == pytest.approx(1)


def test_groups_come_best_first() -> None:
    assert [group.id for group in by_segment(FINDINGS)] == list(presets.preset("seed").order)
    tiers = [group.id for group in by_tier(FINDINGS)]
    assert tiers == ["whale", "large_wholesale", "wholesale", "small_wholesale", "retail"]


def test_flows_hold_every_move_once() -> None:
    found = flows(FINDINGS)
    assert sum(flow.customers for flow in found) == len(FINDINGS.moves)
    assert sum(flow.money for flow in found) == FINDINGS.moves["monetary"].sum()
    assert [abs(flow.money) for flow in found] == sorted((abs(flow.money) for flow in found), reverse=True)


@pytest.mark.parametrize(("before", "after", "rise"), [
    ("loyal", "champions", 1), ("loyal", "at_risk", -1), ("", "newcomers", 1), ("lost", "", -1), ("", "", 0),
])
def test_a_move_is_for_the_better_or_the_worse(before: str, after: str, rise: int) -> None:
    move = FINDINGS.moves.head(1).assign(from_segment=before, to_segment=after)
    assert [flow.rise for flow in flows(replace(FINDINGS, moves=move))] == [rise]


def test_no_customers_no_groups() -> None:
    nobody = make_findings(0)
    assert by_segment(nobody) == by_tier(nobody) == []
    assert flows(nobody) == []
