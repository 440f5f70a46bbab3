"""Copies of a warehouse of 1.2 million lines: the check at a start, a nightly copy, a restore, a damaged warehouse."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rfm_service import recovery, wiring
from rfm_service.ledger import soundness
from rfm_service.ledger.backup import Backups
from tests.benchmarks.filled import LAST_DAY, filled
from tests.benchmarks.timing import process, timed

LINES = 1_200_000
SETTINGS = """[source]
url = "http://127.0.0.1:1/"
start = 2025-11-01
"""


def copies(folder: Path) -> Iterator[tuple[str, str]]:
    """Each as the service does it; a restore is a process of its own."""
    source = filled(folder, LINES)
    home = folder / "copies"
    shutil.rmtree(home, ignore_errors=True)
    (home / "data").mkdir(parents=True)
    path = home / "settings.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    settings = wiring.load(path)
    shutil.copy(source.warehouse.path, settings.warehouse)
    size = settings.warehouse.stat().st_size / 1e6
    checked, found = timed(lambda: soundness.look(settings.warehouse))
    now = datetime.now(UTC)
    copied, made = timed(lambda: Backups(home / "data" / "backups").make(settings.warehouse, LAST_DAY, now))
    command = [sys.executable, "-m", "rfm_service", "restore", str(made), "--settings", str(path)]
    restored, peak = process(command)
    with settings.warehouse.open("r+b") as opened:
        opened.seek(int(size / 2 * 1e6))
        opened.write(bytes(1_000_000))
    recovered, done = timed(lambda: recovery.recover(settings), runs=1)
    assert done
    assert done.copy
    assert not found.damage
    yield f"check of a warehouse of {source.counts()['lines']:,} lines, {size:.0f} MB", f"{checked:.2f} s"
    yield "a nightly copy, read back", f"{copied:.2f} s"
    yield "rfm-service restore, the whole process", f"{restored:.1f} s, {peak:.0f} MiB (limit 60 s)"
    yield "damaged: seen, set aside, the copy in its place", f"{recovered:.1f} s"
    shutil.rmtree(home)
