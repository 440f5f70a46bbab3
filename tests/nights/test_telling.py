"""Who hears of a night, and what: no token and no customer's name anywhere, nothing lost while Telegram is down."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator import refusals
from rfm_service.emulator.faults import Fault
from tests.nights.company import ALL, sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)


def shop():
    return shop_of(*(sale(str(n), DAY - timedelta(days=n), 1000 * (n + 1), buyer=f"Тайный Клиент {n % 7}")
                     for n in range(30)))


def test_a_good_night_is_told(firm):
    firm = firm(shop(), renderers=ALL)
    firm.good_night(DAY)
    report, = (sent for sent in firm.chat.sent if sent.chat_id == "2002")
    assert report.method == "sendMediaGroup"
    assert len(report.files) == 10
    assert not any("customers" in file.name for file in report.files)
    assert "Customers: 7, orders: 30" in report.text
    assert str(firm.folder / "reports") in report.text
    admins, = firm.told(1001)
    assert "went well" in admins
    assert "documents added 30, changed 0, removed 0" in admins


def test_the_same_report_is_told_once(firm):
    firm = firm(shop())
    firm.good_night(DAY)
    firm.good_night(DAY)
    assert len(firm.chat.sent) == 2


def test_who_asked_in_a_chat_hears_of_a_report_that_stayed_the_same(firm):
    firm = firm(shop())
    firm.good_night(DAY)
    reports = len(firm.told(2002))
    for _ in range(2):
        assert CliRunner().invoke(app, ["run", "--asked", "--settings", str(firm.settings), "--as-of", DAY.isoformat()]
                                  ).exit_code == 0
    assert (len(firm.told(1001)), len(firm.told(2002))) == (3, reports)


@pytest.mark.slow
def test_no_secret_and_no_name_in_any_log_or_message(firm):
    firm = firm(shop(), renderers=ALL)
    firm.chat.refusals.push(refusals.RESET_BEFORE, refusals.too_many(1), refusals.BAD_GATEWAY)
    firm.good_night(DAY)
    firm.onec.faults.push(Fault(reset=True, times=None))
    firm.deadline = 0.01
    output = firm.night(NEXT).output
    said = output + firm.log() + "".join(sent.text for sent in firm.chat.sent) + json.dumps(firm.ledger.counts())
    for secret in ("canary", "канал-1C", "%D0%BA%D0%B0%D0%BD%D0%B0%D0%BB", "Тайный Клиент"):
        assert secret not in said


def test_a_night_that_cannot_reach_telegram_is_still_a_night(firm):
    firm = firm(shop())
    firm.chat.refusals.push(refusals.SERVER_ERROR.always())
    firm.good_night(DAY)
    assert firm.chat.sent == ()
    assert firm.ledger.counts()["messages_waiting"] == 2
    firm.chat.refusals.clear()
    firm.good_night(NEXT)
    assert firm.ledger.counts()["messages_waiting"] == 0
    assert [text.splitlines()[0] for text in firm.told(2002)] == [
        "RFM as of June 10, 2026", "RFM as of June 11, 2026"]


def test_a_chat_that_does_not_exist_does_not_wait_for_ever(firm):
    firm = firm(shop())
    firm.chat.refusals.push(refusals.CHAT_NOT_FOUND.to("2002").always())
    firm.good_night(DAY)
    counts = firm.ledger.counts()
    assert (counts.get("messages_waiting", 0), counts["messages_refused"]) == (0, 1)


def test_a_ledger_that_cannot_be_used_is_told_straight(firm):
    firm = firm(shop())
    firm.good_night(DAY)
    warehouse = firm.folder / "data" / "warehouse.db"
    warehouse.rename(firm.folder / "away.db")
    warehouse.mkdir()
    result = firm.night(NEXT)
    assert result.exit_code == 1
    assert "warehouse.db" in result.stderr
    assert "Traceback" not in result.output
    assert "warehouse.db" in firm.told(1001)[-1]


def test_tries_of_the_daemon_that_a_broken_ledger_stops_are_told_once_a_night(firm):
    firm = firm(shop())
    (firm.folder / "data" / "warehouse.db").mkdir(parents=True)

    def told(day, *more):
        path = str(firm.settings)
        done = CliRunner().invoke(app, ["run", *more, "--settings", path, "--as-of", day.isoformat()])
        assert done.exit_code == 1
        return len(firm.told(1001))

    assert [told(DAY, "--unattended") for _ in range(3)] == [1, 1, 1]
    assert (told(NEXT, "--unattended"), told(NEXT), told(DAY, "--unattended")) == (2, 3, 3)
