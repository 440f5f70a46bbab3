"""Whatever 1C answers wrong, the ledger and the published report stay, the exit code is 1 and admins hear each time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rfm_service.emulator.faults import HTML_PAGE, Fault
from rfm_service.emulator.shop import Partner
from tests.nights.company import sale, shop_of
from tests.sampling import sampled

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)

FAULTS = {
    "HTML": (Fault(body=HTML_PAGE, content_type="text/html", times=None), "web page"),
    "truncated": (Fault(cut_at=60, times=None), "cut short"),
    "truncated without a length": (Fault(cut_at=60, with_length=False, times=None), "cut short"),
    "empty": (Fault(empty=True, times=None), "no sales"),
    "null": (Fault(body=b'{"data":null}', times=None), "no list of rows"),
    "a lasting 500": (Fault(status=500, times=None), "500"),
    "no such column": (Fault(drop_column="Сумма", algoritm="clasterclients", times=None), "sum (Сумма)"),
    "no partner column": (Fault(drop_column="Почта", algoritm="partnersdata", times=None), "email (Почта)"),
    "401": (Fault(status=401, times=None), "401"),
    "a login page": (Fault(status=302, headers={"Location": "https://login.example/"}, times=None), "login.example"),
    "connections that break": (Fault(reset=True, times=None), "does not answer"),
}


@pytest.mark.parametrize("name", sampled(FAULTS, 2))
def test_row_01_row_08_row_10_row_11_row_28_row_29_row_31_refused(firm, name):
    fault, sentence = FAULTS[name]
    shop = shop_of(sale("1", DAY, 500, buyer="Тайный Клиент"))
    shop.add_partner(Partner("Тайный Клиент", "tajnyj@example.org"))
    firm = firm(shop)
    firm.good_night(DAY)
    stored, reports = firm.stored(), {day: firm.files(day) for day in (DAY.isoformat(), "latest")}
    firm.onec.faults.push(fault)
    firm.deadline = 0.02
    for attempt in (1, 2):
        result = firm.night(NEXT)
        assert result.exit_code == 1
        assert sentence in result.stderr
        assert "Traceback" not in result.output
        failures = [text for text in firm.told(1001) if "stopped at the step “fetch”" in text]
        assert len(failures) == attempt
        assert sentence in failures[-1]
    assert firm.stored() == stored
    assert {day: firm.files(day) for day in reports} == reports
    assert not (firm.folder / "reports" / NEXT.isoformat()).exists()
    spoken = firm.log() + "".join(map(str, firm.chat.sent))
    assert not any(secret in spoken for secret in ("Тайный", "tajnyj", "канал-1C", "canary"))
    firm.onec.faults.clear()
    firm.good_night(NEXT)


def test_a_passing_500_is_tried_again(firm):
    firm = firm(shop_of(sale("1", DAY, 500)))
    firm.onec.faults.push(Fault(status=500, times=2))
    assert firm.good_night(DAY)["Ромашка"]["monetary"] == "500.00"


def test_a_column_that_cannot_be_read_is_set_aside_and_counted(firm):
    lines = [sale("1", DAY, 500), sale("", DAY, 70)]
    firm = firm(shop_of(*lines))
    assert firm.good_night(DAY)["Ромашка"]["monetary"] == "500.00"
    assert firm.ledger.counts()["quarantine"] == 1


def test_no_sales_at_all_is_a_report_all_the_same(firm):
    firm = firm(shop_of(), renderers='["machine_tables", "workbook", "charts", "summary"]')
    assert firm.good_night(DAY) == {}
    assert firm.moves(DAY) == {}


def test_rows_that_turn_unreadable_all_at_once_remove_nothing(firm):
    lines = [sale(str(number), DAY, 500) for number in range(60)]
    shop = shop_of(*lines)
    firm = firm(shop)
    firm.good_night(DAY)
    stored = firm.stored()
    shop.swap([line._replace(sale_id="") for line in lines[:40]] + lines[40:])
    result = firm.night(NEXT)
    assert result.exit_code == 1
    assert "40 rows that cannot be understood and 20 that can" in result.stderr
    assert firm.stored() == stored
