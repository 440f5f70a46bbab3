"""What `check` tries: every outside thing, each with a sentence of how it is and how to mend it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from rfm_service import wiring
from rfm_service.domain.errors import NotifyError, RfmError, SourceError
from rfm_service.ports import Publisher
from rfm_service.settings import Settings

LEAST_FREE_MB = 500
CJK_FONTS = ("Noto Sans CJK", "Noto Sans SC", "Microsoft YaHei", "SimHei", "WenQuanYi", "PingFang")


@dataclass(frozen=True)
class Result:
    """How one thing is: what was tried, whether it is good, and a msgid with its values or the error met."""

    what: str
    good: bool
    found: str | RfmError
    values: tuple[tuple[str, object], ...] = ()

    def sentence(self, texts: Callable[..., str]) -> str:
        """The sentence in the language of a catalogue."""
        if isinstance(self.found, RfmError):
            return self.found.sentence(texts)
        return texts(self.found, **dict(self.values))


def checkup(settings: Settings, day: date) -> Iterator[Result]:
    """Try 1C for one day, the ledger, the report folders, Telegram, fonts and the disk."""
    yield Result("Settings", True, "read, no fault.")
    yield from _source(settings, day)
    yield _tried("Ledger", lambda: _ledger(settings))
    for publisher in wiring.publishers(settings):
        yield _tried("Report folder", partial(_folder, settings, publisher))
    yield _tried("Telegram", lambda: _telegram(settings))
    yield _fonts(settings)
    yield _disk(settings)


Found = tuple[str, tuple[tuple[str, object], ...]]


def _tried(what: str, attempt: Callable[[], Found]) -> Result:
    try:
        found, values = attempt()
    except RfmError as error:
        return Result(what, False, error)
    return Result(what, True, found, values)


def _source(settings: Settings, day: date) -> Iterator[Result]:
    """What the source says of itself, with one day of sales tried."""
    tried = settings.model_copy(update={"source": settings.source.model_copy(update={"deadline_minutes": 0.5})})
    try:
        for remark in wiring.source(tried).explain(day):
            yield Result("1C", remark.good, remark.text, remark.values)
    except SourceError as error:
        yield Result("1C", False, error)


def _ledger(settings: Settings) -> Found:
    counts = wiring.ledger(settings).counts()
    return "opens: {lines} sale lines, {customers} customers, {snapshots} nights.", tuple(
        (name, counts[name]) for name in ("lines", "customers", "snapshots"))


def _folder(settings: Settings, publisher: Publisher) -> Found:
    publisher.check(first=not wiring.ledger(settings).published(publisher.place))
    return "{place} can be written.", (("place", publisher.place),)


def _telegram(settings: Settings) -> Found:
    notifier = wiring.notifier(settings)
    if notifier is None and (settings.telegram.admin_chats or settings.telegram.report_chats):
        raise NotifyError("No bot token is set: write RFM_TELEGRAM__TOKEN.", permanent=False)
    if notifier is None:
        return "not set up; nobody is told of failures. Write RFM_TELEGRAM__TOKEN and telegram.admin_chats.", ()
    return "the bot @{name} answers.", (("name", notifier.check()),)


def _fonts(settings: Settings) -> Result:
    from matplotlib import font_manager

    names = {font.name for font in font_manager.fontManager.ttflist}
    if settings.language == "zh" and not any(name.startswith(CJK_FONTS) for name in names):
        return Result("Fonts", False, "no Chinese font is installed, charts will show boxes. Install fonts-noto-cjk.")
    return Result("Fonts", True, "all letters can be drawn.")


def _disk(settings: Settings) -> Result:
    folder = next(path for path in (settings.warehouse, *settings.warehouse.parents) if path.exists())
    free = shutil.disk_usage(folder).free // 1_000_000
    found = "{free} MB are free beside the ledger." if free >= LEAST_FREE_MB else (
        "only {free} MB are free beside the ledger. Free some space: a night needs room for the sales it loads.")
    return Result("Disk", free >= LEAST_FREE_MB, found, (("free", free),))
