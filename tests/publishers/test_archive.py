"""What becomes of the nights of a folder: the page that lists them, which are removed, and room for the next one."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service.archive.staying import Keep
from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Report
from rfm_service.publishers.folder import Publisher
from rfm_service.publishing.disk import Disk
from rfm_service.publishing.placing import Placing
from tests.archive.manifests import manifest

NIGHT = date(2026, 11, 20)
NEXT = NIGHT + timedelta(days=1)
FILES = {"summary.html": b"<p>", "RFM.xlsx": b"x"}


def report(night: date = NIGHT, **changes: object) -> Report:
    return Report(night, FILES, manifest(night, files=dict.fromkeys(FILES, "0"), **changes))


def publisher(place: Path, nights: int = 60, months: int = 0, years: int = 0) -> Publisher:
    return Publisher(path=place, keep_nights=nights, keep_months=months, keep_years=years, language="en")


def fill(place: Path, days: int) -> Publisher:
    """A folder with so many nights up to NIGHT, the newest of them just published."""
    for ago in range(1, days):
        night = report(NIGHT - timedelta(days=ago))
        folder = place / night.as_of.isoformat()
        folder.mkdir(parents=True)
        for name, content in {**night.files, "manifest.json": night.manifest}.items():
            (folder / name).write_bytes(content)
    made = publisher(place)
    made.publish(report(), first=True)
    return made


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def listed(place: Path) -> list[str]:
    return re.findall(r'href="(\d{4}-\d\d-\d\d)/summary.html"', (place / "index.html").read_text(encoding="utf-8"))


def days(*ago: int) -> list[str]:
    return [(NIGHT - timedelta(days=each)).isoformat() for each in ago]


def test_the_page_lists_the_nights_and_says_the_same_each_time(tmp_path: Path) -> None:
    made = fill(tmp_path / "one", 3)
    content = (tmp_path / "one" / "index.html").read_bytes()
    assert listed(tmp_path / "one") == days(0, 1, 2)
    assert 'class="newest" href="latest/summary.html"' in content.decode()
    made.publish(report(run="2"), first=False)
    assert (tmp_path / "one" / "index.html").read_bytes() == content
    other = publisher(tmp_path / "two")
    for ago in (1, 0, 2):
        other.publish(report(NIGHT - timedelta(days=ago)), first=True)
    assert (tmp_path / "two" / "index.html").read_bytes() == content


def test_parts_have_links_to_what_is_there(tmp_path: Path) -> None:
    Publisher(path=tmp_path, parts=("*.xlsx",)).publish(report(), first=True)
    assert re.findall('href="(.*?)"', (tmp_path / "index.html").read_text(encoding="utf-8")) == [
        "latest/RFM.xlsx", f"{NIGHT}/RFM.xlsx"]


@pytest.mark.parametrize("content", [b"<h1>Our marketing</h1>", b""])
def test_the_page_of_somebody_else_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "index.html").write_bytes(content)
    publisher(tmp_path).publish(report(), first=True)
    assert (tmp_path / "index.html").read_bytes() == content


def test_a_page_that_is_a_link_or_a_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_bytes(b'<meta name="generator" content="rfm_service">')
    place = tmp_path / "place"
    place.mkdir()
    (place / "index.html").symlink_to(tmp_path / "real.html")
    publisher(place).publish(report(), first=True)
    assert (place / "index.html").is_symlink()
    (place / "index.html").unlink()
    (place / "index.html").mkdir()
    publisher(place).publish(report(), first=False)
    (place / "index.html").rmdir()
    publisher(place).publish(report(), first=False)
    assert listed(place) == days(0)


def test_nights_past_their_time_leave_whole(tmp_path: Path) -> None:
    fill(tmp_path, 40)
    publisher(tmp_path, 3, 2).publish(report(NEXT), first=False)
    stay = [NEXT.isoformat(), *days(0, 1), "2026-10-31"]
    assert names(tmp_path) == [*sorted(stay), "index.html", "latest"]
    assert listed(tmp_path) == stay
    publisher(tmp_path, 0).publish(report(NEXT), first=False)
    assert names(tmp_path) == [NEXT.isoformat(), "index.html", "latest"]


def test_an_older_night_removes_no_newer_one_and_not_itself(tmp_path: Path) -> None:
    fill(tmp_path, 4)
    publisher(tmp_path, 1).publish(report(NIGHT - timedelta(days=2)), first=False)
    assert listed(tmp_path) == days(0, 1, 2)
    old = NIGHT - timedelta(days=900)
    publisher(tmp_path, 1).publish(report(old), first=False)
    assert listed(tmp_path) == [*days(0, 1, 2), old.isoformat()]


def test_only_nights_of_ours_leave(tmp_path: Path) -> None:
    place, elsewhere = tmp_path / "place", tmp_path / "2019-01-01"
    fill(place, 2)
    shutil.copytree(place / NIGHT.isoformat(), elsewhere)
    (elsewhere / "manifest.json").write_bytes(manifest(date(2019, 1, 1)))
    (place / "2019-01-01").symlink_to(elsewhere, target_is_directory=True)
    for name, content in (("2019-01-02", b"{}"), ("2019-01-03", manifest(NIGHT)), ("2019-01-04 old", b"")):
        (place / name).mkdir()
        (place / name / "manifest.json").write_bytes(content)
    (place / "2019-01-05").write_bytes(b"a file")
    (place / "inbox").mkdir()
    others = {*names(place)} - {*days(0, 1)}
    publisher(place, 0).publish(report(NEXT), first=False)
    assert {*names(place)} == others | {NEXT.isoformat()}
    assert (elsewhere / "manifest.json").exists()
    assert listed(place) == [NEXT.isoformat()]


def test_links_in_a_night_that_leaves_are_not_followed(tmp_path: Path) -> None:
    place, precious = tmp_path / "place", tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_bytes(b"")
    fill(place, 1)
    (place / NIGHT.isoformat() / "link").symlink_to(precious, target_is_directory=True)
    publisher(place, 0).publish(report(NEXT), first=False)
    assert listed(place) == [NEXT.isoformat()]
    assert (precious / "file").exists()


def test_a_place_that_is_a_link_is_tidied_too(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    fill(tmp_path / "link", 3)
    publisher(tmp_path / "link", 0).publish(report(NEXT), first=False)
    assert listed(tmp_path / "real") == [NEXT.isoformat()]


def test_half_of_a_night_never_comes_back(tmp_path: Path) -> None:
    """What a swap could not remove would be taken for the night once that has left."""
    fill(tmp_path, 2)
    left = tmp_path / f".old-{days(1)[0]}"
    left.mkdir()
    Placing(Disk(tmp_path), "", (), Keep(0, 0, 0), "en")._remove(days(1)[0])
    assert (tmp_path / days(1)[0]).exists()
    publisher(tmp_path, 0).publish(report(NEXT), first=False)
    assert names(tmp_path) == [NEXT.isoformat(), "index.html", "latest"]


HELD = """
import logging, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.publishers.test_archive import *
logging.basicConfig(level=logging.WARNING, format="%(message)s")
fill(Path(sys.argv[3]), 1)  # what is imported late, while this Python can be read
os.setgid(65534)
os.setuid(65534)
place = Path(sys.argv[1])
publisher(place, 0).publish(report(NEXT), first=False)
assert {*days(0, 1), NEXT.isoformat()} <= {*names(place)}, names(place)
assert listed(place) == days(0, 1), listed(place)
"""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="makes files of another user")
def test_what_is_in_use_waits_for_the_next_publish() -> None:
    """In a sticky folder nobody may rename what belongs to another user: as on Windows what somebody holds open."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        place = Path(folder)
        fill(place, 2)
        place.chmod(0o1777)
        done = subprocess.run([sys.executable, "-B", "-c", HELD, folder, str(Path(__file__).parents[2]), other],
                              capture_output=True, encoding="utf-8", cwd="/")
        assert done.returncode == 0, done.stderr
        assert "stays as it is for now: Operation not permitted" in done.stderr
        assert f"The night of {days(0)[0]} stays in {folder} for now" in done.stderr
        publisher(place, 0).publish(report(NEXT), first=False)
        assert names(place) == [NEXT.isoformat(), "index.html", "latest"]
        assert listed(place) == [NEXT.isoformat()]


def too_large(place: Path) -> Report:
    """A report of more bytes than are free, all files of which are the same bytes in memory."""
    piece = bytes(64_000_000)
    return Report(NEXT, {f"{at}": piece for at in range(shutil.disk_usage(place).free // len(piece) + 1)}, b"{}")


def test_a_report_without_room_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    one = fill(tmp_path, 3)
    there = names(tmp_path)
    with pytest.raises(PublishError, match=r"\d MB are free .* a report needs \d+ MB"):
        one.publish(too_large(tmp_path), first=False)
    assert names(tmp_path) == there
    with pytest.raises(PublishError):
        publisher(tmp_path, 1).publish(too_large(tmp_path), first=False)
    assert names(tmp_path) == [*days(0), "index.html", "latest"]


def test_trying_a_folder_looks_for_room_for_another_such_report(tmp_path: Path) -> None:
    one = fill(tmp_path, 1)
    one.check(first=False)
    with (tmp_path / "latest" / "huge").open("wb") as opened:
        opened.truncate(min(shutil.disk_usage(tmp_path).free, 2**43))
    with pytest.raises(PublishError, match="MB are free"):
        one.check(first=False)


def test_a_removed_night_is_told_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(tmp_path, 2)
    with caplog.at_level(logging.INFO):
        publisher(tmp_path, 0).publish(report(), first=False)
    assert f"The night of {days(1)[0]} is past its time" in caplog.text
