"""JSON Lines: every key of every line is a column, numbers are exact, a broken line is told by its number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.tabular import TableError, header
from tests.tabular.written import columns

NAMES = {"buyer": ["buyer"], "amount": ["sum"], "kind": ["kind"]}


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["sales.jsonl", "sales.NDJSON"])
def test_a_key_of_any_line_is_a_column(tmp_path: Path, name: str, encoding: str) -> None:
    path = put(tmp_path / name, '{"buyer": "Ёлка", "sum": 1}\r\n\n{"sum": 2.50, "kind": "Возврат"}', encoding)
    assert header(path) == ("buyer", "sum", "kind")
    assert columns(path, NAMES) == {"buyer": ["Ёлка", None], "amount": [1, "2.50"], "kind": [None, "Возврат"]}


def test_row_27_numbers_are_exact(tmp_path: Path) -> None:
    numbers = ["0.1", "12345678901234567890.12345", "1e400", "9" * 5000, "NaN", "1.50"]
    path = put(tmp_path / "sales.jsonl", "".join(f'{{"sum": {number}}}\n' for number in numbers))
    assert columns(path, NAMES) == {"amount": numbers}


def test_a_list_is_told_as_its_text(tmp_path: Path) -> None:
    path = put(tmp_path / "sales.jsonl", '{"buyer": ["Ёлка"], "sum": {"a": 1}}\n')
    assert columns(path, NAMES) == {"buyer": ['["Ёлка"]'], "amount": ['{"a": 1}']}


@pytest.mark.parametrize("line", ['{"buyer": "Тайный"', "[1]", "null", "Тайный", '{"a": 1} {"b": 2}', "[" * 100_000])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(TableError, match=r"Line 2 of the file sales\.jsonl is no JSON object") as failure:
        header(put(tmp_path / "sales.jsonl", f'{{"sum": 1}}\n{line}\n{{"sum": 2}}\n'))
    assert failure.value.__context__ is failure.value.__cause__ is None


@pytest.mark.parametrize("end", ['{"buyer": "Тай', '{"sum": 2', "{"])
def test_row_11_a_line_that_is_cut_is_told(tmp_path: Path, end: str) -> None:
    with pytest.raises(TableError, match=r"The last row of the file sales\.jsonl is cut"):
        columns(put(tmp_path / "sales.jsonl", '{"sum": 1}\n' + end), NAMES)


@given(st.lists(st.fixed_dictionaries({"buyer": st.text(), "sum": st.integers(-10**27, 10**27) | st.none(),
                                       "kind": st.booleans()}), min_size=1))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]) -> None:
    path = put(tmp_path_factory.getbasetemp() / "any.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    read = columns(path, NAMES)
    assert read == {field: [row[name] for row in rows] for field, (name,) in NAMES.items()}
