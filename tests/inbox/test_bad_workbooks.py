"""Workbooks that nobody should have made: bombs, half files, other kinds of files, macros; bounded in time and room."""

from __future__ import annotations

import random
import re
import resource
import time
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from rfm_service.domain.contacts import Told
from rfm_service.inbox import lists, reading, workbook
from rfm_service.renderers import workbook as report
from rfm_service.tabular import TableError
from rfm_service.texts.catalogue import Catalogue
from tests.inbox.filling import FINDINGS, NOW, SPREADSHEET, by_row, file, fill, ids, olgas, patched
from tests.sampling import sampled

GOOD = fill(olgas(), {2: {"outcome": "Отказ"}})
SHEET, STYLES, TEXTS = "xl/worksheets/sheet2.xml", "xl/styles.xml", "xl/sharedStrings.xml"
MB = 1_000_000


def read(content: bytes) -> Told:
    return reading.read(file(content), NOW)


@cache
def top() -> str:
    """The sheet of a list down to its headings."""
    with zipfile.ZipFile(BytesIO(olgas())) as opened:
        written = opened.read(SHEET).decode()
    return written[:written.index("</row>") + len("</row>")]


def sheet(inside: str, after: str = "") -> str:
    return f"{top()}{inside}</sheetData>{after}</worksheet>"


def texts(inside: str) -> str:
    return f"<sst {SPREADSHEET}>{inside}</sst>"


ENTITIES = '<!DOCTYPE l [<!ENTITY a0 "' + "a" * 50 + '">' + "".join(
    f'<!ENTITY a{at} "{f"&a{at - 1};" * 20}">' for at in range(1, 9)) + "]>"
BOMBS = {
    "a row of millions of cells": {SHEET: sheet("<row>" + "<c/>" * (4 * MB) + "</row>")},
    "cells far to the right": {SHEET: sheet('<row><c r="XFD1"/></row>' * 150_000)},
    "a row of the year dot": {SHEET: sheet('<row r="1000000000000"><c/></row>')},
    "as much outside of rows": {SHEET: sheet("", "<dataValidations>" + '<dataValidation sqref="A1"/>' * 200_000
                                             + "</dataValidations>")},
    "millions of texts": {TEXTS: texts("<si/>" * (3 * MB))},
    "entities": {TEXTS: ENTITIES + texts("<si><t>&a8;</t></si>")},
    "a sheet of 70 MB": {SHEET: sheet("<row/>" * (12 * MB))},
    "a manifest of 3 MB": {"[Content_Types].xml": "<a/>" * (MB - MB // 4)},
    "relations of 3 MB": {"xl/_rels/workbook.xml.rels": "<a/>" * (MB - MB // 4)},
    "a book of 3 MB": {"xl/workbook.xml": "<a/>" * (MB - MB // 4)},
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_takes_little_room(name: str) -> None:
    content = patched(olgas(), BOMBS[name])
    assert len(content) < workbook.LARGEST
    begun, peak = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TableError, match=r"larger than|more rows than|does not open|no filled list"):
        read(content)
    assert time.process_time() - begun < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 300_000


def test_styles_that_take_minutes_are_not_read_at_all() -> None:
    with zipfile.ZipFile(BytesIO(GOOD)) as opened:
        styles = opened.read(STYLES).decode().replace("</cellXfs>", "<xf/>" * (2 * MB) + "</cellXfs>")
    begun = time.process_time()
    assert list(by_row(read(patched(GOOD, {STYLES: styles})))) == [2]
    assert time.process_time() - begun < 5


def cell(inside: str) -> tuple[bytes, str]:
    """A filled list, and its first sheet with what stands in one note replaced."""
    content = fill(olgas(), {2: {"outcome": "Отказ", "note": "ЗДЕСЬ"}, 3: {"outcome": "Купил"}})
    with zipfile.ZipFile(BytesIO(content)) as opened:
        written = opened.read(SHEET).decode()
    found = re.search(r' t="inlineStr"><is><t>ЗДЕСЬ</t></is>', written)
    assert found
    return content, written.replace(found[0], inside)


def test_ten_megabytes_in_a_cell_are_a_row_that_does_not_count() -> None:
    content, written = cell(' t="s"><v>0</v>')
    with zipfile.ZipFile(BytesIO(content)) as opened:
        kinds = opened.read("[Content_Types].xml").decode()
    named = kinds.replace("</Types>", f'<Override PartName="/{TEXTS}" ContentType="application/vnd.openxmlformats-'
                                      'officedocument.spreadsheetml.sharedStrings+xml"/></Types>')
    huge = texts(f"<si><t>{'я' * (5 * MB)}</t></si>").encode()
    told = read(patched(content, {SHEET: written, "[Content_Types].xml": named}, {TEXTS: huge}))
    assert list(by_row(told)) == [3]
    assert [(place.row, str(remark)) for place, remark in told.problems] == [
        (2, "A cell holds a longer text than Excel lets it.")]


def test_ten_megabytes_within_a_row_are_no_list() -> None:
    content, written = cell(f' t="inlineStr"><is><t>{"я" * (5 * MB)}</t></is>')
    with pytest.raises(TableError, match="larger than a filled list"):
        read(patched(content, {SHEET: written}))


def test_a_part_that_lies_about_its_size_is_read_no_further() -> None:
    content = bytearray(patched(GOOD, {SHEET: sheet("<row/>" * (2 * MB))}))
    with zipfile.ZipFile(BytesIO(bytes(content))) as opened:
        told = opened.getinfo(SHEET)
    size = told.file_size.to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at:at + 4] = (1_000).to_bytes(4, "little")
    with pytest.raises(TableError, match="does not open"):
        read(bytes(content))


def test_a_file_larger_than_a_list_can_be_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST", len(GOOD) - 1)
    with pytest.raises(TableError, match="larger than a filled list"):
        read(GOOD)


def test_more_rows_than_a_list_can_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_ROWS", len(ids(olgas())))
    with pytest.raises(TableError, match="more rows than a filled list"):
        read(GOOD)


@pytest.mark.parametrize("part", ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml"])
def test_macros_are_not_looked_at(part: str) -> None:
    with zipfile.ZipFile(BytesIO(GOOD)) as opened:
        kinds = opened.read("[Content_Types].xml").decode()
    macro = kinds.replace("spreadsheetml.sheet.main+xml", "sheet.macroEnabled.main+xml").replace(
        "application/vnd.openxmlformats-officedocument.sheet", "application/vnd.ms-excel.sheet")
    assert macro != kinds
    content = patched(GOOD, {"[Content_Types].xml": macro}, {part: b"Sub Auto_Open()\nKill \"*\"\nEnd Sub"})
    assert read(content) == read(GOOD)


@pytest.mark.parametrize(("content", "why"), [
    (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(5_000), "old Excel or protected by a password"),
    (GOOD[:-30], "does not open as a workbook"), (GOOD[:len(GOOD) // 2], "does not open"), (b"PK", "does not open"),
    (b"PK\x03\x04" + b"\0" * 100, "does not open"), (b"%PDF-1.7", "is neither a filled list"),
    (b"<html>", "is neither"), ("Итог;Заметка\r\n".encode("cp1251"), "is neither"), (b"\0" * 100, "is neither")])
def test_what_is_no_workbook_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(TableError, match=why):
        read(content)


def test_other_workbooks_are_no_lists(tmp_path: Path) -> None:
    (book,) = (content for name, content in report.Renderer().render(FINDINGS, Catalogue("ru", "RUB")).items()
               if name.endswith(".xlsx"))
    with pytest.raises(TableError, match="is no filled list"):
        read(book)
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("photo.jpg", b"\xff\xd8")
    with pytest.raises(TableError, match="does not open as a workbook"):
        read(archive.getvalue())


@pytest.mark.parametrize("seed", sampled(range(40), 8))
def test_bytes_changed_at_random_break_nothing(seed: int) -> None:
    chance, content = random.Random(seed), bytearray(GOOD)
    for _ in range(40):
        content[chance.randrange(2, len(content))] = chance.randrange(256)
    try:
        told = read(bytes(content))
    except TableError:
        return
    assert by_row(told).keys() <= set(range(2, len(ids(olgas())) + 2))
