"""Nights that admins ask for: files that the daemon takes away when it starts the night."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rfm_service.bot.memory import draft, draft_of


@dataclass(frozen=True)
class NightRequests:
    """The requests in a folder, one file an update, whose number names it."""

    folder: Path

    def waiting(self) -> bool:
        """Whether a night is asked for that did not start yet."""
        return any(self.folder.glob("run-*.json"))

    def write(self, update: int, as_of: date | None, chat: str) -> None:
        """Write a request that nobody sees yet. Raises OSError."""
        asked = {"as_of": as_of and as_of.isoformat(), "chat": chat}
        draft(self._of(update), json.dumps(asked, ensure_ascii=False).encode())

    def place(self, update: int) -> None:
        """Let the daemon see the request; one that it saw before, and took, does not come again. Raises OSError."""
        written = draft_of(self._of(update))
        if written.exists():
            written.replace(self._of(update))

    def _of(self, update: int) -> Path:
        return self.folder / f"run-{update}.json"
