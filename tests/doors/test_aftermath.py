"""Nights that ended without telling anybody, and nights that a machine has no room for: admins hear of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rfm_service import journal, wiring
from rfm_service import settings as tables
from rfm_service.cli import app
from tests.doors.daemons import until
from tests.nights.company import Company, company, sale, shop_of

DAY = date(2026, 5, 9)
TOKEN = "1234567:canary-bot-token-0123456789abcdef"


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    with company(tmp_path, shop_of(sale("1", DAY, 100))) as opened:
        yield opened


def told(firm: Company, **more: object) -> dict[str, Any]:
    usual = {"run": "2026-05-09-x-child", "as_of": DAY.isoformat(), "reason": "crash", "exit_code": 3, "peak_mb": 512,
             "seconds": 5, "minutes": 360}
    return {**usual, "tables": tables.read(firm.settings), **more}


def aftermath(firm: Company, what: Mapping[str, Any]) -> int:
    path = firm.folder / "settings.toml"
    return CliRunner().invoke(app, ["aftermath", "--settings", str(path)],
                              input=json.dumps(what, default=str)).exit_code


@pytest.mark.parametrize(("reason", "words"), [
    ({"reason": "deadline"}, "took longer than 360 minutes"),
    ({"reason": "signal", "exit_code": -9}, "by the signal 9, at 512 MB"),
    ({"reason": "locked", "exit_code": 75}, "another run has held the lock"),
    ({"reason": "crash"}, "ended with the exit code 3")])
def test_the_reason_is_said_once(firm: Company, reason: dict[str, object], words: str) -> None:
    for _ in range(2):
        assert aftermath(firm, told(firm, **reason)) == 0
    [text] = firm.told(1001)
    assert words in text
    assert "2026-05-09" in text
    assert [(each["step"], each["event"], each["task"]) for each in firm.diary()][:1] == [("alert", "end", "aftermath")]


def test_a_run_that_failed_by_itself_is_told_in_its_own_words(firm: Company) -> None:
    shutil.rmtree(firm.folder / "logs", ignore_errors=True)
    book = journal.Journal(wiring.diary(wiring.load(firm.settings)), "r", DAY, lambda: datetime.now(UTC))
    with pytest.raises(tables.SettingsError), book.step("render"):
        raise tables.SettingsError([], "some file")
    assert aftermath(firm, told(firm, run="r")) == 0
    [text] = firm.told(1001)
    assert "some file" in text
    assert journal.runs(book.path)[0].told
    book.write("alert", "end")
    assert aftermath(firm, told(firm, run="r", reason="deadline")) == 0
    assert len(firm.told(1001)) == 1


@pytest.mark.parametrize(("done", "times"), [(("publish",), 1), (("publish", "announce"), 0)])
def test_a_night_that_was_killed_while_it_sent_did_not_fail(firm: Company, done: tuple[str, ...], times: int) -> None:
    """Its good word is queued: one that it stopped would be the last that admins hear of it."""
    what = told(firm, run="r", reason="signal", exit_code=-9)
    book = journal.Journal(wiring.diary(wiring.load(firm.settings)), "r", DAY, lambda: datetime.now(UTC))
    for step in done:
        with book.step(step):
            pass
    book.write("notify", "start")
    assert aftermath(firm, what) == 0
    assert len(firm.told(1001)) == times


@pytest.mark.slow
def test_settings_that_broke_are_told_by_the_daemon_s_good_ones(firm: Company) -> None:
    """Over a real process: the secret comes on stdin, and the file is named with its fault."""
    what = told(firm, reason="settings", exit_code=2)
    path = firm.folder / "settings.toml"
    path.write_text('language = "tlh"\n[telegram]\ntoken = "' + TOKEN, encoding="utf-8")
    (firm.folder / "data").mkdir(exist_ok=True)
    (firm.folder / "data" / "warehouse.db").mkdir()
    done = subprocess.run([sys.executable, "-m", "rfm_service", "aftermath", "--settings", str(path)],
                          input=json.dumps(what, default=str), capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    assert TOKEN not in done.stdout + done.stderr
    until(lambda: firm.told(1001))
    [text] = firm.told(1001)
    assert "settings.toml have 1 fault(s)" in text
    assert TOKEN not in text
    assert [each["counts"] for each in firm.diary() if each["step"] == "alert"] == [{"sent": 1}]


def test_settings_that_changed_since_the_daemon_began_are_heeded(firm: Company) -> None:
    """An admin who was added, a bot whose token is a new one: the daemon knows of neither."""
    what = told(firm)
    path = firm.folder / "settings.toml"
    path.write_text(path.read_text("utf-8").replace("[1001]", "[3003]"), encoding="utf-8")
    assert aftermath(firm, what) == 0
    assert (len(firm.told(3003)), firm.told(1001)) == (1, [])


def test_what_nobody_could_be_told_is_a_failure(firm: Company) -> None:
    (firm.folder / "data").mkdir(exist_ok=True)
    (firm.folder / "data" / "warehouse.db").mkdir()
    what = told(firm)
    what["tables"]["telegram"]["api_url"] = "http://127.0.0.1:1"
    (firm.folder / "settings.toml").unlink()
    assert aftermath(firm, what) == 1
    assert firm.diary()[-1]["event"] == "fail"


@pytest.mark.parametrize(("key", "words"), [
    ("LEAST_FREE_MB", "are free on the disk of the warehouse"), ("LEAST_MEMORY_MB", "MB of memory are free")])
def test_a_machine_without_room_asks_1c_nothing(firm: Company, monkeypatch: pytest.MonkeyPatch, key: str,
                                                words: str) -> None:
    monkeypatch.setenv(f"RFM_SCHEDULE__{key}", "99999999")
    result = firm.night(DAY)
    assert result.exit_code == 1
    assert words in result.stderr
    assert not firm.onec.requests
    assert words in firm.told(1001)[0]
    assert firm.diary()[1]["kind"] == "ResourcesLow"


def test_a_night_that_was_cut_off_with_the_daemon_is_told_once_at_the_next_start(firm: Company) -> None:
    """Not one that the daemon saw end, nor one that a good night followed, nor one whose good word is queued."""
    firm.good_night(DAY)
    diary = wiring.diary(wiring.load(firm.settings))

    def began(run: str, night: date, *steps: str) -> None:
        book = journal.Journal(diary, run, night, lambda: datetime.now(UTC))
        for step in ("fetch", *steps):
            with book.step(step):
                pass
        book.write("keep", "start")

    began("cut", DAY - timedelta(days=1))
    began("queued", DAY - timedelta(days=2), "announce")
    began("stopped", DAY - timedelta(days=3))
    journal.Journal(diary, "stopped", DAY, lambda: datetime.now(UTC), task="watch").write("night", "end")
    began("followed", DAY - timedelta(days=4))
    firm.good_night(DAY - timedelta(days=4))
    firm.chat.clear()
    for _ in range(2):
        assert CliRunner().invoke(app, ["prepare", "--settings", str(firm.settings)]).exit_code == 0
    [text] = firm.told(1001)
    assert f"The night of {DAY - timedelta(days=1)} stopped at the step “fetch”: It was cut off" in text


def test_a_failure_is_told_though_the_folder_of_the_warehouse_is_gone(firm: Company) -> None:
    book = journal.Journal(wiring.diary(wiring.load(firm.settings)), "r", DAY, lambda: datetime.now(UTC))
    with pytest.raises(tables.SettingsError), book.step("fetch"):
        raise tables.SettingsError([], "some file")
    assert not (firm.folder / "data").exists()
    assert CliRunner().invoke(app, ["prepare", "--settings", str(firm.settings)]).exit_code == 0
    [text] = firm.told(1001)
    assert "some file" in text


def test_the_daemon_s_orders(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "@here")
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    done = CliRunner().invoke(app, ["orders", "--settings", str(firm.settings)])
    orders = json.loads(done.stdout)
    assert (orders["polls"], orders["notify"], orders["watchdog_s"]) == (True, "@here", 30)
    assert TOKEN in orders["hidden"][0]
    assert CliRunner().invoke(app, ["prepare", "--settings", str(firm.settings)]).exit_code == 0
    assert not (firm.folder / "data").exists()
