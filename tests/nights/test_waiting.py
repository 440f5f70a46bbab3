"""Nights whose share or disk misbehaves: published later, told once, exit 0; cases 33 and 38 to 40 of the battery."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
import smbclient

from rfm_service import republishing, wiring
from rfm_service.emulator.generator import GeneratedShop
from tests.nights.company import sale, shop_of
from tests.publishers.samba import PASSWORD, private_mounts, samba

DAY = date(2026, 6, 10)
NIGHTS = [DAY + timedelta(days=number) for number in range(6)]
ROOT = Path(__file__).parents[2]


def shop():
    return shop_of(*(sale(str(number), DAY - timedelta(days=5 - number), 500) for number in range(8)))


def whole(folder: Path) -> bool:
    """Whether a folder holds what its manifest names, and no more."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    return bool(manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})


def visible(reports: Path) -> dict[str, str]:
    """The night in each folder that a reader sees; every one of them is whole."""
    folders = [path for path in reports.iterdir() if path.is_dir() and path.name != "inbox"]
    assert not [path.name for path in reports.iterdir() if path.name.startswith(".")]
    assert all(map(whole, folders))
    return {path.name: json.loads((path / "manifest.json").read_bytes())["as_of"] for path in folders}


def all_of(*nights: date) -> dict[str, str]:
    return {**{night.isoformat(): night.isoformat() for night in nights}, "latest": max(nights).isoformat()}


def deliver(firm) -> tuple[list[str], int]:
    """What the daemon does every few minutes while reports wait."""
    settings = wiring.load(firm.settings)
    return republishing.publish_waiting(wiring.ledger(settings), wiring.publishers(settings), wiring.spool(settings))


def notices(firm) -> list[str]:
    """What admins were or will be told of places, each but once."""
    outbox = firm.ledger.outbox
    queued = [outbox.message(each.number).text for each in outbox.waiting()]
    return [text for text in firm.told(1001) + queued if "reports wait for" in text or "that waited since" in text]


def run(firm, night: date) -> list[str]:
    return [sys.executable, "-B", "-m", "rfm_service", "run", "--settings", str(firm.settings), "--as-of",
            night.isoformat()]


def in_mounts(firm, script: str) -> str:
    """Run a script for the shell where mounts are seen by nobody else; $0 is the firm's folder, $N a night."""
    values = {f"N{at}": " ".join(run(firm, night)) for at, night in enumerate(NIGHTS)}
    done = subprocess.run([*private_mounts(), "sh", "-c", f"cd \"$0\"\n{script}", str(firm.folder)],
                          env={**os.environ, **values, "PYTHONPATH": str(ROOT), "RFM_SCHEDULE__LEAST_FREE_MB": "0"},
                          capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_case_38_a_share_that_is_gone_gets_its_reports_later(firm):
    firm = firm(shop())
    firm.good_night(NIGHTS[0])
    reports, away = firm.folder / "reports", firm.folder / "away"
    shutil.move(reports, away)
    for night in (NIGHTS[1], NIGHTS[2]):
        assert firm.night(night).exit_code == 0
        assert deliver(firm) == ([], 1)
    assert not reports.exists()
    waits, = notices(firm)
    assert f"reports wait for {reports}" in waits
    assert "is gone" in waits
    published = [entry["counts"] for entry in firm.diary() if (entry["step"], entry["event"]) == ("publish", "end")]
    assert published == [{"places": 1, "waiting": 0}, *[{"places": 0, "waiting": 1}] * 2]
    shutil.move(away, reports)
    assert deliver(firm) == ([str(reports)], 0)
    assert visible(reports) == all_of(*NIGHTS[:3])
    assert deliver(firm) == ([], 0)
    assert firm.night(NIGHTS[3]).exit_code == 0
    assert [text.partition(" ")[0] for text in notices(firm)] == ["From", "The"]
    assert visible(reports) == all_of(*NIGHTS[:4])


def test_a_newer_run_of_a_night_that_waits_takes_its_stead(firm):
    firm = firm(shop())
    firm.good_night(NIGHTS[0])
    reports, away = firm.folder / "reports", firm.folder / "away"
    shutil.move(reports, away)
    firm.night(NIGHTS[1])
    shutil.move(away, reports)
    firm.rfm = 'gift_below = 10'
    assert firm.night(NIGHTS[1]).exit_code == 0
    runs = [entry["run"] for entry in firm.diary()]
    assert json.loads((reports / NIGHTS[1].isoformat() / "manifest.json").read_bytes())["run"] == runs[-1]
    assert (deliver(firm), wiring.spool(wiring.load(firm.settings)).count()) == (([], 0), 0)
    assert len(notices(firm)) == 2


@pytest.mark.slow
def test_one_place_of_two_is_gone(firm):
    firm = firm(shop(), publish="[[publish]]\npath = 'one'\n[[publish]]\npath = 'two'\nkeep_nights = 2")
    assert firm.night(NIGHTS[0]).exit_code == 0
    shutil.move(firm.folder / "one", firm.folder / "away")
    for night in NIGHTS[1:4]:
        assert firm.night(night).exit_code == 0
    assert visible(firm.folder / "two")["latest"] == NIGHTS[3].isoformat()
    shutil.move(firm.folder / "away", firm.folder / "one")
    assert deliver(firm) == ([str(firm.folder / "one")], 0)
    assert visible(firm.folder / "one") == all_of(*NIGHTS[:4])


@pytest.mark.slow
def test_case_39_a_share_that_is_read_only(firm):
    firm = firm(shop())
    firm.good_night(NIGHTS[0])
    said = in_mounts(firm, """
        mount --bind reports reports && mount -o remount,ro,bind reports || exit 9
        for night in "$N1" "$N2"; do $night || exit 8; done
    """)
    assert "read-only" in "".join(notices(firm)), said
    assert len(notices(firm)) == 1
    assert visible(firm.folder / "reports") == all_of(NIGHTS[0])
    assert deliver(firm)[1] == 0
    assert visible(firm.folder / "reports") == all_of(*NIGHTS[:3])
    assert len(notices(firm)) == 2


@pytest.mark.slow
def test_case_39_a_share_that_is_full(firm):
    firm = firm(shop())
    firm.good_night(NIGHTS[0])
    in_mounts(firm, """
        mkdir after && cp -r reports full && mount -t tmpfs -o size=60m tmpfs reports && cp -r full/. reports || exit 9
        head -c 200m /dev/zero > reports/theirs 2>/dev/null
        $N1 || exit 8
        cp -r reports/2* reports/latest after
        rm reports/theirs
        $N2 || exit 8
        rm -r full && cp -r reports full
    """)
    assert visible(firm.folder / "after") == all_of(NIGHTS[0])
    assert visible(firm.folder / "full") == all_of(*NIGHTS[:3])
    assert "MB are free" in notices(firm)[0]
    assert len(notices(firm)) == 2


@pytest.mark.slow
def test_case_38_a_share_unmounted_leaves_nothing_in_its_place(firm):
    """The folder at which it was mounted is there still, and empty."""
    firm = firm(shop())
    in_mounts(firm, """
        mkdir reports && mount -t tmpfs tmpfs reports || exit 9
        $N0 || exit 8
        umount -l reports
        $N1 || exit 8
    """)
    assert list((firm.folder / "reports").iterdir()) == []
    assert "holds no report" in notices(firm)[0]


@pytest.mark.slow
def test_case_40_a_file_of_latest_held_open(firm, tmp_path):
    (tmp_path / "server").mkdir()
    with samba(tmp_path / "server") as server:
        firm = firm(shop(), publish=published_to(server))
        assert firm.night(NIGHTS[0]).exit_code == 0
        place = server.share / "rfm"
        with smbclient.open_file(r"\\127.0.0.1\reports\rfm\latest\customers.csv", mode="rb", share_access="r",
                                 port=server.port, username=server.publisher().user, password=PASSWORD,
                                 connection_cache=server.readers):
            for night in (NIGHTS[1], NIGHTS[2]):
                assert firm.night(night).exit_code == 0
            assert deliver(firm)[1] == 1
            assert visible(place) == {**all_of(*NIGHTS[:3]), "latest": NIGHTS[0].isoformat()}
        assert deliver(firm) == ([f"{server.address}/rfm"], 0)
        assert visible(place) == all_of(*NIGHTS[:3])
        first, last = notices(firm)
        assert "latest/ open" in first
        assert "are in smb://" in last
        server.stop()
        assert firm.night(NIGHTS[3]).exit_code == 0
        assert "cannot be reached" in notices(firm)[-1]
        told = firm.log() + "".join(firm.told(1001)) + "".join(map(str, firm.diary()))
        assert PASSWORD not in told


def published_to(server, **keys) -> str:
    """A [[publish]] to the share of a server."""
    given = {"path": f"{server.address}/rfm", "user": server.publisher().user, "password": PASSWORD, **keys}
    return "[[publish]]\n" + "\n".join(f"{key} = {value!r}" for key, value in given.items())


@pytest.mark.slow
def test_case_38_a_share_that_hangs_holds_no_night(firm, tmp_path):
    """The program ends though what hangs never does."""
    (tmp_path / "server").mkdir()
    with samba(tmp_path / "server") as server:
        firm = firm(shop(), publish=published_to(server))
        assert firm.night(NIGHTS[0]).exit_code == 0
        server.signal(signal.SIGSTOP)
        firm.publish = published_to(server, timeout_minutes=0.03)
        begun = time.monotonic()
        done = subprocess.run(run(firm, NIGHTS[1]), capture_output=True, encoding="utf-8", timeout=120)
        assert done.returncode == 0, done.stderr
        took = time.monotonic() - begun
        assert deliver(firm) == ([], 1)
        server.signal(signal.SIGCONT)
        assert took < 60
        assert "did not answer within 0.03 min" in notices(firm)[0]
        firm.publish = published_to(server)
        assert deliver(firm) == ([f"{server.address}/rfm"], 0)
        assert visible(server.share / "rfm") == all_of(*NIGHTS[:2])
        assert len(notices(firm)) == 2


@pytest.mark.slow
def test_a_folder_replaced_by_a_file(firm):
    firm = firm(shop())
    firm.good_night(NIGHTS[0])
    reports, away = firm.folder / "reports", firm.folder / "away"
    shutil.move(reports, away)
    reports.write_bytes(b"theirs")
    assert firm.night(NIGHTS[1]).exit_code == 0
    assert reports.read_bytes() == b"theirs"
    assert "is gone" in notices(firm)[0]
    reports.unlink()
    shutil.move(away, reports)
    assert deliver(firm) == ([str(reports)], 0)
    assert visible(reports) == all_of(*NIGHTS[:2])


@pytest.mark.slow
def test_case_33_a_disk_full_at_store_refuses_and_the_next_run_is_right(firm):
    shop = GeneratedShop(5, 30_000, 260, last_day=NIGHTS[-1])
    start = NIGHTS[-1] - timedelta(days=259)
    calm, troubled = (firm(shop, start=start) for _ in range(2))
    for night in NIGHTS[:2]:
        calm.good_night(night)
    said = in_mounts(troubled, """
        mkdir -p data && mount -t tmpfs -o size=80m tmpfs data || exit 9
        $N0 || exit 8
        (ulimit -f 64; $N1; echo "ended $?")
        head -c 200m /dev/zero > data/theirs 2>/dev/null
        $N1; echo "then $?"
        cp -r reports after
        rm data/theirs
        $N1 || exit 8
        mkdir kept && cp -r data/. kept
    """)
    assert "ended 1" in said
    assert "then 1" in said
    assert visible(troubled.folder / "after") == all_of(NIGHTS[0])
    alerts = [text for text in troubled.told(1001) if "stopped at the step" in text]
    assert len(alerts) == 2, alerts
    assert "“store”" in alerts[0]
    assert "on the disk of the warehouse" in alerts[1]
    shutil.rmtree(troubled.folder / "data")
    (troubled.folder / "kept").rename(troubled.folder / "data")
    assert troubled.stored() == calm.stored()
    assert troubled.customers(NIGHTS[1]) == calm.customers(NIGHTS[1])
    assert visible(troubled.folder / "reports") == all_of(*NIGHTS[:2])


@pytest.mark.slow
def test_case_33_a_disk_full_at_log_refuses_before_1c_is_asked(firm):
    """Without a diary nobody would know which nights are done."""
    firm = firm(shop())
    firm.good_night(NIGHTS[0])
    said = in_mounts(firm, """
        cp -r logs kept && mount -t tmpfs -o size=1m tmpfs logs && cp -r kept/. logs || exit 9
        head -c 9m /dev/zero > logs/theirs 2>/dev/null
        export RFM_SCHEDULE__LEAST_FREE_MB=1
        $N1; echo "ended $?"
        rm logs/theirs
        export RFM_SCHEDULE__LEAST_FREE_MB=0
        $N1 || exit 8
    """)
    assert "ended 1" in said
    assert "are free on the disk of the logs" in said
    assert "Traceback" not in said
    assert sum("on the disk of the logs" in text for text in firm.told(1001)) == 1
    assert visible(firm.folder / "reports") == all_of(*NIGHTS[:2])


@pytest.mark.slow
def test_case_33_no_room_for_temporary_files_stops_nothing(firm):
    firm = firm(shop(), renderers='["machine_tables", "workbook", "summary"]')
    firm.good_night(NIGHTS[0])
    in_mounts(firm, """
        mkdir tmp && mount -t tmpfs -o size=1m tmpfs tmp || exit 9
        head -c 9m /dev/zero > tmp/theirs 2>/dev/null
        export TMPDIR="$PWD/tmp"
        $N1 || exit 8
    """)
    assert visible(firm.folder / "reports") == all_of(*NIGHTS[:2])
    assert any("June 11" in text and "went well" in text for text in firm.told(1001))


@pytest.mark.slow
def test_case_33_a_disk_full_at_publish_and_in_the_spool_refuses(firm):
    """Neither the share nor the spool has room: the old report and what waits stay whole, and the night has failed."""
    firm = firm(shop())
    firm.good_night(NIGHTS[0])
    said = in_mounts(firm, """
        mv reports away
        $N1 || exit 8
        mkdir spooled && cp -r data/spool/. spooled
        mount -t tmpfs -o size=1m tmpfs data/spool && cp -r spooled/. data/spool || exit 9
        head -c 9m /dev/zero > data/spool/theirs 2>/dev/null
        $N2; echo "ended $?"
        rm data/spool/theirs
        rm -r spooled && cp -r data/spool spooled
    """)
    assert "ended 1" in said
    assert "cannot wait in" in said
    [night] = (firm.folder / "spooled").glob("*/2*")
    assert (night.name, whole(night)) == (NIGHTS[1].isoformat(), True)
    assert visible(firm.folder / "away") == all_of(NIGHTS[0])
    assert any("cannot wait in" in text for text in firm.told(1001))
