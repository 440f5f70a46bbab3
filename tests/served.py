"""A server of PostgreSQL for tests, and the proofs that run on it as they do on files of SQLite."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.programs import free_port, lacking

if TYPE_CHECKING:
    from rfm_service.ledger.postgres import PostgresWarehouse

KINDS = ("sqlite", "postgresql")
URL: list[str] = []
"""The address of the server while a test runs on it: what makes ledgers looks here."""
SPEEDY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40", "shared_buffers=64MB")


@dataclass
class PostgresServer:
    """A server in a folder of its own, on a free port; `stop` and `start` as often as a test needs."""

    bin: Path
    folder: Path
    port: int
    more: tuple[str, ...] = SPEEDY
    running: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://rfm@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = [f"-c{each}" for each in (*self.more, "listen_addresses=127.0.0.1", "unix_socket_directories=")]
        with (self.folder / "log").open("ab") as log:
            self.running = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options], stdout=log,
                stderr=log, cwd=self.folder, **as_somebody())
        deadline = time.monotonic() + 30
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            assert time.monotonic() < deadline, (self.folder / "log").read_text(encoding="utf-8", errors="replace")
            time.sleep(0.05)

    def stop(self, how: int = signal.SIGINT) -> None:
        """End it; SIGQUIT is a crash."""
        if self.running:
            self.running.send_signal(how)
            self.running.wait(30)
            self.running = None


def as_somebody() -> dict[str, object]:
    """PostgreSQL refuses to run as root: it runs as its own user, or as nobody."""
    if os.geteuid():
        return {}
    names = {each.pw_name for each in pwd.getpwall()}
    found = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


def programs() -> Path:
    """The folder of PostgreSQL's programs; where there is none the test is skipped, or fails."""
    found = shutil.which("initdb")
    folders = [*([Path(found).resolve().parent] if found else []), *sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    there = [folder for folder in folders if (folder / "postgres").exists() and (folder / "pg_isready").exists()]
    return there[-1] if there else lacking("PostgreSQL is not installed: apt-get install postgresql")


@contextmanager
def server(more: tuple[str, ...] = SPEEDY) -> Iterator[PostgresServer]:
    """A server that ends with the block, with `more` options."""
    pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="served-"))
    try:
        if not os.geteuid():
            somebody = as_somebody()
            os.chown(folder, somebody["user"], somebody["group"])
        subprocess.run([found / "initdb", "-D", folder / "data", "-A", "trust", "-U", "rfm", "-E", "UTF8", "--no-sync",
                        "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_somebody())
        made = PostgresServer(found, folder, free_port(), more)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kept_in(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the ledgers of a test are kept in, for a fixture that a parameter may ask for the server."""
    kind = getattr(request, "param", KINDS[0])
    if kind == KINDS[1]:
        URL.append(request.getfixturevalue("postgres").url)
    yield kind
    if kind == KINDS[1]:
        swept(URL[-1])
    URL.clear()


def swept(url: str) -> None:
    """Drop the schemas of a test: with hundreds of them a server is slow at everything."""
    from rfm_service.ledger.server import Server

    with closing(Server(url).connect()) as connection:
        connection.autocommit = True
        for (schema,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^t[0-9a-f]{16}$'"):
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE')


def address(folder: Path) -> str:
    """The address of a schema that is a folder's own."""
    return f"{URL[-1]}?schema=t{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


def warehouse(folder: Path) -> PostgresWarehouse:
    """The warehouse of a folder, on the server at work."""
    from rfm_service.ledger.postgres import PostgresWarehouse
    from rfm_service.ledger.server import Server

    return PostgresWarehouse(Server(address(folder)), folder / "postgresql")
