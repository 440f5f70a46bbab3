"""csv in every habit of Excel, 1C and scripts; what could lose or shift a cell is refused by file and row."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.tabular import TableError, batches, find_columns, header, read_batches, text_files
from tests.tabular.written import columns

NAMES = {"buyer": ["buyer", "Партнер"], "amount": ["sum", "Сумма"], "city": ["city"]}
ROWS = [["Ателье «Ёлка»", "1 234,56"], ['ООО "Кавычки"; и точка', "-7"], ["две\r\nстроки", "1"]]


def written(path: Path, *, delimiter: str, encoding: str) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["Партнер", "Сумма"], *ROWS])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def put(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_row_12_every_habit_of_csv_reads_the_same(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = written(tmp_path / "sales.csv", delimiter=delimiter, encoding=encoding)
    assert header(path) == ("Партнер", "Сумма")
    assert columns(path, NAMES) == {"buyer": [r[0] for r in ROWS], "amount": [r[1] for r in ROWS]}


@pytest.mark.parametrize("name", ["sales.TXT", "sales.tsv", "SALES.CSV"])
def test_the_ending_tells_the_kind_whatever_its_case(tmp_path: Path, name: str) -> None:
    assert header(put(tmp_path / name, "buyer\tsum\r\n")) == ("buyer", "sum")


def test_an_encoding_may_be_told(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes("Партнер;Сумма\nЁлка;1\n".encode("cp866"))
    assert header(path, "cp866") == ("Партнер", "Сумма")
    assert list(batches(path, {"buyer": "Партнер"}, "cp866")) == [{"buyer": ["Ёлка"]}]


def test_a_mark_at_the_start_is_truer_than_what_was_told(tmp_path: Path) -> None:
    path = written(tmp_path / "sales.csv", delimiter=";", encoding="utf-8-sig")
    assert header(path, "cp1251") == ("Партнер", "Сумма")


def test_text_in_another_encoding_than_told_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "sales.csv", delimiter=";", encoding="cp1251")
    with pytest.raises(TableError, match=r"sales\.csv is not text in the encoding utf-8"):
        header(path, "utf-8")
    (tmp_path / "spoiled.csv").write_bytes("buyer;sum\nРомашка;1\nТюльпан".encode() + b"\xff;1\n")
    with pytest.raises(TableError, match=r"spoiled\.csv is not text in the encoding utf-8"):
        columns(tmp_path / "spoiled.csv", {"buyer": "buyer"})
    (tmp_path / "odd.csv").write_bytes("Партнер;Сумма\n".encode("cp1251") + b"\x98;1\n")
    with pytest.raises(TableError, match=r"odd\.csv is not text in the encoding cp1251"):
        columns(tmp_path / "odd.csv", NAMES)


def test_a_name_with_a_comma_makes_no_commas_of_semicolons(tmp_path: Path) -> None:
    assert header(put(tmp_path / "sales.csv", "Сумма, руб;Дата\n")) == ("Сумма, руб", "Дата")


def test_batches_hold_no_more_rows_than_asked(tmp_path: Path) -> None:
    path = put(tmp_path / "long.csv", "buyer,sum\n" + "".join(f"b{n},{n}\n" for n in range(10)))
    found = list(read_batches(path, NAMES, rows=4))
    assert [len(batch["buyer"]) for batch in found] == [4, 4, 2]
    assert [value for batch in found for value in batch["amount"]] == [str(n) for n in range(10)]


def test_blank_rows_are_skipped_and_short_ones_padded(tmp_path: Path) -> None:
    path = put(tmp_path / "ragged.csv", "buyer,sum\n\na\n,\nb,2\n")
    assert columns(path, NAMES) == {"buyer": ["a", "b"], "amount": ["", "2"]}


def test_a_row_longer_than_the_header_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"Row 3 of the file ragged\.csv has 3 cells, the header 2"):
        columns(put(tmp_path / "ragged.csv", "buyer,sum\na,1\nb,2,3\n"), NAMES)


@pytest.mark.parametrize("text", [
    '"b;2\nc;3\n', '"b;2\n"c;3\n', '"b" ООО;2\n', 'b;"2'])
def test_a_stray_quotation_mark_swallows_no_row(tmp_path: Path, text: str) -> None:
    with pytest.raises(TableError, match=r"Row 3 of the file sales\.csv cannot be read: its quotation marks"):
        columns(put(tmp_path / "sales.csv", "buyer;sum\na;1\n" + text), NAMES)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_row_11_a_row_that_is_cut_is_told(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes("Партнер;Сумма;city\nА;1;Б\nВ;2".encode(encoding))
    with pytest.raises(TableError, match=r"The last row of the file sales\.csv is cut"):
        columns(path, NAMES)
    for whole in ("Партнер;Сумма;city\nА;1;Б\nВ;2\n", "Партнер;Сумма;city\nА;1;Б\nВ;2;Г"):
        path.write_bytes(whole.encode(encoding))
        assert columns(path, NAMES)["amount"] == ["1", "2"]


def test_a_line_of_any_length_is_never_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "LONGEST_LINE", 100)
    with pytest.raises(TableError, match=r"Line 2 of the file sales\.csv is too long"):
        columns(put(tmp_path / "sales.csv", "buyer;sum\n" + "a" * 1000), NAMES)


def test_a_cell_of_any_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"Row 2 of the file sales\.csv"):
        columns(put(tmp_path / "sales.csv", "buyer;sum\n" + "a" * 200_000 + ";1\n"), NAMES)


@pytest.mark.parametrize(
    ("name", "content"), [("empty.csv", b""), ("blank.csv", b"\n\na;b\n"), ("sales.xls", b"?"), ("sales", b"a;b\n")])
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=name):
        header(tmp_path / name)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="There is no file"):
        header(tmp_path / "nothing.csv")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "sales.csv", "buyer;Сумма;сумма \na;1;2\n")
    with pytest.raises(TableError, match=r"sales\.csv has the column Сумма more than once"):
        columns(path, NAMES)
    assert columns(put(path, "buyer;;\na;1;2\n"), NAMES) == {"buyer": ["a"]}


def test_a_header_alone_keeps_its_columns(tmp_path: Path) -> None:
    assert columns(put(tmp_path / "empty.csv", "buyer;sum\n"), NAMES) == {"buyer": [], "amount": []}


def test_columns_are_found_by_the_preferred_name_whatever_their_case() -> None:
    assert find_columns([" Сумма", "SUM", "Buyer"], NAMES) == {"buyer": "Buyer", "amount": "SUM"}


def test_the_name_of_a_file_breaks_no_line(tmp_path: Path) -> None:
    with pytest.raises(TableError) as failure:
        header(put(tmp_path / "a\n\u202eb.csv", ""))
    assert "a??b.csv" in str(failure.value)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1, max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20), st.sampled_from(",;\t"),
       st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([("buyer", "sum"), *rows])
    read = columns(path, NAMES)
    assert list(zip(read["buyer"], read["amount"], strict=True)) == rows


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    for start in (b"", b"buyer;sum\n"):
        path.write_bytes(start + content)
        with suppress(TableError):
            columns(path, NAMES)
