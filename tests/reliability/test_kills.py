"""SIGKILL at every step of a night and at random moments: the next start makes it good; broken variants are caught."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.reliability.kills import Kill, Nursery, Stand, nursery
from tests.reliability.mutants import MUTANTS
from tests.reliability.stands import DELIVERS, STANDS

SOAK = bool(os.environ.get("TEST_SOAK"))
RANDOM = {"usual": 130, "first": 40, "failing": 20, "pictured": 10} if SOAK else {"usual": 6, "first": 2, "failing": 2}
EVERY = {"usual": 1, "first": 1, "failing": 1, "pictured": 4} if SOAK else {"usual": 11, "first": 34, "failing": 6}
"""One of so many boundaries of steps is tried."""
CAUGHT_WITHIN = 60
"""Kills, at random events, by which each broken variant is found out."""
NAMED = {"appends": "store", "publishes_in_place": "publish", "marks_before_sending": "notify"}
"""Variants of the sample, and the step from which on they are killed; the others are anywhere."""
DOUBLED_SHARE = 0.01

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked")]


@pytest.fixture(scope="module")
def forking() -> Iterator[Nursery]:
    with nursery() as opened:
        yield opened


@pytest.fixture(scope="module")
def stands(forking: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stand]]:
    """The stands that are asked for, each made once."""
    with ExitStack() as stack:
        class Made(dict[str, Stand]):
            def __missing__(self, name: str) -> Stand:
                folder: Path = tmp_path_factory.mktemp(name)
                self[name] = stack.enter_context(STANDS[name](folder, forking))
                return self[name]

        yield Made()


@pytest.mark.battery(31, 32)
@pytest.mark.parametrize("name", EVERY)
def test_killed_at_every_step(stands: dict[str, Stand], name: str, measured: Callable[[str], None]) -> None:
    stand = stands[name]
    boundaries = stand.boundaries()[::EVERY[name]]
    measured(f"{len(boundaries)} of {len(stand.boundaries())} boundaries of steps")
    for boundary in boundaries:
        verdict = stand.killed(Kill(at=boundary))
        assert verdict.met, boundary
        assert not verdict.wrong, (boundary, verdict.wrong)


def moments(stand: Stand, count: int, chance: random.Random) -> Iterator[Kill]:
    """Random moments: by the clock, by the number of an event and by its kind in turn."""
    for at in range(count):
        yield (Kill(seconds=chance.uniform(0, stand.seconds)) if at % 2 else
               stand.moment(chance, stand.events) if at % 4 == 2 else Kill(at=chance.randint(1, len(stand.events))))


def test_killed_at_random_moments(stands: dict[str, Stand], measured: Callable[[str], None]) -> None:
    chance, kills, messages, doubled = random.Random(7), 0, 0, 0
    for name, count in RANDOM.items():
        stand = stands[name]
        assert stand.calm is not None
        for at, kill in enumerate(moments(stand, count, chance)):
            verdict = stand.killed(kill)
            assert not verdict.wrong, (name, kill, verdict.wrong)
            kills += verdict.met
            # Moments chosen by their kind aim at what is rare: of these more would come twice than by chance.
            if stand.code == 0 and at % 4 != 2:
                messages, doubled = messages + stand.calm.told.total(), doubled + verdict.doubled
    measured(f"{kills} kills met a night; of {messages} messages {doubled} came twice")
    assert kills > sum(RANDOM.values()) * 0.7
    assert doubled <= max(1, messages * DOUBLED_SHARE)


@pytest.mark.skipif(not DELIVERS, reason="this program tells of a failure in the run that failed only")
def test_a_failure_killed_before_it_was_told_is_told_by_the_next_start(stands: dict[str, Stand]) -> None:
    stand = stands["failing"]
    known = stand.events.index("diary fail fetch after 1")
    refusing = stand.firm.onec.faults.waiting()
    for event in stand.events[known + 1:: 1 if SOAK else 4]:
        stand.reset()
        assert stand.run(at=event) == -9
        stand.firm.onec.faults.clear()
        assert stand.run() == 0, stand.output()
        stand.firm.onec.faults.push(*refusing)
        told = [sent.text for sent in stand.firm.chat.sent]
        assert any("stopped at the step" in text for text in told), (event, told)


@pytest.mark.parametrize("mutant", MUTANTS if SOAK else NAMED)
def test_a_broken_variant_is_caught(stands: dict[str, Stand], mutant: str,
                                    measured: Callable[[str], None]) -> None:
    stand, chance = stands["usual"], random.Random(3)
    events = stand.trace(mutant)
    begin = events.index(f"diary start {NAMED[mutant]} before 1") if mutant in NAMED else 0
    for count in range(1, CAUGHT_WITHIN + 1):
        kill = (stand.moment(chance, events[begin:]) if count % 2 else
                Kill(at=chance.randint(begin + 1, len(events))))
        if wrong := stand.killed(kill, mutant).wrong:
            measured(f"caught by kill {count}: {wrong[0]}")
            return
    pytest.fail(f"{mutant} was not caught by {CAUGHT_WITHIN} kills")
