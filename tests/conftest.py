from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Machines differ in speed; where a red run holds others up, examples are the same every time.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests stay out of them."""
    for name in os.environ:
        if name.startswith("RFM_"):
            monkeypatch.delenv(name)
