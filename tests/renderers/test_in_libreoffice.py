"""The workbook and a list as LibreOffice sees them: totals, printed pages, the drop-down."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from rfm_service.renderers import lists, workbook
from rfm_service.texts.catalogue import Catalogue
from tests.programs import program
from tests.renderers.findings import make_findings

pytestmark = pytest.mark.slow
FINDINGS = make_findings(300, hostile=True)
EVERY_SHEET_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two renderers made, each workbook under its own name."""
    made = tmp_path_factory.mktemp("made")
    for renderer in (workbook.Renderer(), lists.Renderer()):
        for name, content in renderer.render(FINDINGS, Catalogue("en", "RUB")).items():
            (made / Path(name).name).write_bytes(content)
    return made


def converted(folder: Path, book: str, kind: str) -> Mapping[str, bytes]:
    subprocess.run([program("soffice", "libreoffice-calc"), f"-env:UserInstallation={(folder / 'lo').as_uri()}",
                    "--headless", "--convert-to", kind, "--outdir", str(folder / "out"), str(folder / book)],
                   check=True, capture_output=True, timeout=180)
    return {path.name: path.read_bytes() for path in (folder / "out").glob(f"{Path(book).stem}*.{kind[:4].strip(':')}")}


def test_every_sheet_opens_and_the_totals_are_those_of_the_night(folder: Path) -> None:
    sheets = {name.removeprefix("RFM-").removesuffix(".csv"): list(csv.reader(StringIO(content.decode(), newline="")))
              for name, content in converted(folder, "RFM.xlsx", EVERY_SHEET_AS_CSV).items()}
    assert {"Customers", "Segments", "Moves", "Products", "Rules", "Data quality"} <= set(sheets)
    assert not [cell for rows in sheets.values() for row in rows for cell in row if "Err:" in cell or cell == "#NAME?"]
    figures, rows = FINDINGS.figures, sheets["Customers"][1:]
    assert len(rows) == figures.customers
    assert sum(int(row[2]) for row in rows) == figures.orders
    assert sum(Decimal(row[3]) for row in rows) * 10_000 == figures.revenue
    (total,) = [row for row in sheets["Segments"] if row[0] == "Total"]
    assert (int(total[1]), Decimal(total[3]) * 10_000) == (figures.customers, figures.revenue)


def test_every_sheet_prints(folder: Path) -> None:
    (content,) = converted(folder, "RFM.xlsx", "pdf").values()
    assert content.startswith(b"%PDF")
    text = subprocess.run([program("pdftotext", "poppler-utils"), str(folder / "out" / "RFM.pdf"), "-"], check=True,
                          capture_output=True, encoding="utf-8").stdout
    said = " ".join(text.split())
    assert all(title in said for title in ("Customers by segment", "Share together with", "Orders that count"))


def test_the_drop_down_is_there(folder: Path) -> None:
    (written,) = converted(folder, "without-a-sales-manager.xlsx", "fods").values()
    validation = next(line for line in written.decode().splitlines() if "<table:content-validation " in line)
    assert all(f"&quot;{label}&quot;" in validation for label in ("Called", "Wrote", "Refused", "Purchased"))
