"""The bot as a process of its own: what it answers by short children, how small it stays, and what a kill costs."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psutil
import pytest

from rfm_service import wiring
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.forms import File
from tests.bot.bots import ADMIN, GROUP, STRANGER, TOKEN, poll_child, settings_of, until
from tests.nights.company import Company, company, sale, shop_of

pytestmark = pytest.mark.slow

DAY = date(2026, 6, 10)
KILLS = 40 if os.environ.get("TEST_SOAK") else 6
MEGABYTE = 1_000_000
HEAVY = """
import atexit, sys
atexit.register(lambda: print("heavy:", *sorted({name.partition(".")[0] for name in sys.modules}
                & {"pandas", "numpy", "matplotlib", "pyarrow", "sqlalchemy", "alembic", "aiohttp"}), flush=True))
from rfm_service.__main__ import main
main()
"""


@contextmanager
def asked(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A bot that polls, ended at the end."""
    process = poll_child(path)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def answers(api: BotApi, count: int) -> list[tuple[str, tuple[File, ...]]]:
    until(lambda: len(api.sent) >= count, 120)
    found = [(sent.text, sent.files) for sent in api.sent]
    api.clear()
    return found


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Company]:
    shop = shop_of(*(sale(str(at), DAY, 500 + at, buyer=f"Тайный Клиент {at}") for at in range(5)))
    renderers = '["machine_tables", "workbook", "charts", "summary", "dashboard"]'
    with company(tmp_path, shop, renderers=renderers) as one:
        one.good_night(DAY)
        one.chat.clear()
        yield one


def test_every_command_over_the_wire_by_a_small_process(firm: Company, measured: Callable[[str], None]) -> None:
    path, api = firm.settings, firm.chat
    process = subprocess.Popen([sys.executable, "-c", HEAVY, "poll", "--settings", str(path)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, encoding="utf-8")
    largest = 0

    def ask(text: str, count: int = 1) -> list[tuple[str, tuple[File, ...]]]:
        nonlocal largest
        api.say(ADMIN, text, date=int(time.time()))
        found = answers(api, count)
        largest = max(largest, psutil.Process(process.pid).memory_info().rss)
        return found

    assert "Stored through June 10, 2026" in ask("/status")[0][0]
    report = ask("/report", 3)
    assert {text for text, _ in report} == {"RFM as of June 10, 2026"}
    published = firm.files(DAY.isoformat())
    assert [files[0].content for _, files in report] == [published[name] for name in (
        "summary.png", "RFM.xlsx", "dashboard.html")]
    assert report[1][1][0].name == "RFM 2026-06-10.xlsx"
    [(text, [log])] = ask("/log")
    run = str(firm.diary()[-1]["run"])
    assert (run in text, log.name) == (True, f"{run}.txt")
    lines = log.content.decode("utf-8")
    assert run in lines
    assert "keep took" in lines
    assert TOKEN not in lines
    assert "канал-1C" not in lines
    for hours, written in enumerate(("1", "2h", "3 ч", "4 小时", "5SA"), start=1):
        assert "no sound until" in ask(f"/mute {written}")[0][0]
        assert 0 < muted(firm) - time.time() - hours * 3600 + 100 <= 100
    assert "no sound until" in ask("/mute 100")[0][0]
    assert 71 * 3600 < muted(firm) - time.time() <= 72 * 3600
    assert ask("/mute off")[0][0] == "Messages sound again."
    assert muted(firm) == 0
    assert "/status" in ask("/help")[0][0]
    assert "starts within a minute" in ask("/run")[0][0]
    api.say(STRANGER, "/report", date=int(time.time()))
    assert "Strangers who wrote to the bot: 1, their messages: 1" in ask("/status")[0][0]
    process.terminate()
    told, faults = process.communicate(timeout=20)
    assert (process.returncode, told.strip(), faults.strip()) == (0, "heavy:", "")
    assert largest < 80 * MEGABYTE, largest
    measured(f"at most {largest / MEGABYTE:.0f} MB")


def muted(firm: Company) -> float:
    with wiring.ledger(wiring.load(firm.folder / "settings.toml")).warehouse.reading() as connection:
        return float(connection.exec_driver_sql("SELECT muted_until FROM chats WHERE chat = '1001'").scalar_one())


def test_where_nothing_can_be_told_a_sentence_comes(tmp_path: Path) -> None:
    with BotApi(clock=time.time) as api:
        path = settings_of(tmp_path, api)
        with asked(path):
            for text in ("/report", "/log", "/status"):
                api.say(GROUP, text)
            said = [text for text, _ in answers(api, 3)]
    assert said[0].startswith("No published report can be read.")
    assert said[1] == "No night ran yet."
    assert said[2].startswith("Nothing is stored yet.")


def test_commands_outlive_kills(tmp_path: Path, measured: Callable[[str], None]) -> None:
    dice = random.Random(3)
    with BotApi(clock=time.time) as api:
        path = settings_of(tmp_path, api)
        requests = tmp_path / "data" / "requests"
        asked_for, taken = [], []
        for at in range(KILLS):
            asked_for.append(api.say(ADMIN, ("/log", "/run", "/help")[at % 3]))
            with asked(path) as process:
                end = time.monotonic() + dice.uniform(0.8, 3.5)
                while time.monotonic() < end:
                    taken += take(requests)
                    time.sleep(0.01)
                process.send_signal(signal.SIGKILL)
                process.wait()
            taken += take(requests)
        with asked(path):
            until(lambda: api.updates.waiting == 0)
            taken += take(requests)
        said = [sent.text for sent in api.sent]
    nights = {f"run-{number}.json" for number in asked_for[1::3]}
    assert len(taken) == len(set(taken))
    assert set(taken) <= nights
    # Two that came while no bot was there are carried out in one go: the second waits with the first.
    assert len(taken) + sum("asked for already" in text for text in said) >= len(nights)
    assert taken
    unmarked = [text for text in said if not text.startswith("Possibly a repeat")]
    assert len(said) >= KILLS
    assert len(unmarked) <= KILLS
    measured(f"{KILLS} commands and kills: {len(said)} answers, {len(said) - len(unmarked)} of them marked as repeats")


def take(requests: Path) -> list[str]:
    """What the daemon would take away."""
    found = list(requests.glob("run-*.json"))
    for each in found:
        each.unlink()
    return [each.name for each in found]


def test_one_bot_at_a_time_ended_with_who_started_it(tmp_path: Path) -> None:
    starter = "import subprocess, sys, time; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); time.sleep(60)"
    with BotApi(clock=time.time) as api:
        path = settings_of(tmp_path, api)
        words = [sys.executable, "-m", "rfm_service", "poll", "--settings", str(path)]
        parent = subprocess.Popen([sys.executable, "-c", starter, *words], stdout=subprocess.PIPE, encoding="utf-8")
        assert parent.stdout is not None
        first = psutil.Process(int(parent.stdout.readline()))
        api.say(ADMIN, "/help")
        answers(api, 1)
        second = subprocess.run(words, capture_output=True, encoding="utf-8")
        assert second.returncode == 75
        assert str(first.pid) in second.stderr
        parent.kill()
        parent.communicate()
        until(lambda: not first.is_running(), 10)


def test_sigterm_ends_a_bot_that_waits_at_once(tmp_path: Path) -> None:
    with BotApi(clock=time.time) as api:
        with asked(settings_of(tmp_path, api)) as process:
            api.say(ADMIN, "/help")
            answers(api, 1)
            began = time.monotonic()
            process.terminate()
            assert process.wait(10) == 0
            assert time.monotonic() - began < 3
        log = (tmp_path / "logs" / "bot.log").read_text(encoding="utf-8")
    assert "Asked for: /help" in log
    assert TOKEN not in log
    assert "Traceback" not in log


def test_without_anybody_to_ask_it_does_not_start(tmp_path: Path) -> None:
    with BotApi() as api:
        path = settings_of(tmp_path, api)
        path.write_text(path.read_text(encoding="utf-8") + "commands = false\n", encoding="utf-8")
        with asked(path) as process:
            assert process.wait(30) == 2
