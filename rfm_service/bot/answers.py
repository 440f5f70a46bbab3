"""What each command of an admin does, and the answer; heavy work is done by short children of this program."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from rfm_service import lock
from rfm_service.bot.night_requests import NightRequests
from rfm_service.ports import Texts
from rfm_service.settings import Settings

log = logging.getLogger(__name__)

CHILD_S = 300
"""Seconds after which a child is ended: a share may hang."""
HOURS = 8
MOST_HOURS = 72
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
HOURS_WRITTEN = re.compile(r"([0-9]{1,3})\s*(?:h|ч|小时|sa)?")
"""Whole hours, with or without their sign in one of our languages."""


class Asked(NamedTuple):
    """A command to carry out: its update, the listed chat, the id to answer, and what follows the word."""

    update: int
    chat: str
    to: str
    word: str
    rest: str


@dataclass(frozen=True)
class Desk:
    """Carries commands out; `path` is the settings file."""

    settings: Settings
    path: Path
    texts: Texts
    clock: Callable[[], datetime]

    @property
    def requests(self) -> NightRequests:
        """The nights asked for."""
        return NightRequests(self.settings.warehouse.parent / "requests")

    def answer(self, asked: Asked) -> str:
        """Carry out any command but `run`; what to answer, nothing where a child did."""
        known = {"status": self._status, "report": self._sent, "log": self._sent, "mute": self._mute}
        return known[asked.word](asked) if asked.word in known else self.help()

    def help(self) -> str:
        """What can be asked."""
        lines = [f"/{word} — {told}" for word, told in menu(self.texts).items()]
        return "\n".join([*lines, self.texts("/run 2026-11-20 runs that night; /mute 2 is for two hours, /mute off "
                                             "ends it.")])

    def night_of(self, asked: Asked) -> date | str | None:
        """The night that /run names, None where it names none; a sentence where it cannot be."""
        today = self.clock().date()
        if not asked.rest:
            return None
        try:
            day = date.fromisoformat(asked.rest) if DAY.fullmatch(asked.rest) else None
        except ValueError:
            day = None
        if day is None:
            return self.texts("Write the day like this: /run 2026-11-20")
        if not self.settings.source.start <= day <= today:
            return self.texts("There is no night of that day: it lies before source.start or has not come yet.")
        return day

    def started(self, day: date | None) -> str:
        """What becomes of a night that was asked for."""
        night = (day or self.clock().date() - timedelta(days=1)).isoformat()
        holder = lock.holder(self.settings.warehouse.parent / "night.lock")
        if holder is None:
            return self.texts("The night of {day} starts within a minute.", day=night)
        return self.texts("A night is at work: {holder}. The night of {day} starts after it.", holder=holder, day=night)

    def _status(self, asked: Asked) -> str:
        return self._child([asked.word])

    def _sent(self, asked: Asked) -> str:
        return self._child(["answer", asked.word, f"--chat={asked.to}"])

    def _mute(self, asked: Asked) -> str:
        word = asked.rest.lower()
        written = HOURS_WRITTEN.fullmatch(word or str(HOURS))
        if not written and word != "off":
            return self.texts("Write the hours like this: /mute 8, or /mute off")
        hours = min(int(written[1]), MOST_HOURS) if written else 0
        now = self.clock()
        # Within one zone hours are added as the wall clock shows them, one off when it is put back.
        until = (now.astimezone(UTC) + timedelta(hours=hours)).astimezone(now.tzinfo)
        fault = self._child(["mute", f"--chat={asked.chat}", f"--until={int(until.timestamp()) if hours else 0}"])
        if fault:
            return fault
        if not hours:
            return self.texts("Messages sound again.")
        return self.texts("Messages to this chat make no sound until {time}; all of them come.",
                          time=until.strftime("%Y-%m-%d %H:%M"))

    def _child(self, words: Sequence[str]) -> str:
        """What a child of this program says: on stdout, or on stderr where it failed."""
        command = [sys.executable, "-X", "utf8", "-m", "rfm_service", *words, "--settings", str(self.path)]
        failed = self.texts("It could not be done: `rfm-service check` on the server says why.")
        try:
            ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=CHILD_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            log.error("%s could not be carried out: %s", words[0], type(error).__name__)
            return failed
        if not ended.returncode:
            return ended.stdout.decode("utf-8", "replace").strip()
        said = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        return said[-1] if said else failed


def menu(texts: Texts) -> dict[str, str]:
    """The commands and what they do."""
    return {"status": texts("last runs, what is stored, what waits"), "run": texts("a night now"),
            "report": texts("the newest report as files"), "log": texts("the log of the newest run"),
            "mute": texts("no sound here for 8 hours"), "help": texts("what can be asked")}
