"""Copies of the warehouse: named, read back, and rotated without ever losing the newest good one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.errors import LedgerError
from rfm_service.ledger import backup, soundness
from rfm_service.ledger.backup import Backups, verified_copy
from tests.ledger.books import DAY, ledger_in, line, migrated, tell

NOW = datetime(2026, 11, 21, 2, 5, 12, tzinfo=timezone(timedelta(hours=3)))
NAME = "warehouse-{:%Y-%m-%d}-{:%Y%m%dT%H%M%SZ}.db"


def named(folder: Path, made: datetime) -> Path:
    """A file by the name of a copy of the night before its day."""
    path = folder / NAME.format(made - timedelta(days=1), made)
    path.write_bytes(b"")
    return path


def test_a_copy_is_named_and_whole(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    with ledger.warehouse.kept_open():
        tell(ledger, [line("in the log")])
        made = Backups(tmp_path / "copies").make(ledger.warehouse.path, DAY, NOW)
    assert made.name == "warehouse-2026-03-10-20261120T230512Z.db"
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    found = soundness.look(made, still=True)
    assert (found.damage, found.revision in ledger.warehouse.revisions(), found.as_of) == ("", True, None)
    with closing(sqlite3.connect(made)) as connection:
        assert connection.execute("SELECT number FROM documents").fetchall() == [("in the log",)]


def test_the_copies_of_a_year(tmp_path: Path) -> None:
    copies, first = Backups(tmp_path, 7, 4, 6), datetime(2025, 1, 1, 2, tzinfo=UTC)
    for night in range(365):
        made = named(tmp_path, first + timedelta(days=night))
        copies.tidy(made)
        assert made.exists()
    kept = sorted(copy.made.date() for copy in copies.copies())
    days = [date(2025, 12, 31) - timedelta(days=back) for back in range(7)]
    sundays, ends = [date(2025, 12, 28), date(2025, 12, 21), date(2025, 12, 14)], [
        date(2025, month, day) for month, day in ((11, 30), (10, 31), (9, 30), (8, 31), (7, 31))]
    assert kept == sorted({*days, *sundays, *ends})


@given(st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 1)), min_size=1, max_size=60),
       st.integers(1, 9), st.integers(0, 5), st.integers(0, 5))
def test_the_newest_always_stays(tmp_path_factory: pytest.TempPathFactory, made: list[datetime], days: int, weeks: int,
                                 months: int) -> None:
    folder = tmp_path_factory.mktemp("copies")
    paths = {at.replace(microsecond=0): named(folder, at) for at in made}
    copies, newest = Backups(folder, days, weeks, months), paths[max(paths)]
    copies.tidy(newest)
    left = [copy.made.date() for copy in copies.copies()]
    assert newest.exists()
    assert len(left) == len(set(left)) <= days + weeks + months
    assert len(set(left)) >= min(days, len({at.date() for at in made}))
    copies.tidy(newest)
    assert [copy.made.date() for copy in copies.copies()] == left


def test_what_is_not_surely_ours_stays(tmp_path: Path) -> None:
    theirs = ["warehouse.db", "warehouse-2026-01-01.db", "warehouse-2020-01-01-20200101T000000Z.db.bak", "notes.txt",
              "warehouse-2020-01-01-20209901T000000Z.db", "Warehouse-2020-01-01-20200101T000000Z.db", "before-x.db",
              "warehouse-2020-01-01-20200101T000000Z.sqlite", "before-0001.db.old", "warehouse-٢٠٢٠-01-01-x.db"]
    for name in theirs:
        (tmp_path / name).write_bytes(b"")
    folder = tmp_path / NAME.format(date(2019, 1, 1), datetime(2019, 1, 2))
    folder.mkdir()
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    link = tmp_path / NAME.format(date(2018, 1, 1), datetime(2018, 1, 2))
    link.symlink_to(outside)
    for number in range(1, 7):
        (tmp_path / f"before-{number:04}.db").write_bytes(b"")
    future, old = (named(tmp_path, datetime(year, 5, 5)) for year in (2036, 2020))
    crashed, busy = (named(tmp_path, at) for at in (datetime(2026, 4, 1), datetime(2026, 5, 1, 1)))
    drafts = [path.rename(path.with_name(path.name + ".draft")) for path in (crashed, busy)]
    made = named(tmp_path, datetime(2026, 5, 1, 2))
    copies = Backups(tmp_path, 1, 0, 0)
    copies.tidy(tmp_path / "a copy that was never made.db")
    assert old.exists()
    copies.tidy(made)
    assert {path.name for path in tmp_path.iterdir()} == {
        *theirs, folder.name, link.name, "outside", "before-0004.db", "before-0005.db", "before-0006.db", future.name,
        drafts[1].name, made.name}


def test_a_damaged_warehouse_pushes_no_good_copy_out(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    copies = Backups(tmp_path / "copies", 1, 0, 0)
    good = [copies.make(ledger.warehouse.path, DAY, NOW + timedelta(days=night)) for night in range(2)]
    content = bytearray(ledger.warehouse.path.read_bytes())
    content[4096 * 20:] = bytes(len(content) - 4096 * 20)
    ledger.warehouse.path.write_bytes(content)
    with pytest.raises(LedgerError):
        copies.make(ledger.warehouse.path, DAY, NOW + timedelta(days=3))
    assert sorted(path for path in copies.folder.iterdir()) == good


def test_a_folder_without_room_keeps_its_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = ledger_in(tmp_path)
    made = Backups(tmp_path / "copies").make(ledger.warehouse.path, DAY, NOW)
    monkeypatch.setattr(backup, "MARGIN", 1 << 60)
    with pytest.raises(LedgerError, match=r"needs .* MB. Free some space"):
        verified_copy(ledger.warehouse.path, made)
    assert [path.name for path in made.parent.iterdir()] == [made.name]
    assert made.read_bytes()


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="rights of POSIX, which root has all of")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    (tmp_path / "copies").mkdir(mode=0o500)
    with pytest.raises(LedgerError, match="could not be made"):
        Backups(tmp_path / "copies").make(ledger.warehouse.path, DAY, NOW)


def test_nothing_is_made_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(LedgerError):
        verified_copy(tmp_path / "none.db", tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "still.db").write_bytes(migrated())
    verified_copy(tmp_path / "still.db", tmp_path / "copy.db", still=True)
    assert {path.name for path in tmp_path.iterdir()} == {"still.db", "copy.db"}
