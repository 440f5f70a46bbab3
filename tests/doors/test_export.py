"""What `export` writes, read back: the same figures in every format, and no live formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from rfm_service.cli import app
from tests.nights.company import Company, company, sale, shop_of

DAY = date(2026, 6, 10)
HOSTILE = ("=cmd()|' /C calc'!A0", "+7 900", "-1+1", "@SUM(A1)", "Ателье; «Ёлка» 🎉\nвторая \"строка\"", "http://x.example")
FORMATS = ("csv", "xlsx", "json", "parquet")
Row = dict[str, object]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    shop = shop_of(*(sale(str(at), DAY, 1234.5678 + at, buyer=name, product=name) for at, name in enumerate(HOSTILE)))
    with company(tmp_path_factory.mktemp("firm"), shop) as opened:
        opened.good_night(DAY)
        shop.add(*(sale(f"n{at}-{more}", DAY + timedelta(days=1), 700_000, buyer=name)
                   for at, name in enumerate(HOSTILE) for more in (1, 2)),
                 sale("r", DAY, 3, buyer=HOSTILE[0], returned=True, cost=25_000))
        opened.good_night(DAY + timedelta(days=1))
        yield opened


def exported(firm: Company, what: str, kind: str, output: Path):
    words = ["export", what, "--settings", str(firm.settings), "--format", kind, "--output", str(output)]
    return CliRunner().invoke(app, words)


def read(path: Path, kind: str) -> list[Row]:
    if kind == "csv":
        content = path.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True), delimiter=";"))
    if kind == "json":
        return json.loads(path.read_text(encoding="utf-8"))
    if kind == "parquet":
        return parquet.read_table(path).to_pylist()
    cells = list(openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active.iter_rows())
    assert not [cell for row in cells for cell in row if cell.data_type == "f" or cell.hyperlink]
    return [dict(zip([cell.value for cell in cells[0]], [cell.value for cell in row],
        strict=True)) for row in cells[1:]]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("what", "rows"), [("customers", 6), ("moves", 6), ("sales", 19)])
def test_every_format_holds_the_same(firm: Company, tmp_path: Path, what: str, rows: int, kind: str) -> None:
    path = tmp_path / "out.x"
    result = exported(firm, what, kind, path)
    assert result.exit_code == 0, result.output
    assert f"{rows} rows" in result.stdout
    found = read(path, kind)
    names = [str(row["customer"]) for row in found]
    shown = {("'" + name if name[0] in "=+-@" and kind == "csv" else name) for name in HOSTILE}
    assert (len(found), set(names)) == (rows, shown)
    assert [path.name for path in tmp_path.iterdir()] == ["out.x"]
    reference = tmp_path / "reference"
    exported(firm, what, "parquet", reference)
    assert list(found[0]) == list(read(reference, "parquet")[0])


def test_money_is_exact(firm: Company, tmp_path: Path) -> None:
    sums = {}
    for kind in FORMATS:
        exported(firm, "sales", kind, tmp_path / kind)
        sums[kind] = sorted(Decimal(str(row["amount"]).replace(",", ".")) for row in read(tmp_path / kind, kind))
    assert sums["csv"] == sums["json"] == sums["parquet"] == sums["xlsx"]
    assert sums["csv"][:2] == [Decimal(-3), Decimal("1234.5678")]
    [returned] = [row for row in read(tmp_path / "parquet", "parquet") if row["document"] == "r"]
    assert returned["cost"] == Decimal("2.5")


def test_only_csv_is_guarded(firm: Company, tmp_path: Path) -> None:
    exported(firm, "customers", "csv", tmp_path / "c")
    assert b"\n=" not in (tmp_path / "c").read_bytes()
    assert b";=" not in (tmp_path / "c").read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("place", ["no/such/folder/x", "."])
def test_a_file_that_cannot_be_written_is_a_sentence(firm: Company, tmp_path: Path, kind: str, place: str) -> None:
    result = exported(firm, "sales", kind, tmp_path / place)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "cannot be written" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("what", ["customers", "moves", "sales"])
def test_an_empty_ledger_is_no_crash(tmp_path: Path, what: str, kind: str) -> None:
    with company(tmp_path, shop_of()) as firm:
        result = exported(firm, what, kind, tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert read(tmp_path / "out", kind) == []
