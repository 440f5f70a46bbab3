"""A folder that people put files into: what counts as a table, which is the newest, what changes meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rfm_service.domain.errors import AnswerMalformed, SourceRefused, SourceUnavailable
from rfm_service.tabular import TableError
from rfm_service.tabular.drop_folder import Dropped, look, matches, steadily


def put(path: Path, changed: int = 1000, content: bytes = b"a;b\n") -> Path:
    path.write_bytes(content)
    os.utime(path, (changed, changed))
    return path


def one(path: Path) -> Dropped:
    (found,), _ = look(path.parent, lambda name: name == path.name)
    return found


def test_the_newest_comes_first_by_name_among_equals(tmp_path: Path) -> None:
    for name, changed in (("b.csv", 1000), ("a.csv", 2000), ("c.xlsx", 1000), ("d.parquet", 500)):
        put(tmp_path / name, changed)
    found, others = look(tmp_path, lambda _name: True)
    assert [each.name for each in found] == ["a.csv", "c.xlsx", "b.csv", "d.parquet"]
    assert others == []


def test_what_is_being_written_is_not_there_and_what_is_no_table_is_passed_over(tmp_path: Path) -> None:
    for name in ("~$sales.xlsx", ".sales.csv", "sales.csv.part", "sales.csv.tmp", "A.CRDOWNLOAD", "report.pdf",
                 "sales.zip", "old.xls", "sales.csv"):
        put(tmp_path / name)
    (tmp_path / "archive.csv").mkdir()
    found, others = look(tmp_path, lambda _name: True)
    assert ([each.name for each in found], others) == (["sales.csv", "old.xls"], ["report.pdf", "sales.zip"])


@pytest.mark.parametrize(("name", "pattern", "is_of_it"), [
    ("Sales-1.CSV", "sales-*", True), ("Продажи 2026.xlsx", "ПРОДАЖИ*.xlsx", True), ("a.csv", "*.xlsx", False),
    ("a.csv", "*", True), ("[1].csv", "[[]1].csv", True)])
def test_patterns(name: str, pattern: str, is_of_it: bool) -> None:
    assert matches(name, pattern) is is_of_it


def test_a_folder_that_is_away_is_no_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="is not there; the share may not be connected"):
        look(tmp_path / "share", lambda _name: True)
    assert look(tmp_path, lambda _name: True) == ([], [])


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="is a file"):
        look(put(tmp_path / "sales.csv"), lambda _name: True)


@pytest.mark.skipif(os.name == "nt", reason="there it is an address")
def test_a_windows_address_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="Windows address"):
        look(tmp_path / "\\\\server\\share", lambda _name: True)


def test_what_stays_as_it_was_is_read(tmp_path: Path) -> None:
    path = put(tmp_path / "sales.csv")
    assert steadily(one(path), path.read_bytes) == b"a;b\n"


@pytest.mark.parametrize("problem", [None, TableError("cut"), OSError(5, "Input/output error")])
@pytest.mark.parametrize("change", ["grown", "touched", "gone"])
def test_a_file_that_changes_is_still_being_written(tmp_path: Path, change: str, problem: Exception | None) -> None:
    path = put(tmp_path / "sales.csv")
    dropped = one(path)

    def read() -> None:
        if change == "gone":
            path.unlink()
        else:
            put(path, 1000 if change == "grown" else 1001, b"a;b\nc" if change == "grown" else b"a;b\n")
        if problem:
            raise problem

    with pytest.raises(SourceUnavailable, match=r"sales\.csv changed while it was read"):
        steadily(dropped, read)


def test_what_reading_meets_is_told(tmp_path: Path) -> None:
    dropped = one(put(tmp_path / "sales.csv"))

    def fail(error: Exception) -> None:
        raise error

    with pytest.raises(AnswerMalformed, match="of columns"):
        steadily(dropped, lambda: fail(TableError("of columns")))
    with pytest.raises(SourceUnavailable, match=r"sales\.csv cannot be read: Permission denied\. Close it"):
        steadily(dropped, lambda: fail(PermissionError(13, "Permission denied")))
