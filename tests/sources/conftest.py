from __future__ import annotations

from collections.abc import Iterator

import pytest

from rfm_service.emulator.onec import OnecServer
from tests.sources.asking import TOKEN, small_shop


@pytest.fixture
def onec() -> Iterator[OnecServer]:
    with OnecServer(small_shop(), token=TOKEN) as server:
        yield server
