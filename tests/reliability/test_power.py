"""Power cuts at random moments of real nights: nothing corrupt, and no transaction lost that was acknowledged."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from rfm_service.emulator.generator import GeneratedShop
from tests.nights.company import Company, company
from tests.programs import program
from tests.reliability import power
from tests.reliability.power import Event, Story

pytestmark = pytest.mark.slow

DAY = date(2026, 6, 10)
CUTS = 600 if os.environ.get("TEST_SOAK") else 60
MODES = {"FULL": CUTS, "NORMAL": 120, "OFF": 60}


class Recorded:
    """A first load and the night after it, as they were written."""

    def __init__(self, firm: Company, mode: str) -> None:
        self.firm, self.warehouse = firm, firm.folder.resolve() / "data" / "warehouse.db"
        self.stories = [self._night(night, mode) for night in (DAY - timedelta(days=1), DAY)]

    def _night(self, night: date, mode: str) -> Story:
        base = power.files_of(self.warehouse)
        return Story(base, power.recorded(self.firm.settings.resolve(), night.isoformat(), mode), self.warehouse)

    def cuts(self, count: int) -> Counter[str]:
        chance, found = random.Random(7), Counter[str]()
        for number in range(count):
            story = self.stories[number % 2]
            # Half of them just after a commit: what is weak there would show there.
            near = min(chance.choice(story.committed) + chance.randint(1, 6), len(story.events))
            verdict = story.cut(chance.choice((near, chance.choice(story.moments))), chance)
            found["corrupt"] += bool(verdict.corrupt)
            found["lost"] += verdict.lost
        return found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recorded]:
    program("strace", "strace")
    made = {}
    for mode in MODES:
        folder = tmp_path_factory.mktemp(mode) / "firm"
        folder.mkdir()
        with company(folder, GeneratedShop(5, 1200, 60, last_day=DAY), start=DAY - timedelta(days=59)) as firm:
            made[mode] = Recorded(firm, mode)
    return made


def test_a_power_cut_takes_nothing_that_was_acknowledged(recorded: dict[str, Recorded],
                                                         measured: Callable[[str], None]) -> None:
    ours = recorded["FULL"]
    assert all(len(story.committed) >= 6 for story in ours.stories)
    found = ours.cuts(MODES["FULL"])
    measured(f"{CUTS} cuts: {dict(found)}")
    assert found == Counter(corrupt=0, lost=0)


@pytest.mark.parametrize("mode", ["NORMAL", "OFF"])
def test_the_same_cuts_catch_weaker_settings(recorded: dict[str, Recorded], mode: str,
                                             measured: Callable[[str], None]) -> None:
    found = recorded[mode].cuts(MODES[mode])
    measured(f"{MODES[mode]} cuts: {dict(found)}")
    assert found["lost"] >= 3


def test_reports_and_copies_last_before_they_are_seen(recorded: dict[str, Recorded]) -> None:
    for story in recorded["FULL"].stories:
        named = {event.other.name for event in story.events if event.call == "rename" and event.other
                 and event.path.name.strip(".") != event.other.name}
        assert {"latest", "index.html"} <= named
        assert any(name.startswith("warehouse-") for name in named)
        assert power.unsettled(story.events) == []
        for left_out in ("customers.csv", ".draft-latest", "reports", "backups"):
            weaker = [event for event in story.events
                      if event.call != "sync" or not event.path.name.startswith(left_out)]
            assert power.unsettled(weaker), left_out
        drafts = [event for event in story.events if event.call != "sync" or not event.path.name.endswith(".draft")]
        assert power.unsettled(drafts)


def test_the_diary_lasts_line_by_line(recorded: dict[str, Recorded]) -> None:
    for story in recorded["FULL"].stories:
        lines = [at for at, event in enumerate(story.events) if event.path.name == "runs.jsonl"
                 and event.call == "append"]
        assert len(lines) >= 20
        for at in lines:
            assert story.events[at + 1] == Event("sync", story.events[at].path)
