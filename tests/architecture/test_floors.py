"""The floors of .importlinter hold, and its contracts bite."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.reading import PACKAGE, ROOT

FAULTS = {
    "A higher room": ("domain/values.py", "import rfm_service.settings"),
    "rooms between |": ("ledger/drafts.py", "from rfm_service import spool"),
    "No source": ("sources/another.py", "from rfm_service.sources import onec_http"),
    "No engine": ("engines/another.py", "from rfm_service.engines import memory"),
    "No renderer": ("renderers/workbook.py", "from rfm_service.renderers import charts"),
    "No publisher": ("publishers/another.py", "from rfm_service.publishers import folder"),
    "No notifier": ("notifiers/another.py", "def late() -> None:\n    from rfm_service.notifiers import telegram"),
    "Thinking and words": ("analysis/tiers.py", "from time import time"),
    "No package holds a cycle": ("tabular/table.py", "from rfm_service.tabular import csv_tables"),
}
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-B", "-c", LINT], cwd=folder, capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}, timeout=60)


def copied(folder: Path) -> Path:
    shutil.copy(ROOT / ".importlinter", folder)
    shutil.copytree(PACKAGE, folder / "rfm_service", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_floors_hold() -> None:
    checked = linted(ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a house with every fault in it."""
    folder = copied(tmp_path_factory.mktemp("faulty"))
    for place, line in FAULTS.values():
        with (folder / "rfm_service" / place).open("a", encoding="utf-8") as opened:
            opened.write(f"\n\n{line}\n")
    checked = linted(folder)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    return checked.stdout


@pytest.mark.parametrize("contract", FAULTS)
def test_a_contract_bites(faulty: str, contract: str) -> None:
    verdict = next(line for line in faulty.splitlines() if contract in line)
    assert verdict.endswith("BROKEN")
    place, line = FAULTS[contract]
    assert f".{Path(place).stem} -> " in faulty.partition("Broken contracts")[2], line


def test_a_room_without_a_floor_is_reported(tmp_path: Path) -> None:
    copied(tmp_path).joinpath("rfm_service", "stray.py").write_text("", encoding="utf-8")
    checked = linted(tmp_path)
    assert checked.returncode == 1
    assert "rfm_service.stray" in checked.stdout
