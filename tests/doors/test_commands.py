"""The commands as people meet them: exit codes, sentences instead of tracebacks, `init` then `check`, `status`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from rfm_service import launcher, lock, wiring
from rfm_service.checkup import checkup
from rfm_service.cli import app
from rfm_service.drawing.style import drawable
from rfm_service.emulator import refusals
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.shop import Partner
from rfm_service.status import status_of
from rfm_service.template import FOLDERS
from tests.nights.company import Company, company, sale, shop_of
from tests.sources.asking import body, row

DAY = date(2026, 6, 10)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    shop = shop_of(sale("1", DAY, 500, buyer="Тайный Клиент"))
    shop.add_partner(Partner("Тайный Клиент", "a@example.com"))
    with ExitStack() as stack:
        yield stack.enter_context(company(tmp_path, shop))


def command(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def test_faults_of_settings_are_exit_2_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('langauge = "ru"\n[source]\ntimout_s = 5\n', encoding="utf-8")
    for words in (["run"], ["status"], ["check"], ["daemon"], ["export", "moves", "--output", "x"]):
        result = command(*words, "--settings", str(path))
        assert result.exit_code == 2
        for told in ("langauge", "did you mean language?", "source.timout_s", "source.timeout_s", "source.url"):
            assert told in result.stderr
    assert command("run", "--settings", str(tmp_path / "none.toml")).exit_code == 2
    assert command("run", "--as-of", "10.06.2026").exit_code == 2
    assert {path.name for path in tmp_path.iterdir()} == {"settings.toml"}


def test_row_33_a_second_run_is_exit_75_and_names_the_first(firm: Company) -> None:
    with lock.held(firm.folder / "data" / "night.lock", "run-of-the-first"):
        result = firm.night(DAY)
    assert result.exit_code == 75
    assert "run-of-the-first" in result.stderr
    firm.good_night(DAY)


def test_places_that_cannot_be_written_are_a_sentence(firm: Company) -> None:
    settings = firm.settings
    for blocked in ("logs", "data"):
        (firm.folder / blocked).write_bytes(b"")
        result = command("run", "--settings", str(settings), "--as-of", DAY.isoformat())
        assert result.exit_code == 1
        assert result.stderr.strip()
        (firm.folder / blocked).unlink()


def test_init_then_check(firm: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "settings.toml"
    assert command("init", "--settings", str(path)).exit_code == 0
    assert {each.name for each in path.parent.iterdir()} == {"settings.toml", launcher.ELSEWHERE, *FOLDERS}
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    assert command("init", "--settings", str(path)).stdout == ""
    assert path.read_text(encoding="utf-8").endswith("# mine\n")
    monkeypatch.setenv("RFM_SOURCE__URL", firm.onec.url)
    monkeypatch.setenv("RFM_SOURCE__TOKEN", "канал-1C")
    monkeypatch.setenv("RFM_LANGUAGE", "en")
    good = command("check", "--settings", str(path))
    assert (good.exit_code, good.stdout.count("[!!]")) == (0, 0)
    for said in ("sale lines of", "customers", "control totals", "Ledger:", "Report folder:", "Telegram:", "Disk:"):
        assert said in good.stdout
    monkeypatch.setenv("RFM_SOURCE__TOKEN", "wrong")
    (path.parent / "data" / "warehouse.db").write_bytes(b"no database" * 1000)
    bad = command("check", "--settings", str(path))
    assert (bad.exit_code, bad.stdout.count("[ok]"), bad.stdout.count("[!!]")) == (1, 7, 3)
    assert "401" in bad.stdout
    assert "Тайный" not in good.stdout + bad.stdout


def test_check_and_the_log_tell_of_rules_that_never_apply(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFM_RFM__PRESET", "putler")
    told = [line for line in command("check", "--settings", str(firm.settings)).stdout.splitlines()
            if line.startswith(("[ok] Segments", "[ok] Сегменты"))]
    assert len(told) == 5
    assert "411, 511 (potential_loyalist)" in told[1]
    log = (firm.folder / "logs" / "service.log").read_text(encoding="utf-8")
    assert log.count("never applies") == 4


def test_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert command("init", "--settings", str(tmp_path / "file" / "settings.toml")).exit_code == 1


def test_check_names_rows_that_cannot_be_understood_and_no_customer(firm: Company) -> None:
    settings = wiring.load(firm.settings)
    firm.onec.faults.push(Fault(rename_column=("Сумма", "Сумма2"), algoritm="clasterclients"))
    found = {result.what: result for result in checkup(settings, DAY)}
    assert not found["1C"].good
    assert "sum (Сумма)" in str(found["1C"].found)
    assert "Тайный" not in str(found)
    assert {"Settings", "Segments", "1C", "Ledger", "Copies", "Report folder", "Inbox", "Telegram", "Fonts",
            "Disk"} == found.keys()


def test_check_tries_each_chat_and_the_folder_of_copies(firm: Company) -> None:
    settings = wiring.load(firm.settings)
    firm.chat.refusals.push(refusals.CHAT_NOT_FOUND.to(2002))
    found = [str(result.found) for result in checkup(settings, DAY) if result.what in ("Telegram", "Copies")]
    assert found[0] == f"can be made in {firm.folder / 'data' / 'backups'}; there is none yet."
    assert found[2] == "the bot is in the chat 1001."
    assert found[3].startswith("The chat 2002 cannot be told anything. Telegram refuses: 400 Bad Request: chat not")
    assert firm.chat.sent == ()
    firm.good_night(DAY)
    (copies,) = [str(result.found) for result in checkup(settings, DAY) if result.what == "Copies"]
    assert "; the newest is warehouse-2026" in copies
    shutil.rmtree(firm.folder / "data" / "backups")
    (firm.folder / "data" / "backups").write_bytes(b"")
    (copies,) = [str(result.found) for result in checkup(settings, DAY) if result.what == "Copies"]
    assert copies.startswith("No copy of the warehouse can be made in ")


def test_check_tells_which_languages_pictures_can_show(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("zh", "ru", "tr", "en"):
        monkeypatch.setenv("RFM_LANGUAGE", language)
        [found] = [each for each in checkup(wiring.load(firm.settings), DAY) if each.what == "Fonts"]
        assert found.good or (language == "zh" and not drawable("客户"))
        assert ("and Chinese." in str(found.found)) == drawable("客户")
        assert ("fonts-noto-cjk" in str(found.found)) != drawable("客户")


def test_status_before_and_after_a_night(firm: Company) -> None:
    settings = str(firm.settings)
    before = json.loads(command("status", "--settings", settings, "--json").stdout)
    assert (before["runs"], before["stored_through"], before["rows"]) == ([], None, {})
    assert not (firm.folder / "data").exists()
    firm.good_night(DAY)
    firm.onec.faults.push(Fault(status=401, times=None))
    assert firm.night(DAY + timedelta(days=1)).exit_code == 1
    after = json.loads(command("status", "--settings", settings, "--json").stdout)
    assert [run["succeeded"] for run in after["runs"]] == [True, False]
    assert after["runs"][1]["problem"].startswith("fetch: ")
    assert (after["stored_through"], after["rows"]["lines"]) == (DAY.isoformat(), 1)
    assert datetime.fromisoformat(after["next_night"]).hour == 2
    assert (after["daemon"], after["failed_since_good"]) == (None, 1)
    assert len(after["open_nights"]) == 15
    assert "FAILED at fetch" in command("status", "--settings", settings).stdout


def test_a_reader_that_leaves_early_is_no_fault(firm: Company) -> None:
    firm.good_night(DAY)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "rfm_service", "status", "--settings", str(firm.settings)],
                          stdout=writing, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    os.close(writing)
    assert done.stderr == ""
    assert "fault" not in (firm.folder / "logs" / "service.log").read_text(encoding="utf-8")


def test_status_without_a_warehouse_has_no_empty_line(firm: Company) -> None:
    assert "Rows:" not in command("status", "--settings", str(firm.settings)).stdout


def test_status_speaks_the_language_of_the_settings(firm: Company) -> None:
    firm.onec.faults.push(Fault(body=body(row(Сумма="много")), algoritm="clasterclients"))
    firm.good_night(DAY)
    firm.onec.faults.push(Fault(status=401, times=None))
    assert firm.night(DAY + timedelta(days=1)).exit_code == 1
    russian = firm.settings
    russian.write_text(russian.read_text(encoding="utf-8").replace('"en"', '"ru"'), encoding="utf-8")
    told = command("status", "--settings", str(russian)).stdout
    assert "В карантине строк: 1, ожидалось число" in told
    assert "СБОЙ на шаге загрузка из 1С: 1С не даёт доступ (401)." in told
    assert not re.findall("[a-z]{4,}", re.sub("`.*?`|RFM_[A-Z_]+|source[.][a-z]+", "", told))


def test_status_counts_the_lag_in_the_configured_zone(firm: Company) -> None:
    firm.good_night(DAY)
    settings = wiring.load(firm.settings)
    for clock, lag, night in (("2026-06-11T01:00:00+03:00", 0, 11), ("2026-06-13T03:00:00+03:00", 2, 14)):
        state = status_of(settings, datetime.fromisoformat(clock))
        assert (state.lag_days, state.next_night.day) == (lag, night)


def test_a_fault_of_ours_is_a_sentence_and_its_traceback_is_in_the_log(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[source]\nurl = "http://127.0.0.1:9/"\n', encoding="utf-8")
    (tmp_path / "logs" / "runs.jsonl").mkdir(parents=True)
    found = CliRunner().invoke(app, ["status", "--settings", str(settings)])
    assert found.exit_code == 1
    assert "logs/service.log" in found.output
    assert "Traceback" not in found.output
    assert "Traceback" in (tmp_path / "logs" / "service.log").read_text(encoding="utf-8")


def test_check_names_the_engine_that_does_not_answer(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, address in (("dask", "tcp://127.0.0.1:9"), ("spark", "sc://127.0.0.1:9")):
        monkeypatch.setenv("RFM_ENGINE__KIND", kind)
        monkeypatch.setenv("RFM_ENGINE__ADDRESS", address)
        # Without the extra the sentence says how to install it, with it who does not answer.
        told = next(result for result in checkup(wiring.load(firm.settings), DAY) if result.what == "Engine")
        assert not told.good
        assert f"rfm-service[{kind}]" in str(told.found) or "127.0.0.1:9" in str(told.found)
