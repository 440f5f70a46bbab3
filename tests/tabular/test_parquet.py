from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from rfm_service.tabular import header, read_batches, read_columns


def test_values_are_plain_python(tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    columns = {
        "date": pa.array([datetime(2026, 1, 2, 3, 4), None], pa.timestamp("us")),
        "buyer": pa.array(["Ёлка", None]).dictionary_encode(),
        "price": pa.array([2.55, float("nan")]),
        "quantity": pa.array([3, None], pa.int32()),
    }
    parquet.write_table(pa.table(columns), path)
    assert header(path) == ("date", "buyer", "price", "quantity")
    assert read_columns(path, {name: [name] for name in columns}) == {
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
