"""The daemon over real processes: what it starts, what it does with their end, a clean stop, a light process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest

from rfm_service import daemon as door
from rfm_service import journal, lock
from rfm_service.domain.errors import LockHeld
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop
from rfm_service.watch.systemd import Systemd
from tests.doors.daemons import BAD, GOOD, NOW, Stage, settle, until

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
HEAVY = {"pandas", "numpy", "matplotlib", "pyarrow", "sqlalchemy", "telebot", "requests", "urllib3", "rich", "typer",
         "pydantic", "babel", "psutil", "rfm_service.settings", "rfm_service.wiring", "rfm_service.cli"}


def settings(folder: Path, url: str = "http://127.0.0.1:1/", minutes: float = 0.001) -> Path:
    path = folder / "settings.toml"
    path.write_text(SETTINGS.format(url=url, minutes=minutes), encoding="utf-8")
    return path


def test_a_night_runs_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    one = stage.daemon()
    for _ in range(3):
        settle(one)
    assert stage.started == ["run --as-of 2026-05-09 --unattended"]
    settle(stage.daemon())
    assert len(stage.started) == 1
    [told] = [each for each in stage.diary if each.get("task") == "watch"]
    assert told["counts"]["exit_code"] == 0
    assert told["counts"]["peak_mb"] > 3
    assert journal.runs(tmp_path / "logs" / "runs.jsonl")[-1].peak_mb == told["counts"]["peak_mb"]


def test_case_36_a_machine_that_was_off_makes_up_for_its_nights(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    settle(stage.daemon())
    stage.at(NOW + timedelta(days=4))
    one = stage.daemon()
    for _ in range(6):
        settle(one)
    assert stage.nights() == ["2026-05-09", "2026-05-10", "2026-05-11", "2026-05-12", "2026-05-13"]


def test_a_night_that_failed_waits_for_its_gap_and_is_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play(lines=BAD, code={"run": 1})
    one = stage.daemon()
    settle(one)
    settle(one)
    assert [each.split()[0] for each in stage.started] == ["run", "aftermath"]
    stage.play(lines=[*BAD, ["alert", "end"]], code={"run": 1})
    stage.at(NOW + timedelta(minutes=11))
    until(lambda: settle(one) or len(stage.nights()) == 2)
    settle(one)
    # What the night told by itself is not told again; what waits is sent.
    assert sorted(each.split()[0] for each in stage.started) == ["aftermath", "deliver", "run", "run"]


def test_a_night_that_hangs_is_ended_at_its_deadline_and_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play(lines=[["fetch", "start"]], sleep={"run": 60})
    one = stage.daemon(deadline_minutes=0.01, tables={"language": "en"})
    began = time.monotonic()
    settle(one)
    settle(one)
    assert time.monotonic() - began < 20
    told = json.loads((tmp_path / "told.json").read_bytes())
    assert (told["reason"], told["as_of"], told["tables"]) == ("deadline", "2026-05-09", {"language": "en"})
    assert told["exit_code"] == -signal.SIGTERM
    assert told["run"] == stage.diary[0]["run"]
    # After a crash the warehouse is looked after, and the alert is sent.
    assert [each.split()[0] for each in stage.started] == ["run", "prepare", "aftermath"]
    settle(one)
    assert stage.started[-1] == "deliver"
    assert len(stage.nights()) == 1


def test_a_child_that_does_not_heed_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rfm_service.watch import children

    monkeypatch.setattr(children, "GRACE_S", 0.3)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    one = children.started([sys.executable, "-c", code], deadline_s=0.5)
    until(lambda: one.popen.returncode is not None or one.poll())
    ended = one.poll()
    assert ended is not None
    assert (ended.late, ended.seconds < 30) == (True, True)
    assert ended.code in (-signal.SIGKILL, -signal.SIGTERM)


def test_a_crash_before_the_diary_is_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play(lines=[], code={"run": 3, "aftermath": 1})
    one = stage.daemon()
    settle(one)
    settle(one)
    told = json.loads((tmp_path / "told.json").read_bytes())
    assert (told["reason"], told["exit_code"], told["run"][:10]) == ("crash", 3, "2026-05-09")
    # What nobody could be told is told later.
    assert len(one.untold) == 1
    one.not_before.clear()
    stage.play()
    settle(one)
    assert not one.untold
    assert stage.started.count("aftermath") == 2


def test_a_lock_is_told_only_when_it_is_held_for_over_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path)
    stage.play(lines=[], code={"run": 75})
    one = stage.daemon()
    settle(one)
    settle(one)
    assert [each.split()[0] for each in stage.started] == ["run"]
    monkeypatch.setattr(door, "LOCKED_FOR_S", -1)
    stage.at(NOW + timedelta(minutes=11))
    settle(one)
    settle(one)
    assert [each.split()[0] for each in stage.started] == ["run", "run", "aftermath"]
    assert json.loads((tmp_path / "told.json").read_bytes())["reason"] == "locked"


def test_what_waits_is_delivered_with_growing_gaps(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play(lines=[["publish", "end", {}], ["notify", "end"]])
    one = stage.daemon()
    settle(one)
    diary = tmp_path / "logs" / "runs.jsonl"
    entry = {**stage.diary[1], "counts": {"waiting": 2}}
    diary.write_text(diary.read_text("utf-8") + json.dumps(entry) + "\n", encoding="utf-8")
    settle(one)
    assert "deliver" not in stage.started
    gaps = []
    for _ in range(5):
        gaps.append(round(one.not_before["deliver"] - one.elapsed(), -1))
        one.not_before.clear()
        settle(one)
    assert gaps == [60, 120, 240, 300, 300]
    assert stage.started.count("deliver") == 5
    entry = {**stage.diary[1], "counts": {"waiting": 0}, "task": "deliver"}
    diary.write_text(diary.read_text("utf-8") + json.dumps(entry) + "\n", encoding="utf-8")
    one.not_before.clear()
    settle(one)
    assert stage.started.count("deliver") == 5


def test_a_night_that_a_chat_asks_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    folder = tmp_path / "data" / "requests"
    folder.mkdir(parents=True)
    for name, content in (("run-1", b"[]"), ("run-2", b"\xff"), ("run-3", b'{"as_of": null, "chat": "1"}'),
                          ("run-4", b'{"as_of": "2026-05-02"}')):
        (folder / f"{name}.json").write_bytes(content)
    one = stage.daemon()
    for _ in range(3):
        settle(one)
    assert stage.started == ["run --as-of 2026-05-09 --asked", "run --as-of 2026-05-02 --asked"]
    assert not list(folder.iterdir())


def test_the_polling_child_lives_beside_the_nights_and_comes_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play(sleep={"poll": 60})
    one = stage.daemon(polls=True)
    settle(one, "poll")
    assert one.children.keys() == {"poll"}
    for count, gap in enumerate((10, 20, 40), 1):
        until(lambda count=count: stage.started.count("poll") == count)
        one.children["poll"].popen.kill()
        until(lambda: one.look() or "poll" not in one.children)
        assert round(one.not_before["poll"] - one.elapsed(), -1) == gap
        one.tick()
        assert "poll" not in one.children
        one.not_before.clear()
        one.tick()
    until(lambda: stage.started.count("poll") == 4)
    one.close()
    assert not one.children


def test_a_night_that_a_stop_ended_was_not_cut_off(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play(lines=[["fetch", "start"]], sleep={"run": 60})
    one = stage.daemon()
    one.tick()
    until(lambda: stage.diary)
    [run] = journal.runs(tmp_path / "logs" / "runs.jsonl")
    assert run.cut_off
    one.stop()
    one.close()
    [run] = journal.runs(tmp_path / "logs" / "runs.jsonl")
    assert not run.cut_off


def test_no_night_while_the_warehouse_is_looked_after(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.play(sleep={"prepare": 60})
    one = stage.daemon()
    one.start("prepare")
    one.tick()
    assert one.children.keys() == {"prepare"}
    one.close()


def test_a_command_that_cannot_start_is_no_crash(tmp_path: Path) -> None:
    one = Stage(tmp_path).daemon()
    one.command = lambda name, *more: [str(tmp_path / "nothing here")]
    one.tick()
    one.tick()
    assert len(one.starts) == 1
    assert one.night is None


@pytest.mark.parametrize("diary", [b'{"run": 1', b"\xff\n", b"[]\nnull\n5\n",
    b'{"run":1,"as_of":"x","step":"s","event":"e","at":"y"}\n'])
def test_a_damaged_diary_is_no_crash(tmp_path: Path, diary: bytes) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "runs.jsonl").write_bytes(diary)
    stage = Stage(tmp_path)
    one = stage.daemon()
    one.tick()
    one.close()
    assert stage.nights() in (["2026-05-09"], [])
    assert one.starts[0].as_of == date(2026, 5, 9)


def test_a_stopped_daemon_starts_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    one = stage.daemon()
    one.stop()
    one.tick()
    assert stage.started == []


def test_row_33_a_second_daemon_is_refused(tmp_path: Path) -> None:
    one = Stage(tmp_path).daemon()
    with lock.held(tmp_path / "data" / "daemon.lock", "the first"), pytest.raises(LockHeld, match="the first"):
        one.run()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is Linux's")
def test_systemd_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "n"))
        listening.settimeout(5)
        told = Systemd(str(tmp_path / "n"), 0.3)
        told.ready()
        told.alive("well")
        told.alive("well")
        time.sleep(0.15)
        told.alive("well")
        told.stopping()
        assert [listening.recv(99) for _ in range(5)] == [b"READY=1", b"WATCHDOG=1", b"STATUS=well", b"WATCHDOG=1",
                                                          b"STOPPING=1"]
        for _ in range(2000):
            told.ready()  # Nobody reads them.
    told.ready()
    Systemd("").ready()


def test_wrong_settings_end_it_with_all_faults(tmp_path: Path) -> None:
    path = settings(tmp_path)
    path.write_text(path.read_text("utf-8") + 'nice = 99\nquiet_hours = "x"\n', encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "rfm_service", "daemon", f"--settings={path}"], capture_output=True,
                          encoding="utf-8", timeout=60)
    assert done.returncode == 2
    assert "schedule.nice" in done.stderr
    assert "schedule.quiet_hours" in done.stderr
    assert not (tmp_path / "data").exists()


LIGHT = """
import atexit, sys
atexit.register(lambda: print("modules:", *sys.modules, flush=True))
from rfm_service.__main__ import main
main()
"""


@pytest.mark.slow
def test_the_daemon_s_own_process_stays_light(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "n"))
        listening.settimeout(60)
        watched = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "n"), "WATCHDOG_USEC": "3000000"}
        arguments = [sys.executable, "-c", LIGHT, "daemon", "--settings", str(settings(tmp_path))]
        one = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=watched)
        assert [listening.recv(99)[:7] for _ in range(3)] == [b"READY=1", b"WATCHDO", b"STATUS="]
        stage = tmp_path / "logs" / "runs.jsonl"
        until(lambda: stage.exists() and "watch" in stage.read_text("utf-8"))
        memory = psutil.Process(one.pid).memory_info().rss
        one.terminate()
        told, faults = one.communicate(timeout=40)
    assert one.returncode == 0, faults
    modules = set(told.partition("modules:")[2].split())
    assert "rfm_service.daemon" in modules
    assert not modules & HEAVY
    assert memory < 40 * 1024**2


@pytest.mark.slow
def test_case_35_sigterm_stops_the_daemon_and_its_night(tmp_path: Path) -> None:
    with OnecServer(ListShop()) as onec:
        onec.faults.push(Fault(delay_s=60, times=None))
        path = settings(tmp_path, onec.url, minutes=5)
        command = [sys.executable, "-m", "rfm_service"]
        one = subprocess.Popen([*command, "daemon", "--settings", str(path)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, encoding="utf-8")
        until(lambda: onec.requests)
        [child] = psutil.Process(one.pid).children()
        assert child.nice() == min(19, psutil.Process().nice() + 10)
        first = json.loads((tmp_path / "logs" / "runs.jsonl").read_text("utf-8").splitlines()[0])["run"]
        for name, holder in (("run", first), ("daemon", "daemon, pid")):
            second = subprocess.run([*command, name, "--settings", str(path)], capture_output=True, encoding="utf-8")
            assert second.returncode == 75, second.stderr
            assert holder in second.stderr
        status = subprocess.run([*command, "status", "--json", "--settings", str(path)], capture_output=True,
                                encoding="utf-8")
        assert json.loads(status.stdout)["daemon"] == one.pid
        one.terminate()
        _, faults = one.communicate(timeout=40)
        assert one.returncode == 0
        assert "Traceback" not in faults
        until(lambda: not child.is_running())
        with lock.held(tmp_path / "data" / "night.lock", "free again"):
            assert onec.requests


@pytest.mark.slow
def test_a_hundred_nights_leave_the_daemon_small(tmp_path: Path) -> None:
    """In a process of its own, as its memory counts; ten nights come before, in which Python finds its size."""
    code = ("import sys; from pathlib import Path; from datetime import timedelta\n"
            "from tests.doors.daemons import Stage, settle\n"
            "stage = Stage(Path(sys.argv[1])); one = stage.daemon()\n"
            "rss = lambda: int(next(line for line in open('/proc/self/status', encoding='utf-8') "
            "if line.startswith('VmRSS')).split()[1])\n"
            "for night in range(110):\n"
            "    settle(one)\n"
            "    stage.at(stage.now + timedelta(days=1))\n"
            "    if night == 9: first = rss()\n"
            "print(len(set(stage.nights())), first, rss())\n")
    stage = Stage(tmp_path)
    stage.play(lines=[[step, event] for step in "abcdefghijk" for event in ("start", "end")] + GOOD)
    code = code.replace("one = stage.daemon()", f"stage.play(lines={[*([['s', 'end']] * 20), *GOOD]!r}); "
                        "one = stage.daemon()")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, encoding="utf-8",
                          timeout=300, check=True)
    nights, first, last = map(int, done.stdout.split())
    assert nights == 110
    assert last - first < 5 * 1024
    assert last < 40 * 1024


@pytest.mark.parametrize("answer", ["", "print('[]')", "print('not what was asked')"])
def test_a_child_that_cannot_tell_the_settings_is_a_sentence(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str) -> None:
    how = [sys.executable, "-S", "-c", answer] if answer else [str(tmp_path / "no interpreter")]
    assert door.learned(how) == 1
    assert "cannot ask a child process for its settings" in capsys.readouterr().err
