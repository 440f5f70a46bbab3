"""After every night of every scenario, over both protocols, the ledger equals 1C or stays as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rfm_service.emulator.scenarios import SCENARIOS, Protocol
from tests.nights import story

SOAK = bool(os.environ.get("TEST_SOAK"))
NIGHTS = 60 if SOAK else 24
SAMPLE = ("late", "mass-unpost", "licence-night", "duplicate-pages")


@contextmanager
def told(folder: Path, name: str, protocol: Protocol) -> Iterator[story.Story]:
    stories = story.opened(folder, name, protocol, seed=1)
    try:
        yield next(stories)
    finally:
        stories.close()


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["hs", "odata"])
@pytest.mark.parametrize("name", SCENARIOS if SOAK else SAMPLE)
def test_nights(tmp_path: Path, name: str, protocol: Protocol) -> None:
    with told(tmp_path, name, protocol) as opened:
        ended = story.tell(opened, NIGHTS)
    assert sum(ended.values()) == NIGHTS - len(opened.scenario.missed & set(range(NIGHTS + 1)))


@pytest.mark.parametrize("protocol", ["hs", pytest.param("odata", marks=pytest.mark.slow)])
def test_the_first_nights_of_the_late_scenario(tmp_path: Path, protocol: Protocol) -> None:
    with told(tmp_path, "late", protocol) as opened:
        assert story.tell(opened, 3) == {"good": 3}
