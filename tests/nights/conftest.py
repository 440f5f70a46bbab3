from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rfm_service.emulator.shop import Shop
from tests.nights.company import Company, company


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Callable[..., Company]]:
    """Opens a company in its own folder, closed at the end of the test."""
    with ExitStack() as stack:
        def opened(shop: Shop, **changes: object) -> Company:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            return stack.enter_context(company(folder, shop, **changes))

        yield opened
