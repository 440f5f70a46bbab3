"""What the daemon is told of its settings by a child: it must stay too small to read them itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, time
from typing import Any

from rfm_service.logs import Growth
from rfm_service.redaction import Login, Redactor
from rfm_service.watch.due import Times, span

WORDS = ("Nights run at {at} ({zone}). Stop with Ctrl-C.", "Next night: {at}", "The night of {day}",
         "Another run is at work: {holder}. Wait for its end.",
         "The lock {path} cannot be taken: {reason}. Check the disk and the rights of the service.",
         "The log folder {path} cannot be made: {reason}. Check logs.path and the rights of the service.")
"""What the daemon itself may have to say."""


@dataclass(frozen=True)
class Orders:
    """The settings that the daemon itself needs; `tables` are all of them, for when the file has become unreadable.

    `words` are its own sentences in the language of the settings, `hidden` the secrets,
    logins and chats that its log must not hold, `growth` how long that grows, `polls` whether
    chats may give commands, `notify` and `watchdog_s` what systemd asks for.
    """

    timezone: str
    at: str
    start: str
    folder: str
    diary: str
    log: str
    quiet_hours: str = ""
    closed_hours: Sequence[str] = ()
    catch_up_days: int = 14
    deadline_minutes: float = 360
    log_level: str = "INFO"
    growth: Sequence[float] = (5, 10, 90)
    polls: bool = False
    notify: str = ""
    watchdog_s: float = 0
    hidden: Sequence[Sequence[Any]] = ((), (), ())
    words: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> Times:
        """When nights may run."""
        return Times(time.fromisoformat(self.at), span(self.quiet_hours) if self.quiet_hours else None,
                     tuple(map(span, self.closed_hours)), self.catch_up_days, date.fromisoformat(self.start))

    def texts(self, text: str, **values: object) -> str:
        """A sentence of the daemon in the language of the settings."""
        return self.words.get(text, text).format(**values)

    @property
    def log_growth(self) -> Growth:
        """How long its log grows."""
        megabytes, files, days = self.growth
        return Growth(megabytes, int(files), int(days))

    @property
    def redactor(self) -> Redactor:
        """What keeps its log clean."""
        secrets, logins, chats = self.hidden
        return Redactor(tuple(secrets), tuple(Login(*each) for each in logins), tuple(chats))

    def json(self) -> str:
        """The orders as one line."""
        return json.dumps({each.name: getattr(self, each.name) for each in fields(self)}, default=str)


def asked(command: Sequence[str]) -> Orders | int:
    """The orders that a child prints, or its exit code where it said what is wrong. Raises OSError."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return Orders(**json.loads(done.stdout)) if done.returncode == 0 else done.returncode
