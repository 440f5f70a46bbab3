"""settings.toml and the RFM_* environment, read into frozen models; the only reader of the environment."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rfm_service.addressee_tables import AddresseeTable, repeated
from rfm_service.domain.errors import SettingFault, SettingsError
from rfm_service.domain.values import FixedCuts, Rules, Tier, clean_name, money
from rfm_service.ledger_table import LedgerTable
from rfm_service.outreach_tables import AlertsTable, HoldoutTable, OutreachTable
from rfm_service.rule_tables import ClassesTable, CutsTable, LifecycleTable, RfmTable, TiersTable
from rfm_service.setting_types import Clock, ClosedHours, Currency, Day, Model, QuietHours, WrittenPath, Zone

PREFIX = "RFM_"
SECRET = re.compile(r"token|password|secret|ping_url|\burls\b|lake_options", re.IGNORECASE)
UNSAFE = re.compile(r"[\x00-\x1f\ud800-\udfff]")
MONEY_KEY = re.compile(r"tiers\..+|lifecycle\.vip_money|rfm\.gift_below|rfm\.cuts\.m")
"""The settings that are held in 1/10 000."""
UNION_BRANCH = re.compile(r"literal\[.*|CutsTable|tuple\[.*|int|str")
"""How a validation error names the branch of a union, which is no key."""

Tables = dict[str, Any]


class PlugTable(BaseModel):
    """A table whose `kind` names a plug; keys it does not declare are the plug's own."""

    model_config = ConfigDict(frozen=True, extra="allow")
    kind: str

    @property
    def own(self) -> Tables:
        """The plug's own keys as they came."""
        return dict(self.model_extra or {})


class SourceTable(PlugTable):
    """Where sales come from; `start` is the first day to load, `horizon_days` how far back nights look again.

    A night is held where more than `removals_limit_percent` of the stored documents it read about, and over 20, are
    gone; it fails where more than `quarantine_limit` rows cannot be understood.
    """

    kind: str = "onec_http"
    start: Day = date(2024, 1, 1)
    overlap_days: int = Field(45, ge=0, le=3650)
    horizon_days: int = Field(400, ge=1, le=3650)
    removals_limit_percent: float = Field(2, ge=0, le=100)
    quarantine_limit: int = Field(1000, ge=0)


class EngineTable(PlugTable):
    """What computes."""

    kind: str = "memory"


class ReportTable(Model):
    """What a night's report is made of, and whether one comes for a day that is not complete in 1C yet.

    A renderer is given the keys that its fields are named by.
    """

    renderers: tuple[str, ...] = ("machine_tables", "workbook", "charts", "summary", "dashboard", "lists")
    manager_lists: bool = True
    inbox: WrittenPath = Field("", pattern=r"^([^:]|:/?[^/])*$")
    company: str = Field("", max_length=60)
    dashboard_password: str = ""
    dashboard_contacts: bool = True
    incomplete_day: Literal["mark", "hold"] = "mark"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The renderers at work: the lists of the sales managers can be switched off apart."""
        return tuple(kind for kind in self.renderers if kind != "lists" or self.manager_lists)


def kind_of_place(table: object) -> str:
    """The kind of a [[publish]] that names none: its path tells it."""
    path = table.get("path") if isinstance(table, dict) else None
    return "smb" if isinstance(path, str) and path.startswith("smb://") else "folder"


class PublishTable(PlugTable):
    """Where a report goes."""

    kind: str

    @model_validator(mode="before")
    @classmethod
    def _by_its_path(cls, table: object) -> object:
        return {"kind": kind_of_place(table), **table} if isinstance(table, dict) else table


class ScheduleTable(Model):
    """When nights run; `deadline_minutes` ends a night that hangs, `closed_hours` are those in which 1C is maintained.

    A night is not begun with less free room on the disk of the ledger, or less free memory, than is set here.
    """

    at: Clock = "02:00"
    quiet_hours: QuietHours = ""
    closed_hours: tuple[ClosedHours, ...] = ()
    deadline_minutes: int = Field(360, ge=1)
    catch_up_days: int = Field(14, ge=0, le=365)
    nice: int = Field(10, ge=0, le=19)
    least_free_mb: int = Field(500, ge=0)
    least_memory_mb: int = Field(500, ge=0)


class TelegramTable(Model):
    """Who hears of nights; without a token nobody does."""

    token: str = ""
    admin_chats: tuple[int | str, ...] = ()
    report_chats: tuple[int | str, ...] = ()
    api_url: str = Field("https://api.telegram.org", pattern=r"^https?://[^\s]+$")
    timeout_s: float = Field(30, gt=0, le=86_400)
    commands: bool = True


class SecondChannelTable(PlugTable):
    """Where admins are told what Telegram did not take `after` so many tries; no `kind`: nowhere."""

    kind: str = ""
    after: int = Field(3, ge=1)


class WatchTable(Model):
    """Who outside watches that nights come: a healthchecks-style address."""

    ping_url: str = Field("", pattern=r"^(https?://[^\s]+)?$")


class BackupTable(Model):
    """Where copies of the warehouse go (nowhere said: beside it), and how many stay: of days, weeks, months."""

    path: WrittenPath = ""
    keep_days: int = Field(7, ge=1)
    keep_weeks: int = Field(4, ge=0)
    keep_months: int = Field(6, ge=0)


class LogsTable(Model):
    """Where logs go and how long they grow."""

    path: WrittenPath = "logs"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    keep_files: int = Field(10, ge=1)
    keep_days: int = Field(90, ge=1)
    file_mb: float = Field(5, gt=0)


class Settings(Model):
    """All settings; paths resolve from `home`, the folder of the file."""

    home: Path = Field(exclude=True)
    language: Literal["ru", "en", "zh", "tr"] = "ru"
    timezone: Zone = "Europe/Moscow"
    currency: Currency = "RUB"
    source: SourceTable = SourceTable()
    ledger: LedgerTable = LedgerTable()
    rfm: RfmTable = RfmTable()
    tiers: TiersTable = TiersTable()
    lifecycle: LifecycleTable = LifecycleTable()
    classes: ClassesTable = ClassesTable()
    outreach: OutreachTable = OutreachTable()
    holdout: HoldoutTable = HoldoutTable()
    alerts: AlertsTable = AlertsTable()
    engine: EngineTable = EngineTable()
    report: ReportTable = ReportTable()
    publish: tuple[PublishTable, ...] = ()
    schedule: ScheduleTable = ScheduleTable()
    telegram: TelegramTable = TelegramTable()
    second_channel: SecondChannelTable = SecondChannelTable()
    managers: tuple[AddresseeTable, ...] = ()
    watch: WatchTable = WatchTable()
    backup: BackupTable = BackupTable()
    logs: LogsTable = LogsTable()

    def path(self, written: str) -> Path:
        """A path as written in the settings, from the folder of the file."""
        return self.home / Path(written).expanduser()

    @property
    def warehouse(self) -> Path:
        """The file of the ledger; of one in a database, the name beside which lies what belongs to it here."""
        return self.path(self.ledger.beside)

    @property
    def rules(self) -> Rules:
        """The settings that shape R, F, M, segments and tiers."""
        rfm, cuts = self.rfm, self.rfm.cuts
        fixed = cuts if isinstance(cuts, str) else FixedCuts(cuts.r, cuts.f, cuts.m)
        tiers = tuple(sorted((Tier(name, floor) for name, floor in self.tiers), key=lambda tier: -tier.floor))
        return Rules(rfm.grid, rfm.window_days, rfm.gift_below, frozenset(map(clean_name, rfm.own_companies)),
                     rfm.returns, fixed, tiers, frozenset(map(clean_name, rfm.exclude_customers)))


def shaping(settings: Settings) -> Tables:
    """The values of the settings that shape figures, by key, as written; names of companies are only counted."""
    kept = settings.model_dump(mode="json", include={"timezone", "currency", "rfm", "tiers", "lifecycle", "classes"})
    kept["rfm"] |= {key: len(kept["rfm"][key]) for key in ("own_companies", "exclude_customers")}
    return {key: _written(value, amount=bool(MONEY_KEY.fullmatch(key))) for key, value in _leaves(kept)}


def _written(value: Any, *, amount: bool) -> str:
    if isinstance(value, list):
        return ", ".join(_written(each, amount=amount) for each in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "" if value is None else f"{money(value).normalize():f}" if amount else str(value)


def _leaves(tables: Tables, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def read(path: Path) -> Tables:
    """The tables of a settings file, `.env` beside it and RFM_* laid over. Raises SettingsError."""
    tables = _parsed(path)
    for key, value in {**_beside(path.parent / ".env"), **os.environ}.items():
        if key.startswith(PREFIX):
            overlay(tables, key.removeprefix(PREFIX).lower().replace("__", "."), value, written=key)
    return tables


def _beside(path: Path) -> dict[str, str]:
    """What a `.env` sets, each value as it stands there."""
    try:
        return {key: value or "" for key, value in dotenv_values(path, interpolate=False).items()}
    except UnicodeDecodeError:
        raise _unreadable(path, "the file is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise _unreadable(path, f"the file cannot be read: {error.strerror}") from None


def _parsed(path: Path) -> Tables:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text)
    except FileNotFoundError:
        raise _unreadable(path, "the file is missing; `rfm-service init` writes one") from None
    except UnicodeDecodeError:
        raise _unreadable(path, "the file is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise _unreadable(path, f"the file cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _unreadable(path, _toml_hint(str(error), text)) from None
    except RecursionError:
        raise _unreadable(path, "the tables are nested too deeply") from None


def _toml_hint(error: str, text: str) -> str:
    lines, found = text.rstrip().split("\n"), re.search(r"line (\d+)", error)
    written = lines[min(int(found[1]), len(lines)) - 1] if found else lines[-1]
    if "\\" in written and '"' in written:
        return f"{error}; a path with backslashes goes in single quotes: path = '\\\\server\\share'"
    return error


def _unreadable(path: Path, problem: str) -> SettingsError:
    return SettingsError([SettingFault(path.name, "", problem)], str(path))


def overlay(tables: Tables, key: str, value: str, *, written: str) -> None:
    """Lay a value over a dotted key; one that fits nowhere becomes a key, as written, that nobody knows."""
    *above, last = key.split(".")
    inner: Any = tables
    for name in above:
        inner = inner.setdefault(name, {}) if isinstance(inner, dict) else _at(inner, [name])
    if isinstance(inner, dict):
        inner[last] = _listed(value)
    else:
        tables[written] = value


def _listed(value: str) -> object:
    """A JSON list as a list; anything else as it stands."""
    try:
        return json.loads(value) if value.startswith("[") else value
    except (ValueError, RecursionError):
        return value


def systemd() -> tuple[str, float]:
    """Where the manager of services listens ("": nowhere), and after how many silent seconds it restarts this one."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    return os.environ.get("NOTIFY_SOCKET", ""), int(asked) / 1_000_000 if asked.isdecimal() else 0.0


def validate(tables: Tables, home: Path) -> tuple[Settings | None, list[SettingFault]]:
    """The settings, or every fault of the tables' declared keys; a plug's own keys are not looked at."""
    faults = [SettingFault(key, _shown(key, value), "holds a control character; a path with backslashes goes in "
                           "single quotes: '\\\\server\\share'")
              for key, value in _texts(tables) if UNSAFE.search(value)]
    if "home" in tables:
        faults.append(SettingFault("home", _shown("home", tables["home"]), "unknown key"))
    try:
        settings = Settings.model_validate({**tables, "home": home})
    except ValidationError as error:
        return None, faults + faults_of(error, tables, "", known_keys())
    faults += settings.rfm.faults() + repeated(settings.managers)
    return (None if faults else settings), faults


def faults_of(error: ValidationError, tables: Tables, prefix: str, known: list[str]) -> list[SettingFault]:
    """A validation error as faults, each under its full key and with the nearest of the `known` keys."""
    faults: dict[str, SettingFault] = {}
    for each in error.errors(include_url=False):
        names = [str(part) for part in each["loc"] if not UNION_BRANCH.fullmatch(str(part))]
        key = prefix + ".".join(names)
        unknown = each["type"] == "extra_forbidden"
        near = get_close_matches(re.sub(r"\.\d+", "", key), known, n=1, cutoff=0.6) if unknown else []
        # A secret under a key that was written wrongly is a secret too.
        shown = _shown(" ".join((key, *near)), _at(tables, names))
        faults.setdefault(key, SettingFault(key, shown, _problem(each), near[0] if near else None))
    return list(faults.values())


def _problem(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "this key is needed"
    said = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "must").replace("Input is", "is")
    return said.replace("a valid tuple", "a list like [1, 2]").replace(" for <class 'pathlib.Path'>", "")


def _shown(key: str, value: object) -> str:
    if value is None or isinstance(value, dict):
        return ""
    return "***" if SECRET.search(key) or "@" in str(value) else repr(value) if isinstance(value, str) else str(value)


def _at(tables: object, names: list[str]) -> object:
    for name in names:
        if isinstance(tables, dict):
            tables = tables.get(name)
        elif isinstance(tables, list) and name.isdigit() and int(name) < len(tables):
            tables = tables[int(name)]
        else:
            return None
    return tables


def _texts(tables: Tables, prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tables.items():
        if isinstance(value, dict):
            yield from _texts(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            yield from _texts({str(at): each for at, each in enumerate(value)}, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield prefix + key, value


def known_keys(model: type[BaseModel] = Settings, prefix: str = "") -> list[str]:
    """Every key that the settings declare, dotted; a plug's own keys are the plug's to tell."""
    keys: list[str] = []
    for name, declared in model.model_fields.items():
        inner = _table_of(declared.annotation)
        if inner is not None:
            keys += known_keys(inner, f"{prefix}{declared.alias or name}.")
        elif name != "home":
            keys.append(prefix + (declared.alias or name))
    return keys


def _table_of(annotation: Any) -> type[BaseModel] | None:
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return None if candidate is CutsTable else candidate
    return None
