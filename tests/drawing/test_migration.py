"""The matrix and the list of ways hold every move once, or say what they leave out."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest

from rfm_service.drawing.migration import MOST_SEGMENTS, MOST_WAYS, Migration, migration
from rfm_service.drawing.totals import flows
from rfm_service.texts.catalogue import Catalogue
from tests.renderers.findings import make_findings

EN = Catalogue("en", "USD")
FINDINGS = make_findings(4000)


def counted(found: Migration) -> int:
    return sum(int(cell.customers or 0) for row in found.rows for cell in row.cells)


def outside(text: str) -> int:
    number = re.search(r"\d+", text)
    return int(number[0]) if number else 0


def test_every_move_is_in_the_matrix_and_in_the_list() -> None:
    found = migration(FINDINGS, flows(FINDINGS), EN)
    assert counted(found) == len(FINDINGS.moves)
    assert not found.rest
    listed = sum(int(way.cell.customers) for way in found.ways)
    assert listed + outside(found.other_ways) == len(FINDINGS.moves)
    assert found.columns[-1].name == "not on the list"


def test_better_lies_left_of_the_diagonal() -> None:
    found = migration(FINDINGS, flows(FINDINGS), EN)
    places = {column.name: place for place, column in enumerate(found.columns)}
    for row in found.rows:
        ways = [cell.way for cell in row.cells]
        diagonal = places[row.segment.name]
        assert set(ways[:diagonal]) <= {"up", ""}
        assert set(ways[diagonal + 1:]) <= {"down", ""}


def test_a_cell_holds_the_customers_and_money_of_a_way() -> None:
    found, largest = migration(FINDINGS, flows(FINDINGS), EN), flows(FINDINGS)[0]
    assert found.ways[0].cell.customers == str(largest.customers)
    assert found.ways[0].cell.money == EN.compact(largest.money)
    assert any(found.ways[0].cell in row.cells for row in found.rows)


@pytest.mark.parametrize("segments", [13, 40])
def test_more_segments_than_fit_are_said_together(segments: int) -> None:
    rows = [(f"own {at}", f"own {(at + step) % segments}", "ageing", 10_000 * at)
            for at in range(segments) for step in (1, 2)]
    moves = pd.DataFrame(rows, columns=["from_segment", "to_segment", "cause", "monetary"])
    findings = dataclasses.replace(FINDINGS, moves=moves)
    found = migration(findings, flows(findings), EN)
    assert len(found.rows) == len(found.columns) == MOST_SEGMENTS
    assert len(found.ways) == MOST_WAYS
    assert counted(found) + outside(found.rest) == len(moves)
    assert found.rest.endswith(EN.compact(int(moves["monetary"].sum()) - sum(
        flow.money for flow in flows(findings)
        if flow.from_segment.capitalize() in {row.segment.name for row in found.rows}
        and flow.to_segment.capitalize() in {column.name for column in found.columns})))


def test_the_first_night_and_a_quiet_one_have_no_matrix() -> None:
    quiet = make_findings(5, moves=False)
    assert migration(quiet, [], EN) == Migration("Nobody changed segment.")
    assert migration(dataclasses.replace(quiet, previous_as_of=None), [], EN).title.startswith("This is the first")
