"""A warehouse that is damaged or missing at a start, and `restore`: the old files aside, a good copy in their place.

Who calls holds night.lock, and has nothing open of the warehouse.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from errno import ENOENT
from pathlib import Path

from rfm_service import journal, syncing, wiring
from rfm_service.daemon import clock
from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Message
from rfm_service.journal import Journal
from rfm_service.ledger import forgotten, moving, soundness
from rfm_service.ledger.backup import BESIDE, settle, verified_copy
from rfm_service.ledger.forgetting import hold_back
from rfm_service.ledger.forgotten import Listing
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.soundness import UNUSABLE, Found
from rfm_service.ledger.warehouse import Warehouse
from rfm_service.notices import Recovered, recovered_messages
from rfm_service.settings import Settings

log = logging.getLogger(__name__)

DRAFT = ".restoring"
EMPTY = "the file is empty"


def recover(settings: Settings) -> Recovered | None:
    """Put a good copy in the place of a warehouse that is damaged or missing; None where all is well.

    Where it was damaged and no copy is good, a new one. Locked, no rights or a disk that may be gone is no damage: the
    files stay and LedgerError is raised.
    """
    # What a server keeps it looks after itself.
    damage = _damage(settings) if settings.ledger.in_file else None
    if damage is None:
        return None
    copy = _newest_good(settings)
    if copy is None and damage == "":
        return None
    _refuse_gone_disk(settings, damage, copy)
    name = f"recover-{clock(settings)():%Y%m%dT%H%M%S}"

    def told(recovered: Recovered) -> list[Message]:
        return recovered_messages(recovered, name, wiring.admin_chats(settings), wiring.texts(settings))

    recovered = _Swap(settings, name, "damaged", told).done(damage, copy)
    log.error("%s", " ".join(recovered.lines(wiring.texts(settings.model_copy(update={"language": "en"})))))
    return recovered


def restore(settings: Settings, file: Path) -> Recovered:
    """Put a copy in the place of the warehouse, whose files are kept. Raises LedgerError, and then nothing changed."""
    found = _checked(settings, file)
    name = f"restore-{clock(settings)():%Y%m%dT%H%M%S}"
    swap = _Swap if settings.ledger.in_file else _Load
    recovered = swap(settings, name, "replaced", lambda _: []).done("", (file, found))
    log.info("Restored %s; what was there lies in %s", file, recovered.aside)
    return recovered


def known_forgotten(settings: Settings) -> Listing:
    """Who was forgotten by the warehouse and by the list beside it."""
    if settings.ledger.in_file:
        return forgotten.known_at(settings.warehouse)
    kept = wiring.warehouse(settings)
    kept.upgrade(wiring.backups(settings).folder)
    with kept.reading() as connection:
        return forgotten.listing(connection).joined(forgotten.listed(settings.warehouse))


def _damage(settings: Settings) -> str | None:
    """What is wrong with the warehouse: None nothing, '' it is not there. Raises LedgerError."""
    path = settings.warehouse
    try:
        if not path.exists():
            # What the link leads to lies on a disk that is gone.
            if path.is_symlink():
                raise FileNotFoundError(ENOENT, "it is a link that leads nowhere")
            return ""
    except OSError as error:
        raise LedgerError(UNUSABLE, path=path.name, reason=error.strerror or "?") from error
    found = soundness.look(path)
    if found.damage or not found.empty:
        return found.damage or None
    # A first start that was killed leaves a file without tables; after good nights it is what is left of one.
    return EMPTY if any(run.succeeded for run in journal.runs(wiring.diary(settings))) else ""


def _newest_good(settings: Settings) -> tuple[Path, Found] | None:
    """The newest copy that can be relied on; those before migrations come last.

    Raises LedgerError where none is good and one cannot be read now: history is not given up for want of rights.
    """
    backups, unread = wiring.backups(settings), None
    known = Warehouse(settings.warehouse).revisions()
    for path in (*(copy.path for copy in backups.copies()), *backups.before()):
        try:
            found = soundness.look(path, still=True)
        except LedgerError as error:
            log.warning("%s", error)
            unread = unread or error
            continue
        if found.revision in known:
            return path, found
        log.warning("The copy %s is passed over: %s", path.name, found.damage or "no warehouse of this program")
    if unread:
        raise unread
    return None


def _refuse_gone_disk(settings: Settings, damage: str, copy: tuple[Path, Found] | None) -> None:
    """Raises LedgerError where the warehouse, or its copies, may lie on a disk that is not connected."""
    folder = wiring.backups(settings).folder
    if copy is None and settings.backup.path and not folder.is_dir():
        raise LedgerError("The warehouse is damaged, and the folder {folder} of its copies is gone: the disk may not "
                          "be connected. Connect it; or, if there are no copies, make the folder empty, and a new "
                          "warehouse is loaded from 1C.", folder=str(folder))
    # Copies beside a warehouse that is missing prove that its disk is there.
    if copy and not damage and not folder.resolve().is_relative_to(settings.warehouse.parent.resolve()):
        raise LedgerError("The warehouse {path} is missing, and copies of it lie in {folder}: its disk may not be "
                          "connected. Connect it; or put the newest copy in its place: rfm-service restore {copy}",
                          path=str(settings.warehouse), folder=str(folder), copy=str(copy[0]))


def _checked(settings: Settings, file: Path) -> Found:
    """What a file to restore holds. Raises LedgerError where it cannot take the place of the warehouse."""
    if not file.is_file():
        raise LedgerError("There is no file {file}.", file=str(file))
    if settings.warehouse.exists() and file.samefile(settings.warehouse):
        raise LedgerError("{file} is the warehouse itself; name a copy of it.", file=str(file))
    found = soundness.look(file, still=True)
    if found.damage:
        raise LedgerError("{file} is damaged: {reason}. Nothing was changed.", file=str(file), reason=found.damage)
    if not found.revision:
        raise LedgerError("{file} is no warehouse of this program. Nothing was changed.", file=str(file))
    if found.revision not in Warehouse(settings.warehouse).revisions():
        raise LedgerError("{file} was made by a newer version of this program. Install that version first. Nothing "
                          "was changed.", file=str(file))
    return found


class _Swap:
    """A warehouse made whole beside the one that it replaces, messages and all, and renamed at the end."""

    def __init__(self, settings: Settings, name: str, aside: str, told: Callable[[Recovered], Sequence[Message]]):
        self.settings, self.name, self.told = settings, name, told
        self.path = settings.warehouse.resolve()
        self.draft = self.path.with_name(self.path.name + DRAFT)
        self.now: datetime = clock(settings)()
        self.aside = _unused(self.path.parent, f"{aside}-{self.now:%Y%m%dT%H%M%S}")

    def done(self, damage: str, copy: tuple[Path, Found] | None) -> Recovered:
        """Replace the warehouse; killed at any moment, the next start ends it. Raises LedgerError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            for path in _with_beside(self.draft):
                path.unlink(missing_ok=True)
            if copy:
                verified_copy(copy[0], self.draft, still=True)
            recovered = self._completed(damage, copy)
            self._note(recovered.as_of)
            self._rename()
        except OSError as error:
            raise LedgerError(UNUSABLE, path=self.path.name, reason=error.strerror or "?") from error
        return recovered

    def _completed(self, damage: str, copy: tuple[Path, Found] | None) -> Recovered:
        """Bring the draft to the newest form and queue in it what is told: neither can be lost with a crash.

        Whom the warehouse had forgotten since the copy was made, the draft does not know either.
        """
        ledger = Ledger(Warehouse(self.draft), wiring.backups(self.settings).folder)
        ledger.warehouse.upgrade(None)
        hold_back(Warehouse(self.draft), known_forgotten(self.settings), self.settings.rules.left_out)
        yesterday = self.now.date() - timedelta(days=1)
        sync = wiring.sync(self.settings, yesterday, self.name)
        again = syncing.main_period(sync, ledger.loaded(sync.start)).first
        aside = self.aside if self._holds() else None
        recovered = Recovered(damage, copy[0] if copy else None, copy[1].as_of if copy else None, again, aside)
        ledger.outbox.queue(self.told(recovered))
        settle(self.draft)
        return recovered

    def _holds(self) -> bool:
        """Whether there is anything to set aside."""
        return any(path.exists() for path in _with_beside(self.path))

    def _note(self, as_of: date | None) -> None:
        """The line by which the daemon knows which nights are no more; before the rename: in vain it harms nothing."""
        newest = as_of or self.settings.source.start - timedelta(days=1)
        Journal(wiring.diary(self.settings), self.name, newest, clock(self.settings), task="restore").write(
            "restore", "end")

    def _rename(self) -> None:
        # The log goes after its file: without its log a file may lack what was committed.
        for path in filter(Path.exists, _with_beside(self.path)):
            self.aside.mkdir(exist_ok=True)
            path.rename(self.aside / path.name)
        settle(self.path.parent)
        self.draft.replace(self.path)
        settle(self.path.parent)


class _Load(_Swap):
    """The same into a database: what it held is set aside as a file, and all of the draft comes in at once."""

    def _holds(self) -> bool:
        with wiring.warehouse(self.settings).reading() as connection:
            return connection.exec_driver_sql("SELECT 1 FROM ingests LIMIT 1").first() is not None

    def _rename(self) -> None:
        kept = wiring.warehouse(self.settings)
        with kept.alone("night"):
            if self._holds():
                kept.copy(self.aside / "warehouse.db")
            with kept.bulk() as connection:
                moving.from_file(connection, self.draft)
        for path in _with_beside(self.draft):
            path.unlink(missing_ok=True)


def _with_beside(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + suffix) for suffix in BESIDE)]


def _unused(folder: Path, name: str) -> Path:
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(folder / each for each in names if not (folder / each).exists())
