"""A daemon for tests: real children that are small scripts, a clock that the test leads, a folder of its own."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rfm_service.daemon import Daemon
from rfm_service.watch.orders import Orders

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 5, 10, 2, 30, tzinfo=ZONE)

CHILD = '''
import json, os, sys, time
from datetime import datetime
from pathlib import Path
folder, name, more = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
play = json.loads((folder / "play.json").read_text("utf-8"))
now = (folder / "now").read_text("utf-8") or datetime.now().astimezone().isoformat()
with (folder / "started").open("a") as opened:
    opened.write(" ".join([name, *more]) + chr(10))
if name == "aftermath":
    (folder / "told.json").write_bytes(sys.stdin.buffer.read())
if name == "run":
    as_of = more[1]
    run = as_of + "-" + str(os.getpid())
    (folder / "logs").mkdir(exist_ok=True)
    lines = play.get("lines", [["notify", "start"], ["notify", "end"]])
    for step, event, *rest in lines:
        entry = dict(run=run, as_of=as_of, step=step, event=event, at=now, seconds=1, counts={},
                     **(rest[0] if rest else {}))
        with (folder / "logs" / "runs.jsonl").open("a") as opened:
            opened.write(json.dumps(entry) + chr(10))
if name in play.get("sleep", {}):
    time.sleep(play["sleep"][name])
sys.exit(play.get("code", {}).get(name, 0))
'''
GOOD: list[list[object]] = [["notify", "start"], ["notify", "end"]]
BAD: list[list[object]] = [["fetch", "start"], ["fetch", "fail", {"kind": "SourceUnavailable", "error": "no way"}],
                           ["notify", "start"], ["notify", "end"]]


class Stage:
    """A folder in which a daemon plays: what its children do, what it started, what time it is."""

    def __init__(self, folder: Path, now: datetime = NOW) -> None:
        self.folder = folder
        (folder / "child.py").write_text(CHILD, encoding="utf-8")
        self.at(now)
        self.play()

    def at(self, now: datetime | None) -> None:
        """Set the clock; None: children go by their own."""
        self.now = now or NOW
        (self.folder / "now").write_text(now.isoformat() if now else "", encoding="utf-8")

    def play(self, **how: Any) -> None:
        """What children do: `lines` of a night's diary, `code` and `sleep` by the name of the child."""
        (self.folder / "play.json").write_text(json.dumps(how), encoding="utf-8")

    def orders(self, **changes: Any) -> Orders:
        usual = {"timezone": "Europe/Moscow", "at": "02:00", "start": "2026-01-01", "folder": str(self.folder / "data"),
                 "diary": str(self.folder / "logs" / "runs.jsonl"), "log": str(self.folder / "logs" / "daemon.log")}
        return Orders(**{**usual, **changes})

    def daemon(self, **changes: Any) -> Daemon:
        return Daemon(self.orders(**changes), lambda: self.now, self.command)

    def command(self, name: str, *more: str) -> Sequence[str]:
        return [sys.executable, "-S", "-E", str(self.folder / "child.py"), str(self.folder), name, *more]

    @property
    def started(self) -> list[str]:
        path = self.folder / "started"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def nights(self) -> list[str]:
        return [words[2] for each in self.started if (words := each.split())[0] == "run"]

    @property
    def diary(self) -> list[dict[str, Any]]:
        path = self.folder / "logs" / "runs.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def settle(daemon: Daemon, *apart: str, seconds: float = 30) -> None:
    """Tick once and look after the children until they are gone."""
    daemon.tick()
    end = time.monotonic() + seconds
    while daemon.children.keys() - set(apart):
        assert time.monotonic() < end, daemon.children
        time.sleep(0.01)
        daemon.look()


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
