"""A service folder after good nights, made once: warehouse, copies and diary, to be damaged anew by every test."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from rfm_service import recovery, wiring
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.ledger import soundness
from rfm_service.notices import Recovered
from rfm_service.settings import Settings
from tests.nights.company import company

DAY = date(2026, 6, 10)
DAYS = 60


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp())
    with company(folder, GeneratedShop(5, 1200, DAYS, last_day=DAY), start=DAY - timedelta(days=DAYS - 1)) as firm:
        for back in (1, 0):
            firm.good_night(DAY - timedelta(days=back))
    older = folder / "data" / "backups" / "warehouse-2026-06-09-20260610T020000Z.db"
    if len(list(older.parent.iterdir())) == 1:
        shutil.copy(next(older.parent.iterdir()), older)
    with closing(sqlite3.connect(folder / "data" / "warehouse.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder


@dataclass(frozen=True)
class Kept:
    """A service folder of a test's own."""

    folder: Path

    @classmethod
    def in_(cls, folder: Path) -> Kept:
        shutil.copytree(_made(), folder / "firm", ignore=shutil.ignore_patterns("reports"))
        return cls(folder / "firm")

    @property
    def settings(self) -> Settings:
        return wiring.load(self.folder / "settings.toml")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse.db"

    @property
    def copies(self) -> list[Path]:
        """Newest first."""
        return [copy.path for copy in wiring.backups(self.settings).copies()]

    @property
    def aside(self) -> list[Path]:
        return sorted(path for path in self.data.iterdir() if path.name.startswith(("damaged-", "replaced-")))

    def recover(self) -> Recovered | None:
        return recovery.recover(self.settings)

    def sound(self) -> bool:
        found = soundness.look(self.warehouse)
        return not found.damage and bool(found.revision)

    def told(self) -> list[str]:
        """The notices that wait."""
        outbox = wiring.ledger(self.settings).outbox
        return [outbox.message(each.number).text for each in outbox.waiting()]


def spoil(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)
