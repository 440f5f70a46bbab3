"""The custom HTTP protocol over real sockets: what is asked, and every way in which an answer is wrong."""

from __future__ import annotations

import gzip
import json
import time
from datetime import date, datetime

import pytest

from rfm_service.domain.errors import AnswerMalformed, SourceError, SourceRefused, SourceUnavailable
from rfm_service.domain.values import Period
from rfm_service.emulator.fault_bodies import gzip_bomb
from rfm_service.emulator.faults import HTML_PAGE, Fault
from rfm_service.emulator.http_server import Answer as HttpAnswer
from rfm_service.emulator.http_server import LocalServer, Request
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, ShopLine
from tests.sources.asking import (
    BUYER,
    DAY,
    NOTHING,
    ONE_DAY,
    TOKEN,
    asked,
    body,
    refused,
    row,
    source,
)


def test_windows_are_of_whole_days_and_at_most_31(onec: OnecServer) -> None:
    periods = [Period(date(2025, 12, 1), date(2026, 2, 4)), ONE_DAY]
    found = source(onec.url).lines(periods, NOTHING)
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
    [found] = source(onec.url).customers(DAY, NOTHING)
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
        source(f"{server.base_url}/a%20b?x=1", **settings).lines([ONE_DAY], NOTHING)
    [request] = echo.requests
    return request


def test_the_question() -> None:
    request = heard()
    assert request.headers["authorization"].encode("latin-1").decode() == TOKEN
    assert (request.method, request.path, request.query) == ("POST", "/a%20b", "x=1")
    assert json.loads(request.body) == {"datefrom": "2026-02-03T00:00:00", "datebefore": "2026-02-03T23:59:59",
                                        "algoritm": "clasterclients"}


WRONG: dict[str, tuple[Fault, type[SourceError], str]] = {
    "a page": (Fault(body=HTML_PAGE, content_type="text/html"), AnswerMalformed, "web page"),
    "empty body": (Fault(body=b"  "), AnswerMalformed, "instead of JSON"),
    "empty text": (Fault(body=b'{"data":""}'), AnswerMalformed, "no list of rows"),
    "null": (Fault(body=b'{"data":null}'), AnswerMalformed, "no list of rows"),
    "an error": (Fault(body='{"error":"Тайный Клиент"}'.encode()), AnswerMalformed, "an error of its own"),
    "a number": (Fault(body=b'{"data":5}'), AnswerMalformed, "no list of rows"),
    "rows of lists": (Fault(body=b'{"data":"[[1]]"}'), AnswerMalformed, "no list of rows"),
    "a table of tables": (Fault(body=b'{"data":{"rows":[]}}'), AnswerMalformed, "no list of rows"),
    "nested deeply": (Fault(body=b'[{"a":' + b"[" * 200_000), AnswerMalformed, "nested"),
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
def test_row_08_row_10_row_31_refused_at_once(onec: OnecServer, caplog: pytest.LogCaptureFixture, name: str) -> None:
    fault, kind, sentence = WRONG[name]
    onec.faults.push(Fault(**{**vars(fault), "times": None}))
    error = refused(lambda: asked(onec, deadline_minutes=1), caplog)
    assert type(error) is kind
    assert error.permanent
    assert sentence in str(error)
    assert len(onec.requests) == 1


PASSING = {
    "500": Fault(status=500, body=BUYER.encode()),
    "502": Fault(status=502, body=HTML_PAGE), "406": Fault(status=406), "503": Fault(status=503),
    "reset": Fault(reset=True), "cut": Fault(cut_at=40), "cut without a length": Fault(cut_at=40, with_length=False),
    "nothing": Fault(cut_at=0), "bad gzip": Fault(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", PASSING)
def test_row_01_row_11_tried_again(onec: OnecServer, caplog: pytest.LogCaptureFixture, name: str) -> None:
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
    one = source(onec.url, deadline_minutes=0.02)
    one.lines([ONE_DAY], NOTHING)
    time.sleep(1.25)
    onec.faults.push(Fault(status=500))
    refused(lambda: one.customers(DAY, NOTHING), caplog)


@pytest.mark.parametrize("cut_at", range(41, 60))
def test_row_11_an_answer_cut_at_any_byte_is_asked_for_again(onec: OnecServer, caplog: pytest.LogCaptureFixture,
                                                             cut_at: int) -> None:
    onec.faults.push(Fault(cut_at=cut_at, with_length=False))
    assert len(asked(onec, deadline_minutes=1).lines) == 1
    assert "cut short" in caplog.text


def test_row_15_larger_than_the_cap(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(Fault(body=b"[" + b" " * 300_000, times=None))
    error = refused(lambda: asked(onec, largest_mb=0.2, deadline_minutes=1), caplog)
    assert "0.2 MB" in str(error)
    assert len(onec.requests) == 1


def test_row_15_a_gzip_bomb_is_stopped_early(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    onec.faults.push(Fault(body=gzip_bomb(50), headers={"Content-Encoding": "gzip"}, times=None))
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
def test_row_01_an_address_that_leads_nowhere(caplog: pytest.LogCaptureFixture, url: str) -> None:
    error = refused(lambda: source(url, deadline_minutes=0.001).lines([ONE_DAY], NOTHING), caplog)
    assert UNSENDABLE[url] in str(error)
