"""A bot at work over real HTTP: its settings, the bot of this process, and the one of a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rfm_service import wiring
from rfm_service.bot import memory, polling
from rfm_service.bot.answers import Desk
from rfm_service.bot.polling import Bot
from rfm_service.daemon import clock
from rfm_service.emulator.botapi import BotApi

TOKEN = "1234567:canary-bot-token-0123456789abcdef"
ADMIN, GROUP, STRANGER = 1001, -5, 666
SETTINGS = """language = "{language}"
[source]
url = "http://127.0.0.1:1/"
token = "canary-of-1c"
start = 2026-01-01
[telegram]
token = "{token}"
admin_chats = [1001, -5, "@Ours"]
api_url = "{url}"
timeout_s = 2
"""


def settings_of(folder: Path, api: BotApi, language: str = "en") -> Path:
    path = folder / "settings.toml"
    path.write_text(SETTINGS.format(language=language, token=TOKEN, url=api.api_url), encoding="utf-8")
    return path


def bot_of(path: Path, now: Callable[[], datetime] | None = None) -> Bot:
    """A bot as a process of its own would begin: with nothing but what the last one kept."""
    settings = wiring.load(path)
    at = now or clock(settings)
    return Bot(Desk(settings, path, wiring.texts(settings), at), polling.line_of(settings),
               wiring.redactor(settings), memory.recalled(polling.memory_of(settings)), at().timestamp())


def poll_child(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "rfm_service", "poll", "--settings", str(path)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
