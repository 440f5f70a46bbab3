"""Importing does nothing: no sockets, no files written, no processes or threads, no look at the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.reading import PACKAGE, ROOT, modules

SCRIPTS = {"rfm_service.ledger.migrations.env"}
"""Run by Alembic as scripts, in its context only."""

DEEDS = {
    "socket": "import socket\nsocket.socket().close()",
    "open": "open('written', 'w', encoding='utf-8').close()",
    "mkdir": "from pathlib import Path\nPath('made').mkdir()",
    "sqlite3": "import sqlite3\nsqlite3.connect(':memory:')",
    "Popen": "import subprocess, sys\nsubprocess.run([sys.executable, '-V'])",
    "thread": "from threading import Event, Thread\nThread(target=Event().wait, daemon=True).start()",
    "environ": "import os\nos.environ.get('HOME')",
}


def watched(names: list[str], folder: Path) -> list[list[str]]:
    script = ROOT / "tests" / "architecture" / "watched_imports.py"
    done = subprocess.run([sys.executable, "-B", str(script), *names], cwd=folder, capture_output=True,
                          encoding="utf-8", timeout=120,
                          env={**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_no_module_works_when_it_is_imported() -> None:
    names = [module.dotted for module in modules(PACKAGE)]
    assert not watched([name for name in names if name not in SCRIPTS], ROOT)


def test_the_watch_sees_what_is_done(tmp_path: Path) -> None:
    (tmp_path / "rfm_service").mkdir()
    names = []
    for number, deed in enumerate(["", *DEEDS.values()]):
        name = f"deed{number}" if number else "__init__"
        (tmp_path / "rfm_service" / f"{name}.py").write_text(deed, encoding="utf-8")
        names.append(f"rfm_service.{name}" if number else "rfm_service")
    seen = watched(names, tmp_path)
    for number, deed in enumerate(DEEDS, start=1):
        assert any(who.startswith(f"rfm_service.deed{number}:") and deed in what for who, what in seen), deed


@pytest.mark.parametrize("heavy", ["pandas", "matplotlib", "sqlalchemy"])
def test_the_daemon_is_light(heavy: str) -> None:
    """Its own process lives for months; nights and their libraries belong to its children."""
    code = "import sys, rfm_service.cli, rfm_service.daemon; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert heavy not in done.stdout.split()
