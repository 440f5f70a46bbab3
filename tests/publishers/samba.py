"""A Samba server of the test's own: on 127.0.0.1, on a free port, with its own users and folders."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rfm_service.publishers.smb import Publisher
from tests.programs import lacking, program

PASSWORD = "канарейка-Пароль-5$"
SETTINGS = """
[global]
    smb ports = {port}
    interfaces = 127.0.0.1/8
    bind interfaces only = yes
    disable netbios = yes
    load printers = no
    printcap name = /dev/null
    disable spoolss = yes
    server min protocol = SMB2
    security = user
    passdb backend = tdbsam:{home}/private/passdb.tdb
    private dir = {home}/private
    state directory = {home}/state
    cache directory = {home}/cache
    lock directory = {home}/lock
    pid directory = {home}/pid
    ncalrpc dir = {home}/ncalrpc
    log file = {home}/log/smbd
    max log size = 0
    unix charset = UTF-8
    invalid users =
[reports]
    path = {share}
    read only = {read_only}
    force user = {user}
    strict rename = {strict}
"""


def private_mounts() -> list[str]:
    """The words before a command that may mount what nobody else sees; skips where the system grants it to nobody."""
    words = [program("unshare", "util-linux"), "-m" if os.geteuid() == 0 else "-Urm"]
    tried = subprocess.run([*words, "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True)
    if tried.returncode:
        pytest.skip("this system lets nobody mount")
    return words


@dataclass
class Samba:
    """A server and its one share, `share` on this disk."""

    home: Path
    share: Path
    port: int
    running: subprocess.Popen[bytes] | None = None
    readers: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"smb://127.0.0.1:{self.port}/reports"

    def publisher(self, folder: str = "rfm/отчёты", **changes: Any) -> Publisher:
        return Publisher(**{"path": f"{self.address}/{folder}", "user": getpass.getuser(), "password": PASSWORD,
                            "timeout_s": 5, "language": "en", **changes})

    def start(self, *, read_only: bool = False, size_mb: int = 0, strict: bool = True) -> None:
        """Start the server; where a size is said, its share is a new and empty disk of that size.

        A `strict` one renames no folder in which a file is open: so does Windows.
        """
        settings = self.home / "smb.conf"
        said = {"port": self.port, "home": self.home, "share": self.share, "user": getpass.getuser(),
                "read_only": "yes" if read_only else "no", "strict": "yes" if strict else "no"}
        settings.write_text(SETTINGS.format(**said), encoding="utf-8")
        if not (self.home / "private" / "passdb.tdb").exists():
            for name in ("private", "state", "cache", "lock", "pid", "ncalrpc", "log"):
                (self.home / name).mkdir()
            subprocess.run([program("pdbedit", "samba"), "-s", settings, "-a", "-t", "-u", getpass.getuser()],
                           input=f"{PASSWORD}\n{PASSWORD}\n".encode(), capture_output=True, check=True)
        command = [program("smbd", "samba"), "--foreground", "--no-process-group", "-s", str(settings)]
        if size_mb:
            mounted = f'mount -t tmpfs -o size={size_mb}m,mode=777 tmpfs "$0" && exec "$@"'
            command = [*private_mounts(), "sh", "-c", mounted, str(self.share), *command]
        self.running = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        lacking("smbd did not start: see its log in the test's folder")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and to what serves its connections."""
        if self.running is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, number)

    def stop(self) -> None:
        if self.running is not None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGKILL)
            self.running.wait()
            self.running = None


@contextmanager
def samba(folder: Path) -> Iterator[Samba]:
    program("smbd", "samba")
    (folder / "samba").mkdir()
    (folder / "shared").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Samba(folder / "samba", folder / "shared", port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
