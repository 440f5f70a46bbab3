"""The report folder: whole or not at all, never back, tidy after a crash, and nothing outside of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Report
from rfm_service.publishers.folder import Publisher

NIGHT = date(2026, 11, 20)
NEXT = NIGHT + timedelta(days=1)


def report(night: date = NIGHT, run: str = "1", **more: bytes) -> Report:
    files = {"summary.html": f"<p>{run}".encode() * 2000, "charts/1.png": run.encode(), "managers/Ёлка.xlsx": b"x"}
    files |= {name.replace("__", "/"): content for name, content in more.items()}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    told = {"as_of": night.isoformat(), "run": run, "data_through": night.isoformat(), "complete": True,
            "settings": "0", "rows": {"customers": 1200, "moves": 3},
            "totals": {"orders": 4100, "revenue": "1234567.5", "currency": "RUB"}, "files": sums}
    return Report(night, files, json.dumps(told).encode())


def held(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def whole(made: Report) -> dict[str, bytes]:
    return {**made.files, "manifest.json": made.manifest}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "share" / "rfm"


def test_the_first_publish_makes_the_folder(place: Path) -> None:
    Publisher(path=place).publish(report(), first=True)
    assert names(place) == {NIGHT.isoformat(), "latest", "index.html"}
    assert held(place / NIGHT.isoformat()) == held(place / "latest") == whole(report())


def test_latest_follows_and_never_goes_back(place: Path) -> None:
    publisher = Publisher(path=place)
    for night, first in ((NIGHT, True), (NEXT, False), (NIGHT - timedelta(days=400), False)):
        publisher.publish(report(night), first=first)
    assert held(place / "latest") == whole(report(NEXT))
    publisher.publish(report(NEXT, "again", more=b"1"), first=False)
    assert held(place / "latest") == held(place / NEXT.isoformat()) == whole(report(NEXT, "again", more=b"1"))
    assert len(names(place)) == 5


@pytest.mark.parametrize("broken", [b"", b"[]", b"{}", b'{"as_of": 5}', b"\xff", b'{"as_of": "soon"}'])
def test_a_latest_that_cannot_be_understood_is_replaced(place: Path, broken: bytes) -> None:
    publisher = Publisher(path=place)
    publisher.publish(report(), first=True)
    (place / "latest" / "manifest.json").write_bytes(broken)
    publisher.publish(report(), first=False)
    assert held(place / "latest") == whole(report())


KILLED = {
    "in the draft": {".draft-{night}": "half"},
    "before the draft got its name": {".old-{night}": "{night}", ".draft-{night}": "half"},
    "before the old one went": {".old-{night}": "copy"},
    "while a night was removed": {".gone-2020-01-01": "half"},
    "in the list": {".draft-index.html": "file"},
    "in latest": {".old-latest": "latest", ".draft-latest": "half"},
    "after latest": {".old-latest": "copy"},
    "in a check": {".draft-check": "file"},
}


@pytest.mark.parametrize("name", KILLED)
@pytest.mark.parametrize("night", [NIGHT, NEXT])
def test_a_publish_after_one_that_was_killed(place: Path, name: str, night: date) -> None:
    publisher = Publisher(path=place)
    publisher.publish(report(), first=True)
    for left, what in KILLED[name].items():
        target = place / left.format(night=NIGHT)
        if what == "file":
            target.write_bytes(b"")
        elif what in ("half", "copy"):
            (target / "charts").mkdir(parents=True)
            (target / "charts" / "stale.png").write_bytes(b"stale")
        else:
            (place / what.format(night=NIGHT)).rename(target)
    publisher.publish(report(night, "2"), first=False)
    assert names(place) == {NIGHT.isoformat(), night.isoformat(), "latest", "index.html"}
    assert held(place / night.isoformat()) == held(place / "latest") == whole(report(night, "2"))
    assert "stale" not in str(list(place.rglob("*")))
    if night != NIGHT:
        assert held(place / NIGHT.isoformat()) == whole(report())


def test_links_and_files_of_others_are_let_be(place: Path, tmp_path: Path) -> None:
    """A link is no draft of ours to be emptied, a file is no folder renamed away."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "kept.txt").write_bytes(b"kept")
    publisher = Publisher(path=place)
    publisher.publish(report(), first=True)
    (place / ".draft-link").symlink_to(tmp_path / "theirs")
    (place / ".old-notes").write_bytes(b"notes")
    publisher.publish(report(NEXT), first=False)
    assert held(place / "latest") == whole(report(NEXT))
    assert (tmp_path / "theirs" / "kept.txt").read_bytes() == b"kept"
    assert (place / ".old-notes").read_bytes() == b"notes"


KILL = """
import os, signal, sys
from datetime import date
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.publishers.test_folder import Publisher, report, NIGHT
left = [int(sys.argv[2])]
def stop(event, arguments):
    if event in ("os.rename", "os.mkdir", "os.rmdir", "shutil.rmtree"):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(stop)
Publisher(path=Path(sys.argv[1])).publish(report(NIGHT, "2"), first=False)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", range(0, 18, 2))
def test_a_real_kill_at_any_step_leaves_no_half_report(place: Path, after: int) -> None:
    publisher = Publisher(path=place)
    publisher.publish(report(), first=True)
    subprocess.run([sys.executable, "-c", KILL, str(place), str(after), str(Path(__file__).parents[2])], check=False)
    for name in (NIGHT.isoformat(), "latest"):
        if (place / name).exists():
            assert held(place / name) in (whole(report()), whole(report(NIGHT, "2")))
    publisher.publish(report(NIGHT, "3"), first=False)
    assert held(place / "latest") == held(place / NIGHT.isoformat()) == whole(report(NIGHT, "3"))


def test_a_place_that_is_gone_is_not_made_anew(place: Path) -> None:
    publisher = Publisher(path=place)
    for attempt in (lambda: publisher.publish(report(), first=False), lambda: publisher.check(first=False)):
        with pytest.raises(PublishError, match="is gone"):
            attempt()
    assert not place.parent.exists()
    publisher.check(first=True)
    assert not place.parent.exists()


def test_a_place_that_is_a_file(place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"")
    for first in (True, False):
        with pytest.raises(PublishError):
            Publisher(path=place).publish(report(), first=first)
    assert place.read_bytes() == b""


@pytest.mark.parametrize(("parts", "expected"), [
    (["*.html"], {"summary.html"}), (["charts/*"], {"charts/1.png"}), (["nothing"], set()),
    (["managers/Ёлка.xlsx", "*.html"], {"managers/Ёлка.xlsx", "summary.html"})])
def test_parts(place: Path, parts: list[str], expected: set[str]) -> None:
    Publisher(path=place, parts=parts).publish(report(), first=True)
    assert held(place / NIGHT.isoformat()).keys() == held(place / "latest").keys() == expected | {"manifest.json"}


OUTSIDE = ["../x", "..", "a/../../x", "/etc/x", "..\\x", "C:x", "a//b", "./x", "", "a/", "\\\\server\\x", "a\0b",
    "a/.."]


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_name_leads_outside(place: Path, tmp_path: Path, name: str) -> None:
    hostile = Report(NIGHT, {"good.txt": b"", name: b"x"}, b"{}")
    with pytest.raises(PublishError, match="outside"):
        Publisher(path=place).publish(hostile, first=True)
    assert not place.exists() or not names(place)
    assert names(tmp_path) <= {"share"}


def test_a_reader_never_sees_half_a_report(place: Path) -> None:
    publisher = Publisher(path=place)
    publisher.publish(report(NIGHT, "0"), first=True)
    stop, seen, faulty = threading.Event(), set(), []

    def read(name: str) -> None:
        while not stop.is_set():
            try:
                first = (place / name / "manifest.json").read_bytes()
                sums = {file: hashlib.sha256((place / name / file).read_bytes()).hexdigest()
                        for file in json.loads(first)["files"]}
                again = (place / name / "manifest.json").read_bytes()
            except FileNotFoundError:
                continue
            if first == again:
                seen.add(json.loads(first)["run"])
                if sums != json.loads(first)["files"]:
                    faulty.append(first)

    readers = [threading.Thread(target=read, args=(name,)) for name in ("latest", NIGHT.isoformat())]
    for reader in readers:
        reader.start()
    for run in range(1, 31):
        publisher.publish(report(NIGHT, str(run)), first=False)
    stop.set()
    for reader in readers:
        reader.join()
    assert not faulty
    assert len(seen) > 5


UNPRIVILEGED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.publishers.test_folder import *
Publisher(path=Path(sys.argv[3])).publish(report(), first=True)  # what is imported late, while this Python can be read
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
place = Path(sys.argv[1]) / "rfm"
publisher = Publisher(path=place)
publisher.publish(report(), first=True)
(place / "latest").chmod(0o555)
(place / "latest" / "charts").chmod(0o555)
publisher.publish(report(NEXT), first=False)
publisher.publish(report(NEXT, "2"), first=False)
assert held(place / NEXT.isoformat()) == whole(report(NEXT, "2"))
assert held(place / "latest") in (whole(report()), whole(report(NEXT)), whole(report(NEXT, "2")))
for folder in place.rglob("*"):
    if folder.is_dir():
        folder.chmod(0o755)
publisher.publish(report(NEXT, "3"), first=False)
assert held(place / "latest") == whole(report(NEXT, "3"))
assert not list(place.glob(".*")), list(place.glob(".*"))
place.chmod(0o555)
for attempt in (lambda: publisher.publish(report(NEXT, "4"), first=False), lambda: publisher.check(first=False)):
    try:
        attempt()
    except PublishError as problem:
        assert "Permission denied" in str(problem)
    else:
        raise AssertionError("published into a folder that cannot be written")
assert held(place / "latest") == whole(report(NEXT, "3"))
place.chmod(0o755)
"""


@pytest.mark.skipif(os.name == "nt", reason="rights of POSIX")
def test_a_latest_in_use_leaves_the_dated_folder_whole() -> None:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        Path(folder).chmod(0o777)
        done = subprocess.run([sys.executable, "-B", "-c", UNPRIVILEGED, folder, str(Path(__file__).parents[2]), other],
                              capture_output=True, encoding="utf-8", cwd="/")
    assert done.returncode == 0, done.stderr
