"""An inbox on a disk beside a ledger that knows the customers of the lists, and passes over it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from rfm_service import collecting
from rfm_service.domain.tables import CONTACTS
from rfm_service.domain.values import Partner
from rfm_service.inbox.folder import FOLDER, Inbox
from rfm_service.ledger.ledger import Ledger
from rfm_service.publishing.disk import Disk
from rfm_service.publishing.shelf import Shelf
from rfm_service.texts.catalogue import Catalogue
from tests.inbox.filling import CHANGED, DAY, NOW, ids, made
from tests.ledger.books import ledger_in, line, query, tell

EN = Catalogue("en", "RUB")


@dataclass
class Stand:
    """A report folder with its inbox, and a ledger."""

    home: Path
    ledger: Ledger
    shelf: Shelf | None = None
    texts: Catalogue = field(default_factory=lambda: EN)

    @property
    def inbox(self) -> Inbox:
        return Inbox(lambda: self.shelf or Disk(self.home), str(self.folder), FOLDER, str(self.home))

    @property
    def folder(self) -> Path:
        return self.home / FOLDER

    def put(self, name: str, content: bytes, changed: int = CHANGED) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        os.utime(path, (changed, changed))
        return path

    def collect(self) -> dict[str, int]:
        counts = collecting.collect(self.inbox, self.ledger, self.texts, NOW)
        return {name: count for name, count in counts.items() if count}

    def lies(self) -> dict[str, bytes]:
        """Every file below the inbox, by its path."""
        return {path.relative_to(self.folder).as_posix(): path.read_bytes()
                for path in sorted(self.folder.rglob("*")) if path.is_file()}

    def said(self, path: str) -> str:
        """What is told beside a file that was moved."""
        return (self.folder / f"{path}.problems.txt").read_bytes().decode("utf-8-sig")

    def contacts(self) -> list[tuple[str, str]]:
        """Customer and outcome of every contact."""
        names = dict(query(self.ledger, "SELECT customer_no, customer_id FROM customers"))
        frame = self.ledger.contacts.made(DAY + timedelta(days=9))
        assert list(frame.columns) == list(CONTACTS)
        return sorted((names[row.customer_no], row.outcome) for row in frame.itertuples())


def customers() -> dict[str, str]:
    """Customer -> sales manager, of all lists of the night."""
    owners = {"olga-svetlova": "Ольга Светлова", "petr-ilin": "Пётр Ильин"}
    return {each: owners.get(name, "") for name, content in made().items() for each in ids(content)}


def stand(folder: Path) -> Stand:
    """An empty inbox, and a ledger that knows every customer of the lists."""
    home = folder / "reports"
    (home / FOLDER).mkdir(parents=True)
    ledger = ledger_in(folder)
    tell(ledger, [line(each, customer=f"{each}!", customer_key=each) for each in customers()])
    ledger.save_partners([Partner(f"{each}!", manager=name, ref=each, key=each)
                          for each, name in customers().items()])
    return Stand(home, ledger)
