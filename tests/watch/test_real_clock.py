"""A real process of the daemon under libfaketime, half an hour at a time, over the days on which clocks change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.doors.daemons import Stage
from tests.programs import program

SOAK = "TEST_SOAK" in os.environ
DAYS, HALF_HOUR, STEP_S = 3, timedelta(minutes=30), 0.3
LIVE = """
import select, sys, types
from pathlib import Path
from rfm_service import daemon
from tests.doors.daemons import Stage
# Under libfaketime a sleep until a moment is refused or lasts for ever; one in milliseconds is not.
daemon.time = types.SimpleNamespace(sleep=lambda seconds: select.poll().poll(int(seconds * 100)))
stage = Stage(Path(sys.argv[1]))
stage.at(None)
daemon.Daemon(stage.orders(timezone=sys.argv[2], at=sys.argv[3]), daemon.clock_of(sys.argv[2]), stage.command).run()
"""


def library() -> str:
    """What the program `faketime` lays under others; it is laid under directly, so that signals reach them."""
    program("faketime", "faketime")
    return str(next(Path("/usr/lib").rglob("libfaketime.so.1")))


def turn(path: Path, moment: datetime) -> None:
    """What clocks that go by the file show from now on."""
    draft = path.with_suffix(".draft")
    draft.write_text(f"{(moment - datetime.now(UTC)).total_seconds():+.0f}", encoding="utf-8")
    draft.replace(path)


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "at", "first"), [
    ("Europe/Berlin", "02:30", date(2026, 3, 28)),
    pytest.param("Africa/Cairo", "00:30", date(2026, 4, 23), marks=pytest.mark.skipif(not SOAK, reason="soak")),
    pytest.param("Europe/Berlin", "02:30", date(2026, 10, 24), marks=pytest.mark.skipif(not SOAK, reason="soak")),
    pytest.param("Australia/Lord_Howe", "02:00", date(2026, 4, 4), marks=pytest.mark.skipif(not SOAK, reason="soak"))])
def test_case_37_every_date_once_over_a_change_of_clocks(tmp_path: Path, zone: str, at: str, first: date) -> None:
    moment, clock = datetime(first.year, first.month, first.day, 12, tzinfo=UTC), tmp_path / "clock"
    turn(clock, moment)
    one = subprocess.Popen(
        [sys.executable, "-c", LIVE, str(tmp_path), zone, at], stderr=subprocess.PIPE, encoding="utf-8",
        env={**os.environ, "TZ": "UTC", "LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": str(clock),
             "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
    end = moment + timedelta(days=DAYS)
    while moment < end and one.poll() is None:
        time.sleep(STEP_S)
        turn(clock, moment := moment + HALF_HOUR)
    one.terminate()
    _, faults = one.communicate(timeout=40)
    assert (one.returncode, faults) == (0, "")
    told = (tmp_path / "logs" / "runs.jsonl").read_text("utf-8").splitlines()
    nights = [each["as_of"] for each in map(json.loads, told) if (each["step"], each["event"]) == ("notify", "end")]
    assert nights == [str(first + timedelta(days=each)) for each in range(-1, DAYS)]
    assert len(Stage(tmp_path).nights()) == len(nights)
