"""The daemon over real processes: one child a night, ended at its deadline, a clean stop, and a light process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from rfm_service import daemon, lock, wiring
from rfm_service.daemon import Daemon
from rfm_service.domain.errors import LockHeld
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop
from rfm_service.settings import Settings

NOW = datetime(2026, 5, 10, 2, 30, tzinfo=ZoneInfo("Europe/Moscow"))
SETTINGS = """language = "en"
[source]
url = "{url}"
start = 2026-01-01
deadline_minutes = {minutes}
[report]
renderers = ["machine_tables"]
[schedule]
at = "00:00"
"""
CHILD = """
import json, sys, time
from pathlib import Path
folder = Path({folder!r})
with (folder / "started").open("a") as opened:
    opened.write(sys.argv[-1] + "\\n")
time.sleep({sleep})
now = {now!r}
(folder / "logs").mkdir(exist_ok=True)
with (folder / "logs" / "runs.jsonl").open("a") as opened:
    for event in ("start", "{event}", "end"):
        step = "fetch" if event == "fail" else "notify"
        entry = dict(run="r" + str(time.time()), as_of=sys.argv[-1], step=step, event=event, at=now, seconds=1,
            counts={{}})
        entry["run"] = "r"
        opened.write(json.dumps(entry) + "\\n")
"""


def settings(folder: Path, url: str = "http://127.0.0.1:1/", minutes: float = 0.001) -> Path:
    path = folder / "settings.toml"
    path.write_text(SETTINGS.format(url=url, minutes=minutes), encoding="utf-8")
    return path


def watching(folder: Path, *, event: str = "end", sleep: float = 0, deadline: float = 1, now: datetime = NOW) -> Daemon:
    loaded = wiring.load(settings(folder))
    hours = loaded.schedule.model_copy(update={"deadline_minutes": deadline})
    found: Settings = loaded.model_copy(update={"schedule": hours})
    child = CHILD.format(folder=str(folder), sleep=sleep, event=event, now=now.isoformat())
    return Daemon(found, lambda: now, [sys.executable, "-c", child])


def started(folder: Path) -> list[str]:
    path = folder / "started"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_a_night_runs_once(tmp_path: Path) -> None:
    one = watching(tmp_path)
    for _ in range(3):
        one.tick()
    assert started(tmp_path) == ["2026-05-09"]
    assert watching(tmp_path).night(NOW.date()) == 0


def test_a_night_that_failed_waits_for_its_gap(tmp_path: Path) -> None:
    one = watching(tmp_path, event="fail")
    one.tick()
    one.tick()
    assert len(started(tmp_path)) == 1
    later = watching(tmp_path, now=NOW + timedelta(minutes=11))
    later.tick()
    later.tick()
    assert len(started(tmp_path)) == 2


def test_a_night_that_hangs_is_ended_at_its_deadline(tmp_path: Path) -> None:
    one = watching(tmp_path, sleep=60, deadline=0.01)
    began = time.monotonic()
    one.tick()
    assert time.monotonic() - began < 5
    assert one.child is not None
    assert one.child.returncode == -signal.SIGKILL
    one.tick()
    assert len(started(tmp_path)) == 1


def test_a_command_that_cannot_start_is_no_crash(tmp_path: Path) -> None:
    one = watching(tmp_path)
    one.command = [str(tmp_path / "nothing here")]
    one.tick()
    one.tick()
    assert len(one.starts) == 1


@pytest.mark.parametrize("diary", [b'{"run": 1', b"\xff\n", b"[]\nnull\n5\n",
    b'{"run":1,"as_of":"x","step":"s","event":"e","at":"y"}\n'])
def test_a_damaged_diary_is_no_crash(tmp_path: Path, diary: bytes) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "runs.jsonl").write_bytes(diary)
    watching(tmp_path).tick()
    assert started(tmp_path) == ["2026-05-09"]


def test_a_stopped_daemon_starts_nothing(tmp_path: Path) -> None:
    one = watching(tmp_path)
    one.stop()
    one.tick()
    assert started(tmp_path) == []


def test_row_33_a_second_daemon_is_refused(tmp_path: Path) -> None:
    one = watching(tmp_path)
    with lock.held(tmp_path / "data" / "daemon.lock", "the first"), pytest.raises(LockHeld, match="the first"):
        one.run()


def until(condition: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def diary(folder: Path) -> list[dict[str, object]]:
    path = folder / "logs" / "runs.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


LIGHT = """
import atexit, sys
atexit.register(lambda: print("heavy:", *sorted({name.partition(".")[0] for name in sys.modules}
                              & {"pandas", "numpy", "matplotlib", "pyarrow", "sqlalchemy", "telebot"}), flush=True))
from rfm_service.cli import main
main()
"""


def test_the_daemon_s_own_process_stays_light(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", LIGHT, "daemon", "--settings", str(settings(tmp_path))]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    until(lambda: any(entry["step"] == "notify" and entry["event"] == "end" for entry in diary(tmp_path)))
    until(lambda: not psutil.Process(process.pid).children())
    process.terminate()
    told, faults = process.communicate(timeout=20)
    assert process.returncode == 0, faults
    assert "heavy:" in told
    assert told.strip().endswith("heavy:")


def test_sigterm_stops_the_daemon_and_its_night(tmp_path: Path) -> None:
    with OnecServer(ListShop()) as onec:
        onec.faults.push(Fault(delay_s=60, times=None))
        path = settings(tmp_path, onec.url, minutes=5)
        process = subprocess.Popen([sys.executable, "-m", "rfm_service", "daemon", "--settings", str(path)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        until(lambda: onec.requests)
        [child] = psutil.Process(process.pid).children()
        second = subprocess.run([sys.executable, "-m", "rfm_service", "run", "--settings", str(path)],
                                capture_output=True, encoding="utf-8")
        assert second.returncode == 75
        assert str(diary(tmp_path)[0]["run"]) in second.stderr
        process.terminate()
        _, faults = process.communicate(timeout=20)
        assert process.returncode == 0
        assert "Traceback" not in faults
        until(lambda: not child.is_running())
        with lock.held(tmp_path / "data" / "night.lock", "free again"):
            assert onec.requests


def test_the_command_of_a_child(tmp_path: Path) -> None:
    assert daemon.command(tmp_path)[1:] == ["-m", "rfm_service", "run", "--settings", str(tmp_path)]
