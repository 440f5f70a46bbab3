"""What users open, opened: the page in a browser, the workbook in LibreOffice, the pictures."""

from __future__ import annotations

import csv
import io
import subprocess
from datetime import date, timedelta

import pytest

from rfm_service.emulator.generator import HOSTILE_NAMES, GeneratedShop
from tests.nights.company import ALL, sale
from tests.programs import browse, program

DAY = date(2026, 6, 10)
SECOND_SHEET_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"


class WithHostileNames:
    """The made-up firm, and every hostile name as its best customer."""

    def __init__(self) -> None:
        self._made = GeneratedShop(3, 3000, 400, last_day=DAY)
        names = [*HOSTILE_NAMES, "<script>document.title='owned'</script>", "$\\frac{1$", "‮обратно", "x" * 300, "🙂"]
        self._hostile = [sale(f"Х{at}", DAY - timedelta(days=at), 900_000 + at, buyer=name, product=name)
                         for at, name in enumerate(names)]

    def lines(self, start, end):
        yield from self._made.lines(start, end)
        yield from (line for line in self._hostile if start <= line.date.date() < end)

    def partners(self):
        return self._made.partners()

    def optional_fields(self):
        return self._made.optional_fields()


@pytest.fixture
def published(firm):
    company = firm(WithHostileNames(), renderers=ALL, start=DAY - timedelta(days=399))
    company.good_night(DAY)
    return company


def test_the_page_in_a_browser(published, browser):
    browser.open((published.folder / "reports" / "latest" / "summary.html").as_uri())
    assert "owned" not in browser.evaluate("document.title")
    assert browser.evaluate("document.querySelectorAll('svg').length") == 6
    assert browser.requests() == []
    assert browser.console() == []


@pytest.mark.slow
def test_the_workbook_in_libreoffice(published, tmp_path):
    book = published.folder / "reports" / "latest" / "RFM.xlsx"
    subprocess.run([program("soffice", "libreoffice-calc"), f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}",
                    "--headless", "--convert-to", SECOND_SHEET_AS_CSV, "--outdir", str(tmp_path), str(book)],
                   check=True, capture_output=True, timeout=180)
    opened, = tmp_path.glob("*.csv")
    rows = list(csv.reader(io.StringIO(opened.read_text(encoding="utf-8"))))
    names = [row["customer"] for row in published.table(DAY, "customers.csv")]
    assert len(rows) - 1 == len(names)
    assert not any(cell.startswith("#") or "Err:" in cell for row in rows for cell in row)
    money = [row["monetary"] for row in published.table(DAY, "customers.csv")]
    assert max(map(float, money)) == float(rows[1][3].replace(",", "").replace("\u00a0", ""))


@pytest.mark.slow
def test_the_page_prints_as_pdf(published, tmp_path):
    page, target = published.folder / "reports" / "latest" / "summary.html", tmp_path / "page.pdf"
    browse(page, tmp_path, f"--print-to-pdf={target}", "--no-pdf-header-footer")
    text = subprocess.run([program("pdftotext", "poppler-utils"), str(target), "-"], check=True, capture_output=True,
                          encoding="utf-8").stdout
    assert "Champions" in text
    assert "June 10, 2026" in text.replace("\u202f", " ").replace("\u00a0", " ")
