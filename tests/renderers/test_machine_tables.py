from __future__ import annotations

import csv
import dataclasses
from decimal import Decimal
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import day_of
from rfm_service.renderers.machine_tables import Renderer, exact
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings

FINDINGS = make_findings(200, hostile=True)


def tables(findings: Findings) -> dict[str, list[dict[str, str]]]:
    files = Renderer().render(findings, Catalogue("ru", "RUB"))
    return {name: list(csv.DictReader(StringIO(content.decode("utf-8"), newline="")))
            for name, content in files.items()}


def test_the_columns_are_the_promised_ones() -> None:
    files = Renderer().render(make_findings(0), Catalogue("ru", "RUB"))
    assert files["customers.csv"] == (
        b"customer_id,customer,recency_days,frequency,monetary,r,f,m,segment,previous_segment,tier,"
        b"order_interval_days,first_purchase,last_purchase,orders_returned,email,manager,"
        b"value,risk,abc,xyz,cohort,tenure_days,orders_ever,revenue_ever,churn_threshold,p30,p90,spend30,spend90,due,"
        b"due_from,due_to,value_tier,growth,clv,potential,risk_tag,warning_line,channel,expected,priority,state\n")
    assert files["moves.csv"] == b"customer_id,customer,from_segment,to_segment,cause,detail\n"


def test_every_value_comes_back() -> None:
    rows = tables(FINDINGS)["customers.csv"]
    snapshot = FINDINGS.snapshot
    assert [row["customer_id"] for row in rows] == sorted(snapshot["customer_id"])
    for row, kept in zip(rows, snapshot.to_dict("records"), strict=True):
        assert row["customer"] == kept["customer"].replace("\ud83d", "?")
        assert Decimal(row["monetary"]) * 10_000 == kept["monetary"]
        assert row["first_purchase"] == day_of(kept["first_purchase"]).isoformat()
        assert (row["segment"], row["tier"]) == (kept["segment"], kept["tier"])
        assert int(row["recency_days"]) == kept["recency_days"]
        assert (row["value"], row["risk"], row["abc"], row["xyz"]) == tuple(
            kept[name] for name in ("value", "risk", "abc", "xyz"))
        assert row["cohort"] == f"{kept['cohort'] // 12}-{kept['cohort'] % 12 + 1:02}"
        assert float(row["p90"]) == pytest.approx(kept["p90"], abs=1e-6)
        assert Decimal(row["spend90"]) * 10_000 == kept["spend90"]
        assert row["due"] == day_of(kept["due"]).isoformat()
        assert Decimal(row["expected"]) * 10_000 == kept["expected"]
        assert float(row["priority"]) == pytest.approx(kept["priority"], abs=0.005)
        told = ("value_tier", "growth", "potential", "risk_tag", "channel", "state")
        assert [row[name] for name in told] == [kept[name] for name in told]
        assert (int(row["clv"]), int(row["warning_line"])) == (kept["clv"], kept["warning_line"])


def test_where_nothing_is_foretold_there_is_no_date() -> None:
    snapshot = make_findings(3).snapshot.assign(due=0, due_from=0, due_to=0, p30=0.0, p90=0.0, spend30=0, spend90=0)
    (row, *_) = tables(dataclasses.replace(make_findings(3), snapshot=snapshot))["customers.csv"]
    assert [row[name] for name in ("p30", "spend90", "due", "due_from", "due_to")] == ["0.000000", "0.00", "", "", ""]


def test_moves_keep_absence_as_an_empty_segment() -> None:
    rows = tables(make_findings(900))["moves.csv"]
    assert [row["customer_id"] for row in rows] == sorted(row["customer_id"] for row in rows)
    assert {"", "sleeping"} <= {row["to_segment"] for row in rows}


def test_lines_end_the_unix_way_and_there_is_no_mark_at_the_start() -> None:
    content = Renderer().render(make_findings(5), Catalogue("ru", "RUB"))["customers.csv"]
    assert content.startswith(b"customer_id,")
    assert b"\r" not in content
    assert content.count(b"\n") == 6


@pytest.mark.parametrize(("amount", "written"), [
    (0, "0.00"), (89_115_000, "8911.50"), (12_345_678, "1234.5678"), (12_345_600, "1234.56"), (1_001, "0.1001"),
    (-5_000, "-0.50"), (-1, "-0.0001"), (10**22, "1000000000000000000.00"),
])
def test_money_is_written_exactly(amount: int, written: str) -> None:
    assert exact(amount) == written


@given(st.integers(-10**20, 10**20))
def test_written_money_is_the_amount(amount: int) -> None:
    assert Decimal(exact(amount)) * 10_000 == amount
    assert "E" not in exact(amount)
