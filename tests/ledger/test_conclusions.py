"""Snapshots, moves, cuts, messages and publications as the ledger keeps them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from rfm_service.analysis.grouping import empty
from rfm_service.domain.findings import Figures
from rfm_service.domain.forecasts import Forecast
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import FORECAST, MOVES, SNAPSHOT
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.snapshots import Kept
from tests.ledger.books import DAY, ledger_in, line, tell

FIGURES = Figures(**{name: at for at, name in enumerate(Figures.__dataclass_fields__)})
CUTS = Cuts((1, 2, 3, 4), (5, 6, 7, 8), (9, 10**15, 10**15, 5 * 10**15))


def frame(table: dict[str, str], *rows: dict[str, object]) -> pd.DataFrame:
    full = [{name: "x" if kind == "str" else 1 for name, kind in table.items()} | row for row in rows]
    return pd.DataFrame(full, columns=list(table)).astype(table)


def kept(day: date, *customers: int, segment: str = "loyal") -> Kept:
    rows = [{"customer_no": number, "segment": segment, "monetary": -(10**15)} for number in customers]
    return Kept(day, 1, "rules", CUTS, frame(SNAPSHOT, *rows), FIGURES)


def foretold(day: date, *customers: int) -> Forecast:
    rows = [{"customer_no": number, "p90": 0.1 + number / 7} for number in customers]
    return Forecast(frame(FORECAST, *rows), day, "mbg", False, (), {}, False)


def filled(tmp_path: Path) -> Ledger:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(str(at), customer=f"C{at}") for at in range(5)])
    return ledger


def test_a_night_kept_twice_is_the_second(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    ledger.keep(kept(DAY, 1, 2, 3), frame(MOVES, {"customer_no": 1}, {"customer_no": 2}), foretold(DAY, 1))
    gone = frame(MOVES, {"customer_no": 4, "to_segment": ""})
    ledger.keep(kept(DAY, 1, 4, segment="lost"), gone, foretold(DAY, 1, 4))
    found = ledger.previous(DAY + timedelta(days=1))
    assert found is not None
    pd.testing.assert_frame_equal(found.snapshot, kept(DAY, 1, 4, segment="lost").snapshot)
    assert (found.as_of, found.ingest, found.rules, found.cuts, found.figures) == (DAY, 1, "rules", CUTS, FIGURES)
    pd.testing.assert_frame_equal(ledger.moves(DAY), gone)
    told = ledger.told_on(DAY)
    assert told is not None
    assert (told.as_of, told.method) == (DAY, "mbg")
    pd.testing.assert_frame_equal(told.frame, foretold(DAY, 1, 4).frame)


def test_previous_is_the_newest_earlier_night(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    assert ledger.previous(DAY) is None
    for back in (5, 1, 9, 0):
        ledger.keep(kept(DAY - timedelta(days=back), 1 + back % 5), empty(MOVES),
                    foretold(DAY - timedelta(days=back)))
    found = [ledger.previous(DAY + timedelta(days=ahead)) for ahead in (1, 0, -1, -5, -9)]
    assert [each and (DAY - each.as_of).days for each in found] == [0, 1, 5, 9, None]


def test_an_empty_night_keeps_its_columns(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    ledger.keep(Kept(DAY, 1, "r", CUTS, empty(SNAPSHOT), FIGURES), empty(MOVES), foretold(DAY))
    found = ledger.previous(DAY + timedelta(days=1))
    assert found is not None
    assert dict(found.snapshot.dtypes.astype(str)) == SNAPSHOT
    assert dict(ledger.moves(DAY).dtypes.astype(str)) == MOVES


def test_cuts_once_stored_stay(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    first, second = CUTS, Cuts((0, 0, 0, 1), (0, 0, 0, 1), (0, 0, 0, 1))
    ledger.keep_cuts("2026-03", "a", first)
    ledger.keep_cuts("2026-03", "a", second)
    ledger.keep_cuts("2026-03", "b", second)
    assert ledger.cuts("2026-03", "a") == first
    assert ledger.cuts("2026-03", "b") == second
    assert ledger.cuts("2026-04", "a") is None


def test_publications(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    assert not ledger.published("a'b")
    for _ in range(2):
        ledger.note_published("a'b", DAY, "hash")
    assert ledger.published("a'b")
    assert not ledger.published("a")
