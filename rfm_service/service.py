"""How the daemon is installed: a hardened systemd unit, or a task of Windows; texts are made here and commands run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NamedTuple
from xml.etree import ElementTree as ET

from rfm_service.domain.errors import RfmError, WrongUsage
from rfm_service.settings import Settings

UNITS = Path("/etc/systemd/system")
RUNNING = Path("/run/systemd/system")
"""There while systemd runs the machine."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,60}")
HOMES = (Path("/home"), Path("/root"), Path("/run/user"))
PATIENCE_S = 120
ACCOUNT = "DOMAIN\\USER"
"""What a person writes the account of the service in place of."""
TASKS = "http://schemas.microsoft.com/windows/2004/02/mit/task"

UNIT = """\
[Unit]
Description=Nightly RFM beside 1C ({name})
Wants=network-online.target
After=network-online.target remote-fs.target time-sync.target
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={command}
WorkingDirectory={home}
User={user}
Environment=PYTHONUNBUFFERED=1 MPLCONFIGDIR=/var/cache/{name}
CacheDirectory={name}
CacheDirectoryMode=0700
UMask=0027
Restart=always
RestartSec=30
TimeoutStartSec=300
TimeoutStopSec=90
WatchdogSec=300
KillMode=mixed
OOMPolicy=continue
IOSchedulingPriority=7

# It sees the machine read-only and writes to these places alone; "-": a share that is gone stops nothing.
ProtectSystem=strict
{writable}
ProtectHome={homes}
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True)
class Plan:
    """What is installed: the daemon of a settings file, as a user, and where it writes."""

    name: str
    user: str
    command: tuple[str, ...]
    home: PurePath
    writable: tuple[PurePath, ...] = ()
    read: tuple[PurePath, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise WrongUsage("{name} is no name for a service: letters, digits, . _ @ and - only.",
                             name=repr(self.name))
        if re.search(r"[\x00-\x1f]", "".join([self.user, *self.command, *map(str, self.writable)])):
            raise WrongUsage("A name or a path of the service holds a control character.")


class Told(NamedTuple):
    """What a command of the system answered."""

    code: int
    output: str


class State(NamedTuple):
    """How the service stands: whether it is installed and runs, since when, as the system writes it."""

    installed: bool
    running: bool
    since: str = ""


def plan(settings: Settings, path: Path, name: str, user: str) -> Plan:
    """What `install` would install for a settings file. Raises WrongUsage."""
    shares = [settings.path(str(place.own["path"])) for place in settings.publish if _local(place.own.get("path"))]
    places = [settings.warehouse.parent, settings.path(settings.logs.path), *(shares or [settings.home / "reports"])]
    places += [settings.path(path) for path in (settings.backup.path, settings.report.inbox) if path]
    own = settings.source.own.get("path")
    read = [settings.path(own)] if isinstance(own, str) and _local(own) else []
    command = (sys.executable, "-m", "rfm_service", "daemon", "--settings", str(path.resolve()))
    return Plan(name, user or owner(settings.home), command, settings.home.resolve(), tuple(places), tuple(read))


def _local(path: object) -> bool:
    return isinstance(path, str) and "://" not in path


def owner(folder: Path) -> str:
    """Who owns a folder, '' on Windows. Raises WrongUsage where it is root's."""
    if sys.platform == "win32":
        return ""
    try:
        name = folder.owner()
    except KeyError:
        name = ""
    if name in ("", "root"):
        raise WrongUsage("Say with --user as whom the service runs: {folder} belongs to no ordinary user.",
                         folder=str(folder))
    return name


def unit(asked: Plan) -> str:
    """The systemd unit."""
    existing = [_existing(Path(place).resolve()) for place in asked.writable]
    places = dict.fromkeys(place for place in existing if len(place.parts) > 1)
    writable = "\n".join(f"ReadWritePaths=-{_quoted(str(place))}" for place in places)
    return UNIT.format(name=asked.name, user=asked.user, command=" ".join(map(_argument, asked.command)),
                       home=str(asked.home).replace("%", "%%"), writable=writable, homes=_homes(asked))


def _existing(place: Path) -> Path:
    """The folder, or the nearest one above it that is there: only that one can be opened for writing."""
    return next(each for each in (place, *place.parents) if each.exists())


def _homes(asked: Plan) -> str:
    """Homes are shut, unless the program, its settings or its folders lie there."""
    needed = [*asked.writable, *asked.read, asked.home, Path(asked.command[0]), Path(sys.prefix), Path(__file__)]
    inside = any(Path(place).is_relative_to(home) for place in needed for home in HOMES)
    return "read-only" if inside else "yes"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if re.search(r"[\s\"'\\]", text) else escaped


def _argument(text: str) -> str:
    return _quoted(text.replace("$", "$$"))


def task(asked: Plan) -> bytes:
    """The task for the Task Scheduler of Windows: XML in UTF-16."""
    root = ET.Element("Task", {"version": "1.2", "xmlns": TASKS})
    _add(root, {"RegistrationInfo": {"Description": f"Nightly RFM beside 1C ({asked.name})"},
                # Begun with the machine; asked for again every ten minutes, which a running one ignores.
                "Triggers": {"BootTrigger": {"Repetition": {"Interval": "PT10M", "StopAtDurationEnd": "false"},
                                             "Enabled": "true"}}})
    principals = ET.SubElement(root, "Principals")
    principal = ET.SubElement(principals, "Principal", {"id": "Author"})
    # With its password kept: without it a task has no rights on shares.
    _add(principal, {**({"UserId": asked.user} if asked.user else {}), "LogonType": "Password",
                     "RunLevel": "LeastPrivilege"})
    _add(root, {"Settings": {
        "MultipleInstancesPolicy": "IgnoreNew", "DisallowStartIfOnBatteries": "false",
        "StopIfGoingOnBatteries": "false", "AllowHardTerminate": "true", "StartWhenAvailable": "true",
        "RunOnlyIfNetworkAvailable": "false",
        "IdleSettings": {"StopOnIdleEnd": "false", "RestartOnIdle": "false"},
        "AllowStartOnDemand": "true", "Enabled": "true", "Hidden": "false", "RunOnlyIfIdle": "false",
        "WakeToRun": "false", "ExecutionTimeLimit": "PT0S", "Priority": "7",
        "RestartOnFailure": {"Interval": "PT1M", "Count": "255"}}})
    actions = ET.SubElement(root, "Actions", {"Context": "Author"})
    _add(actions, {"Exec": {"Command": asked.command[0], "Arguments": subprocess.list2cmdline(asked.command[1:]),
                            "WorkingDirectory": str(asked.home)}})
    ET.indent(root)
    return ('<?xml version="1.0" encoding="UTF-16"?>\n' + ET.tostring(root, encoding="unicode")).encode("utf-16")


def _add(parent: ET.Element, values: dict[str, object]) -> None:
    for name, value in values.items():
        element = ET.SubElement(parent, name)
        if isinstance(value, dict):
            _add(element, value)
        else:
            element.text = str(value)


def nssm(asked: Plan) -> list[str]:
    """The same as a service by NSSM, as commands to type."""
    logs = f"{asked.home}\\logs\\nssm.log"
    return [f"nssm install {asked.name} {subprocess.list2cmdline(asked.command)}",
            *(f"nssm set {asked.name} {key} {value}" for key, value in (
                ("AppDirectory", subprocess.list2cmdline([str(asked.home)])),
                ("ObjectName", f"{asked.user or ACCOUNT} PASSWORD"), ("Start", "SERVICE_DELAYED_AUTO_START"),
                ("AppExit", "Default Restart"), ("AppRestartDelay", "30000"), ("AppStopMethodConsole", "90000"),
                ("AppStdout", subprocess.list2cmdline([logs])), ("AppStderr", subprocess.list2cmdline([logs])))),
            f"nssm start {asked.name}"]


def asked_of(command: Sequence[str]) -> Told:
    """Run a command of the system. Raises RfmError where there is no such program or it does not end."""
    program = shutil.which(command[0])
    try:
        if program is None:
            raise FileNotFoundError(2, "it is not installed")
        done = subprocess.run([program, *command[1:]], capture_output=True, timeout=PATIENCE_S, check=False,
                              encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise RfmError("{command} cannot be run: {reason}.", command=command[0], reason=reason) from error
    return Told(done.returncode, (done.stdout + done.stderr).strip())


def carry_out(commands: Sequence[Sequence[str]]) -> None:
    """Run commands one after another, up to the first that fails. Raises RfmError."""
    for command in commands:
        told = asked_of(command)
        if told.code:
            raise RfmError("`{command}` failed: {reason}", command=" ".join(command), reason=told.output or told.code)


def may_install() -> bool:
    """Whether this is root of a machine that systemd runs."""
    return sys.platform != "win32" and os.geteuid() == 0 and RUNNING.is_dir() and shutil.which("systemctl") is not None


def write(path: Path, content: bytes) -> None:
    """Write a unit or a task. Raises RfmError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise RfmError("{path} cannot be written: {reason}.", path=str(path), reason=error.strerror or "?") from error


def installing(asked: Plan, written: Path) -> list[list[str]]:
    """The commands that install a unit or a task that was written."""
    if sys.platform == "win32":
        return [["schtasks", "/Create", "/TN", asked.name, "/XML", str(written), "/RU", asked.user or ACCOUNT,
                 "/RP", "*"], ["schtasks", "/Run", "/TN", asked.name]]
    place = UNITS / f"{asked.name}.service"
    copied = [] if written == place else [["install", "-m", "644", str(written), str(place)]]
    return [*copied, ["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", asked.name]]


def removing(name: str) -> list[list[str]]:
    """The commands that remove the service."""
    if sys.platform == "win32":
        return [["schtasks", "/End", "/TN", name], ["schtasks", "/Delete", "/TN", name, "/F"]]
    return [["systemctl", "disable", "--now", name], ["rm", str(UNITS / f"{name}.service")],
            ["systemctl", "daemon-reload"]]


def state(name: str) -> State:
    """How the service stands, as far as the system tells. Raises RfmError."""
    return _task_state(name) if sys.platform == "win32" else _unit_state(name)


def _unit_state(name: str) -> State:
    installed = (UNITS / f"{name}.service").exists()
    if not RUNNING.is_dir() or shutil.which("systemctl") is None:
        return State(installed, running=False)
    told = asked_of(["systemctl", "show", f"{name}.service",
                     "--property=LoadState,ActiveState,ActiveEnterTimestamp"]).output
    found = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    running = found.get("ActiveState") in ("active", "activating", "reloading")
    return State(installed or found.get("LoadState") == "loaded", running, found.get("ActiveEnterTimestamp", ""))


def _task_state(name: str) -> State:
    # PowerShell tells it in numbers; schtasks in the language of Windows.
    asked = (f"$t = Get-ScheduledTask -TaskName '{name}' -ErrorAction Stop; @{{state = [int]$t.State; since = "
             f"($t | Get-ScheduledTaskInfo).LastRunTime.ToString('s')}} | ConvertTo-Json")
    told = asked_of(["powershell", "-NoProfile", "-NonInteractive", "-Command", asked])
    if told.code:
        return State(installed=False, running=False)
    found = json.loads(told.output)
    return State(installed=True, running=found["state"] == 4, since=found["since"])
