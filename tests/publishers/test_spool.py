"""The spool: what waits is whole, the newest of its night, bounded, and no kill or full disk harms it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Report
from rfm_service.republishing import dated
from rfm_service.spool import Spool
from tests.publishers.test_folder import NEXT, NIGHT, held, names, report, whole

PLACE = "\\\\server\\share"
GONE = PublishError("The share is gone.")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "data" / "spool")


def kept(spool: Spool, place: str = PLACE) -> dict[str, dict[str, bytes]]:
    found = {day: spool.report(place, day) for day in spool.nights(place)}
    return {day.isoformat(): whole(each) for day, each in found.items() if each is not None}


def test_what_waits_in_the_spool(spool: Spool) -> None:
    assert (spool.nights(PLACE), spool.since(PLACE), spool.count()) == ([], None, 0)
    for night, run in ((NEXT, "1"), (NIGHT, "1"), (NEXT, "2")):
        spool.put(PLACE, report(night, run), GONE)
    spool.put("other", report(), GONE)
    assert kept(spool) == {NIGHT.isoformat(): whole(report(NIGHT)), NEXT.isoformat(): whole(report(NEXT, "2"))}
    assert (spool.count(), len(spool.problems), spool.since(PLACE)) == (3, 4, NEXT)
    [folder] = spool.path.glob(f"*/{NEXT}")
    (folder / "manifest.json").unlink()
    assert spool.nights(PLACE) == [NIGHT]
    spool.drop(PLACE, NIGHT)
    assert (spool.nights(PLACE), spool.since(PLACE)) == ([], NEXT)
    spool.clear(PLACE)
    assert (spool.count(), spool.since(PLACE)) == (1, None)
    assert Spool(spool.path).count() == 1


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x"])
def test_a_name_that_leads_outside_of_the_spool(spool: Spool, name: str) -> None:
    with pytest.raises(PublishError, match="outside"):
        spool.put(PLACE, Report(NIGHT, {name: b"x"}, b"{}"), GONE)
    assert spool.count() == 0
    assert names(spool.path.parent) <= {"spool"}


def test_so_many_nights_wait_and_no_more(spool: Spool) -> None:
    nights = [NIGHT + timedelta(days=number) for number in range(5)]
    for night in nights:
        spool.put(PLACE, report(night), GONE, 3)
    assert spool.nights(PLACE) == nights[2:]
    assert spool.since(PLACE) == NIGHT
    spool.put(PLACE, report(nights[-1], "2"), GONE, 0)
    assert spool.nights(PLACE) == nights[-1:]


LEFT = {"in the draft": {".draft-{night}": "half"}, "between two names": {".old-{night}": "{night}"},
        "before the old one went": {".old-{night}": "half"}, "in the note": {".draft-since.json": "file"}}


@pytest.mark.parametrize("name", LEFT)
def test_a_spool_after_a_kill(spool: Spool, name: str) -> None:
    spool.put(PLACE, report(), GONE)
    [folder] = spool.path.iterdir()
    for left, what in LEFT[name].items():
        target = folder / left.format(night=NIGHT)
        if what == "half":
            (target / "charts").mkdir(parents=True)
            (target / "charts" / "1.png").write_bytes(b"stale")
        elif what == "file":
            target.write_bytes(b"")
        else:
            (folder / what.format(night=NIGHT)).rename(target)
    assert kept(spool) == {NIGHT.isoformat(): whole(report())}
    spool.put(PLACE, report(NIGHT, "2"), GONE)
    assert kept(spool) == {NIGHT.isoformat(): whole(report(NIGHT, "2"))}
    assert [path.name for path in folder.iterdir() if path.is_dir()] == [NIGHT.isoformat()]


def test_a_spool_that_cannot_be_written(spool: Spool) -> None:
    spool.path.parent.mkdir()
    spool.path.write_bytes(b"")
    with pytest.raises(PublishError, match=r"cannot wait in .*spool either.*The share is gone\."):
        spool.put("p", report(), GONE)


KILL = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from tests.publishers.test_spool import GONE, NIGHT, PLACE, Spool, report
left = [int(sys.argv[2])]
def stop(event, arguments):
    if event in ("open", "os.rename", "os.mkdir", "os.rmdir", "shutil.rmtree") and "spool" in str(arguments[0]):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(stop)
Spool(Path(sys.argv[1])).put(PLACE, report(NIGHT, "2"), GONE)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", range(0, 24, 2))
def test_a_real_kill_leaves_no_half_report_in_the_spool(spool: Spool, after: int) -> None:
    spool.put(PLACE, report(), GONE)
    subprocess.run([sys.executable, "-c", KILL, str(spool.path), str(after), str(Path(__file__).parents[2])],
                   check=False)
    assert kept(spool) in ({NIGHT.isoformat(): whole(report())}, {NIGHT.isoformat(): whole(report(NIGHT, "2"))})


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.publishers.test_spool import GONE, NIGHT, PLACE, Spool, report, PublishError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Spool(Path(sys.argv[1])).put(PLACE, report(NIGHT, "2", large=bytes(200_000)), GONE)
except PublishError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_spool_without_room_keeps_what_waits(spool: Spool) -> None:
    spool.put(PLACE, report(), GONE)
    [folder] = spool.path.iterdir()
    done = subprocess.run([sys.executable, "-c", FULL, str(spool.path), str(Path(__file__).parents[2])],
                          capture_output=True, encoding="utf-8")
    assert "cannot wait in" in done.stdout, done.stderr
    assert "The share is gone." in done.stdout
    assert kept(spool) == {NIGHT.isoformat(): whole(report())}
    assert held(folder).keys() == {f"{NIGHT}/{name}" for name in whole(report())} | {"since.json"}


def test_only_one_publishes_at_a_time(spool: Spool) -> None:
    with spool.held(0) as first, Spool(spool.path).held(0) as second:
        assert (first, second) == (True, False)
    with spool.held(0) as again:
        assert again


def test_a_place_for_people_keeps_the_slashes_of_an_address(tmp_path: Path) -> None:
    assert dated("smb://server/share/rfm", date(2026, 5, 9)) == "smb://server/share/rfm/2026-05-09"
    assert dated(str(tmp_path), date(2026, 5, 9)) == str(tmp_path / "2026-05-09")
