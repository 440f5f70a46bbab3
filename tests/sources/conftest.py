from __future__ import annotations

from collections.abc import Iterator

import pytest

from rfm_service.emulator.onec import OnecServer
from rfm_service.sources import onec_http
from tests.sources.asking import TOKEN, small_shop


@pytest.fixture(autouse=True)
def _short_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries, a twentieth of a second in place of one."""
    monkeypatch.setattr(onec_http, "FIRST_GAP_S", 0.05)


@pytest.fixture
def onec() -> Iterator[OnecServer]:
    with OnecServer(small_shop(), token=TOKEN) as server:
        yield server
