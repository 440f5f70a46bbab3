"""The workbook and a list as LibreOffice sees them: totals, printed pages, the drop-down."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from io import StringIO
from itertools import combinations
from pathlib import Path

import pytest

from rfm_service.renderers import lists, workbook
from rfm_service.sheets.today import TOP
from rfm_service.texts.catalogue import Catalogue
from tests.programs import program
from tests.renderers.findings import make_findings

pytestmark = pytest.mark.slow
FINDINGS = make_findings(300, hostile=True)
WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"')
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
    assert {"Today", "Customers", "Segments", "Moves", "Products", "Rules", "Indicators", "Data quality"} <= set(sheets)
    assert not [cell for rows in sheets.values() for row in rows for cell in row if "Err:" in cell or cell == "#NAME?"]
    figures, rows = FINDINGS.figures, sheets["Customers"][1:]
    assert len(rows) == figures.customers
    assert sum(int(row[2]) for row in rows) == figures.orders
    assert sum(Decimal(row[3]) for row in rows) * 10_000 == figures.revenue
    (total,) = [row for row in sheets["Segments"] if row[0] == "Total"]
    assert (int(total[1]), Decimal(total[3]) * 10_000) == (figures.customers, figures.revenue)
    assert [row[-1] for row in sheets["Today"][TOP + 1:]] == FINDINGS.today["customer_id"].tolist()


def test_every_sheet_prints(folder: Path) -> None:
    (content,) = converted(folder, "RFM.xlsx", "pdf").values()
    assert content.startswith(b"%PDF")
    text = subprocess.run([program("pdftotext", "poppler-utils"), str(folder / "out" / "RFM.pdf"), "-"], check=True,
                          capture_output=True, encoding="utf-8").stdout
    said = " ".join(text.split())
    assert all(title in said for title in ("Customers by segment", "Share together with", "Orders that count",
                                           "To contact on November 21, 2026", "The formula in words"))
    assert "###" not in said


@pytest.mark.parametrize("language", ["ru", "tr"])
def test_no_row_of_the_day_is_too_low_for_its_text(tmp_path: Path, language: str) -> None:
    """Lines that a row has no room for are printed over those of its neighbours."""
    made = lists.Renderer().render(make_findings(200), Catalogue(language, "RUB"))
    (tmp_path / "list.xlsx").write_bytes(next(iter(made.values())))
    converted(tmp_path, "list.xlsx", "pdf")
    written = subprocess.run([program("pdftotext", "poppler-utils"), "-bbox", str(tmp_path / "out" / "list.pdf"), "-"],
                             check=True, capture_output=True, encoding="utf-8").stdout
    pages = [[tuple(map(float, box)) for box in WORD.findall(page)] for page in written.split("<page ")[1:]]
    assert sum(map(len, pages)) > 1000
    assert [pair for words in pages for pair in combinations(words, 2) if overlapping(*pair)] == []


def overlapping(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether a third of the height of two words is the same place."""
    left, top, right, bottom = (max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]),
                                min(one[3], other[3]))
    return right - left > 1 and (bottom - top) * 3 > one[3] - one[1]


def test_the_drop_down_is_there(folder: Path) -> None:
    (written,) = converted(folder, "without-a-sales-manager.xlsx", "fods").values()
    validations = [line for line in written.decode().splitlines() if "<table:content-validation " in line]
    lists_of = [line for line in validations if "&quot;Called&quot;" in line]
    assert len(lists_of) == 2
    assert all(f"&quot;{label}&quot;" in line for line in lists_of for label in ("Wrote", "Refused", "Purchased"))
