"""mypy and ruff have nothing to say."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.reading import ROOT

COMMANDS = {
    "mypy": ["mypy", "--strict", "rfm_service"],
    "ruff": ["ruff", "check", "--quiet", "--output-format=concise", "."],
}


@pytest.mark.parametrize("tool", COMMANDS)
def test_has_nothing_to_say(tool: str) -> None:
    done = subprocess.run([sys.executable, "-m", *COMMANDS[tool]], cwd=ROOT, capture_output=True, encoding="utf-8",
                          timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
