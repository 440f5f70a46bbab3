"""The battery, cases 15 to 30 and 35: what 1C's rows hold, and two nights at once."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, timedelta

import openpyxl
import pytest

from rfm_service.emulator import faults
from rfm_service.emulator.faults import BOM, Fault
from rfm_service.emulator.shop import Document
from tests.nights.company import ALL, sale, shop_of
from tests.reliability.verdicts import BUYER, DAY, NEXT, alerts, held, refused, right, said_nothing_hidden, whole
from tests.sources.asking import body, row

pytestmark = pytest.mark.slow
TODAY = "2026-06-10T12:00:00+00:00"
LONG = "Й" * 300
SPACES = " \u00a0\u202f\u2007\u2009"


def sold(firm):
    """1C has something new for the night."""
    firm.onec.shop.add(sale("new", NEXT, 40, buyer=BUYER))


def document(number):
    return Document("", number, 2026, False, BUYER)


def rows(firm, *told, **more):
    """1C answers with these rows, and nothing else, to every question for sales."""
    firm.onec.faults.push(Fault(body=body(*told), times=None, algoritm="clasterclients", **more))


def good(firm, as_of=DAY):
    """A first night that goes well: its customers."""
    result = firm.night(as_of)
    assert result.exit_code == 0, result.output
    whole(firm)
    assert alerts(firm) == []
    said_nothing_hidden(firm, result)
    return firm.customers(as_of)


@pytest.mark.parametrize("column", ["Сумма", "ДатаРегистратора", "Партнер"])
def test_case_15_a_column_lacks(firm, column):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(faults.dropped(column).again())
    refused(firm, f"({column})")
    firm.onec.faults.clear()
    right(firm)


def test_case_16_columns_in_another_order_and_extra_ones(firm):
    firm = firm(fresh=True, start=DAY)
    mixed = dict(reversed(list(row(ДатаРегистратора=TODAY).items()))) | {"Новая": [1], "Ещё": {"x": None}}
    rows(firm, mixed)
    assert [each["monetary"] for each in good(firm).values()] == ["1234.56"]


@pytest.mark.parametrize("fault", [Fault(prefix=BOM), faults.wrong_charset()])
def test_case_17_a_bom_and_a_wrong_charset(firm, fault):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(fault.again())
    right(firm)


def test_case_18_numbers_as_text_with_every_space(firm):
    firm = firm(fresh=True, start=DAY)
    rows(firm, *(row(ДатаРегистратора=TODAY, НомерРегистратора=str(at), Сумма=f"1{space}234,5", Количество=f"1{space}0")
                 for at, space in enumerate(SPACES)))
    assert [each["monetary"] for each in good(firm).values()] == ["6172.50"]
    assert {each[4] for each in firm.stored()} == {10_000}


def test_case_19_forty_thousand_pieces_and_1e15_of_the_smallest_unit(firm):
    firm = firm(fresh=True, start=DAY)
    # A sum past 64 bits of 1/10 000 is set aside and told, never cut.
    rows(firm, row(ДатаРегистратора=TODAY, Количество=40_000, Сумма=1e11),
         row(ДатаРегистратора=TODAY, НомерРегистратора="2", Сумма="1000000000000000"))
    assert [each["monetary"] for each in good(firm).values()] == ["100000000000.00"]
    assert [each[3:5] for each in firm.stored()] == [(10**15, 40_000_000)]
    assert "set aside 1" in firm.told(1001)[-1]


def test_case_20_nan_1e400_and_a_word_are_set_aside(firm):
    firm = firm(fresh=True, start=DAY)
    rows(firm, row(ДатаРегистратора=TODAY), *(row(ДатаРегистратора=TODAY, Сумма=each) for each in
                                              (float("nan"), "1e400", float("inf"), "много")))
    assert [each["monetary"] for each in good(firm).values()] == ["1234.56"]
    assert firm.ledger.counts()["quarantine"] == 4
    assert "set aside 4" in firm.told(1001)[-1]


def test_case_21_odd_dates(firm):
    firm = firm(fresh=True, start=date(2026, 2, 1))
    rows(firm, row(ДатаРегистратора="03.02.2026", ДатаЗаказаКлиента="0001-01-01T00:00:00+00:00"),
         *(row(ДатаРегистратора=each) for each in ("0209-02-03T00:00:00", "2099-02-03T00:00:00")))
    assert [(each["first_purchase"], each["monetary"]) for each in good(firm).values()] == [("2026-02-03", "1234.56")]
    with closing(sqlite3.connect(firm.folder / "data" / "warehouse.db")) as connection:
        assert connection.execute("SELECT count(*), min(order_day) FROM lines").fetchall() == [(1, None)]
    assert firm.ledger.counts()["quarantine"] >= 2


def test_case_22_two_identical_lines_in_one_document(firm):
    firm = firm()
    firm.onec.shop.add(sale("twin", NEXT, 40, buyer=BUYER), sale("twin", NEXT, 40, buyer=BUYER))
    right(firm)
    assert max(held(firm).values()) == 2


def test_case_23_an_edited_document_is_replaced(firm):
    firm = firm()
    firm.onec.shop.replace(document("2"), sale("2", DAY - timedelta(days=6), 9_000, buyer=BUYER))
    right(firm)


def test_case_24_an_unposted_document_is_gone_and_its_version_kept(firm):
    firm = firm()
    firm.onec.shop.remove(document("2"))
    right(firm)
    with closing(sqlite3.connect(firm.folder / "data" / "warehouse.db")) as connection:
        assert connection.execute("SELECT until > 0 FROM versions JOIN documents USING (document_no) "
                                  "WHERE number = '2'").fetchall() == [(1,)]


def test_case_25_a_late_document_on_a_second_run_of_the_same_day_counts_once(firm):
    firm = firm()
    right(firm)
    firm.onec.shop.add(sale("late", NEXT, 70, buyer=BUYER))
    right(firm)
    assert firm.night(NEXT).exit_code == 0
    assert held(firm)[next(each for each in held(firm) if each[0] == "late")] == 1
    assert firm.customers(NEXT)[BUYER]["frequency"] == "13"


def test_case_26_an_empty_answer_for_a_period_with_sales(firm):
    firm = firm()
    firm.onec.faults.push(faults.empty().again())
    refused(firm, "no sales")
    firm.onec.faults.clear()
    right(firm)


def test_case_27_a_third_of_the_documents_gone_at_once_is_held(firm):
    firm = firm(shop_of(*(sale(str(number), DAY - timedelta(days=number % 30), 500, buyer=BUYER)
                          for number in range(90))))
    for number in range(30):
        firm.onec.shop.remove(document(str(number)))
    refused(firm, "no longer has 30 of 90", "--accept-removals --as-of 2026-06-11")
    accepted = subprocess.run([sys.executable, "-m", "rfm_service", "sync", "--accept-removals", "--as-of",
                               NEXT.isoformat(), "--settings", str(firm.settings)], capture_output=True, check=False)
    assert accepted.returncode == 0, accepted.stderr
    right(firm)


NAMES = ("=cmd()", "</script><b>", "../..", r"$\frac{1$", LONG)


def cells(content):
    """Every cell of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [cell for sheet in book for line in sheet.iter_rows() for cell in line]


def test_case_28_hostile_names_are_text_everywhere(firm):
    shop = shop_of(*(sale(str(at), DAY, 500 + at, buyer=name, product=name) for at, name in enumerate(NAMES)))
    firm = firm(shop, fresh=True, renderers=ALL)
    customers = good(firm)
    assert set(customers) == set(NAMES)
    files = firm.files(DAY.isoformat())
    assert not any(".." in name for name in files)
    assert sorted(each.name for each in firm.folder.iterdir()) == ["data", "logs", "reports", "settings.toml"]
    found = cells(files["RFM.xlsx"])
    assert {cell.data_type for cell in found if cell.value and "cmd" in str(cell.value)} == {"s"}
    assert not any(cell.data_type == "f" and "cmd" in str(cell.value) for cell in found)
    for name in ("summary.html", "dashboard.html"):
        assert b"</script><b>" not in files[name]


def test_case_29_control_characters_and_surrogates_are_cleaned_and_counted(firm):
    firm = firm(fresh=True, start=DAY, renderers=ALL)
    odd = {"Ну\x00ль": "Нуль", "Зво\x07нок": "Звонок", "Пол\ud800овина": "Пол\ufffdовина",
           "\u202eСправа\u202c": "Справа", "\u2067Слева\u2069": "Слева"}
    rows(firm, *(row(ДатаРегистратора=TODAY, НомерРегистратора=str(at), Партнер=name, Номенклатура=name)
                 for at, name in enumerate(odd)), row(ДатаРегистратора=TODAY, НомерРегистратора="7", Партнер=" Чисто "))
    customers = good(firm)
    assert customers.keys() == {*odd.values(), "Чисто"}
    unsafe = "\x00\x07\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    files = firm.files(DAY.isoformat())
    assert not any(set(unsafe) & set(str(cell.value)) for cell in cells(files["RFM.xlsx"]))
    for name in ("summary.html", "dashboard.html", "customers.csv"):
        assert not set(unsafe) & set(files[name].decode())
    # Counted once, whether as customer or product, and told; the night after read nothing odd, and says nothing.
    assert "Cleaned of unprintable characters: 5 texts" in firm.told(1001)[-1].splitlines()
    assert cleaned_of(firm) == [5]
    good(firm, NEXT)
    assert "Cleaned" not in firm.told(1001)[-1]
    assert cleaned_of(firm) == [5, 0]


def cleaned_of(firm):
    """What the diary counts of each night's reading."""
    told = [json.loads(entry) for entry in (firm.folder / "logs" / "runs.jsonl").read_text("utf-8").splitlines()]
    return [each["counts"]["cleaned"] for each in told if "cleaned" in each["counts"]]


@pytest.mark.parametrize("kind", ["one segment", "one customer", "no customer"])
def test_case_30_few_customers_have_a_report_all_the_same(firm, kind):
    lines = {"one segment": [sale(str(at), DAY, 500, buyer=f"Дом {at}") for at in range(12)],
             "one customer": [sale("1", DAY, 500, buyer="Дом")],
             "no customer": [sale("1", DAY, 500, buyer="Наши")]}[kind]
    firm = firm(shop_of(*lines), fresh=True, renderers=ALL, rfm='own_companies = ["Наши"]')
    customers = good(firm)
    assert len({each["segment"] for each in customers.values()}) == (kind != "no customer")
    assert len(customers) == {"one segment": 12, "one customer": 1, "no customer": 0}[kind]
    assert {"RFM.xlsx", "summary.html", "dashboard.html", "customers.csv"} <= firm.files(DAY.isoformat()).keys()


def test_case_35_a_second_run_exits_75_and_names_the_first(firm):
    firm = firm()
    sold(firm)
    firm.onec.faults.push(faults.slow(4))
    before = held(firm)
    command = [sys.executable, "-m", "rfm_service", "run", "--settings", str(firm.settings), "--as-of",
               NEXT.isoformat()]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        holder = firm.folder / "data" / "night.holder"
        while f"pid {first.pid}" not in holder.read_text(encoding="utf-8"):
            assert first.poll() is None, first.communicate()
            time.sleep(0.05)
        second = firm.night(NEXT)
        assert second.exit_code == 75
        assert f"pid {first.pid}" in second.stderr
        assert held(firm) == before
        assert first.wait(timeout=120) == 0
    finally:
        first.kill()
        first.communicate()
    assert alerts(firm) == []
    assert len(firm.told(2002)) == 2
    assert json.loads(firm.files("latest")["manifest.json"])["as_of"] == NEXT.isoformat()
