"""A file of sale lines by its days: each has a hash of its rows, and is understood alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.values import SaleLine
from rfm_service.emulator.replay import ReplayShop
from rfm_service.emulator.shop import signed_amount
from rfm_service.tabular import TableError, header, sale_files
from rfm_service.tabular.names import SALE_NAMES
from rfm_service.tabular.sale_files import Reading, SaleFile, layout_of, scan
from tests.real import real
from tests.tabular.written import KINDS, write

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
ROW = {"Дата": "02.03.2026", "sale_id": "1", "Сумма": "10", "Партнер": "Ёлка"}
RETAIL = {"InvoiceNo": "536365", "StockCode": "85123A", "Description": " HOLDER ", "Quantity": "6",
          "InvoiceDate": "3/2/2026 8:26", "UnitPrice": "2.55", "CustomerID": "17850.0", "Country": "France"}


def reading(**changed: object) -> Reading:
    names = {**SALE_NAMES, "date": ("Дата",)}
    return Reading(**{"names": names, "return_values": frozenset({"возврат"}), "currency": "RUB", "encoding": "",
                      "spool": BytesIO(), **changed})


def scanned(path: Path, how: Reading) -> SaleFile:
    there = header(path)
    layout = layout_of(path, there, how.names)
    assert layout is not None
    return scan(path, layout, how)


def written(path: Path, rows: Sequence[dict[str, object]], how: Reading) -> SaleFile:
    return scanned(write(path, rows), how)


def lines(file: SaleFile, how: Reading) -> list[SaleLine]:
    return [line for day in file.hashes for line in file.read(day, how)[0]]


def test_a_day_is_read_alone(tmp_path: Path) -> None:
    how = reading()
    other = ROW | {"Дата": "2026-03-03 10:00", "sale_id": "2"}
    file = written(tmp_path / "sales.csv", [ROW, other, ROW], how)
    assert file.hashes.keys() == {MONDAY, TUESDAY}
    assert [line.number for line in file.read(MONDAY, how)[0]] == ["1", "1"]
    (line,), rejected = file.read(TUESDAY, how)
    assert (line.at, line.number, line.amount, line.quantity, line.customer) == (
        datetime(2026, 3, 3, 10), "2", 100_000, 0, "Ёлка")
    assert not rejected


def test_row_25_what_has_no_date_goes_with_the_day_above_and_is_set_aside(tmp_path: Path) -> None:
    how = reading()
    rows = [ROW | {"Дата": "вчера"}, ROW, ROW | {"Дата": "02.03.0209"}, ROW | {"Дата": "", "sale_id": "Итого"},
            ROW | {"Дата": "03.03.2026"}, ROW | {"Дата": "03.03.2026 25:00"}]
    file = written(tmp_path / "sales.csv", rows, how)
    assert file.hashes.keys() == {MONDAY, TUESDAY}
    found, aside = file.read(MONDAY, how)
    assert len(found) == 1
    assert [each.day for each in aside] == [None, None, None]
    assert [json.loads(each.row)["date"] for each in aside] == ["вчера", "02.03.0209", ""]
    assert {json.loads(each.row)["file"] for each in aside} == {"sales.csv"}
    found, aside = file.read(TUESDAY, how)
    assert (len(found), [each.day for each in aside]) == (1, [None])


def test_row_27_a_row_that_cannot_be_understood_claims_its_day(tmp_path: Path) -> None:
    how = reading()
    file = written(tmp_path / "sales.csv", [ROW | {"Сумма": "много"}], how)
    [], [aside] = file.read(MONDAY, how)
    assert (aside.day, aside.reason) == (MONDAY, "a number was expected")


def test_rows_that_are_blank_are_no_rows(tmp_path: Path) -> None:
    how = reading()
    file = written(tmp_path / "sales.csv", [ROW, dict.fromkeys(ROW, " "), dict.fromkeys(ROW, "")], how)
    assert [len(part) for part in file.read(MONDAY, how)] == [1, 0]


def test_a_header_alone_holds_no_day(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("Дата;sale_id;sum\n", encoding="utf-8")
    assert not scanned(tmp_path / "sales.csv", reading()).hashes


def test_a_file_without_any_date_is_refused_by_its_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sale_files, "UNDATED", 3)
    rows = [ROW | {"Дата": "3/2/2026", "Партнер": "Тайный"}] * 5
    with pytest.raises(TableError, match=r"No row of the file sales\.csv has a date .* column Дата") as failure:
        written(tmp_path / "sales.csv", rows, reading())
    assert "Тайный" not in str(failure.value)


@pytest.mark.parametrize("changed", [{"return_values": frozenset({"refund"})}, {"currency": "KZT"}])
def test_a_day_has_another_hash_where_its_rows_mean_something_else(tmp_path: Path, changed: dict[str, object]) -> None:
    first = written(tmp_path / "sales.csv", [ROW], reading())
    assert scanned(tmp_path / "sales.csv", reading()).hashes == first.hashes
    assert scanned(tmp_path / "sales.csv", reading(**changed)).hashes != first.hashes


CHANGES = [{}, {"sale_id": "2"}, {"Дата": "03.03.2026"}, {"Дата": "?"}, {"Сумма": "0"}, {"sale_id": "11", "Сумма": "0"}]


@given(st.lists(st.sampled_from([ROW | change for change in CHANGES])), st.integers(1, 4))
def test_a_hash_is_that_of_the_rows_of_the_day(
        tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]], batch: int) -> None:
    folder = tmp_path_factory.getbasetemp()
    rows = [ROW, *rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sale_files, "BATCH", batch)
        whole = written(folder / "whole.csv", rows, how := reading())
    for day in whole.hashes:
        own, above = [], MONDAY
        for row in rows:
            above = {"02": MONDAY, "03": TUESDAY}.get(row["Дата"][:2], above)
            own += [row] if above == day else []
        if own[0]["Дата"] != "?":
            assert written(folder / "own.csv", own, reading()).hashes == {day: whole.hashes[day]}
    assert len(lines(whole, how)) == sum(row["Дата"] != "?" for row in rows)


HOSTILE = ["=cmd()", "</script><script>", "a\x00b", "\u202eabc\u200f", "'; DROP TABLE", "{braces}", "a\x1eb\x1fc",
           "\ud800x", "две\nстроки", "😀", '"кавычки"', "%s %d", "\ufeff"]


# Only JSON can hold half a letter.
@pytest.mark.parametrize(("text", "kind"), [(text, kind) for text in HOSTILE for kind in KINDS
                                            if kind == ".jsonl" or "\ud800" not in text], ids=ascii)
def test_hostile_text_is_text(tmp_path: Path, kind: str, text: str) -> None:
    how = reading()
    file = written(tmp_path / f"sales{kind}", [ROW | {"Партнер": text, "sale_id": "№" + text}], how)
    ([line], []) = file.read(MONDAY, how)
    safe = text.translate(dict.fromkeys(map(ord, "\ufeff\x00\x1e\x1f\u202e"))).replace("\ud800", "\ufffd")
    assert line.customer in (safe, safe.replace("\n", "\r\n"))
    assert line.number.startswith("№")
    line.number.encode()


MONEY = st.decimals(-(10**9), 10**9, places=2)
DATED = st.tuples(st.sampled_from([MONDAY, TUESDAY]), st.times().map(lambda time: time.replace(microsecond=0)))


@settings(max_examples=20)
@given(st.lists(st.tuples(DATED, MONEY, st.integers(0, 99)), min_size=1, max_size=8))
def test_row_27_every_kind_of_file_tells_the_same(
        tmp_path_factory: pytest.TempPathFactory, sales: list[tuple[tuple[date, object], Decimal, int]]) -> None:
    told = []
    for kind in KINDS:
        how = reading()
        text = kind == ".csv"
        rows: list[dict[str, object]] = [{
            "Дата": datetime.combine(*at) if not text else f"{datetime.combine(*at):%d.%m.%Y %H:%M:%S}",
            "sale_id": number if not text else f" {number} ",
            "Сумма": f"{amount:,.2f}".replace(",", "\u00a0").replace(".", ",") if text else float(amount),
            "Партнер": number if text else float(number)} for at, amount, number in sales]
        told.append(sorted(lines(written(tmp_path_factory.getbasetemp() / f"any{kind}", rows, how), how)))
    assert told[0] == told[1] == told[2] == told[3]
    assert sum(line.amount for line in told[0]) == sum(amount * 10_000 for _, amount, _ in sales)


@pytest.mark.parametrize("kind", KINDS)
def test_online_retail(tmp_path: Path, kind: str) -> None:
    how = reading()
    changes = ({}, {"InvoiceNo": "C1", "Quantity": "-1", "UnitPrice": "0.001", "Description": ""},
               {"UnitPrice": "дорого"}, {"Quantity": ""}, {"InvoiceDate": "2026-03-02 00:00:00"})
    file = written(tmp_path / f"retail{kind}", [RETAIL | change for change in changes], how)
    (sale, back, third), aside = file.read(MONDAY, how)
    assert (sale.at, sale.number, sale.amount, sale.returned, sale.customer, sale.product, sale.feature) == (
        datetime(2026, 3, 2, 8, 26), "536365", 153_000, False, "17850", "HOLDER", "85123A")
    assert (back.amount, back.returned, back.product, back.quantity) == (-10, True, "85123A", -1000)
    assert third.at == datetime(2026, 3, 2)
    assert [each.reason for each in aside] == [
        "a number was expected", "the date, the document number or the sum is empty"]


@pytest.mark.parametrize("lacking", ["Дата", "sale_id", "Сумма"])
def test_row_28_a_table_without_what_is_needed_is_none_of_sales(tmp_path: Path, lacking: str) -> None:
    there = [name for name in ROW if name != lacking]
    assert layout_of(tmp_path / "sales.csv", there, reading().names) is None


@pytest.mark.real
@pytest.mark.slow
def test_the_real_online_retail_is_what_the_replay_serves() -> None:
    path, how = real("online_retail.parquet"), reading()
    ours = {(line.at, line.number, line.feature, line.quantity, line.amount, line.customer, line.returned)
            for line in lines(scanned(path, how), how)}
    theirs = {(line.date, line.sale_id, line.feature, line.quantity, signed_amount(line), line.buyer, line.returned)
              for line in ReplayShop.read(path).lines(date(1, 1, 1), date(9999, 1, 1))}
    assert len(theirs) > 400_000
    # Write-offs, gifts and bad debts, which the replay leaves out, are lines here: of nobody, or of no money.
    assert theirs == {line for line in ours if line[-1] or line[4] > 0}
