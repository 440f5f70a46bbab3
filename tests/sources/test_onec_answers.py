"""What the answers of the custom HTTP protocol hold: forms, columns, cells; read, set aside, or refused by field."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta

import pytest

from rfm_service.domain.values import Period
from rfm_service.emulator.faults import BOM, Fault
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, ShopLine
from tests.sources.asking import BUYER, DAY, NOTHING, TOKEN, answered, asked, body, refused, row, source


def test_row_12_a_bom_a_wrong_charset_and_spaces(onec: OnecServer) -> None:
    onec.faults.push(Fault(prefix=BOM), Fault(content_type="text/plain; charset=windows-1251"),
                     Fault(prefix=b"\r\n \t"))
    assert [asked(onec).lines[0].customer for _ in range(3)] == [BUYER] * 3
    assert answered(onec, json.dumps({"data": "\ufeff" + json.dumps([row()])}).encode()).lines[0].customer == BUYER


def test_every_accepted_form(onec: OnecServer) -> None:
    for content in (json.dumps([row()]), json.dumps({"data": [row()]}), body(row()).decode()):
        assert len(answered(onec, content.encode()).lines) == 1
    assert answered(onec, b'{"data":"[]"}').lines == []


def test_row_13_control_characters_and_lone_surrogates(onec: OnecServer) -> None:
    name = "А\x00\x02\x07 \ud800Ю\x1f"
    raw = body(row(Партнер=name)).decode().replace("\\\\u0002", "\x02").encode()
    found = answered(onec, raw)
    assert [line.customer for line in found.lines] == ["А \ufffdЮ"]
    assert answered(onec, body(row(Партнер="\ud83d\ude00"))).lines[0].customer == "😀"


def test_row_28_columns_in_another_order_and_more_of_them(onec: OnecServer) -> None:
    mixed = dict(reversed(list(row().items()))) | {"Новая": [1], "Организация": "Ф", "Себестоимость": "5,5"}
    [line] = answered(onec, body(mixed)).lines
    assert (line.customer, line.organisation, line.cost, line.currency if hasattr(line, "currency") else "") == (
        BUYER, "Ф", 55_000, "")


@pytest.mark.parametrize(("column", "field"), [("Сумма", "sum"), ("Партнер", "buyer"), ("ИдНаСайте", "site_id")])
@pytest.mark.parametrize("renamed", [False, True])
def test_row_28_a_missing_column_is_named(onec: OnecServer, caplog: pytest.LogCaptureFixture, column: str, field: str,
                                          renamed: bool) -> None:
    change = {"rename_column": (column, column + "2")} if renamed else {"drop_column": column}
    onec.faults.push(Fault(times=None, **change))
    error = refused(lambda: asked(onec, deadline_minutes=1), caplog)
    assert f"{field} ({column})" in str(error)
    assert len(onec.requests) == 1
    mapped = asked(onec, fields={field: column + "2"}) if renamed else None
    assert mapped is None or len(mapped.lines) == 1


def test_row_28_a_partner_column_is_named(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(Fault(drop_column="Почта"))
    assert "email (Почта)" in str(refused(lambda: source(onec.url).customers(DAY, NOTHING), caplog))
    onec.faults.push(Fault(body=body({"Партнер": BUYER, "Почта": ["secret@example.com"]})))
    assert "email" in str(refused(lambda: source(onec.url).customers(DAY, NOTHING), caplog))


ASIDE = {
    "a word for a sum": {"Сумма": "много"}, "NaN": {"Сумма": float("nan")}, "infinity": {"Сумма": float("inf")},
    "1e400": {"Сумма": "1e400"}, "no sum": {"Сумма": None}, "an empty sum": {"Сумма": "-"}, "a yes": {"Сумма": True},
    "thirty digits": {"Сумма": int("9" * 30)}, "five thousand digits": {"Сумма": "9" * 5000},
    "a list": {"Партнер": ["x"]}, "a table": {"Сумма": {"x": 1}}, "a date in a list": {"ДатаРегистратора": ["x"]},
    "no number": {"НомерРегистратора": " "}, "no date": {"ДатаРегистратора": ""},
    "the year 1": {"ДатаРегистратора": "0001-01-01T00:00:00+00:00"},
    "a day as a number": {"ДатаРегистратора": 20260203}, "digits": {"ДатаРегистратора": "20260203"},
    "seconds of 1970": {"ДатаРегистратора": 1770120000}, "the year 26": {"ДатаРегистратора": "0026-02-03T00:00:00"},
    "the year 209": {"ДатаРегистратора": "0209-02-03T00:00:00"}, "2099": {"ДатаРегистратора": "2099-02-03T00:00:00"},
    "no such day": {"ДатаРегистратора": "31.02.2026"}, "a date in words": {"ДатаРегистратора": "вчера"},
    "the day after": {"ДатаРегистратора": "2026-02-04T00:00:00"}, "dollars": {"Валюта": "USD"},
    "a quantity in words": {"Количество": "две"}, "an order date in words": {"ДатаЗаказаКлиента": "вчера"},
}


@pytest.mark.parametrize("name", ASIDE)
def test_row_25_row_27_set_aside_and_counted(onec: OnecServer, caplog: pytest.LogCaptureFixture, name: str) -> None:
    found = answered(onec, body(row(), row(**ASIDE[name]), row()))
    assert (len(found.lines), len(found.rejected)) == (2, 1)
    [aside] = found.rejected
    assert BUYER not in aside.reason
    assert aside.day in (None, DAY)
    assert json.loads(aside.row)
    assert BUYER not in caplog.text


def test_a_number_of_five_thousand_digits_is_set_aside(onec: OnecServer) -> None:
    content = json.dumps({"data": json.dumps([row(Сумма=77)]).replace("77", "7" * 5000)}).encode()
    assert len(answered(onec, content).rejected) == 1


def test_a_cell_nested_nearly_too_deeply(onec: OnecServer) -> None:
    for depth in (100, 900):
        cell = "[" * depth + "]" * depth
        content = json.dumps([row(Партнер="@")]).replace('"@"', cell).encode()
        assert len(answered(onec, content).rejected) == 1


GOOD: dict[str, tuple[object, int]] = {
    **{f"space {ord(space):x}": (f"1{space}234,56", 12_345_600) for space in " \u00a0\u202f\u2007\u2009\t"},
    "brackets": ("(12,50)", -125_000), "point": ("1234.5", 12_345_000), "minus": ("\u22125", -50_000),
    "a whole": (7, 70_000),
    "1e15": (10**11, 10**15), "exact": ("0.1", 1_000), "a power": ("1.5e3", 15_000_000)}


@pytest.mark.parametrize("name", GOOD)
def test_row_27_sums(onec: OnecServer, name: str) -> None:
    written, units = GOOD[name]
    assert [line.amount for line in answered(onec, body(row(Сумма=written))).lines] == [units]


def test_no_float_touches_money(onec: OnecServer) -> None:
    content = json.dumps([row(Сумма=77)]).replace("77", "90071992547.4091").encode()
    assert [line.amount for line in answered(onec, content).lines] == [900_719_925_474_091]


@pytest.mark.parametrize(("written", "at"), [
    ("03.02.2026", datetime(2026, 2, 3)), ("3.2.2026 9:05:07", datetime(2026, 2, 3, 9, 5, 7)),
    ("2026-02-03", datetime(2026, 2, 3)), ("2026-02-03T23:30:00+05:00", datetime(2026, 2, 3, 23, 30)),
    ("2026-02-03T23:30:00Z", datetime(2026, 2, 3, 23, 30))])
def test_row_26_dates_are_wall_time(onec: OnecServer, written: str, at: datetime) -> None:
    assert [line.at for line in answered(onec, body(row(ДатаРегистратора=written))).lines] == [at]


@pytest.mark.parametrize("written", ["Возврат", " возврат ", "ВОЗВРАТ"])
@pytest.mark.parametrize("amount", [5, -5])
def test_row_21_a_return_lowers_whatever_its_sign(onec: OnecServer, written: str, amount: int) -> None:
    [line] = answered(onec, body(row(ВидДвижения=written, Сумма=amount))).lines
    assert (line.returned, line.amount) == (True, -50_000)


def test_our_currency_by_any_name(onec: OnecServer) -> None:
    rows = [row(Валюта=written) for written in ("RUB", "rub", "руб.", "643", "", None)]
    assert len(answered(onec, body(*rows)).lines) == len(rows)
    assert len(answered(onec, body(*rows), currency="EUR").lines) == 2


def test_a_huge_window_is_fast_enough(onec: OnecServer) -> None:
    """Beside bare JSON on the same machine: a limit in seconds would tell of the machine."""
    content = body(*[row()] * 20_000)
    began = time.monotonic()
    assert len(json.loads(json.loads(content)["data"])) == 20_000
    bare_s, began = time.monotonic() - began, time.monotonic()
    assert len(answered(onec, content).lines) == 20_000
    assert time.monotonic() - began < 8 * bare_s


def test_row_26_the_day_of_an_offset_is_never_shifted() -> None:
    late = datetime(2026, 2, 3, 23, 59, 59)
    with OnecServer(ListShop([ShopLine(late, "1")]), token=TOKEN) as server:
        assert asked(server).lines[0].at == late
        assert asked(server, Period(DAY + timedelta(days=1), DAY + timedelta(days=2))).lines == []


@pytest.mark.parametrize("written", [f"2026-02-03T01:30:00{offset}" for offset in ("+03:00", "+00:00", "-11:00")])
def test_row_26_an_hour_of_an_offset_moves_nothing(onec: OnecServer, written: str) -> None:
    found = answered(onec, body(row(ДатаРегистратора=written)))
    assert [line.at for line in found.lines] == [datetime(2026, 2, 3, 1, 30)]


def test_row_22_a_number_is_one_document_within_firm_year_kind_and_customer_only(onec: OnecServer) -> None:
    rows = [row(), row(Организация="А"), row(Организация="Б"), row(ВидДвижения="Возврат"), row(Партнер="Другой"),
            row(НомерРегистратора="01"), row(ДатаРегистратора="2025-02-03")]
    onec.faults.push(Fault(body=body(*rows)))
    found = asked(onec, Period(DAY, DAY + timedelta(days=1)))
    assert len({line.document for line in found.lines}) == 6
    assert len(found.rejected) == 1
    assert found.lines[0].document != found.lines[0]._replace(at=datetime(2025, 2, 3)).document


def test_row_23_identical_lines_are_all_kept(onec: OnecServer) -> None:
    found = answered(onec, body(row(), row(), row()))
    assert len(found.lines) == 3
    assert len(set(found.lines)) == 1


@pytest.mark.parametrize(("written", "units"), [
    (40_000, 40_000_000), ("40 000", 40_000_000), ("40\u00a0000,5", 40_000_500), (0.125, 125), ("", 0), (None, 0)])
def test_row_27_pieces(onec: OnecServer, written: object, units: int) -> None:
    assert [line.quantity for line in answered(onec, body(row(Количество=written))).lines] == [units]


def test_row_25_an_empty_order_date_is_none_and_an_odd_one_harms_nothing(onec: OnecServer) -> None:
    written = ["0001-01-01T00:00:00+00:00", "01.01.0001 0:00:00", "", None, "0209-01-01T00:00:00", "2099-01-01"]
    found = answered(onec, body(*[row(ДатаЗаказаКлиента=each) for each in written]))
    assert [line.order_date and line.order_date.year for line in found.lines] == [None] * 4 + [209, 2099]


def test_row_12_row_13_windows_1251_in_truth(onec: OnecServer) -> None:
    onec.faults.push(Fault(body=json.dumps([row(Организация="Фи\x02рма")], ensure_ascii=False).encode("cp1251"),
                           content_type="application/json; charset=windows-1251"))
    [line] = asked(onec).lines
    assert (line.customer, line.organisation) == (BUYER, "Фирма")
