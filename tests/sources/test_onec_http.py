"""The custom HTTP protocol over real sockets: what is asked, and every way in which an answer is wrong."""

from __future__ import annotations

import base64
import gzip
import json
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from rfm_service.domain.errors import AnswerMalformed, SourceError, SourceRefused, SourceUnavailable
from rfm_service.domain.values import Period
from rfm_service.emulator.faults import HTML_PAGE, Fault
from rfm_service.emulator.http_server import Answer as HttpAnswer
from rfm_service.emulator.http_server import LocalServer, Request
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, ShopLine
from tests.sources.asking import (
    BUYER,
    DAY,
    ONE_DAY,
    TOKEN,
    Nothing,
    asked,
    body,
    refused,
    row,
    source,
)


def test_windows_are_of_whole_days_and_at_most_31(onec: OnecServer) -> None:
    periods = [Period(date(2025, 12, 1), date(2026, 2, 4)), ONE_DAY]
    found = source(onec.url).lines(periods, Nothing())
    assert [(each.datefrom, each.datebefore) for each in onec.requests] == [
        ("2025-12-01T00:00:00", "2025-12-31T23:59:59"), ("2026-01-01T00:00:00", "2026-01-31T23:59:59"),
        ("2026-02-01T00:00:00", "2026-02-03T23:59:59"), ("2026-02-03T00:00:00", "2026-02-03T23:59:59")]
    assert found.periods == tuple(periods)
    assert [line.amount for line in found.lines] == [12_345_600] * 2


def test_the_last_second_of_a_day_belongs_to_it() -> None:
    edges = [datetime(2026, 2, 3), datetime(2026, 2, 3, 23, 59, 59), datetime(2026, 2, 4)]
    with OnecServer(ListShop([ShopLine(at, str(number)) for number, at in enumerate(edges)]), token=TOKEN) as server:
        assert [line.number for line in asked(server).lines] == ["0", "1"]


def test_partners(onec: OnecServer) -> None:
    [found] = source(onec.url).customers(DAY)
    assert (found.name, found.email, found.do_not_contact) == (BUYER, "secret@example.com", False)
    assert onec.requests[-1].datebefore == "2026-02-03T23:59:59"


class Echo:
    """A server that keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> HttpAnswer:
        self.requests.append(request)
        return HttpAnswer(body=body())


def heard(**settings: str) -> Request:
    echo = Echo()
    with LocalServer(echo) as server:
        source(f"{server.base_url}/a%20b?x=1", **settings).lines([ONE_DAY], Nothing())
    [request] = echo.requests
    return request


def test_the_token_goes_verbatim() -> None:
    request = heard()
    assert request.headers["authorization"].encode("latin-1").decode() == TOKEN
    assert (request.method, request.path, request.query) == ("POST", "/a%20b", "x=1")
    assert json.loads(request.body) == {"datefrom": "2026-02-03T00:00:00", "datebefore": "2026-02-03T23:59:59",
                                        "algoritm": "clasterclients"}


def test_basic_is_utf8_and_the_token_goes_before_it() -> None:
    basic = heard(token="", user="Иванов", password="пароль:1").headers["authorization"]
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == "Иванов:пароль:1"
    assert "Basic" not in heard(user="Иванов").headers["authorization"]
    assert "authorization" not in heard(token="").headers


def test_the_environment_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stolen password stolen", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert "authorization" not in heard(token="").headers


WRONG: dict[str, tuple[Fault, type[SourceError], str]] = {
    "a page": (Fault(body=HTML_PAGE, content_type="text/html"), AnswerMalformed, "web page"),
    "empty body": (Fault(body=b"  "), AnswerMalformed, "instead of JSON"),
    "empty text": (Fault(body=b'{"data":""}'), AnswerMalformed, "no list of rows"),
    "null": (Fault(body=b'{"data":null}'), AnswerMalformed, "no list of rows"),
    "an error": (Fault(body='{"error":"Тайный Клиент"}'.encode()), AnswerMalformed, "an error of its own"),
    "a number": (Fault(body=b'{"data":5}'), AnswerMalformed, "no list of rows"),
    "rows of lists": (Fault(body=b'{"data":"[[1]]"}'), AnswerMalformed, "no list of rows"),
    "a table of tables": (Fault(body=b'{"data":{"rows":[]}}'), AnswerMalformed, "no list of rows"),
    "nested deeply": (Fault(body=b"[" * 200_000), AnswerMalformed, "nested"),
    "nested deeply inside": (Fault(body=b'{"data":"' + b"[" * 200_000 + b'"}'), AnswerMalformed, "nested"),
    "cp1251": (Fault(body='{"data":"[{\\"Партнер\\":\\"Тайный Клиент\\"}]"}'.encode("cp1251")), AnswerMalformed,
    "UTF-8"),
    "401": (Fault(status=401), SourceRefused, "401"),
    "403": (Fault(status=403), SourceRefused, "403"),
    "404": (Fault(status=404), SourceRefused, "404"),
    "400": (Fault(status=400), SourceRefused, "400"),
    "302": (Fault(status=302, headers={"Location": "https://login.example/?t=x"}), SourceRefused, "login.example"),
    "307 to a path": (Fault(status=307, headers={"Location": "/login"}), SourceRefused, "127.0.0.1"),
    "302 to nowhere": (Fault(status=302), SourceRefused, "source.url"),
    "302 to nonsense": (Fault(status=302, headers={"Location": "http://[bad"}), SourceRefused, "source.url"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused_at_once(onec: OnecServer, caplog: pytest.LogCaptureFixture, name: str) -> None:
    fault, kind, sentence = WRONG[name]
    onec.faults.push(Fault(**{**vars(fault), "times": None}))
    error = refused(lambda: asked(onec, deadline_minutes=1), caplog)
    assert type(error) is kind
    assert error.permanent
    assert sentence in str(error)
    assert len(onec.requests) == 1


PASSING = {
    "500": Fault(status=500, body="Недостаточно памяти".encode()),
    "502": Fault(status=502, body=HTML_PAGE), "406": Fault(status=406), "503": Fault(status=503),
    "reset": Fault(reset=True), "cut": Fault(cut_at=40), "cut without a length": Fault(cut_at=40, with_length=False),
    "nothing": Fault(cut_at=0), "bad gzip": Fault(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", PASSING)
def test_tried_again(onec: OnecServer, caplog: pytest.LogCaptureFixture, name: str) -> None:
    onec.faults.push(PASSING[name])
    assert len(asked(onec, deadline_minutes=1).lines) == 1
    assert len(onec.requests) == 2
    onec.faults.push(Fault(**{**vars(PASSING[name]), "times": None}))
    error = refused(lambda: asked(onec, deadline_minutes=0.002), caplog)
    assert isinstance(error, SourceUnavailable)
    assert not error.permanent


def test_500_twice_then_fine(onec: OnecServer) -> None:
    onec.faults.push(Fault(status=500, times=2))
    assert len(asked(onec, deadline_minutes=1).lines) == 1


def test_a_lasting_500_ends_at_the_deadline(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(Fault(status=500, times=None))
    began = time.monotonic()
    error = refused(lambda: asked(onec, deadline_minutes=0.02), caplog)
    assert time.monotonic() - began < 1.5
    assert "500" in str(error)
    assert len(onec.requests) >= 2


def test_the_deadline_is_of_the_whole_fetch(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    one = source(onec.url, deadline_minutes=0.01)
    one.lines([ONE_DAY], Nothing())
    time.sleep(0.65)
    onec.faults.push(Fault(status=500))
    refused(lambda: one.customers(DAY), caplog)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(onec: OnecServer, status: int) -> None:
    onec.faults.push(Fault(status=status, headers={"Retry-After": "1"}))
    asked(onec, deadline_minutes=1)
    first, second = (each.at for each in onec.requests)
    assert 1 <= second - first < 1.6


@pytest.mark.parametrize("cut_at", range(41, 60))
def test_an_answer_cut_at_any_byte_is_asked_for_again(onec: OnecServer, caplog: pytest.LogCaptureFixture,
                                                      cut_at: int) -> None:
    onec.faults.push(Fault(cut_at=cut_at, with_length=False))
    assert len(asked(onec, deadline_minutes=1).lines) == 1
    assert "cut short" in caplog.text


@pytest.mark.parametrize("asked_for", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "²", "", "0"])
def test_a_retry_after_that_says_nothing(onec: OnecServer, asked_for: str) -> None:
    onec.faults.push(Fault(status=429, headers={"Retry-After": asked_for}))
    assert len(asked(onec, deadline_minutes=1).lines) == 1


def test_a_wait_beyond_the_deadline_is_not_begun(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(Fault(status=429, headers={"Retry-After": "9" * 400}))
    began = time.monotonic()
    refused(lambda: asked(onec, deadline_minutes=60), caplog)
    assert time.monotonic() - began < 0.5


@pytest.mark.parametrize("fault", [Fault(drip_s=0.02, times=None), Fault(drip_s=0.02, with_length=False, times=None)])
def test_a_slow_drip_is_ended_by_the_total_deadline(
        onec: OnecServer, caplog: pytest.LogCaptureFixture, fault: Fault) -> None:
    onec.faults.push(fault)
    began = time.monotonic()
    error = refused(lambda: asked(onec, deadline_minutes=0.01), caplog)
    assert time.monotonic() - began < 1
    assert "too slowly" in str(error)


def test_an_answer_that_never_comes_is_ended_by_the_deadline(
        onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(Fault(delay_s=20, times=None))
    began = time.monotonic()
    refused(lambda: asked(onec, timeout_s=60, deadline_minutes=0.01), caplog)
    assert time.monotonic() - began < 2


def test_larger_than_the_cap(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(Fault(body=b"[" + b" " * 300_000, times=None))
    error = refused(lambda: asked(onec, largest_mb=0.2, deadline_minutes=1), caplog)
    assert "0.2 MB" in str(error)
    assert len(onec.requests) == 1


def test_a_gzip_bomb_is_stopped_early(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    bomb = gzip.compress(bytes(50_000_000), 9)
    onec.faults.push(Fault(body=bomb, headers={"Content-Encoding": "gzip"}, times=None))
    began = time.monotonic()
    error = refused(lambda: asked(onec, largest_mb=1, deadline_minutes=1), caplog)
    assert "1 MB" in str(error)
    assert time.monotonic() - began < 1


def test_good_gzip(onec: OnecServer) -> None:
    onec.faults.push(Fault(body=gzip.compress(body(row())), headers={"Content-Encoding": "gzip"}))
    assert len(asked(onec).lines) == 1


UNSENDABLE = {"http://127.0.0.1:1/": "does not answer", "http://[bad/": "source.url", "http://a..b/": "1C",
              "http://127.0.0.1:99999/": "source.url", "http://nosuch.invalid/": "does not answer"}


@pytest.mark.parametrize("url", UNSENDABLE)
def test_an_address_that_leads_nowhere(caplog: pytest.LogCaptureFixture, url: str) -> None:
    error = refused(lambda: source(url, deadline_minutes=0.001).lines([ONE_DAY], Nothing()), caplog)
    assert UNSENDABLE[url] in str(error)


@pytest.mark.parametrize("token", [TOKEN + "\n", "a\r\nX: y канарейка"])
def test_a_token_that_no_header_can_hold(onec: OnecServer, caplog: pytest.LogCaptureFixture, token: str) -> None:
    error = refused(lambda: asked(onec, token=token, deadline_minutes=1), caplog)
    assert error.permanent
    assert "source.token" in str(error)
