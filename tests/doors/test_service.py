"""The daemon as a service: units that systemd itself judges, a task that keeps to its schema, commands that are run."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result
from typer.testing import CliRunner

from rfm_service import lock, service, wiring
from rfm_service.cli import app
from rfm_service.domain.errors import RfmError, WrongUsage
from rfm_service.service import Plan
from tests.nights.company import ALL, company, sale, shop_of
from tests.programs import program

posix = pytest.mark.skipif(os.name == "nt", reason="units are for Linux")
ROOT = os.name != "nt" and os.geteuid() == 0
SETTINGS = """language = "en"
[source]
url = "http://127.0.0.1:1/"
"""
ME = getpass.getuser()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "rfm" / "settings.toml"
    path.parent.mkdir()
    path.write_text(SETTINGS, encoding="utf-8")
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that systemd runs, as far as the program can see: its systemctl notes what it is asked."""
    (tmp_path / "units").mkdir()
    monkeypatch.setattr(service, "UNITS", tmp_path / "units")
    monkeypatch.setattr(service, "RUNNING", tmp_path)
    (tmp_path / "bin").mkdir()
    answering(tmp_path, 'echo "$@" >> asked')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return tmp_path


def answering(machine: Path, script: str) -> None:
    systemctl = machine / "bin" / "systemctl"
    systemctl.write_text(f"#!/bin/sh\ncd {machine}\n{script}\n", encoding="utf-8")
    systemctl.chmod(0o755)


def command(*words: str, settings: Path) -> Result:
    result = CliRunner().invoke(app, ["service", *words, "--settings", str(settings)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def plan(folder: Path, **changes: object) -> Plan:
    values = {"name": "rfm-service", "user": "rfm", "command": ("/usr/bin/python3", "-m", "rfm_service", "daemon"),
              "home": folder, "writable": (folder / "data",)}
    return Plan(**{**values, **changes})  # type: ignore[arg-type]


@posix
def test_systemd_finds_the_unit_good_and_little_exposed(tmp_path: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    folder = tmp_path / 'a "folder" of 5 %'
    folder.mkdir()
    told = service.unit(plan(folder, user=ME, command=("/usr/bin/env", "python", "$x %n", "it's")))
    path = tmp_path / "rfm-trial.service"
    path.write_text(told, encoding="utf-8")
    verified = subprocess.run([analyze, "verify", "--man=no", str(path)], capture_output=True, encoding="utf-8")
    ours = [line for line in verified.stderr.splitlines() if "rfm-trial" in line]
    assert (verified.returncode, ours) == (0, []), verified.stderr
    judged = subprocess.run([analyze, "security", "--offline=true", "--no-pager", "--threshold=30", str(path)],
                            capture_output=True, encoding="utf-8")
    level = re.search(r"exposure level for \S+: ([\d.]+)", judged.stdout)
    assert level is not None, judged.stdout + judged.stderr
    assert judged.returncode == 0
    assert float(level[1]) <= 2.5


@posix
def test_the_unit_writes_to_the_places_of_the_settings_alone(settings: Path) -> None:
    home = settings.parent
    (home / "data").mkdir()
    (home / "copies").mkdir()
    (home / "dropped").mkdir()
    (home / "share one").mkdir()
    settings.write_text(SETTINGS + "[[publish]]\npath = 'share one/north'\n[[publish]]\npath = '/mnt/share/rfm'\n"
                        "[backup]\npath = 'copies'\n[logs]\npath = 'logs'\n[report]\ninbox = 'dropped'\n",
                        encoding="utf-8")
    told = service.unit(service.plan(wiring.load(settings), settings, "rfm-north", "rfm"))
    places = re.findall(r"ReadWritePaths=-(.*)", told)
    mounts = [str(each) for each in (Path("/mnt/share/rfm"), Path("/mnt/share"), Path("/mnt")) if each.exists()][:1]
    # logs/ is not there yet, so that its parent must be written.
    assert places == [str(home / "data"), str(home), f'"{home / "share one"}"', *mounts, str(home / "copies"),
                      str(home / "dropped")]
    assert f"daemon --settings {settings}" in told
    for said in ("User=rfm", "Type=notify", "WatchdogSec=", "Restart=always", "StartLimitIntervalSec=0",
                 "KillMode=mixed", "UMask=0027", "ProtectSystem=strict", "NoNewPrivileges=yes"):
        assert f"\n{said}" in told


READ_ONLY = """
set -e
mount --make-rprivate /
for place in "$@"; do mount --bind "$place" "$place"; done
mount -o remount,ro,bind /
if touch "$SETTINGS" 2> /dev/null; then exit 99; fi
exec "$PYTHON" -m rfm_service run --settings "$SETTINGS" --as-of 2026-06-10
"""


@posix
@pytest.mark.slow
def test_a_night_runs_where_only_the_places_of_the_unit_can_be_written(tmp_path: Path) -> None:
    apart = [program("unshare", "util-linux"), "-Urm"]
    if subprocess.run([*apart, "mount", "--make-rprivate", "/"], capture_output=True).returncode:
        pytest.skip("this machine allows no mounts of one's own")
    with company(tmp_path, shop_of(sale("1", date(2026, 6, 10), 500)), renderers=ALL) as firm:
        for name in ("data", "logs", "reports", "cache"):
            (tmp_path / name).mkdir()
        path = firm.settings
        told = service.unit(service.plan(wiring.load(path), path, "rfm-service", "rfm"))
        places = [*re.findall(r"ReadWritePaths=-(.*)", told), str(tmp_path / "cache")]
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, sys.path)), "HOME": "/nonexistent",
               "TMPDIR": places[-1], "MPLCONFIGDIR": places[-1], "SETTINGS": str(path), "PYTHON": sys.executable}
        done = subprocess.run([*apart, "sh", "-c", READ_ONLY, "sh", *places], env=own, capture_output=True,
                              encoding="utf-8", errors="replace", timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        assert {"RFM.xlsx", "summary.pdf", "dashboard.html"} <= firm.files("latest").keys()


@posix
def test_homes_are_shut_unless_something_needed_lies_there(tmp_path: Path) -> None:
    inside = service.unit(plan(tmp_path, home=Path("/home/anna/rfm")))
    assert "\nProtectHome=read-only\n" in inside
    files = plan(tmp_path, read=(Path("/home/anna/sales"),))
    assert "\nProtectHome=read-only\n" in service.unit(files)


@pytest.mark.parametrize("name", ["", "-x", "a b", "../x", "x" * 80, "a;b", "a\nb"])
def test_a_name_that_is_none(name: str, settings: Path) -> None:
    with pytest.raises(WrongUsage):
        plan(settings.parent, name=name)
    for words in (["uninstall"], ["status"], ["install", "--user", ME]):
        assert command(*words, "--name", name, settings=settings).exit_code == 2


def test_a_line_end_in_a_path_becomes_no_line_of_the_unit(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="control character"):
        plan(tmp_path, user="rfm\nExecStartPre=/bin/true")


@posix
def test_install_where_it_may_not_writes_the_unit_and_says_the_commands(settings: Path, machine: Path,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RUNNING", machine / "none")
    result = command("install", "--user", ME, settings=settings)
    written = settings.parent / "rfm-service.service"
    assert result.exit_code == 0, result.output
    assert written.read_text(encoding="utf-8") == service.unit(
        service.plan(wiring.load(settings), settings, "rfm-service", ME))
    assert result.stdout.splitlines()[2:] == [
        f"  sudo install -m 644 {written} {machine}/units/rfm-service.service", "  sudo systemctl daemon-reload",
        "  sudo systemctl enable --now rfm-service"]
    assert not (machine / "asked").exists()
    printed = command("install", "--user", ME, "--print", settings=settings)
    assert printed.stdout == written.read_text(encoding="utf-8")
    # No log was opened: as root its files would be root's.
    assert not (settings.parent / "logs").exists()


@posix
@pytest.mark.skipif(not ROOT, reason="installs as root")
def test_install_status_and_uninstall_as_root(settings: Path, machine: Path) -> None:
    done = command("install", "--user", ME, "--name", "rfm-trial", settings=settings)
    assert (done.exit_code, done.stdout.count("installed and runs")) == (0, 1)
    unit = machine / "units" / "rfm-trial.service"
    assert "ExecStart=" in unit.read_text(encoding="utf-8")
    assert (machine / "asked").read_text(encoding="utf-8").splitlines() == ["daemon-reload", "enable --now rfm-trial"]
    answering(machine, "echo LoadState=loaded; echo ActiveState=active; "
                       "echo 'ActiveEnterTimestamp=Fri 2026-11-20 02:00:00 MSK'")
    told = command("status", "--name", "rfm-trial", settings=settings)
    assert told.exit_code == 0
    assert "It runs since Fri 2026-11-20 02:00:00 MSK." in told.stdout
    assert "Next night: " in told.stdout
    answering(machine, "exit 0")
    gone = command("uninstall", "--name", "rfm-trial", settings=settings)
    assert gone.exit_code == 0
    assert not unit.exists()
    assert command("uninstall", "--name", "rfm-trial", settings=settings).exit_code == 2
    assert settings.exists()


@posix
@pytest.mark.skipif(not ROOT, reason="installs as root")
def test_a_command_of_the_system_that_fails_is_a_sentence(settings: Path, machine: Path) -> None:
    answering(machine, "echo 'Access denied' >&2; exit 4")
    result = command("install", "--user", ME, settings=settings)
    assert result.exit_code == 1
    assert "`systemctl daemon-reload` failed: Access denied" in result.stderr
    with pytest.raises(RfmError, match="no-such-program cannot be run: it is not installed"):
        service.asked_of(["no-such-program"])


@posix
def test_status_without_systemd_sees_a_daemon_by_its_lock(settings: Path, machine: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "RUNNING", machine / "none")
    told = command("status", settings=settings)
    assert (told.exit_code, "is not installed" in told.stdout, "It does not run." in told.stdout) == (1, True, True)
    with lock.held(settings.parent / "data" / "daemon.lock", "daemon"):
        told = command("status", settings=settings)
    assert told.exit_code == 0
    assert f"A daemon runs that is not this service: process {os.getpid()}." in told.stdout
    assert command("status", settings=settings).exit_code == 1


@posix
def test_install_names_a_user_that_is_not_there(settings: Path, machine: Path) -> None:
    result = command("install", "--user", "nobody-of-here", settings=settings)
    assert result.exit_code == 2
    assert "useradd --system nobody-of-here" in result.stderr
    if ROOT:
        assert "--user" in command("install", settings=settings).stderr


ALLOWED = {"Task": {"RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"},
           "RegistrationInfo": {"Description"}, "Triggers": {"BootTrigger"},
           "BootTrigger": {"Repetition", "Enabled"}, "Repetition": {"Interval", "StopAtDurationEnd"},
           "Principals": {"Principal"}, "Principal": {"UserId", "LogonType", "RunLevel"},
           "Actions": {"Exec"}, "Exec": {"Command", "Arguments", "WorkingDirectory"},
           "IdleSettings": {"StopOnIdleEnd", "RestartOnIdle"}, "RestartOnFailure": {"Interval", "Count"},
           "Settings": {"MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries",
                        "AllowHardTerminate", "StartWhenAvailable", "RunOnlyIfNetworkAvailable", "IdleSettings",
                        "AllowStartOnDemand", "Enabled", "Hidden", "RunOnlyIfIdle", "WakeToRun", "ExecutionTimeLimit",
                        "Priority", "RestartOnFailure"}}
"""The elements of Task 1.2 that are used, by the one around them (MS-TSCH, 2.5)."""
VALUES = {"Interval": r"PT(1|10)M", "Count": r"[1-9]\d?|1\d\d|2[0-4]\d|25[0-5]", "LogonType": "Password",
          "RunLevel": "LeastPrivilege", "MultipleInstancesPolicy": "IgnoreNew", "ExecutionTimeLimit": "PT0S",
          "Priority": r"\d|10", "Enabled": "true"}


def test_the_task_of_windows_keeps_to_its_schema() -> None:
    home = PureWindowsPath(r"C:\rfm & co")
    asked = plan(Path("x"), user="FIRM\\rfm", home=home, writable=(), command=(
        r"C:\Program Files\rfm\python.exe", "-m", "rfm_service", "daemon", "--settings", r"C:\rfm & co\settings.toml"))
    written = service.task(asked)
    assert written.startswith(b"\xff\xfe")
    root = ET.fromstring(written)
    for parent in root.iter():
        name = parent.tag.removeprefix(f"{{{service.TASKS}}}")
        inside = [each.tag.removeprefix(f"{{{service.TASKS}}}") for each in parent]
        assert set(inside) <= ALLOWED.get(name, set()), name
        assert len(inside) == len(set(inside)), name
        if name in VALUES:
            assert re.fullmatch(VALUES[name], parent.text or ""), name
    found = {each.tag.rpartition("}")[2]: each.text for each in root.iter()}
    assert found["Command"] == r"C:\Program Files\rfm\python.exe"
    assert found["Arguments"] == r'-m rfm_service daemon --settings "C:\rfm & co\settings.toml"'
    assert (found["UserId"], found["WorkingDirectory"]) == ("FIRM\\rfm", str(home))
    recipe = service.nssm(asked)
    assert recipe[0].startswith(r'nssm install rfm-service "C:\Program Files\rfm\python.exe" -m rfm_service daemon')
    assert any(line.endswith(r"ObjectName FIRM\rfm PASSWORD") for line in recipe)
