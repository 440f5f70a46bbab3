"""xlsx: real dates and numbers, cached values of formulas; bombs, merged headers and broken books are refused."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook

from rfm_service.tabular import TableError, excel_tables, header, read_batches
from rfm_service.tabular.cells import moment, text, units
from tests.tabular.written import columns, write

NAMES = {"date": ["Дата"], "buyer": ["Партнер"], "sum": ["Сумма"]}
ROW = {"Дата": datetime(2026, 3, 5, 23, 59, 59), "Партнер": "Ёлка", "Сумма": 1234.56}


def changed(path: Path, part: str, change: tuple[str, str]) -> Path:
    """The book with a text of one of its parts put in the place of another; nothing is checked."""
    with zipfile.ZipFile(path) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    parts[part] = parts[part].replace(change[0].encode(), change[1].encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["sales.xlsx", "sales.XLSM"])
def test_dates_and_numbers_are_what_people_see(tmp_path: Path, name: str) -> None:
    write(tmp_path / "sales.xlsx", [ROW, ROW | {"Сумма": 0.1, "Партнер": 17850.0}, ROW | {"Сумма": 3}])
    path = (tmp_path / "sales.xlsx").rename(tmp_path / name)
    assert header(path) == ("Дата", "Партнер", "Сумма")
    read = columns(path, NAMES)
    assert {moment(cell) for cell in read["date"]} == {datetime(2026, 3, 5, 23, 59, 59)}
    assert [units(cell, 10_000) for cell in read["sum"]] == [12_345_600, 1_000, 30_000]
    assert [text(cell) for cell in read["buyer"]] == ["Ёлка", "17850", "Ёлка"]


@pytest.mark.parametrize("second", range(0, 86_400, 3_571))
def test_every_second_of_a_day_comes_back(tmp_path: Path, second: int) -> None:
    at = datetime(2026, 3, 5, second // 3600, second // 60 % 60, second % 60)
    path = write(tmp_path / "sales.xlsx", [ROW | {"Дата": at}])
    assert moment(columns(path, NAMES)["date"][0]) == at


def test_formulas_are_read_as_the_values_that_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "sales.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(ROW))
        sheet.write_formula(1, 2, "=1+1", None, 2)
        sheet.write_string(1, 1, "=cmd|' /C calc'!A0")
    assert columns(path, NAMES) == {"date": [None], "buyer": ["=cmd|' /C calc'!A0"], "sum": [2]}


def test_only_the_first_sheet_is_read_hidden_rows_and_all(tmp_path: Path) -> None:
    path = tmp_path / "sales.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Продажи")
        for at, cells in enumerate((["Партнер", "Сумма"], ["А", 1], ["Б", 2], [], ["", None], ["В", 3])):
            sheet.write_row(at, 0, cells)
        sheet.set_row(2, None, None, {"hidden": True})
        book.add_worksheet("Другое").write_row(0, 0, ["Партнер", "Сумма"])
    assert columns(path, NAMES) == {"buyer": ["А", "Б", "В"], "sum": [1, 2, 3]}


def test_batches_hold_no_more_rows_than_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "sales.xlsx", [ROW | {"Сумма": at} for at in range(10)])
    assert [batch["sum"] for batch in read_batches(path, NAMES, rows=4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


@pytest.mark.parametrize(("cells", "merged"), [("A1:B1", True), ("C1:C2", True), ("A2:A3", False)])
def test_a_merged_header_is_refused(tmp_path: Path, cells: str, merged: bool) -> None:
    path = write(tmp_path / "sales.xlsx", [ROW, ROW])
    book = load_workbook(path)
    book.worksheets[0].merge_cells(cells)
    book.save(path)
    if merged:
        with pytest.raises(TableError, match=rf"The header of the file sales\.xlsx has merged cells \({cells}\)"):
            header(path)
    else:
        assert header(path) == tuple(ROW)


def test_a_wrong_size_of_the_sheet_loses_no_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "sales.xlsx", [ROW, ROW])
    changed(path, "xl/worksheets/sheet1.xml", ('ref="A1:C3"', 'ref="A1"'))
    assert len(columns(path, NAMES)["sum"]) == 2


def test_parts_are_found_whatever_their_case(tmp_path: Path) -> None:
    """1C writes SharedStrings.xml and refers to sharedStrings.xml."""
    path = write(tmp_path / "sales.xlsx", [ROW])
    with zipfile.ZipFile(path) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name.replace("sharedStrings", "SharedStrings"), content)
    assert columns(path, NAMES)["buyer"] == ["Ёлка"]


@pytest.mark.parametrize("rows", [[], [[]], [[None, None]]])
def test_a_sheet_without_a_header_is_refused(tmp_path: Path, rows: list[list[object]]) -> None:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "sales.xlsx")
    with pytest.raises(TableError, match=r"sales\.xlsx has no header row"):
        header(tmp_path / "sales.xlsx")


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, 0.9, -1])
def test_row_11_a_book_that_is_cut_is_told(tmp_path: Path, kept: float) -> None:
    path = write(tmp_path / "sales.xlsx", [ROW] * 50)
    whole = path.read_bytes()
    path.write_bytes(whole[:int(kept * len(whole)) if 0 < kept < 1 else int(kept)])
    with pytest.raises(TableError, match=r"sales\.xlsx does not open as a table"):
        header(path)


@pytest.mark.parametrize(("part", "change"), [
    ("xl/worksheets/sheet1.xml", ("<row", "<wor<")), ("xl/worksheets/sheet1.xml", ("<v>0</v>", "<v>Тайный</v>")),
    ("xl/worksheets/sheet1.xml", ("<v>0</v>", "<v>999</v>")), ("xl/styles.xml", ("<fonts", "<stnof")),
    ("xl/workbook.xml", ("<sheets>", "<steehs>")), ("[Content_Types].xml", ("spreadsheetml", "wordprocessingml")),
    ("xl/worksheets/sheet1.xml", ("<?xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><?xml")),
    ("xl/worksheets/sheet1.xml", ('r="3"', 'r="99999999999"'))])
def test_a_broken_book_is_told_without_its_text(tmp_path: Path, part: str, change: tuple[str, str]) -> None:
    path = changed(write(tmp_path / "sales.xlsx", [ROW, ROW]), part, change)
    with pytest.raises(TableError, match=r"sales\.xlsx") as failure:
        columns(path, NAMES)
    assert "Тайный" not in str(failure.value)
    assert failure.value.__context__ is failure.value.__cause__ is None


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", bytes(excel_tables.SMALL_BYTES + 1))
    with pytest.raises(TableError, match=r"bomb\.xlsx would unpack to 20 MB"):
        header(path)


def test_a_huge_book_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "sales.xlsx", [ROW])
    monkeypatch.setattr(excel_tables, "MOST_BYTES", 1_000)
    with pytest.raises(TableError, match=r"sales\.xlsx would unpack"):
        header(path)


def test_a_locked_book_is_told(tmp_path: Path) -> None:
    path = tmp_path / "sales.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(5000))
    with pytest.raises(TableError, match="protected by a password"):
        header(path)
