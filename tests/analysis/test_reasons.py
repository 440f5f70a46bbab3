"""What a move is laid to: the document, the day on which time crossed a line, the cut that moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from rfm_service.analysis.moves import Walk, compare
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import LINES
from rfm_service.domain.values import Basis, day_of
from tests.analysis.coding import AS_OF, Row, versioned
from tests.analysis.histories import BEFORE, KNOWN, LATE, ago, night, orders, told
from tests.rules import ruled


def document(order: int, day: date, *, returned: bool = False) -> int:
    return Row(1, order, day, 0, returned).document_no


@pytest.mark.parametrize(("rows", "named"), [
    ([*orders(2), Row(1, 1, AS_OF, 50, since=LATE)], (document(1, AS_OF), "", AS_OF)),
    ([*orders(3), Row(1, 100, AS_OF, -1000, returned=True, since=LATE)],
     (document(100, AS_OF, returned=True), "", AS_OF)),
    ([*orders(2), Row(1, 1, ago(20), 50, since=LATE)], (document(1, ago(20)), "late", ago(20))),
    ([*orders(2), Row(1, 1, ago(20), 50, until=LATE)], (document(1, ago(20)), "gone", ago(20))),
    ([*orders(6, amount=40_000), Row(1, 1, ago(20), 60_000, until=LATE), Row(1, 1, ago(20), 10, since=LATE)],
     (document(1, ago(20)), "corrected", ago(20))),
    ([Row(1, 1, ago(45), 50)], (0, "", AS_OF)),
    ([Row(1, 1, AS_OF, 50, since=LATE)], (document(1, AS_OF), "", AS_OF)),
], ids=["bought", "returned", "late", "gone", "corrected", "aged", "first"])
def test_a_move_is_laid_to_a_document_and_a_day(rows: list[Row], named: tuple[int, str, date]) -> None:
    laid = night(rows).iloc[0]
    assert (laid["document_no"], laid["change"], day_of(laid["day"])) == named


def test_of_several_documents_the_one_with_the_most_money_is_named() -> None:
    rows = [*orders(2), *(Row(1, at, AS_OF, amount, since=LATE) for at, amount in ((1, 50), (2, 7000), (3, 60)))]
    assert night(rows).iloc[0]["document_no"] == document(2, AS_OF)


@pytest.mark.parametrize(("rows", "crossed"), [
    (orders(3, newest=46), 1),
    (orders(3, newest=47), 2),
    ([*orders(2, newest=30), Row(1, 1, ago(369), 50)], 4),
])
def test_ageing_tells_the_day_on_which_the_line_was_crossed(rows: list[Row], crossed: int) -> None:
    moves = night(rows, before=ago(25))
    assert moves.iloc[0]["cause"] == "ageing"
    assert day_of(moves.iloc[0]["day"]) == ago(crossed)


LOW = Cuts((50, 100, 150, 200), (5, 10, 15, 20), (0, 0, 0, 0))
RF10 = ruled("rf10")


def by_cuts(now: Cuts, rows: Sequence[Row], then: Cuts = LOW) -> pd.DataFrame:
    """MOVES of a grid by scores over a night on which the cuts went from `then` to `now`."""
    walk = Walk(BEFORE, KNOWN, Basis(AS_OF, RF10), then, now)
    previous, current = (score(summarise(versioned(rows)[list(LINES)], basis), cuts, RF10)
                         for basis, cuts in ((walk.start, then), (walk.basis, now)))
    return compare(previous, current, versioned(rows), walk)


@pytest.mark.parametrize(("now", "expected"), [
    (replace(LOW, f=(5, 10, 25, 30)), ("champions", "potential_loyalist", "cuts_moved", "frequency", 3, 5, 4)),
    (replace(LOW, r=(5, 9, 14, 200)), ("champions", "at_risk", "cuts_moved", "recency_days", 10, 1, 4)),
    (replace(LOW, r=(5, 100, 150, 200), f=(5, 10, 15, 21)),
     ("champions", "loyal", "cuts_moved", "recency_days", 10, 1, 4)),
])
def test_a_cut_that_passed_a_number_is_named_with_it(now: Cuts, expected: tuple[object, ...]) -> None:
    rows = orders(4, newest=3)
    assert told(by_cuts(now, rows)) == expected
    assert len(by_cuts(LOW, rows)) == 0


def test_ageing_past_a_cut_is_ageing_and_names_the_cut() -> None:
    assert told(by_cuts(LOW, orders(4, newest=10))) == (
        "champions", "loyal", "ageing", "recency_days", 10, 11, 10)


def test_a_settings_change_takes_the_cuts_that_it_brings() -> None:
    """The night passes its own cuts as those of then where the settings changed: nothing is left to the cuts."""
    now = replace(LOW, f=(5, 10, 25, 30))
    walk = Walk(BEFORE, KNOWN, Basis(AS_OF, RF10), now, now)
    rows = orders(4, newest=3)
    previous, current = (score(summarise(versioned(rows)[list(LINES)], basis), cuts, RF10)
                         for basis, cuts in ((walk.start, LOW), (walk.basis, now)))
    assert compare(previous, current, versioned(rows), walk).iloc[0]["cause"] == "settings_changed"


def test_gifts_and_returns_that_are_not_looked_at_are_never_named() -> None:
    late = [Row(1, 1, ago(20), 50, since=LATE), Row(1, 2, ago(19), 9, since=LATE),
            Row(1, 100, ago(18), -900, returned=True, since=LATE)]
    rules = ruled(returns="ignore", gift_below=100_000)
    laid = night([*orders(2), *late], then=rules, now=rules).iloc[0]
    assert (laid["cause"], laid["document_no"]) == ("document_changed", document(1, ago(20)))


def test_a_purchase_is_named_for_the_better_and_a_storno_for_the_worse() -> None:
    bought = [Row(1, at, AS_OF, 60, since=LATE) for at in (1, 2)]
    storno = Row(1, 9, AS_OF, -5_000, since=LATE)
    assert night([*orders(2), *bought, storno]).iloc[0]["document_no"] in {document(1, AS_OF), document(2, AS_OF)}
    undone = Row(1, 100, AS_OF, -1000, since=LATE)
    big = Row(1, 101, AS_OF, 90_000, since=LATE)
    worse = night([*orders(3, amount=1000), undone, big])
    assert worse.iloc[0]["document_no"] == document(100, AS_OF)
