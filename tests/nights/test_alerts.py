"""Nights and `deliver` by the real command line: folded tries, alerts that nobody heard of, reports that waited."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from rfm_service import delivering, journal, lock, wiring
from rfm_service.cli import app
from rfm_service.daemon import clock
from rfm_service.emulator import refusals
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.refusals import Refusal
from rfm_service.watch.due import times
from tests.nights.company import Company, sale, shop_of

DAY = date(2026, 6, 10)
REFUSED = Fault(status=401, body=b"", times=None)


def shop():
    return shop_of(*(sale(str(n), DAY - timedelta(days=n), 1000) for n in range(5)))


def invoke(firm: Company, *words: str):
    result = CliRunner().invoke(app, [*words, "--settings", str(firm.settings)])
    assert "Traceback" not in result.output
    return result


def unattended(firm: Company):
    return invoke(firm, "run", "--as-of", DAY.isoformat(), "--unattended")


def shown(firm: Company, chat: str = "1001") -> list[str]:
    """What stands in a chat, edits applied."""
    return list({sent.message_id: sent.text for sent in firm.chat.sent if sent.chat_id == chat}.values())


def lines(firm: Company, step: str) -> list[dict[str, object]]:
    return [{"event": entry["event"], **entry["counts"]} for entry in firm.diary() if entry["step"] == step]


def test_the_log_says_why_a_night_failed(firm):
    firm = firm(shop())
    firm.onec.faults.push(REFUSED)
    assert firm.night(DAY).exit_code == 1
    logged = (firm.folder / "logs" / "service.log").read_text(encoding="utf-8")
    assert re.search(r"ERROR .* fetch failed after [\d.]+ s: 1C refuses access \(401\)", logged)


def test_tries_that_fail_alike_are_one_message_and_the_success_counts_them(firm):
    firm = firm(shop())
    firm.onec.faults.push(REFUSED)
    assert [unattended(firm).exit_code for _ in range(3)] == [1, 1, 1]
    [text] = shown(firm)
    assert "Tries: 3, last at" in text
    assert "The service tries again by itself." in text
    assert lines(firm, "alert") == [{"event": "end", "queued": 1}] * 3
    assert firm.night(DAY).exit_code == 1
    assert len(shown(firm)) == 2
    assert "tries again by itself" not in shown(firm)[-1]
    firm.onec.faults.clear()
    assert unattended(firm).exit_code == 0
    assert "It took 5 tries." in shown(firm)[-1]


def test_a_failure_names_the_nights_that_wait_with_it(firm):
    """The machine was off for days and 1C is down: one message tells of each of them, not of the first alone."""
    firm = firm(shop())
    newest = times(wiring.load(firm.settings)).newest(clock(wiring.load(firm.settings))())
    assert invoke(firm, "run", "--as-of", str(newest - timedelta(days=4))).exit_code == 0
    firm.onec.faults.push(REFUSED)
    missed = [str(newest - timedelta(days=back)) for back in (3, 2, 1, 0)]
    for _ in range(2):
        assert invoke(firm, "run", "--as-of", missed[0], "--unattended").exit_code == 1
    text = shown(firm)[-1]
    assert f"The night of {missed[0]} stopped" in text
    assert "Nights to be made up for: " + ", ".join(missed[1:]) in text.splitlines()
    assert "Tries: 2" in text


def test_a_diary_that_cannot_be_read_stops_nothing(firm):
    firm = firm(shop())
    (firm.folder / "logs" / "runs.jsonl").mkdir(parents=True)
    assert unattended(firm).exit_code == 0
    firm.onec.faults.push(REFUSED)
    assert unattended(firm).exit_code == 1
    assert "stopped at the step" in shown(firm)[-1]


def test_a_success_at_once_says_nothing_of_tries(firm):
    firm = firm(shop())
    assert unattended(firm).exit_code == 0
    assert "tries" not in shown(firm)[-1]


@pytest.fixture
def deaf(firm):
    """A firm whose ledger is broken and whose Telegram is away, after a night that failed so."""
    firm = firm(shop())
    firm.good_night(DAY - timedelta(days=1))
    warehouse = firm.folder / "data" / "warehouse.db"
    warehouse.rename(firm.folder / "kept.db")
    firm.chat.clear()
    firm.chat.refusals.push(refusals.SERVER_ERROR.always())
    # What cannot be used is no damage, of which a night would mend itself.
    warehouse.mkdir()
    assert unattended(firm).exit_code == 1
    assert lines(firm, "alert") == [{"event": "fail"}]
    return firm


def mend(firm) -> None:
    warehouse = firm.folder / "data" / "warehouse.db"
    warehouse.rmdir()
    shutil.copy(firm.folder / "kept.db", warehouse)


@pytest.mark.parametrize("next_start", ["deliver", "run"])
def test_an_alert_that_could_go_nowhere_goes_at_the_next_start(deaf, next_start):
    mend(deaf)
    deaf.chat.refusals.clear()
    for _ in range(2):
        assert (unattended(deaf) if next_start == "run" else invoke(deaf, "deliver")).exit_code == 0
    alerts = [text for text in shown(deaf) if "stopped at the step" in text]
    assert len(alerts) == 1
    assert "warehouse.db" in alerts[0]
    assert lines(deaf, "alert") == [{"event": "fail"}, {"event": "end", "queued": 1}]
    assert [run.told for run in journal.runs(deaf.folder / "logs" / "runs.jsonl") if run.failed_step] == [True]


def test_with_a_ledger_still_broken_it_goes_straight(deaf):
    deaf.chat.refusals.clear()
    for _ in range(2):
        assert invoke(deaf, "deliver").exit_code == 1
    [text] = shown(deaf)
    assert "warehouse.db" in text
    assert lines(deaf, "alert") == [{"event": "fail"}, {"event": "end", "sent": 1}]


def test_what_is_older_than_a_week_is_told_no_more(deaf):
    diary = deaf.folder / "logs" / "runs.jsonl"
    today = date.today()
    old = diary.read_text("utf-8")
    # The company's own day may be the next one already.
    for day in (today + timedelta(days=ahead) for ahead in (1, 0, -1)):
        old = old.replace(f'"at": "{day}', f'"at": "{today - timedelta(days=9)}')
    diary.write_text(old, encoding="utf-8")
    mend(deaf)
    deaf.chat.refusals.clear()
    assert invoke(deaf, "deliver").exit_code == 0
    assert shown(deaf) == []


def test_deliver_publishes_and_sends_what_waits(firm):
    firm = firm(shop())
    firm.good_night(DAY - timedelta(days=1))
    shutil.move(firm.folder / "reports", firm.folder / "away")
    firm.chat.refusals.push(refusals.SERVER_ERROR.always())
    night = firm.night(DAY)
    assert night.exit_code == 0
    assert re.search(r"The report waits: The report folder .*reports is gone", night.output.replace("\n", " "))
    told = firm.diary()
    assert invoke(firm, "deliver").output.splitlines() == [
        "Report folders that got what waited: 0, still waiting: 1.", "Messages sent: 0, waiting: 3."]
    shutil.move(firm.folder / "away", firm.folder / "reports")
    with lock.held(firm.folder / "data" / "publish.lock", "a night"):
        assert "still waiting: 1" in invoke(firm, "deliver").output
    firm.chat.refusals.clear()
    assert invoke(firm, "deliver").exit_code == 0
    assert firm.customers(DAY)
    assert (len(firm.told(1001)), len(firm.told(2002))) == (4, 2)
    made = firm.diary()[len(told):]
    assert {entry["task"] for entry in made} == {"deliver"}
    assert [(entry["step"], entry["event"]) for entry in made] == [
        ("publish", "start"), ("publish", "end"), ("notify", "start"), ("notify", "end")] * 3
    assert [entry["counts"] for entry in made if entry["event"] == "end"] == [
        *[{"places": 0, "waiting": 1}, {"sent": 0, "waiting": 3}] * 2,
        {"places": 1, "waiting": 0}, {"sent": 4, "waiting": 0}]
    assert len(journal.runs(firm.folder / "logs" / "runs.jsonl")) == 2


def test_who_finds_another_sending_leaves_it_the_messages(firm, monkeypatch):
    monkeypatch.setattr(delivering, "LOCK_WAIT_S", 0.1)
    firm = firm(shop())
    with lock.held(firm.folder / "data" / delivering.LOCK, "another"):
        firm.good_night(DAY)
        assert firm.chat.sent == ()
        result = invoke(firm, "deliver")
        assert (result.exit_code, "waiting: 2" in result.output) == (0, True)
    assert lines(firm, "notify")[1::2] == [{"event": "end", "sent": 0, "waiting": 2}] * 2
    assert invoke(firm, "deliver").exit_code == 0
    assert len(firm.chat.sent) == 2


def test_without_a_bot_the_second_channel_tells(firm, monkeypatch):
    firm = firm(shop())
    monkeypatch.setenv("RFM_TELEGRAM__TOKEN", "")
    monkeypatch.setenv("RFM_TELEGRAM__REPORT_CHATS", "[]")
    monkeypatch.setenv("RFM_SECOND_CHANNEL__KIND", "log")
    firm.onec.faults.push(REFUSED)
    assert unattended(firm).exit_code == 1
    assert "WARNING" in firm.log()
    assert "rfm_service.notifiers.log: The night of 2026-06-10 stopped at the step" in firm.log()
    assert lines(firm, "notify")[-1] == {"event": "end", "sent": 1, "waiting": 0}


def started(firm: Company) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-X", "importtime", "-m", "rfm_service", "deliver", "--settings", str(firm.settings)]
    # Into a file: what it imports is more than a pipe holds that nobody reads yet.
    with (firm.folder / "imports.txt").open("wb") as imports:
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=imports)


@pytest.mark.slow
def test_killed_between_the_sending_and_its_mark_a_message_comes_again_and_says_so(firm):
    firm = firm(shop())
    firm.chat.refusals.push(refusals.SERVER_ERROR.always())
    firm.good_night(DAY)
    firm.chat.refusals.clear()
    firm.chat.refusals.push(Refusal(delay_s=60, method="sendMessage").to(1001))
    child = started(firm)
    until = time.monotonic() + 60
    while not firm.told(1001) and time.monotonic() < until:
        time.sleep(0.05)
    child.kill()
    child.communicate()
    [first] = firm.told(1001)
    child = started(firm)
    child.communicate()
    said = (firm.folder / "imports.txt").read_bytes()
    assert child.returncode == 0
    assert firm.told(1001) == [first, "(possible repeat)\n" + first]
    assert b"pandas" not in said
