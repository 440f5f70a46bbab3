"""The watch from outside: a ping at the start and at the end of a night, which never fails for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from rfm_service import wiring
from rfm_service.checkup import checkup
from rfm_service.emulator.faults import Fault
from rfm_service.pings import ping
from tests.nights.company import company, sale, shop_of

DAY = date(2026, 5, 9)


class Watch(HTTPServer):
    """Notes what it is asked, and answers with `codes` in turn, then 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[str] = []
        self.codes: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/canary-uuid"


class Answering(BaseHTTPRequestHandler):
    server: Watch

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.codes.pop(0) if self.server.codes else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def watch() -> Iterator[Watch]:
    with Watch() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_events(watch: Watch) -> None:
    assert [ping(watch.url + query, event) for query, event in (
        ("", "start"), ("", "well"), ("/", "fail"), ("?create=1", "fail"))] == [True] * 4
    assert watch.asked == ["/canary-uuid/start", "/canary-uuid", "/canary-uuid/fail", "/canary-uuid/fail?create=1"]
    assert not ping("", "well")


def test_three_tries_and_no_address_in_the_log(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    watch.codes = [500, 503]
    assert ping(watch.url, "well")
    assert len(watch.asked) == 3
    watch.codes = [404] * 5
    with caplog.at_level(logging.DEBUG, "rfm_service"):
        assert not ping(watch.url, "fail")
        assert not ping("http://127.0.0.1:1/canary-uuid", "start")
        assert not ping("http://[canary-uuid", "start")
    told = [record.getMessage() for record in caplog.records if record.name.startswith("rfm_service")]
    assert len(told) == 3
    assert "HTTP 404" in told[0]
    assert "canary" not in "".join(told)


def test_check_reaches_the_watch_and_sends_nothing(watch: Watch, tmp_path: Path,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    with company(tmp_path, shop_of(sale("1", DAY, 100)), start=date(2026, 5, 1)) as firm:
        def tried(url: str) -> list[str]:
            monkeypatch.setenv("RFM_WATCH__PING_URL", url)
            return [f"{each.good}: {each.sentence(str.format)}" for each in checkup(wiring.load(firm.settings), DAY)
                    if each.what == "Watch from outside"]

        assert tried("") == []
        assert tried(watch.url)[0].startswith("True: can be reached")
        assert watch.asked == []
        away = {"http://127.0.0.1:1/canary-uuid": "nothing listens at that port",
                "http://[canary-uuid": "ValueError",
                f"https://127.0.0.1:{watch.server_port}/canary-uuid": "no trusted connection (TLS) came about"}
        for url, why in away.items():
            [told] = tried(url)
            assert told.startswith("False: The service at watch.ping_url cannot be reached (")
            assert why in told
            assert "canary" not in told


def test_a_night_tells_the_watch(watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFM_WATCH__PING_URL", watch.url)
    with company(tmp_path, shop_of(sale("1", DAY, 100)), start=date(2026, 5, 1)) as firm:
        firm.good_night(DAY)
        firm.onec.faults.push(Fault(status=401, times=None))
        assert firm.night(DAY + timedelta(days=1)).exit_code == 1
        assert watch.asked == ["/canary-uuid/start", "/canary-uuid", "/canary-uuid/start", "/canary-uuid/fail"]
        assert "canary-uuid" not in firm.log()
