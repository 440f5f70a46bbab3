"""A filled list that LibreOffice saved anew, in its own way and in that of an old Excel."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from rfm_service.inbox import reading
from rfm_service.tabular import TableError
from tests.inbox.filling import NOW, by_row, file, fill, olgas
from tests.programs import program

pytestmark = pytest.mark.slow
ROWS = {2: {"outcome": "Отказ", "note": "две\nстроки", "contacted": date(2026, 11, 22)}, 3: {"outcome": "Купил"},
        4: {"note": "=cmd", "next_contact": "01.12.2026"}}


def saved_anew(folder: Path, kind: str) -> bytes:
    (folder / "olga.xlsx").write_bytes(fill(olgas(), ROWS))
    subprocess.run([program("soffice", "libreoffice-calc"), f"-env:UserInstallation={(folder / 'lo').as_uri()}",
                    "--headless", "--convert-to", kind, "--outdir", str(folder / "out"), str(folder / "olga.xlsx")],
                   check=True, capture_output=True, timeout=180)
    return (folder / "out" / f"olga.{kind}").read_bytes()


def test_it_reads_as_before(tmp_path: Path) -> None:
    before = reading.read(file(fill(olgas(), ROWS)), NOW)
    assert {row: each.outcome for row, each in by_row(before).items()} == {2: "refused", 3: "bought"}
    assert reading.read(file(saved_anew(tmp_path, "xlsx")), NOW) == before


def test_an_old_workbook_by_a_new_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is of an old Excel"):
        reading.read(file(saved_anew(tmp_path, "xls")), NOW)
