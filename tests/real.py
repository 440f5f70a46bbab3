"""Where the real sales are: REAL_SALES, or the shared folder beside the project; tests skip where they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("REAL_SALES", Path(__file__).parents[2] / "shared" / "data"))


def real(name: str) -> Path:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the real sales are absent: no {path.name}; set REAL_SALES to their folder")
    return path
