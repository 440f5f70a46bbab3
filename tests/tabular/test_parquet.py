from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from rfm_service.tabular import TableError, header, read_batches
from tests.tabular.written import columns


def test_values_are_plain_python(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    table = {
        "date": pa.array([datetime(2026, 1, 2, 3, 4), None], pa.timestamp("us")),
        "buyer": pa.array(["Ёлка", None]).dictionary_encode(),
        "price": pa.array([2.55, float("nan")]),
        "quantity": pa.array([3, None], pa.int32()),
    }
    parquet.write_table(pa.table(table), path)
    assert header(path) == ("date", "buyer", "price", "quantity")
    assert columns(path, {name: [name] for name in table}) == {
        "date": [datetime(2026, 1, 2, 3, 4), None],
        "buyer": ["Ёлка", None],
        "price": [2.55, None],
        "quantity": [3, None],
    }


def test_one_column_may_serve_two_fields_and_batches_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    parquet.write_table(pa.table({"n": list(range(10)), "unused": [0] * 10}), path)
    batches = list(read_batches(path, {"a": ["n"], "b": ["n"], "c": ["absent"]}, rows=4))
    assert [len(batch["a"]) for batch in batches] == [4, 4, 2]
    assert all(batch.keys() == {"a", "b"} and batch["a"] == batch["b"] for batch in batches)


@pytest.mark.parametrize("kept", [0, 4, 50, 0.5, 0.9, -1])
def test_row_11_a_file_that_is_cut_is_told(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "sales.parquet"
    parquet.write_table(pa.table({"buyer": [f"Тайный {n}" for n in range(5000)]}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:int(kept * len(whole)) if 0 < kept < 1 else int(kept)])
    with pytest.raises(TableError, match=r"sales\.parquet does not open as a table"):
        columns(path, {"buyer": ["buyer"]})


def test_broken_pages_are_told(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    parquet.write_table(pa.table({"buyer": [f"Тайный {n}" for n in range(5000)]}), path)
    whole = bytearray(path.read_bytes())
    whole[20:2000] = bytes(1980)
    path.write_bytes(whole)
    with pytest.raises(TableError, match=r"sales\.parquet does not open as a table"):
        columns(path, {"buyer": ["buyer"]})


def test_a_column_of_lists_is_no_cell(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    parquet.write_table(pa.table({"buyer": [["a"], ["b"]], "n": [1, 2]}), path)
    assert columns(path, {"n": ["n"]}) == {"n": [1, 2]}
    with pytest.raises(TableError, match=r"sales\.parquet"):
        columns(path, {"buyer": ["buyer"]})


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["n", "N"]), path)
    with pytest.raises(TableError, match="more than once"):
        columns(path, {"n": ["n"]})
