"""Settings -> plugs: the only module that knows that plugs exist; a plug is imported only when it is configured."""

from __future__ import annotations

import hashlib
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

import rfm_service
from rfm_service import lock, logs, secrecy
from rfm_service import settings as tables
from rfm_service.addressee_tables import AddresseeTable
from rfm_service.domain.errors import SettingFault, SettingsError
from rfm_service.domain.outreach import Contacting
from rfm_service.journal import Journal
from rfm_service.ports import SECOND_CHANNEL
from rfm_service.redaction import Redactor
from rfm_service.settings import Settings
from rfm_service.spool import Spool
from rfm_service.texts.catalogue import Catalogue

if TYPE_CHECKING:
    from rfm_service.delivering import Channels
    from rfm_service.inbox.folder import Inbox
    from rfm_service.ledger.backup import Backups
    from rfm_service.ledger.ledger import Ledger
    from rfm_service.ledger.stores import AnyWarehouse
    from rfm_service.mailing import Addressee
    from rfm_service.night import Plan, Tools
    from rfm_service.ports import Engine, Notifier, Publisher, Renderer, Source
    from rfm_service.syncing import Sync

CORE_KEYS = {"sources": tuple(tables.SourceTable.model_fields), "engines": ("kind",), "publishers": ("kind",),
             "renderers": ("kind",), "notifiers": tuple(tables.SecondChannelTable.model_fields)}
CLASS_OF = {"sources": "Source", "engines": "Engine", "publishers": "Publisher", "renderers": "Renderer",
            "notifiers": "Notifier"}
FIRST_CHANNEL = "telegram"
SHORTEST_KEY = 8
"""Of a part of a secret address that opens a door by itself."""
DEFAULT_PUBLISH = {"kind": "folder", "path": "reports"}


@dataclass(frozen=True)
class Socket:
    """One configured plug: its room, its kind, its own keys and where they stand in the settings."""

    room: str
    kind: str
    keys: Mapping[str, Any]
    place: str


def load(path: Path, changes: Mapping[str, str] = MappingProxyType({})) -> Settings:
    """The settings of a file, its plugs' own keys checked too, with some keys (`rfm.cuts`) as if written otherwise.

    Raises SettingsError with all faults.
    """
    found = tables.read(path)
    for key, value in changes.items():
        tables.overlay(found, key, value, written=key)
    settings, faults = tables.validate(found, path.resolve().parent)
    faults += [fault for socket in _sockets(found) for fault in _plug_faults(socket, path.resolve().parent)]
    faults += _address_faults(found)
    if settings is None or faults:
        raise SettingsError(faults, str(path))
    return settings


def source(settings: Settings) -> Source:
    """The configured source."""
    own = {"currency": settings.currency, **settings.source.own}
    made: Source = _make(settings, Socket("sources", settings.source.kind, own, "source"))
    return made


def engine(settings: Settings) -> Engine:
    """The configured engine."""
    made: Engine = _make(settings, Socket("engines", settings.engine.kind, settings.engine.own, "engine"))
    return made


def renderers(settings: Settings) -> list[Renderer]:
    """The configured renderers."""
    return [_renderer(kind, settings) for kind in settings.report.kinds]


def _renderer(kind: str, settings: Settings) -> Renderer:
    """A renderer with the keys of [report] that it has fields for, and no others."""
    made = _class(Socket("renderers", kind, {}, "report.renderers"))
    found: Renderer = made(**{field.name: getattr(settings.report, field.name) for field in fields(made)})
    return found


def publishers(settings: Settings) -> list[Publisher]:
    """The configured report folders; reports/ where none is."""
    places = [(place.kind, place.own) for place in settings.publish] or [("folder", {"path": "reports"})]
    given = {"language": settings.language}
    return [_make(settings, Socket("publishers", kind, {**given, **own}, "publish")) for kind, own in places]


def inbox(settings: Settings) -> Inbox | None:
    """Where people put what they noted: inbox/ in the first report folder, or the folder of the settings."""
    from rfm_service.inbox.folder import FOLDER, Inbox
    from rfm_service.publishing.plug import FilePublisher

    if settings.report.inbox:
        own = _make(settings, Socket("publishers", "folder", {"path": settings.report.inbox}, "report.inbox"))
        return Inbox(own.shelf, own.place)
    first = publishers(settings)[0]
    place = f"{first.place.rstrip('/')}/{FOLDER}"
    return Inbox(first.shelf, place, FOLDER, first.place) if isinstance(first, FilePublisher) else None


def notifier(settings: Settings) -> Notifier | None:
    """The Telegram bot, None without a token."""
    if not settings.telegram.token:
        return None
    from rfm_service.notifiers.telegram import Notifier

    telegram = settings.telegram
    return Notifier(token=telegram.token, api_url=telegram.api_url, timeout_s=telegram.timeout_s)


def second_channel(settings: Settings) -> Notifier | None:
    """Where admins are told what Telegram did not take, None where nowhere."""
    table = settings.second_channel
    if not table.kind:
        return None
    made: Notifier = _make(settings, Socket("notifiers", table.kind, table.own, "second_channel"))
    return made


def channels(settings: Settings) -> Channels:
    """What carries messages."""
    from rfm_service.delivering import Channels

    account = hashlib.sha256(settings.telegram.token.encode("utf-8", "replace")).hexdigest()[:16]
    return Channels(notifier(settings), account, second_channel(settings), settings.second_channel.after,
                    frozenset(map(str, settings.telegram.admin_chats)), addresses(settings))


def addressees(settings: Settings) -> list[Addressee]:
    """The sales managers who are sent their lists."""
    from rfm_service.mailing import Addressee

    return [Addressee(table.name, len(table.urls), table.attach) for table in settings.managers]


def addresses(settings: Settings) -> dict[str, Notifier]:
    """What carries lists to each address of a sales manager, by its chat."""
    if not settings.managers:
        return {}
    from rfm_service.notifiers.apprise import Notifier

    return {chat: Notifier.model_validate({"urls": [url]}, context={"key": f"managers.{at}.urls", "number": number})
            for at, (addressee, table) in enumerate(zip(addressees(settings), settings.managers, strict=True))
            for number, (chat, url) in enumerate(zip(addressee.chats, table.urls, strict=True), 1)}


def admin_chats(settings: Settings) -> tuple[str, ...]:
    """Where admins are told of nights: in their chats, or by the second channel alone where there is no bot."""
    telegram = settings.telegram
    if settings.second_channel.kind and not (telegram.token and telegram.admin_chats):
        return (SECOND_CHANNEL,)
    return tuple(map(str, telegram.admin_chats))


def ledger(settings: Settings) -> Ledger:
    """The ledger, opened and brought to its newest form. Raises LedgerError."""
    opened = _ledger(settings)
    opened.open()
    return opened


def _ledger(settings: Settings) -> Ledger:
    from rfm_service.ledger.ledger import Ledger

    return Ledger(warehouse(settings), backups(settings).folder, settings.rules.left_out)


def warehouse(settings: Settings) -> AnyWarehouse:
    """Where facts are kept: a file of SQLite or a database of PostgreSQL; it is not opened yet."""
    from rfm_service.ledger.opening import opened

    kept = settings.ledger
    return opened(settings.warehouse, "" if kept.in_file else kept.url, kept.password)


@contextmanager
def alone(settings: Settings, run: str) -> Iterator[None]:
    """At work with the ledger as no other run is, on this machine or another. Raises LockHeld, LedgerError."""
    with lock.held(settings.warehouse.parent / "night.lock", run), warehouse(settings).alone("night"):
        yield


def backups(settings: Settings) -> Backups:
    """The copies of the warehouse, beside it where no other folder is set."""
    from rfm_service.ledger.backup import Backups

    kept = settings.backup
    folder = settings.path(kept.path) if kept.path else settings.warehouse.parent / "backups"
    return Backups(folder, kept.keep_days, kept.keep_weeks, kept.keep_months)


def texts(settings: Settings) -> Catalogue:
    """The texts of the configured language."""
    return Catalogue(settings.language, settings.currency)


def plan(settings: Settings, as_of: date, run: str) -> Plan:
    """What a night of these settings is asked to do."""
    from rfm_service.night import Plan

    return Plan(run=run, rules=settings.rules, sync=sync(settings, as_of, run), currency=settings.currency,
                settings_hash=settings_hash(settings), lifecycle=settings.lifecycle.borders,
                classes=settings.classes.borders, contacting=contacting(settings),
                company=settings.report.company, settings=tables.shaping(settings),
                holds=settings.report.incomplete_day == "hold",
                admin_chats=admin_chats(settings), report_chats=tuple(map(str, settings.telegram.report_chats)),
                addressees=addressees(settings))


def contacting(settings: Settings) -> Contacting:
    """The rules of the lists and of the alerts of products."""
    return Contacting(settings.outreach.rules(settings.lifecycle.borders), settings.holdout.holdout,
                      settings.alerts.rules)


def sync(settings: Settings, as_of: date, run: str) -> Sync:
    """How far back a night of these settings asks, and what it does not believe."""
    from rfm_service.syncing import Sync

    core = settings.source
    return Sync(as_of, run, core.start, core.overlap_days, core.horizon_days, core.removals_limit_percent,
                core.quarantine_limit, accept=f"rfm-service sync --accept-removals --as-of {as_of}")


def diary(settings: Settings) -> Path:
    """Where the diary of runs is."""
    return settings.path(settings.logs.path) / "runs.jsonl"


def tools(settings: Settings, journal: Journal, progress: Callable[[int, int], None]) -> Tools:
    """What a night of these settings works with; the ledger is opened by the night itself."""
    from rfm_service import resources
    from rfm_service.night import Tools

    least = settings.schedule
    return Tools(_ledger(settings), journal, source(settings), engine(settings), renderers(settings),
                 publishers(settings), spool(settings), channels(settings), texts(settings), progress,
                 lambda: resources.check(settings.warehouse, diary(settings), least.least_free_mb,
                                         least.least_memory_mb),
                 backups(settings), inbox=inbox(settings))


def spool(settings: Settings) -> Spool:
    """Where reports wait for a folder that is gone, and who hears of it."""
    return Spool(settings.warehouse.parent / "spool", admin_chats(settings), texts(settings))


def settings_hash(settings: Settings) -> str:
    """A hash of everything set, secrets left out."""
    shown = secrecy.without_secrets(settings.model_dump(mode="json"))
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()[:16]


def secrets(settings: Settings) -> list[str]:
    """The values that no line may hold."""
    shown = settings.model_dump(mode="json")
    return [*secrecy.secret_values(shown), *(login.password for login in secrecy.logins(shown))]


def redactor(settings: Settings) -> Redactor:
    """What keeps secrets, chats, e-mails, phones and names out of lines and messages."""
    telegram = settings.telegram
    return Redactor(tuple(secrets(settings)), tuple(secrecy.logins(settings.model_dump(mode="json"))),
                    tuple(map(str, (*telegram.admin_chats, *telegram.report_chats))))


def log(settings: Settings, name: str) -> logs.Opened:
    """Open the log of that name. Raises RfmError."""
    return logs.start(settings.path(settings.logs.path) / name, settings.logs.level, redactor(settings),
                      growth(settings), ZoneInfo(settings.timezone))


def growth(settings: Settings) -> logs.Growth:
    """How long logs grow."""
    return logs.Growth(settings.logs.file_mb, settings.logs.keep_files, settings.logs.keep_days)


def kinds(room: str) -> list[str]:
    """The plugs of a room, by file name."""
    folder = Path(rfm_service.__file__).parent / room
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))


def _class(socket: Socket) -> Any:
    return getattr(import_module(f"rfm_service.{socket.room}.{socket.kind}"), CLASS_OF[socket.room])


def _make(settings: Settings, socket: Socket) -> Any:
    return _class(socket).model_validate(dict(socket.keys), context={"home": settings.home})


def _sockets(found: Mapping[str, Any]) -> Iterator[Socket]:
    """Every plug that the tables name, as far as they can be read; what cannot be is a fault found elsewhere."""
    for room, place, default in (("sources", "source", "onec_http"), ("engines", "engine", "memory")):
        yield from _socket(room, place, default, found.get(place, {}))
    for at, table in _items(found.get("publish", [DEFAULT_PUBLISH])):
        yield from _socket("publishers", f"publish.{at}", tables.kind_of_place(table), table)
    if isinstance(second := found.get("second_channel"), dict) and second.get("kind"):
        yield from _socket("notifiers", "second_channel", "", second)
    report = found.get("report")
    for at, kind in _items(report.get("renderers")) if isinstance(report, dict) else ():
        if isinstance(kind, str):
            yield Socket("renderers", kind, {}, f"report.renderers.{at}")


def _items(value: object) -> Iterator[tuple[int, Any]]:
    return iter(enumerate(value if isinstance(value, list) else ()))


def _socket(room: str, place: str, default: str, table: object) -> Iterator[Socket]:
    kind = table.get("kind", default) if isinstance(table, dict) else None
    if isinstance(table, dict) and isinstance(kind, str):
        own = {key: value for key, value in table.items() if key not in CORE_KEYS[room]}
        yield Socket(room, kind, own, place)


def _plug_faults(socket: Socket, home: Path) -> list[SettingFault]:
    # The first channel has settings of its own.
    there = [kind for kind in kinds(socket.room) if (socket.room, kind) != ("notifiers", FIRST_CHANNEL)]
    if socket.kind not in there:
        near = get_close_matches(socket.kind, there, n=1)
        key = socket.place if socket.room == "renderers" else f"{socket.place}.kind"
        return [SettingFault(key, repr(socket.kind), f"there is no such kind; there are: {', '.join(there)}",
                             near[0] if near else None)]
    # Renderers have no keys, nor has the usual engine any that it needs.
    if socket.room == "renderers" or (socket.kind == "memory" and not socket.keys):
        return []
    model = _class(socket)
    try:
        model.model_validate(dict(socket.keys), context={"home": home})
    except ValidationError as error:
        return tables.faults_of(error, dict(socket.keys), f"{socket.place}.", _known(model, socket))
    return []


def _address_faults(found: Mapping[str, Any]) -> Iterator[SettingFault]:
    """A fault for each address of a sales manager that cannot be sent a list; what is no table is a fault elsewhere."""
    for at, table in _items(found.get("managers")):
        try:
            written = AddresseeTable.model_validate(table)
        except ValidationError:
            continue
        from rfm_service.notifiers.apprise import faults

        for number, problem in faults(written.urls, files=written.attach):
            yield SettingFault(f"managers.{at}.urls.{number}", "***", problem)


def _known(model: type[BaseModel], socket: Socket) -> list[str]:
    place = socket.place.partition(".")[0]
    return tables.known_keys(model, f"{place}.") + [f"{place}.{key}" for key in CORE_KEYS[socket.room]]
