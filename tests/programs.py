"""Programs of the system that some tests need: a test without its program skips and names the package."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest


def program(name: str, package: str) -> str:
    """The program's path; where TEST_NEEDS_APT is set its absence is a failure."""
    return shutil.which(name) or lacking(f"{name} is not installed: apt-get install {package}")


def lacking(told: str) -> NoReturn:
    """Skip for want of something; where TEST_NEEDS_APT is set its absence is a failure."""
    if os.environ.get("TEST_NEEDS_APT"):
        pytest.fail(told)
    pytest.skip(told)


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens, for a program that must be told one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def browse(page: Path, folder: Path, *more: str) -> str:
    """Open a page in a fresh headless Chromium and return what it prints."""
    command = [program("chromium", "chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
               "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
               "--host-resolver-rules=MAP * ~NOTFOUND",
               f"--user-data-dir={folder / 'profile'}", *more, page.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120, encoding="utf-8", errors="replace")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
