"""The folder of files: the customers in it, what is not ready, the settings, and what the source says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from pydantic import ValidationError

from rfm_service.domain.errors import AnswerMalformed, RfmError, SourceRefused, SourceUnavailable
from rfm_service.sources import files
from rfm_service.sources.files import Source
from rfm_service.tabular.column_remarks import LOST
from tests.sources.dropping import DAY, MARCH, ROW, Knows, asked, put, row, told


@pytest.fixture(autouse=True)
def _short_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FIRST_GAP_S", 0.01)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


# The customers


def test_customers_are_in_the_files_that_have_their_columns_and_none_of_sales(drop: Path) -> None:
    put(drop / "sales.csv", [ROW | {"email": "no@example.com"}])
    names = ("Партнер", "Почта", "Менеджер")
    put(drop / "old.csv", [dict(zip(names, each, strict=True))
                           for each in (("А", "a@", "М"), ("Б", "b@", ""), (" ", "c@", ""))])
    put(drop / "new.xlsx", [{"buyer": "Б ", "do_not_contact": True, "phone": 79000000000.0}], 2000)
    found = Source(path=drop).customers(DAY, Knows())
    assert [(each.name, each.email, each.manager, each.phone, each.do_not_contact) for each in found] == [
        ("А", "a@", "М", "", False), ("Б", "", "", "79000000000", True)]
    assert told(asked(drop)) == {2: ["1"]}


def test_the_file_of_the_customers_may_be_named(drop: Path) -> None:
    put(drop / "sales 1.csv", [ROW])
    put(drop / "Люди.csv", [{"buyer": "А", "date": "01.01.2020", "email": "a@"}])
    keys = {"pattern": "sales*", "partners": "люди.csv"}
    assert [each.email for each in Source(path=drop, **keys).customers(DAY, Knows())] == ["a@"]
    assert len(asked(drop, **keys).lines) == 1
    put(drop / "sales 2.csv", [{"buyer": "Б", "email": "b@"}])
    with pytest.raises(AnswerMalformed, match=r"sales 2\.csv lacks the column of date"):
        asked(drop, **keys)


@pytest.mark.parametrize(("name", "problem"), [("люди.csv", r"The file люди\.csv of the customers is not in"),
                                               ("sales.csv", r"sales\.csv lacks the column of buyer \(кто\)")])
def test_a_named_file_of_customers_that_is_none_is_told(drop: Path, name: str, problem: str) -> None:
    put(drop / "sales.csv", [ROW])
    with pytest.raises((AnswerMalformed, SourceUnavailable), match=problem):
        Source(path=drop, partners=name, fields={"buyer": "кто"}).customers(DAY, Knows())


# What is not ready


def test_row_01_a_folder_that_is_away_is_no_folder_without_sales(drop: Path) -> None:
    with pytest.raises(SourceUnavailable, match="the share may not be connected") as failure:
        asked(drop / "share")
    assert not failure.value.permanent


def test_a_folder_that_comes_back_is_read(drop: Path) -> None:
    put(drop / "a.csv", [ROW])
    away = drop.rename(drop.with_name("away"))
    back = Thread(target=lambda: (Event().wait(0.03), away.rename(drop)))
    back.start()
    assert len(asked(drop).lines) == 1
    back.join()


def test_no_folder_at_all_is_refused_at_once(drop: Path) -> None:
    with pytest.raises(SourceRefused):
        asked(put(drop / "a.csv", [ROW]))


@pytest.fixture
def growing(drop: Path) -> Iterator[Event]:
    """A job that writes rows into a file until it is told to stop."""
    stop = Event()
    path = put(drop / "a.csv", [row(2, number) for number in range(3000)])

    def grow() -> None:
        for number in count():
            with path.open("a", encoding="utf-8") as opened:
                opened.write(f"02.03.2026;more {number};1;А\n")
            if stop.wait(0.001):
                return

    job = Thread(target=grow)
    job.start()
    yield stop
    stop.set()
    job.join()


def test_row_11_a_file_that_is_being_written_is_not_read(drop: Path, growing: Event) -> None:
    with pytest.raises(SourceUnavailable, match=r"a\.csv changed while it was read"):
        asked(drop)
    growing.set()


def test_row_11_a_file_that_was_being_written_is_read_when_it_is_done(
        drop: Path, growing: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FIRST_GAP_S", 0.1)
    end = Thread(target=lambda: (Event().wait(0.15), growing.set()))
    end.start()
    assert len(asked(drop).lines) > 3000
    end.join()


def test_no_try_comes_after_the_deadline(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FIRST_GAP_S", 60)
    with pytest.raises(SourceUnavailable):
        asked(drop / "share", deadline_minutes=0.5)


# The settings, and what the source says of itself


@pytest.mark.parametrize("keys", [
    {"encoding": "windows"}, {"encoding": "base64"}, {"encoding": "a\0b"}, {"pattern": ""}, {"fields": {"date": ""}},
    {"fields": {"date": []}}, {"fields": {"day": "Дата"}}, {"fields": {"date": 5}}, {"folder": "a"}])
def test_settings_that_mean_nothing_are_refused(drop: Path, keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Source(path=drop, **keys)


def test_a_path_is_taken_from_the_folder_of_the_settings(drop: Path) -> None:
    put(drop / "a.csv", [ROW])
    source = Source.model_validate({"path": "drop"}, context={"home": drop.parent})
    assert len(source.lines([MARCH], Knows()).lines) == 1


def test_files_have_all_days_and_no_totals(drop: Path) -> None:
    assert Source(path=drop).reach == "everything"
    assert Source(path=drop).totals(MARCH) is None


def explained(folder: Path, day: date = MARCH.last) -> list[tuple[bool, str]]:
    return [(each.good, each.sentence(str.format)) for each in Source(path=folder).explain(day)]


def test_an_empty_folder_is_told_to_be_so(drop: Path) -> None:
    assert explained(drop) == [(False, f"{drop} holds files of sale lines: 0; of customers: 0.")]


def test_a_folder_is_explained(drop: Path) -> None:
    put(drop / "a.csv", [row(2, amount="10,50"), row(2, amount="?"), {**row(1), "date": "01.01.2025"}])
    put(drop / "b.csv", [row(2, amount="10,50"), row(2, amount="?")], 2000)
    put(drop / "c.jsonl", [{"Партнер": "А", "Почта": "a@"}])
    (drop / "d.pdf").write_bytes(b"?")
    columns = "date = date, sale_id = sale_id, buyer = buyer, sum = sum"
    absent = ("order_date, order_id, contractor, site_id, product, feature, quantity, address, cash_flow_type, "
              "organisation, product_category, cost, channel, currency")
    assert explained(drop) == [
        (True, f"{drop} holds files of sale lines: 2; of customers: 1."),
        (True, f"b.csv: {columns}. Not found: {absent}."),
        (True, LOST["cash_flow_type"].text.format(field="cash_flow_type")),
        (True, LOST["product_category"].text.format(field="product_category")),
        (True, LOST["channel"].text.format(field="channel")),
        (True, LOST["cost"].text.format(field="cost")),
        (True, "Passed over, being no tables: d.pdf."),
        (True, "Sales from 2025-01-01 to 2026-03-02, on 2 days."),
        (True, "1 days are held by more than one file: of each the newest file counts."),
        (True, "2026-03-01 to 2026-03-31: 1 sale lines, 10.50 RUB in all."),
        (True, "Files tell no control totals: what is stored is not proved night by night."),
        (False, "Of these days 1 rows cannot be understood, most often: a number was expected.")]


def test_a_month_without_sales_is_told(drop: Path) -> None:
    put(drop / "a.csv", [ROW])
    assert explained(drop, date(2027, 1, 1))[-2] == (False, "2026-12-02 to 2027-01-01: 0 sale lines, 0.00 RUB in all.")


def test_what_cannot_be_explained_is_an_error(drop: Path) -> None:
    (drop / "b.xlsx").write_bytes(b"PK\3\4")
    with pytest.raises(RfmError):
        explained(drop)
