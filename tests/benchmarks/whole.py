"""Whole commands as a person starts them: the demo, and the first load of half a million real lines."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.timing import process

PROGRAM = [sys.executable, "-m", "rfm_service"]
SETTINGS = """
language = "en"
currency = "GBP"
[source]
url = "{url}"
start = 2010-12-01
[rfm]
returns = "ignore"
window_days = 375
"""


def demo(folder: Path) -> Iterator[tuple[str, str]]:
    target = folder / "demo"
    shutil.rmtree(target, ignore_errors=True)
    seconds, peak = process([*PROGRAM, "demo", "--dir", str(target)])
    yield "demo, three nights of 20,000 lines", f"{seconds:.1f} s, {peak:.0f} MiB (limit 90 s with the install)"


def replay(folder: Path) -> Iterator[tuple[str, str]]:
    sales = Path(os.environ.get("REAL_SALES", "../shared/data")) / "online_retail.parquet"
    if not sales.exists():
        yield "real sales", "absent, left out"
        return
    home = folder / "replay"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    emulator = subprocess.Popen([*PROGRAM, "emulator", "--port", "0", "--replay", str(sales)], stdout=subprocess.PIPE)
    try:
        url = next(line for line in map(bytes.decode, emulator.stdout) if "url" in line).split('"')[1]
        (home / "settings.toml").write_text(SETTINGS.format(url=url), encoding="utf-8")
        seconds, peak = process([*PROGRAM, "run", "--settings", str(home / "settings.toml"), "--as-of", "2011-12-09"])
        yield "first load of 541,909 real lines and the whole report", (
            f"{seconds:.1f} s, {peak:.0f} MiB (limits 40 s, 700 MiB)")
    finally:
        emulator.terminate()
        emulator.wait()
