"""What the tabs beside the customers are given has the totals of the night, under all rules and of any number."""

from __future__ import annotations

import dataclasses
import json
from functools import cache

import pytest

from rfm_service import presets
from rfm_service.analysis.segments import segment_of
from rfm_service.dashboard.sections import levels, spread, told, weeks
from rfm_service.dashboard.words import catalogues
from rfm_service.domain.findings import Findings
from rfm_service.domain.grids import MEASURE_OF, Scheme
from rfm_service.domain.values import Basis
from rfm_service.drawing.totals import rise
from tests.renderers.findings import AS_OF, make_findings
from tests.rules import ruled

PRESETS = presets.names()


@cache
def night(customers: int = 300, preset: str = "seed") -> Findings:
    """A night whose segments are those of a preset."""
    found = make_findings(customers, hostile=True)
    basis = Basis(AS_OF, ruled(preset))
    snapshot = found.snapshot.assign(segment=segment_of(
        *(found.snapshot[name].to_numpy() for name in ("frequency", "monetary", "recency_days")),
        Scheme(basis.rules.grid, found.cuts)))
    return dataclasses.replace(found, basis=basis, snapshot=snapshot)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_map_holds_every_customer_and_all_money(preset: str) -> None:
    found = night(preset=preset)
    drawn = told(found, catalogues("RUB")[:1])["map"]
    assert sum(map(sum, drawn["customers"])) == len(found.snapshot)
    assert sum(map(sum, drawn["money"])) == found.snapshot["monetary"].sum()
    ends = [*drawn["days"][1:], 10**6]
    oldest = found.snapshot[found.snapshot["recency_days"].between(drawn["days"][-1], ends[-1] - 1)]
    assert sum(row[0] for row in drawn["customers"]) == len(oldest)
    assert {name for row in drawn["segments"] for name in row} <= {*found.basis.rules.grid.order}


def test_bars_hold_every_customer_once() -> None:
    found = night()
    bars = spread(found)
    assert bars.groupby("axis")["customers"].sum().to_dict() == dict.fromkeys("rfm", 300)
    for axis, rows in bars.groupby("axis"):
        values = found.snapshot[MEASURE_OF[axis]]
        inside = [((values >= low) & (values < high)).sum()
                  for low, high in zip(rows["low"], rows["high"], strict=True)]
        assert rows["customers"].tolist()[1:-1] == inside[1:-1]


def test_levels_and_segments_share_the_money() -> None:
    found = night()
    rows = levels(found)
    assert (rows["customers"].sum(), rows["money"].sum()) == (300, found.snapshot["monetary"].sum())
    one = rows.iloc[0]
    held = found.snapshot[(found.snapshot["tier"] == one["tier"]) & (found.snapshot["segment"] == one["segment"])]
    assert (one["customers"], one["money"]) == (len(held), held["monetary"].sum())


def test_moves_are_counted_by_week() -> None:
    found, counted = night(), weeks(night())
    order = found.basis.rules.grid.order
    ways = [rise(*ends, order) for ends in zip(found.history["from_segment"], found.history["to_segment"], strict=True)]
    assert len(counted) == 26
    assert (counted["better"].sum(), counted["worse"].sum()) == (ways.count(1), ways.count(-1))


def test_the_card_has_the_sums_of_the_forecast() -> None:
    found = night()
    card = told(found, catalogues("RUB")[:1])["card"]
    assert card["groups"][0]["bought"] == found.card.groups[0].bought
    assert sum(group["spent"] for group in card["groups"][1:]) == sum(each.spent for each in found.card.groups[1:])
    assert [each["segment"] for each in card["groups"][1:]] == [
        name for name in found.basis.rules.grid.order if name in {each.segment for each in found.card.groups}]


def test_every_language_says_as_much() -> None:
    said = told(night(), catalogues("RUB"))["said"]
    assert list(said) == ["ru", "en", "zh", "tr"]
    assert len({json.dumps(each["news"]) for each in said.values()}) == 4
    shapes = {tuple(len(facts) for _, facts in each["counted"]) for each in said.values()}
    assert len(shapes) == 1
    rules = next(facts for title, facts in said["en"]["counted"] if title.startswith("Segments"))
    assert rules[0] == ["1. Champions", "orders ≥ 12, spent ≥ ₽600,000, bought less than 90 days ago"]


@pytest.mark.parametrize("customers", [0, 1, 5])
def test_few_customers_are_no_fault(customers: int) -> None:
    found = make_findings(customers)
    drawn = told(found, catalogues("RUB"))
    json.dumps(drawn, allow_nan=False)
    assert (drawn["map"] is None) == (customers == 0)
    assert spread(found)["customers"].sum() == 3 * customers
    assert levels(found)["customers"].sum() == customers
    assert len(weeks(found)) == 26
