"""Shelves that misbehave: errors of Windows at every step, folders that hang, and what a person is told."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rfm_service.domain.errors import PublishError
from rfm_service.publishers.folder import Publisher
from rfm_service.publishing.disk import Disk
from rfm_service.publishing.shelf import Shelf, Trouble, failure, trouble
from tests.publishers.samba import private_mounts
from tests.publishers.test_folder import NEXT, NIGHT, held, names, report, whole

WORDS = {5: "may not write", 19: "read-only", 32: "open", 33: "open", 53: "cannot be reached",
         64: "cannot be reached", 67: "no share of that name", 112: "no room left"}
IN_USE = (5, 32, 33)


@dataclass(frozen=True)
class Failing(Disk):
    """A disk on which, when `asked` says so of a call and its names, Windows would answer with `number`."""

    number: int
    asked: Callable[[str, tuple[str, ...]], bool]
    failed: list[str] = field(default_factory=list)

    def _perhaps(self, call: str, *given: str) -> None:
        if self.asked(call, given):
            self.failed.append(call)
            raise failure(self.number, "as Windows says")

    def look(self, name: str = "") -> Any:
        self._perhaps("look", name)
        return super().look(name)

    def entries(self, folder: str = "") -> Any:
        self._perhaps("entries", folder)
        return super().entries(folder)

    def write(self, name: str, content: bytes) -> None:
        self._perhaps("write", name)
        super().write(name, content)

    def rename(self, old: str, new: str, *, replace: bool = False) -> None:
        self._perhaps("rename", old, new)
        super().rename(old, new, replace=replace)

    def remove(self, name: str) -> None:
        self._perhaps("remove", name)
        super().remove(name)


class Windows(Publisher):
    """A publisher into such a folder."""

    number: int
    asked: Any

    def shelf(self) -> Shelf:
        return Failing(self.path, self.number, self.asked)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    Publisher(path=tmp_path / "share").publish(report(), first=True)
    return tmp_path / "share"


def whole_nights(place: Path, *made: Any) -> bool:
    """Whether every folder that a reader sees is one of the reports, whole."""
    return all(held(place / name) in [whole(each) for each in made]
               for name in names(place) if not name.startswith(".") and name != "index.html")


@pytest.mark.parametrize("number", WORDS)
@pytest.mark.parametrize("call", ["look", "entries", "write"])
def test_what_windows_says_is_told_and_nothing_is_shown(place: Path, number: int, call: str) -> None:
    failing = Windows(path=place, number=number, asked=lambda done, given: done == call)
    with pytest.raises(PublishError, match=WORDS[number]):
        failing.publish(report(NEXT), first=False)
    with pytest.raises(PublishError, match=WORDS[number]):
        failing.check(first=False)
    assert whole_nights(place, report())
    assert names(place) >= {NIGHT.isoformat(), "latest"}
    Publisher(path=place).publish(report(NEXT), first=False)
    assert held(place / "latest") == whole(report(NEXT))


@pytest.mark.parametrize("number", IN_USE)
def test_case_40_a_latest_in_use_follows_later(place: Path, number: int) -> None:
    failing = Windows(path=place, number=number, asked=lambda done, given: done == "rename" and given[0] == "latest")
    for _ in range(2):
        left = failing.publish(report(NEXT), first=False)
        assert left is not None
        assert "that folder follows once the file is closed" in str(left)
        assert held(place / NEXT.isoformat()) == whole(report(NEXT))
        assert held(place / "latest") == whole(report())
    assert names(place) == {NIGHT.isoformat(), NEXT.isoformat(), "latest", "index.html"}
    assert Publisher(path=place).publish(report(NEXT), first=False) is None
    assert held(place / "latest") == whole(report(NEXT))


@pytest.mark.parametrize("number", IN_USE)
def test_a_night_in_use_stays_as_it_was(place: Path, number: int) -> None:
    failing = Windows(path=place, number=number,
                      asked=lambda done, given: done == "rename" and given[0] == NIGHT.isoformat())
    with pytest.raises(PublishError, match=WORDS[number]):
        failing.publish(report(NIGHT, "2"), first=False)
    assert whole_nights(place, report())
    Publisher(path=place).publish(report(NIGHT, "2"), first=False)
    assert held(place / NIGHT.isoformat()) == held(place / "latest") == whole(report(NIGHT, "2"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [64, 32])
def test_a_share_lost_at_any_step_shows_no_half_report(place: Path, number: int) -> None:
    """From some call on every call fails, as where the network is gone; the next publish finds all in order."""
    for fatal in range(150):
        left = [fatal]

        def asked(done: str, given: tuple[str, ...], left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        made = report(NEXT, str(fatal))
        try:
            ended = Windows(path=place, number=number, asked=asked).publish(made, first=False)
        except PublishError:
            ended = PublishError("?")
        assert whole_nights(place, report(), report(NIGHT, "mended"), made), fatal
        Publisher(path=place).publish(report(NIGHT, "mended"), first=False)
        Publisher(path=place).publish(report(NEXT, "mended"), first=False)
        assert held(place / "latest") == held(place / NEXT.isoformat()) == whole(report(NEXT, "mended"))
        assert names(place) == {NIGHT.isoformat(), NEXT.isoformat(), "latest", "index.html"}
        for name in (NEXT.isoformat(), "latest"):
            shutil.rmtree(place / name)
        Publisher(path=place).publish(report(NIGHT, "mended"), first=False)
        if ended is None and left[0] >= 0:
            return
    pytest.fail("a publish takes more calls than were tried")


@pytest.mark.parametrize(("number", "meant"), [
    (errno.EROFS, Trouble.READ_ONLY), (errno.ENOSPC, Trouble.FULL), (errno.EDQUOT, Trouble.FULL),
    (errno.EACCES, Trouble.RIGHTS), (errno.ESTALE, Trouble.GONE), (errno.EHOSTDOWN, Trouble.UNREACHABLE),
    (errno.EIO, Trouble.OTHER)])
def test_what_posix_says(number: int, meant: Trouble) -> None:
    assert trouble(OSError(number, os.strerror(number))) is meant


@pytest.mark.skipif(os.name == "nt", reason="pipes in folders")
def test_a_folder_that_hangs_costs_its_time_and_nothing_more(place: Path) -> None:
    """A pipe without a writer is a file that can be opened and never is: what hung wakes when somebody writes."""
    manifest = place / "latest" / "manifest.json"
    manifest.unlink()
    os.mkfifo(manifest)
    begun, before = time.monotonic(), threading.active_count()
    with pytest.raises(PublishError, match=r"did not answer within 0\.005 min"):
        Publisher(path=place, timeout_minutes=0.005).publish(report(NIGHT, "hung"), first=False)
    assert time.monotonic() - begun < 5
    awake = manifest.with_name("awake")
    manifest.rename(awake)
    awake.rename(place / "pipe")
    Publisher(path=place).publish(report(NEXT, "later"), first=False)
    (place / "pipe").write_bytes(report().manifest)
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.05)
    assert held(place / "latest") == whole(report(NEXT, "later"))
    assert names(place) - {"pipe"} == {NIGHT.isoformat(), NEXT.isoformat(), "latest", "index.html"}
    assert held(place / NIGHT.isoformat()) == whole(report())


UNMOUNTED = """
import random, subprocess, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.publishers.test_folder import *
place, lost, moments = Path(sys.argv[1]), 0, random.Random(7)
for number in range(int(sys.argv[3])):
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    publisher = Publisher(path=place)
    publisher.publish(report(), first=True)
    away = threading.Timer(moments.uniform(0, 0.1), subprocess.run, [["umount", "-l", place]])
    away.start()
    try:
        for run in range(8):
            publisher.publish(report(NEXT, f"{run}", more=bytes(5_000_000)), first=False)
    except PublishError:
        lost += 1
    away.join()
    assert not [name for name in names(place) if not name.startswith(".")], names(place)
print("lost", lost)
"""


@pytest.mark.slow
def test_case_38_a_share_unmounted_while_publishing_leaves_nothing_to_see(tmp_path: Path,
                                                                        measured: Callable[[str], None]) -> None:
    (tmp_path / "mounted").mkdir()
    rounds = 100 if os.environ.get("TEST_SOAK") else 20
    done = subprocess.run([*private_mounts(), sys.executable, "-B", "-c", UNMOUNTED, str(tmp_path / "mounted"),
                           str(Path(__file__).parents[2]), str(rounds)], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    measured(f"{rounds} unmounts, {done.stdout.split()[-1]} of them lost a report under way")
    assert int(done.stdout.split()[-1]) > rounds // 2


def test_an_empty_mount_point_is_no_report_folder(place: Path) -> None:
    away = place.with_name("away")
    place.rename(away)
    place.mkdir()
    for attempt in (lambda: Publisher(path=place).publish(report(NEXT), first=False),
                    lambda: Publisher(path=place).check(first=False)):
        with pytest.raises(PublishError, match="holds no report, though"):
            attempt()
    assert names(place) == set()
    (place / "latest").mkdir()
    Publisher(path=place).publish(report(NEXT), first=False)
    assert held(place / "latest") == whole(report(NEXT))
