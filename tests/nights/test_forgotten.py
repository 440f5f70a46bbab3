"""A customer who asked to be forgotten: nights go on over 1C, which still tells of him, and nothing learns his name."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from openpyxl import load_workbook
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator.shop import ListShop, Partner
from tests.dashboard.reading import opened
from tests.nights.company import ALL, Company, sale

DAY = date(2026, 6, 10)
NIGHTS = [DAY + timedelta(days=ahead) for ahead in range(5)]
NAME, FIRM, STREET, MAIL, PHONE = ("Тайнов Пётр Ильич", "ИП Тайнов П. И.", "Тула, Тайная ул., 7", "tainov@example.org",
                                   "+79165554433")
REF = "aaaaaaaa-0000-4000-8000-000000000001"
SECRETS = (NAME, FIRM, STREET, MAIL, PHONE)
SEARCHED = '["machine_tables", "workbook"]'


def shop() -> ListShop:
    lines = [sale(f"t{at}", DAY - timedelta(days=7 * at), 500 + at, NAME, contractor=FIRM, address=STREET)
             for at in range(4)]
    others = [sale(f"o{at}", DAY - timedelta(days=5 * at), 300 + at, "Ромашка", address="Минск") for at in range(4)]
    return ListShop([*lines, *others], [Partner(NAME, MAIL, "Опт", "М. Продажин", PHONE, "710000001234", ref=REF),
                                        Partner("Ромашка", "r@example.org", "Опт", "М. Продажин")])


def customers(firm: Company, *arguments: str) -> Result:
    result = CliRunner().invoke(app, ["customers", *arguments, "--settings", str(firm.settings)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def content(path: Path) -> bytes:
    """The bytes of a file; of a workbook those of its parts."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(BytesIO(path.read_bytes())) as book:
        return b"".join(map(book.read, book.namelist()))


def naming(folder: Path) -> set[str]:
    """The files of a folder that hold something of him, in UTF-8 or as JSON writes it."""
    forms = [form for each in SECRETS for form in (each.encode(), json.dumps(each)[1:-1].encode())]
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and any(
        form in content(path) for form in forms)}


def told(firm: Company) -> list[tuple[object, ...]]:
    """What the last nights counted in the step store."""
    return [tuple(entry["counts"].get(name, 0) for name in ("added", "changed", "removed", "days_differing"))
            for entry in firm.diary() if (entry["step"], entry["event"]) == ("store", "end")]


@pytest.mark.slow
def test_after_it_nights_go_on_with_the_same_sums_and_no_name(either_firm: Callable[..., Company]) -> None:
    firm = either_firm(shop(), renderers=SEARCHED)
    before = firm.good_night(NIGHTS[0])
    assert "data/warehouse.db" in naming(firm.folder)
    result = customers(firm, "forget", NAME, "--yes", "--reports", "rewrite", "--backups", "rewrite")
    assert (result.exit_code, naming(firm.folder)) == (0, set())
    for night in NIGHTS[1:3]:
        rows = firm.good_night(night)
        assert naming(firm.folder) == set()
        assert told(firm)[-1] == (0, 0, 0, 0)
        him = rows["Forgotten customer 2"] if "Forgotten customer 2" in rows else rows["Forgotten customer 1"]
        mine = before[NAME]
        assert {key: him[key] for key in ("frequency", "monetary", "manager")} == {
            key: mine[key] for key in ("frequency", "monetary", "manager")}
        assert (him["email"], him["customer_id"] == mine["customer_id"]) == ("", False)
        assert rows["Ромашка"]["customer_id"] == before["Ромашка"]["customer_id"]
    firm.onec.shop.add(sale("new", NIGHTS[3], 900, NAME, contractor=FIRM, address=STREET))
    rows = firm.good_night(NIGHTS[3])
    assert naming(firm.folder) == set()
    assert told(firm)[-1][:3] == (1, 0, 0)
    him, = (row for name, row in rows.items() if name.startswith("Forgotten"))
    assert him["frequency"] == "5"
    assert not any("1C no longer has" in text or NAME in text for text in firm.told(1001) + firm.told(2002))


@pytest.fixture
def company(firm: Callable[..., Company]) -> Company:
    """Two nights with all that they leave: both reports, latest/, a copy and a warehouse set aside tell of him."""
    company = firm(shop(), renderers=SEARCHED, start=DAY - timedelta(days=25))
    for night in NIGHTS[:2]:
        company.good_night(night)
    aside = company.folder / "data" / "replaced-20260101T000000"
    aside.mkdir()
    (copy,) = (company.folder / "data" / "backups").iterdir()
    shutil.copy(copy, aside / "warehouse.db")
    return company


def test_what_still_tells_of_him_is_listed_and_made_anew_on_demand(company: Company) -> None:
    before = naming(company.folder) - {"data/warehouse.db"}
    rows, nights = company.table(NIGHTS[0], "customers.csv"), sorted(company.folder.glob("reports/*/manifest.json"))
    result = customers(company, "forget", NAME, "--yes")
    assert (result.exit_code, naming(company.folder)) == (0, before)
    for path in ("reports/2026-06-10: RFM.xlsx, customers.csv", "reports/2026-06-11: RFM.xlsx, customers.csv",
                 "reports/latest: RFM.xlsx, customers.csv", "data/backups/warehouse-2026-06-11-",
                 "data/replaced-20260101T000000/warehouse.db"):
        assert path in result.output
    again = customers(company, "forget", NAME, "--yes", "--reports", "rewrite")
    assert "forgotten before" in again.output
    assert {path.partition("/")[0] for path in naming(company.folder)} == {"data"}
    result = customers(company, "forget", NAME, "--yes", "--backups", "rewrite")
    assert (result.exit_code, naming(company.folder)) == (0, set())
    assert "No report and no copy" in result.output
    assert NAME not in result.output + again.output + company.log()
    assert sorted(company.folder.glob("reports/*/manifest.json")) == nights
    assert company.files("latest") == company.files(str(NIGHTS[1]))
    assert nameless(company.table(NIGHTS[0], "customers.csv")) == nameless(rows)
    for copy in (company.folder / "data").glob("*/*.db"):
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("SELECT count(*) FROM forgotten").fetchone()[0] > 0


def nameless(rows: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    # Who is forgotten is on no list any more.
    private = ("customer_id", "customer", "email", "state")
    return sorted(sorted((key, value) for key, value in row.items() if key not in private) for row in rows)


@pytest.mark.slow
def test_a_whole_report_made_anew_names_him_nowhere(firm: Callable[..., Company]) -> None:
    company = firm(shop(), renderers=ALL, start=DAY - timedelta(days=25))
    company.good_night(DAY)
    assert NAME in opened(company.files("latest")["dashboard.html"])[1]["customers"]["customer"]
    assert customers(company, "forget", NAME, "--yes", "--reports", "rewrite").exit_code == 0
    assert {path.partition("/")[0] for path in naming(company.folder)} == {"data"}
    for folder in (str(DAY), "latest"):
        files = company.files(folder)
        shown = opened(files["dashboard.html"])[1]["customers"]
        assert sorted(shown["customer"]) == ["Forgotten customer 2", "Ромашка"]
        (contacts,) = (name for name in files if name.startswith("managers/"))
        cells = {cell for row in load_workbook(BytesIO(files[contacts])).worksheets[0].values for cell in row}
        assert "Ромашка" in cells
        assert "Forgotten customer 2" not in cells


def test_a_report_that_cannot_be_searched_may_tell_until_it_is_made_anew(firm: Callable[..., Company]) -> None:
    company = firm(shop(), renderers='["lists"]', start=DAY - timedelta(days=25))
    assert company.night(DAY).exit_code == 0
    result = customers(company, "forget", NAME, "--yes")
    assert result.output.count("may tell of the customer") == 2
    result = customers(company, "forget", NAME, "--yes", "--reports", "rewrite", "--backups", "delete")
    assert (result.exit_code, naming(company.folder)) == (0, set())
    assert "No report and no copy" in result.output


@pytest.mark.slow
def test_reports_and_copies_are_removed_but_the_newest(company: Company) -> None:
    result = customers(company, "forget", NAME, "--yes", "--reports", "delete", "--backups", "delete")
    assert (result.exit_code, naming(company.folder)) == (0, set())
    left = sorted(path.name for path in (company.folder / "reports").iterdir())
    assert left == [str(NIGHTS[1]), "inbox", "index.html", "latest"]
    assert str(NIGHTS[0]) not in (company.folder / "reports" / "index.html").read_text(encoding="utf-8")
    (copy,) = (company.folder / "data" / "backups").iterdir()
    assert "2026-06-11" in copy.name
    assert not (company.folder / "data" / "replaced-20260101T000000").exists()


@pytest.mark.slow
def test_a_report_that_waits_and_one_that_cannot_be_made_anew(company: Company) -> None:
    reports, away = company.folder / "reports", company.folder / "away"
    reports.rename(away)
    assert company.night(NIGHTS[2]).exit_code == 0
    result = customers(company, "forget", NAME, "--yes", "--reports", "rewrite", "--backups", "delete")
    assert result.exit_code == 1
    assert "is gone" in result.output
    assert not any(path.startswith("data/") for path in naming(company.folder))
    away.rename(reports)
    company.rfm = "window_days = 100"
    result = customers(company, "forget", NAME, "--yes", "--reports", "rewrite")
    assert (result.exit_code, "the settings that make segments are others now" in result.output) == (1, True)
    assert customers(company, "forget", NAME, "--yes", "--reports", "delete").exit_code == 1
    company.rfm = ""
    assert customers(company, "forget", NAME, "--yes", "--reports", "delete").exit_code == 0
    assert naming(company.folder) == set()
    assert CliRunner().invoke(app, ["deliver", "--settings", str(company.settings)]).exit_code == 0
    assert {"latest", str(NIGHTS[2])} <= {path.name for path in reports.iterdir()}
    assert naming(company.folder) == set()


def test_all_that_is_kept_is_shown_and_forgetting_asks_first(company: Company) -> None:
    with company.ledger.warehouse.rows() as connection:
        number = connection.exec_driver_sql("SELECT customer_no FROM customers WHERE told = ?", (NAME,)).scalar_one()
        connection.exec_driver_sql("INSERT INTO contacts (customer_no, day, outcome, note, next_day, author, told_at) "
                                   "VALUES (?, 20000, 'called', 'не звонить вечером', 20010, 'М. Продажин', 1)",
                                   (number,))
        connection.exec_driver_sql("INSERT INTO offers VALUES ('spring', ?, 20000, 'loyal', 1)", (number,))
        connection.exec_driver_sql("INSERT INTO quarantine (ingest_no, reason, row) VALUES (1, 'a date was expected', "
                                   "?)", (json.dumps({"Партнер": NAME}),))
    shown = customers(company, "show", NAME)
    assert shown.exit_code == 0
    for said in (*SECRETS, "710000001234", REF, "Опт", "М. Продажин", "2026: documents 4, lines 4, ₽2,006.00",
                 "2024-10-04, Called, М. Продажин, не звонить вечером, next 2024-10-14", "spring", "held back",
                 "a date was expected", "reports/2026-06-10: RFM.xlsx, customers.csv",
                 "data/backups/warehouse-2026-06-11-", "Kept nights with the customer: 2, 2026-06-10 to 2026-06-11"):
        assert said in shown.output, said
    found = json.loads(customers(company, "show", company.customers(NIGHTS[1])[NAME]["customer_id"], "--json").output)
    assert (found["who"][0]["phone"], found["sales"][0]["amount"], len(found["snapshots"])) == (PHONE, "2006", 2)
    assert [trace["kind"] for trace in found["traces"]] == ["report", "report", "latest", "copy", "copy"]
    before = (company.folder / "data" / "warehouse.db").read_bytes()
    asked = CliRunner().invoke(app, ["customers", "forget", NAME, "--settings", str(company.settings)], input="n\n")
    assert (asked.exit_code, "Go on?" in asked.output) == (1, True)
    for command in ("show", "forget"):
        result = customers(company, command, "Нет такого")
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert (company.folder / "data" / "warehouse.db").read_bytes() == before
    customers(company, "forget", NAME, "--yes")
    after = customers(company, "show", NAME).output
    assert "Forgotten on" in after
    assert not any(secret in after for secret in SECRETS)
    assert "reports/2026-06-10: RFM.xlsx, customers.csv" in after
