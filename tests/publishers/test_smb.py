"""Publishing over SMB to a real Samba server: whole or not at all, whatever becomes of the server or of us."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import smbclient
from pydantic import ValidationError

from rfm_service.domain.errors import PublishError
from rfm_service.domain.values import Report
from rfm_service.publishers.smb import Publisher
from tests.publishers.samba import PASSWORD, Samba, samba
from tests.publishers.test_folder import NEXT, NIGHT, held, names, report, whole

FOLDER = "rfm/отчёты"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Samba]:
    with samba(tmp_path) as running:
        yield running


def place(server: Samba) -> Path:
    return server.share / FOLDER


def opened(server: Samba, path: str, share_access: str) -> Any:
    """A file of the share held open by another reader, as Excel does; it lets others do `share_access`."""
    return smbclient.open_file(rf"\\127.0.0.1\reports\rfm\отчёты\{path}", mode="rb", share_access=share_access,
                               port=server.port, username=server.publisher().user, password=PASSWORD,
                               connection_cache=server.readers)


@pytest.mark.parametrize("path", [
    "smb://server", "smb://server/", "smb:///share", "smb://server/share/../x", "smb://server/a//b", "smb://s:x/share",
    r"smb://server\share", "smb://server/sh|are", "smb://user:canary@server/share"])
def test_an_address_that_is_none_is_refused_without_its_secret(path: str) -> None:
    with pytest.raises(ValidationError, match=r"smb://server/share/folder|must name no user") as refused:
        Publisher(path=path)
    assert "canary" not in refused.value.errors()[0]["msg"]


def test_the_password_is_in_no_text_of_the_publisher() -> None:
    made = Publisher(path="smb://server/share/rfm/", password="canary")
    assert made.place == "smb://server/share/rfm"
    assert "canary" not in repr(made) + str(made) + repr(made.shelf())


@pytest.mark.slow
@pytest.mark.parametrize("share_access", ["", "r"])
def test_case_40_a_latest_held_open_over_smb_follows_later(server: Samba, share_access: str) -> None:
    publisher = server.publisher()
    publisher.publish(report(), first=True)
    with opened(server, r"latest\charts\1.png", share_access):
        left = publisher.publish(report(NEXT), first=False)
        assert left is not None
        assert "open" in str(left)
        assert held(place(server) / NEXT.isoformat()) == whole(report(NEXT))
        assert held(place(server) / "latest") == whole(report())
        assert publisher.publish(report(NEXT), first=False) is not None
    assert publisher.publish(report(NEXT), first=False) is None
    assert held(place(server) / "latest") == whole(report(NEXT))
    assert names(place(server)) == {NIGHT.isoformat(), NEXT.isoformat(), "latest", "index.html"}


@pytest.mark.slow
def test_a_dated_file_held_open_leaves_that_night_as_it_was(server: Samba) -> None:
    publisher = server.publisher()
    publisher.publish(report(), first=True)
    with opened(server, rf"{NIGHT}\charts\1.png", ""), pytest.raises(PublishError, match="open"):
        publisher.publish(report(NIGHT, "2"), first=False)
    assert held(place(server) / NIGHT.isoformat()) == held(place(server) / "latest") == whole(report())
    publisher.publish(report(NIGHT, "2"), first=False)
    assert held(place(server) / NIGHT.isoformat()) == held(place(server) / "latest") == whole(report(NIGHT, "2"))


@pytest.mark.slow
def test_a_server_that_lets_folders_with_open_files_be_renamed(server: Samba) -> None:
    server.stop()
    server.start(strict=False)
    publisher = server.publisher()
    publisher.publish(report(), first=True)
    with opened(server, r"latest\charts\1.png", "r"):
        assert publisher.publish(report(NEXT), first=False) is None
        assert held(place(server) / "latest") == whole(report(NEXT))
    publisher.publish(report(NEXT), first=False)
    assert names(place(server)) == {NIGHT.isoformat(), NEXT.isoformat(), "latest", "index.html"}


KILL = """
import sys
from datetime import date
sys.path.insert(0, sys.argv[1])
from rfm_service.publishers.smb import Publisher
from tests.publishers.test_folder import report, NIGHT
given = eval(sys.stdin.readline())
publisher, made = Publisher(**given), report(NIGHT, "2", more=bytes(3_000_000))
publisher.check(first=False)  # what is imported late
print("ready", flush=True)
publisher.publish(made, first=False)
"""


@pytest.mark.slow
def test_case_32_killed_over_smb_leaves_no_half_report(server: Samba, measured: Callable[[str], None]) -> None:
    publisher = server.publisher()
    publisher.publish(report(), first=True)
    second, both = whole(report(NIGHT, "2", more=bytes(3_000_000))), 0
    begun = time.monotonic()
    publisher.publish(report(NIGHT, "2", more=bytes(3_000_000)), first=False)
    usual_s, kills = time.monotonic() - begun, 60 if os.environ.get("TEST_SOAK") else 14
    publisher.publish(report(), first=False)
    for number in range(kills):
        child = subprocess.Popen([sys.executable, "-c", KILL, str(Path(__file__).parents[2])], encoding="utf-8",
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(repr(publisher.model_dump()) + "\n")
        child.stdin.flush()
        child.stdout.readline()
        time.sleep(2 * usual_s * number / kills)
        child.kill()
        child.communicate()
        for name in (NIGHT.isoformat(), "latest"):
            if (place(server) / name).exists():
                assert held(place(server) / name) in (whole(report()), second)
                both |= 1 << (held(place(server) / name) == second)
        publisher.publish(report(), first=False)
        assert names(place(server)) == {NIGHT.isoformat(), "latest", "index.html"}
        assert held(place(server) / "latest") == held(place(server) / NIGHT.isoformat()) == whole(report())
    measured(f"{kills} kills, no half report")
    assert both == 3, "no kill met a publish under way"


@pytest.mark.slow
def test_a_server_that_stalls_counts_as_gone_and_does_no_harm_when_it_wakes(server: Samba) -> None:
    publisher = server.publisher()
    publisher.publish(report(NIGHT, "0"), first=True)
    hasty = server.publisher(timeout_minutes=0.02)
    for number in range(5):
        stall = threading.Timer(0.05 * number, server.signal, [signal.SIGSTOP])
        stall.start()
        begun = time.monotonic()
        with suppress(PublishError):
            hasty.publish(report(NIGHT, "old", more=bytes(20_000_000)), first=False)
        assert time.monotonic() - begun < 8
        stall.join()
        server.signal(signal.SIGCONT)
        for run in range(3):
            made = report(NIGHT, f"{number}.{run}")
            publisher.publish(made, first=False)
            assert held(place(server) / NIGHT.isoformat()) == whole(made)
            assert held(place(server) / "latest") == whole(made)
    time.sleep(1)
    assert held(place(server) / "latest") == whole(report(NIGHT, "4.2"))
    publisher.publish(report(NEXT), first=False)
    assert names(place(server)) == {NIGHT.isoformat(), NEXT.isoformat(), "latest", "index.html"}


def publish_often(publisher: Publisher) -> None:
    for run in range(50):
        publisher.publish(report(NIGHT, f"{run}", more=bytes(5_000_000)), first=False)


@pytest.mark.slow
def test_a_server_that_dies_while_publishing(server: Samba) -> None:
    publisher = server.publisher()
    publisher.publish(report(), first=True)
    for number in range(4):
        death = threading.Timer(0.1 + 0.05 * number, server.stop)
        death.start()
        with pytest.raises(PublishError, match=r"cannot be reached|is gone"):
            publish_often(publisher)
        death.join()
        server.start()
        for name in {NIGHT.isoformat(), "latest"} & names(place(server)):
            assert (place(server) / name / "manifest.json").exists()
        publisher.publish(report(), first=False)
        assert held(place(server) / NIGHT.isoformat()) == held(place(server) / "latest") == whole(report())
        assert names(place(server)) == {NIGHT.isoformat(), "latest", "index.html"}


@pytest.mark.slow
def test_what_is_wrong_is_said_and_the_password_is_nowhere(server: Samba, caplog: pytest.LogCaptureFixture) -> None:
    publisher, said = server.publisher(), []
    publisher.publish(report(), first=True)
    wrong = {
        "refuses the user or the password": server.publisher(password=PASSWORD + "x"),
        "has no share of that name": server.publisher(path=f"smb://127.0.0.1:{server.port}/nothing/rfm"),
        "cannot be reached: Connection refused": server.publisher(path="smb://127.0.0.1:1/reports/rfm"),
        "cannot be reached: Name or service not known": server.publisher(path="smb://nowhere.invalid/reports/rfm"),
    }
    with caplog.at_level(logging.DEBUG):
        for told, faulty in wrong.items():
            with pytest.raises(PublishError, match=told) as problem:
                faulty.publish(report(), first=True)
            said.append(str(problem.value))
            with pytest.raises(PublishError, match=told) as problem:
                faulty.check(first=True)
            said.append(str(problem.value))
        server.stop()
        server.start(read_only=True)
        for attempt in (lambda: publisher.publish(report(NEXT), first=False), lambda: publisher.check(first=False)):
            with pytest.raises(PublishError, match=r"may not write|read-only"):
                attempt()
    assert held(place(server) / "latest") == whole(report())
    assert PASSWORD not in caplog.text + "".join(said)


@pytest.mark.slow
def test_case_39_a_share_that_is_full(server: Samba) -> None:
    server.stop()
    server.start(size_mb=60)
    publisher = server.publisher()
    publisher.publish(report(), first=True)
    large = Report(NEXT, {"a": bytes(40_000_000), "b": bytes(40_000_000)}, report(NEXT).manifest)
    with pytest.raises(PublishError, match="MB are free"):
        publisher.publish(large, first=False)
    shelf = publisher.shelf()
    with pytest.raises(OSError, match="STATUS_DISK_FULL"):
        shelf.write("theirs", bytes(80_000_000))
    with pytest.raises(PublishError, match="MB are free"):
        publisher.publish(report(NEXT), first=False)
    shelf.remove("theirs")
    publisher.publish(report(NEXT), first=False)
    assert {entry.name for entry in shelf.entries()} == {NIGHT.isoformat(), NEXT.isoformat(), "latest", "index.html"}
    shelf.close()
