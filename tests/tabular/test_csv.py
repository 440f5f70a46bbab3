import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.tabular import TableError, find_columns, header, read_batches, read_columns, read_rows

NAMES = {"buyer": ["buyer", "Партнер"], "amount": ["sum", "Сумма"], "city": ["city"]}
ROWS = [["Ателье «Ёлка»", "1 234,56"], ['ООО "Кавычки"; и точка', "-7"]]


def written(path: Path, *, delimiter: str, encoding: str) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["Партнер", "Сумма"], *ROWS])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_every_habit_of_csv_reads_the_same(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = written(tmp_path / "sales.csv", delimiter=delimiter, encoding=encoding)
    assert header(path) == ("Партнер", "Сумма")
    assert read_columns(path, NAMES) == {"buyer": [r[0] for r in ROWS], "amount": [r[1] for r in ROWS]}


def test_rows_are_fields_of_ours(tmp_path: Path) -> None:
    path = written(tmp_path / "sales.csv", delimiter=";", encoding="utf-8")
    assert next(iter(read_rows(path, NAMES))) == {"buyer": "Ателье «Ёлка»", "amount": "1 234,56"}


def test_batches_hold_no_more_rows_than_asked(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("buyer,sum\n" + "".join(f"b{n},{n}\n" for n in range(10)), encoding="utf-8")
    batches = list(read_batches(path, NAMES, rows=4))
    assert [len(batch["buyer"]) for batch in batches] == [4, 4, 2]
    assert [value for batch in batches for value in batch["amount"]] == [str(n) for n in range(10)]


def test_blank_lines_are_skipped_and_short_rows_padded(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("buyer,sum\n\na\n\nb,2\n", encoding="utf-8")
    assert read_columns(path, NAMES) == {"buyer": ["a", "b"], "amount": ["", "2"]}


def test_a_row_longer_than_the_header_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("buyer,sum\na,1\nb,2,3\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"ragged\.csv: record 3 has 3 cells, the header 2"):
        read_columns(path, NAMES)


@pytest.mark.parametrize(
    ("name", "content"), [("empty.csv", b""), ("sales.xls", b"?"), ("sales.parquet", b"PAR0")]
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError, match=name):
        header(tmp_path / name)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such file"):
        header(tmp_path / "nothing.csv")


def test_a_header_alone_keeps_its_columns(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("buyer;sum\n", encoding="utf-8")
    assert read_columns(tmp_path / "empty.csv", NAMES) == {"buyer": [], "amount": []}


def test_columns_are_found_by_the_preferred_name_whatever_their_case() -> None:
    assert find_columns([" Сумма", "SUM", "Buyer"], NAMES) == {"buyer": "Buyer", "amount": "SUM"}


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1, max_size=20)


@given(
    st.lists(st.tuples(CELLS, CELLS), max_size=20),
    st.sampled_from(",;"),
    st.sampled_from(["utf-8", "utf-8-sig"]),
)
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([("buyer", "sum"), *rows])
    read = read_columns(path, NAMES)
    assert list(zip(read["buyer"], read["amount"], strict=True)) == rows
