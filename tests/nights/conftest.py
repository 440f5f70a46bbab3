from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest

from rfm_service.emulator.shop import Shop
from tests import served
from tests.nights.company import Company, company

ON_BOTH = {"test_again", "test_changes_in_1c", "test_customers_over_time", "test_day_list", "test_removals"}
"""The nights that are proved with a ledger on PostgreSQL too."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    if module in ON_BOTH and {"firm", "either_firm", "odata_firm"} & {*metafunc.fixturenames}:
        metafunc.parametrize("kind", [served.KINDS[0], pytest.param(served.KINDS[1], marks=pytest.mark.slow)],
                             indirect=True)


@pytest.fixture(autouse=True)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the ledgers of a test are kept in."""
    yield from served.kept_in(request)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Callable[..., Company]]:
    """Opens a company in its own folder, closed at the end of the test."""
    with ExitStack() as stack:
        def opened(shop: Shop, **changes: object) -> Company:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            return stack.enter_context(company(folder, shop, **changes))

        yield opened


@pytest.fixture
def odata_firm(firm: Callable[..., Company], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Company]:
    """Opens a company whose sales are read over OData."""
    def opened(shop: Shop, **changes: object) -> Company:
        one = firm(shop, **changes)
        monkeypatch.setenv("RFM_SOURCE__KIND", "onec_odata")
        monkeypatch.setenv("RFM_SOURCE__URL", one.onec.odata_url)
        return one

    return opened


@pytest.fixture(params=["hs", pytest.param("odata", marks=pytest.mark.slow)])
def either_firm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Company]:
    """Opens a company over either protocol, in its first weeks; it waits for moments between two tries."""
    monkeypatch.setenv("RFM_SOURCE__GAP_S", "0.005")
    opened: Callable[..., Company] = request.getfixturevalue("firm" if request.param == "hs" else "odata_firm")
    return lambda shop, **changes: opened(shop, **{"start": date(2026, 5, 1), **changes})
