"""What `check` tries: every outside thing, each with a sentence of how it is and how to mend it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial

from rfm_service import owners, pings, presets, wiring
from rfm_service.domain.errors import LedgerError, NotifyError, RfmError, SourceError
from rfm_service.domain.values import Remark
from rfm_service.ports import Notifier, Publisher
from rfm_service.settings import Settings

LEAST_FREE_MB = 500
CHINESE = "客户销售"


@dataclass(frozen=True)
class Result:
    """How one thing is: what was tried, and what was found or the error met."""

    what: str
    found: Remark | RfmError

    @property
    def good(self) -> bool:
        """Whether all is well with it."""
        return isinstance(self.found, Remark) and self.found.good

    def sentence(self, texts: Callable[..., str]) -> str:
        """The sentence in the language of a catalogue."""
        return self.found.sentence(texts)


def checkup(settings: Settings, day: date) -> Iterator[Result]:
    """Try 1C for one day, ledger, engine, copies, folders, Telegram, the second channel, the watch, fonts, the disk."""
    yield Result("Settings", Remark(True, "read, no fault."))
    yield from (Result("Segments", remark) for remark in presets.remarks(settings.rules.grid))
    yield from _source(settings, day)
    yield _tried("Ledger", lambda: _ledger(settings))
    if settings.engine.kind != "memory":
        yield _tried("Engine", lambda: wiring.engine(settings).reached())
    yield _tried("Copies", lambda: _copies(settings))
    for publisher in wiring.publishers(settings):
        yield _tried("Report folder", partial(_folder, settings, publisher))
    yield _tried("Inbox", lambda: _inbox(settings))
    bot, notifier = _tried("Telegram", lambda: _telegram(settings)), wiring.notifier(settings)
    yield bot
    if bot.good and notifier is not None:
        for chat in dict.fromkeys(map(str, (*settings.telegram.admin_chats, *settings.telegram.report_chats))):
            yield _tried("Telegram", partial(_chat, notifier, chat))
    if settings.second_channel.kind:
        yield _tried("Second channel", lambda: _second(settings))
    yield from _addresses(settings)
    if settings.watch.ping_url:
        yield _tried("Watch from outside", lambda: _watch(settings))
    yield Result("Fonts", _fonts(settings))
    yield Result("Disk", _disk(settings))


def _tried(what: str, attempt: Callable[[], Remark]) -> Result:
    try:
        return Result(what, attempt())
    except RfmError as error:
        return Result(what, error)


def _source(settings: Settings, day: date) -> Iterator[Result]:
    """What the source says of itself, with one day of sales tried."""
    tried = settings.model_copy(update={"source": settings.source.model_copy(update={"deadline_minutes": 0.5})})
    try:
        for remark in wiring.source(tried).explain(day):
            yield Result("1C", remark)
    except SourceError as error:
        yield Result("1C", error)


def _ledger(settings: Settings) -> Remark:
    counts = wiring.ledger(settings).counts()
    return Remark(True, "opens: {lines} sale lines, {customers} customers, {snapshots} nights.", tuple(
        (name, counts[name]) for name in ("lines", "customers", "snapshots")))


def _copies(settings: Settings) -> Remark:
    copies = wiring.backups(settings)
    newest = copies.check()
    if newest is None:
        return Remark(True, "can be made in {folder}; there is none yet.", (("folder", copies.folder),))
    return Remark(True, "can be made in {folder}; the newest is {name}.", (("folder", copies.folder),
                                                                          ("name", newest.path.name)))


def _folder(settings: Settings, publisher: Publisher) -> Remark:
    publisher.check(first=not wiring.ledger(settings).published(publisher.place))
    return Remark(True, "{place} can be written.", (("place", publisher.place),))


def _inbox(settings: Settings) -> Remark:
    inbox = wiring.inbox(settings)
    if inbox is None:
        return Remark(True, "the first report folder has none; report.inbox names one.")
    return Remark(True, "{place}: {count} files wait there for the night.", (("place", inbox.place),
                                                                           ("count", inbox.check())))


def _telegram(settings: Settings) -> Remark:
    notifier = wiring.notifier(settings)
    if notifier is None and (settings.telegram.admin_chats or settings.telegram.report_chats):
        raise NotifyError("No bot token is set: write RFM_TELEGRAM__TOKEN.", permanent=False)
    if notifier is None and settings.second_channel.kind:
        return Remark(True, "not set up; admins are told by the second channel.")
    if notifier is None:
        return Remark(True, "not set up; nobody is told of failures. Write RFM_TELEGRAM__TOKEN and "
                            "telegram.admin_chats.")
    return Remark(True, "the bot @{name} answers.", (("name", notifier.check()),))


def _chat(notifier: Notifier, chat: str) -> Remark:
    try:
        notifier.reach(chat)
    except NotifyError as error:
        raise NotifyError("The chat {chat} cannot be told anything. {reason} Write to the bot there or let it in, and "
                          "look at telegram.admin_chats and telegram.report_chats.", chat=chat, reason=error) from None
    return Remark(True, "the bot is in the chat {chat}.", (("chat", chat),))


def _second(settings: Settings) -> Remark:
    channel = wiring.second_channel(settings)
    return Remark(True, "{name}: can be reached.", (("name", channel.check() if channel else "?"),))


def _addresses(settings: Settings) -> Iterator[Result]:
    """How the name and each address of a sales manager are."""
    reached, counted = iter(wiring.addresses(settings).values()), Counter[str]()
    if settings.managers:
        # What is wrong with the ledger its own line tells.
        with suppress(LedgerError):
            counted.update(map(owners.owner, wiring.ledger(settings).customers()["manager"]))
    for at, table in enumerate(settings.managers):
        yield Result("List of the day", _named(counted, f"managers.{at}.name", table.name))
        for number in range(len(table.urls)):
            yield _tried("List of the day", partial(_reached, f"managers.{at}.urls.{number}", next(reached)))


def _reached(key: str, notifier: Notifier) -> Remark:
    return Remark(True, "{key}: {kind} can be reached.", (("key", key), ("kind", notifier.check())))


def _named(counted: Mapping[str, int], key: str, name: str) -> Remark:
    """Whether a name of the settings is that of a sales manager; `counted` are the customers of each in 1C."""
    known, his = {*counted} - {""}, owners.meant(name, counted)
    if his is not None or not known:
        return Remark(True, "{key}: {name}, customers in 1C: {count}.",
                      (("key", key), ("name", name), ("count", counted[his] if his else 0)))
    if several := owners.alike(name, known):
        return Remark(False, "{key}: {names} differ in case alone, so nobody is sent a list. Write the name exactly "
                             "as 1C does.", (("key", key), ("names", ", ".join(several))))
    return Remark(False, "{key}: no customer has the sales manager {name}, so nobody is sent a list. The nearest name "
                         "in 1C is {near}.", (("key", key), ("name", name), ("near", owners.nearest(name, known))))


def _watch(settings: Settings) -> Remark:
    pings.reach(settings.watch.ping_url)
    return Remark(True, "can be reached; nothing was sent to it, which would count as a night.")


def _fonts(settings: Settings) -> Remark:
    from rfm_service.drawing.style import drawable

    # Latin, Turkish and Cyrillic letters come with matplotlib.
    if drawable(CHINESE):
        return Remark(True, "pictures and the PDF can show Russian, English, Turkish and Chinese.")
    if settings.language == "zh":
        return Remark(False, "no Chinese font is installed: charts, and the PDF and PNG of the summary, would show "
                             "boxes in place of Chinese. Install one: on Debian and Ubuntu the package fonts-noto-cjk; "
                             "Windows has Microsoft YaHei.")
    return Remark(True, "pictures and the PDF can show Russian, English and Turkish. Chinese names would be boxes in "
                        "them: for those install a Chinese font, on Debian and Ubuntu the package fonts-noto-cjk.")


def _disk(settings: Settings) -> Remark:
    folder = next(path for path in (settings.warehouse, *settings.warehouse.parents) if path.exists())
    free = shutil.disk_usage(folder).free // 1_000_000
    found = "{free} MB are free beside the ledger." if free >= LEAST_FREE_MB else (
        "only {free} MB are free beside the ledger. Free some space: a night needs room for the sales it loads.")
    return Remark(free >= LEAST_FREE_MB, found, (("free", free),))
