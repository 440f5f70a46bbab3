"""Peers' own cases: their published figures come out of our definitions, or, where theirs are defects, the opposite."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rfm_service import presets
from rfm_service.analysis.scoring import quintile_cuts, scores
from rfm_service.analysis.segments import segment_of
from rfm_service.analysis.summary import summarise
from rfm_service.domain.grids import Cuts, Grid, Scheme
from rfm_service.domain.tables import LINES
from rfm_service.domain.values import MONEY_SCALE, Basis, day_number
from tests.real import real
from tests.rules import ruled

FIVE = Cuts((5, 10, 15, 20), (5, 10, 15, 20), (5, 10, 15, 20))


def case(name: str) -> dict[str, Any]:
    return json.loads(real("acceptance.json").read_text(encoding="utf-8"))[name]


def lines_of(customers: Any, days: Any, amounts: Any) -> pd.DataFrame:
    """An order a row."""
    columns = {"customer_no": customers, "order_no": np.arange(len(customers)), "day": days,
               "amount": np.asarray(amounts) * MONEY_SCALE, "returned": np.zeros(len(customers), bool)}
    return pd.DataFrame({name: np.asarray(columns[name]).astype(kind) for name, kind in LINES.items()})


@pytest.fixture(scope="module")
def r_rfm() -> tuple[pd.DataFrame, pd.DataFrame]:
    """SUMMARY of the orders of R's package rfm by our definitions, and its own table, by customer."""
    orders = pd.read_csv(real("r_rfm_orders_input.csv"), dtype={"customer_id": str})
    codes, names = pd.factorize(orders["customer_id"])
    days = [day_number(date.fromisoformat(day)) for day in orders["order_date"]]
    ten_years = Basis(date(2006, 12, 31), ruled(window_days=3650))
    summary = summarise(lines_of(codes + 1, days, orders["revenue"]), ten_years)
    summary.index = pd.Index(names[summary["customer_no"] - 1])
    expected = pd.read_csv(real("r_rfm_orders_expected.csv"), index_col="customer_id", keep_default_na=False)
    return summary, expected.reindex(summary.index)


@pytest.mark.real
def test_r_rfm_its_table_of_customers(r_rfm: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    summary, expected = r_rfm
    published = case("r_rfm")
    assert (len(summary), summary["frequency"].sum()) == (995, published["sum_transaction_count"])
    # They count the days between, we count the day itself: a purchase on as_of gives 1.
    assert (summary["recency_days"] - 1).equals(expected["recency_days"])
    assert summary["frequency"].equals(expected["transaction_count"])
    assert (summary["monetary"] // MONEY_SCALE).equals(expected["amount"])
    for name, row in published["readme_rows"].items():
        found = summary.loc[name]
        assert [found["recency_days"] - 1, found["frequency"], found["monetary"] // MONEY_SCALE] == row[:3]


@pytest.mark.real
def test_r_rfm_its_cuts(r_rfm: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Theirs stand one above ours, whatever the unit, which is why the unit of money changes their scores."""
    cuts, bins = quintile_cuts(r_rfm[0]), case("r_rfm")["bins"]
    days_between = [cut / 5 - 1 for cut in cuts.r]
    assert [cut + 1 for cut in days_between] == bins["R"]
    assert [cut / 5 + 1 for cut in cuts.f] == bins["F"]
    assert [round(cut / 5 / MONEY_SCALE + 1, 4) for cut in cuts.m] == bins["M"]


def placed(expected: pd.DataFrame, grid: Grid) -> pd.Series:
    """The segments of a grid for customers whose scores are given."""
    found = segment_of(expected["f"].to_numpy(), expected["m"].to_numpy(), 6 - expected["r"].to_numpy(),
                       Scheme(grid, FIVE))
    return pd.Series(found, index=expected.index)


@pytest.mark.real
def test_r_rfm_its_champions(r_rfm: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """By its older grid with its own scores, as it published them."""
    _, expected = r_rfm
    cells: dict[str, list[str]] = {}
    for cell, segment in json.loads(real("presets_first_match.json").read_text("utf-8"))["r_rfm_test_0.2"].items():
        cells.setdefault(segment or "Others", []).append(cell)
    rules = [presets.RuleTable(segment=segment, cells=" ".join(those)) for segment, those in cells.items()]
    found = placed(expected, presets.grid_of("test02", rules, None))
    assert found.tolist() == expected["segment_grid_test02"].replace("", "Others").tolist()
    champions = expected[found == "Champions"]
    assert {"customers": len(champions), "orders": champions["transaction_count"].sum(),
            "revenue": champions["amount"].sum()} == case("r_rfm")["champions_grid_test02"]


@pytest.mark.real
def test_r_rfm_its_newer_grid_is_our_preset(r_rfm: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    _, expected = r_rfm
    ids = {"Potential Loyalist": "potential_loyalist", "Loyal Customers": "loyal", "New Customers": "newcomers",
           "Can't Lose Them": "cant_lose", "At Risk": "at_risk", "Need Attention": "need_attention",
           "About To Sleep": "about_to_sleep", "Champions": "champions", "Promising": "promising", "Lost": "lost",
           "Others": "others", "": "others"}
    known = [ids[name] for name in expected["segment_grid_readme03"]]
    assert placed(expected, presets.preset("r_rfm")).tolist() == known


@pytest.mark.real
def test_openretailscience_equal_frequency_is_one_score_here() -> None:
    """Theirs gives five customers with one order each five different scores."""
    published = case("openretailscience_rfm")
    as_of = date.fromisoformat(published["as_of"])
    rows = [(who, day_number(date.fromisoformat(day)), amount) for who, day, amount in published["input"]]
    summary = summarise(lines_of(*zip(*rows, strict=True)), Basis(as_of - timedelta(days=1), ruled()))
    assert summary["recency_days"].tolist() == published["recency"]
    assert summary["frequency"].tolist() == published["frequency"]
    assert len(set(published["their_f_score"])) == 5
    assert set(scores(summary, quintile_cuts(summary))["f"]) == {1}


@pytest.mark.real
@pytest.mark.parametrize("name", presets.names())
def test_pymc_nobody_falls_between_segments_here(name: str) -> None:
    """Theirs calls a customer with two orders who bought on the last day "Other": its grid has a gap."""
    published = case("pymc_rfm_segments_default")
    assert published["expected_by_customer"][0] == "Other"
    rows = [(who, day_number(date.fromisoformat(day)), amount) for who, day, amount in published["input"]]
    as_of = max(date.fromisoformat(row[1]) for row in published["input"])
    summary = summarise(lines_of(*zip(*rows, strict=True)), Basis(as_of, ruled()))
    grid = presets.preset(name)
    found = segment_of(summary["frequency"].to_numpy(), summary["monetary"].to_numpy(),
                       summary["recency_days"].to_numpy(), Scheme(grid, quintile_cuts(summary)))
    assert set(found) <= set(grid.order)
    assert found[0] not in ("others", "")


@pytest.mark.real
def test_seed_002_its_states() -> None:
    """Its numbered states, written anew from the published line."""
    assert case("seed002_rules")["states"].startswith("F>=12&M>=600000&R<90:1; else F>=9: R>=180:4, R>=90:3, else 2;")
    state = {1: "champions", 2: "loyal", 3: "at_risk", 4: "lost", 5: "growing", 6: "promising", 7: "newcomers",
             8: "drifting", 9: "sleeping"}
    asked = [(f, m, r) for f in range(1, 15) for m in (0, 99_999, 100_000, 299_999, 300_000, 599_999, 600_000)
             for r in (1, 45, 46, 89, 90, 135, 136, 179, 180, 364)]
    columns = np.array(asked, np.int64).T
    found = segment_of(columns[0], columns[1] * MONEY_SCALE, columns[2], Scheme(presets.preset("seed"), FIVE))
    for at, (f, m, r) in zip(count(), asked):
        few = 9 if r > 135 else 8 if r > 45 else 7
        some = 9 if r > 135 else 8 if r > 45 else 6
        known = (1 if f >= 12 and m >= 600_000 and r < 90 else
                 (4 if r >= 180 else 3 if r >= 90 else 2) if f >= 9 else
                 5 if f >= 6 and m >= 300_000 and r < 90 else
                 6 if f >= 3 and m >= 100_000 and r < 90 else some if f >= 3 else few)
        assert found[at] == state[known], (f, m, r)
