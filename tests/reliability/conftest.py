from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rfm_service.emulator.shop import Shop
from tests.nights.company import Company, company
from tests.reliability.verdicts import DAY, HURRIED, START, usual_shop


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Company]]:
    """Opens a company, after its first good night unless it shall be `fresh`; it waits for moments between two tries.

    """
    for name, value in HURRIED.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        def opened(shop: Shop | None = None, *, fresh: bool = False, **changes: object) -> Company:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            made = stack.enter_context(company(folder, shop or usual_shop(), **{"start": START, **changes}))
            if not fresh:
                made.good_night(DAY)
            return made

        yield opened
