"""Nights over a folder of files, by the real command: what is put there is stored, what is taken away stays stored."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from rfm_service import wiring
from rfm_service.cli import app
from tests.sources.dropping import put, row

SETTINGS = """
language = "en"
[source]
kind = "files"
path = "drop"
start = 2026-01-01
deadline_minutes = 0.01
[report]
renderers = ["machine_tables"]
"""


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def night(drop: Path, day: int) -> Result:
    path = str(drop.parent / "settings.toml")
    return CliRunner().invoke(app, ["run", "--settings", path, "--as-of", date(2026, 3, day).isoformat()])


def stored(drop: Path) -> list[tuple[str, int]]:
    """The number and the sum of every live line."""
    ledger = wiring.ledger(wiring.load(drop.parent / "settings.toml"))
    return sorted((str(line.document), int(line.amount) // 10_000) for frame in ledger.sales()
                  for line in frame.itertuples())


def test_what_is_put_there_is_stored_and_what_is_taken_away_stays(drop: Path) -> None:
    put(drop / "a.csv", [row(2, "A", 10), row(3, "B", 20)])
    assert night(drop, 4).exit_code == 0
    assert stored(drop) == [("A", 10), ("B", 20)]
    (drop / "a.csv").unlink()
    put(drop / "b.xlsx", [row(3, "B", 21), row(4, "C", 30)], 2000)
    assert night(drop, 5).exit_code == 0
    assert stored(drop) == [("A", 10), ("B", 21), ("C", 30)]


def test_the_same_files_change_nothing(drop: Path) -> None:
    put(drop / "a.csv", [row(2, "A", 10), row(3, "B", 20)])
    assert night(drop, 4).exit_code == 0
    put(drop / "a copy.csv", [row(2, "A", 10), row(3, "B", 20)], 2000)
    assert night(drop, 4).exit_code == 0
    ledger = wiring.ledger(wiring.load(drop.parent / "settings.toml"))
    assert ledger.counts()["documents"] == 2
    assert stored(drop) == [("A", 10), ("B", 20)]


def test_row_29_a_folder_that_is_away_or_empty_removes_nothing(drop: Path) -> None:
    put(drop / "a.csv", [row(2, "A", 10)])
    assert night(drop, 4).exit_code == 0
    (drop / "a.csv").unlink()
    assert night(drop, 5).exit_code == 0
    drop.rename(drop.with_name("away"))
    failed = night(drop, 6)
    assert failed.exit_code == 1
    assert "the share may not be connected" in failed.output
    assert stored(drop) == [("A", 10)]


def test_a_file_that_is_cut_stops_the_night_and_changes_nothing(drop: Path) -> None:
    put(drop / "a.csv", [row(2, "A", 10)])
    assert night(drop, 4).exit_code == 0
    (drop / "b.csv").write_text("date;sale_id;sum\n02.03.2026;A;99\n03.03.2026;B", encoding="utf-8")
    failed = night(drop, 5)
    assert failed.exit_code == 1
    assert "The last row of the file b.csv is cut" in failed.output
    assert stored(drop) == [("A", 10)]


def test_a_document_that_moves_away_from_a_day_of_no_file_moves(drop: Path) -> None:
    put(drop / "a.csv", [row(2, "A", 10), row(2, "B", 20)])
    assert night(drop, 4).exit_code == 0
    (drop / "a.csv").unlink()
    put(drop / "b.csv", [row(4, "A", 11)], 2000)
    assert night(drop, 5).exit_code == 0
    assert stored(drop) == [("A", 11), ("B", 20)]
