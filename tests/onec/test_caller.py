"""Asking over real sockets: what is sent, what is asked for again and when, and what ends a fetch."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rfm_service.domain.errors import (
    AnswerMalformed,
    AnswerTooHeavy,
    SourceBusy,
    SourceClosed,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from rfm_service.emulator import fault_bodies as bodies
from rfm_service.emulator.http_server import Answer, LocalServer
from rfm_service.onec import caller as calling_module
from rfm_service.onec.caller import Caller, Request
from rfm_service.onec.reply import Reply
from tests.onec.drips import DRIPS, dripping
from tests.onec.replies import Script, calling
from tests.sampling import sampled

GOOD = Answer(body=b"[]")
TOKEN = "токен: канарейка/1C+ =%"


def asked_once(**settings: Any) -> dict[str, str]:
    """The headers of a question."""
    with calling(GOOD, **settings) as (ask, script):
        ask()
    return script.asked[0].headers


def ended(ask: Any, **more: Any) -> tuple[SourceError, float]:
    """The error of a question and the seconds that it took."""
    began = time.monotonic()
    with pytest.raises(SourceError) as failure:
        ask(**more)
    return failure.value, time.monotonic() - began


def test_the_token_goes_verbatim() -> None:
    assert asked_once(token=TOKEN)["authorization"].encode("latin-1").decode() == TOKEN


def test_basic_is_in_utf8() -> None:
    basic = asked_once(user="Иванов", password="пароль:1")["authorization"]
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == "Иванов:пароль:1"
    assert "authorization" not in asked_once()


def test_a_token_beside_a_user_has_a_header_of_its_own() -> None:
    headers = asked_once(user="Иванов", token=TOKEN)
    assert headers["authorization"].startswith("Basic ")
    assert headers["x-token"].encode("latin-1").decode() == TOKEN


def test_the_environment_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stolen password stolen", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "authorization" not in asked_once()


@pytest.mark.parametrize("answer", [Answer(reset=True), Answer(status=500), Answer(status=503), Answer(status=429)])
def test_row_01_what_passes_is_asked_again(answer: Answer) -> None:
    with calling(answer, answer, GOOD) as (ask, script):
        assert ask() == b"[]"
    assert len(script.asked) == 3


def test_row_01_a_refused_connection_is_tried_until_the_deadline(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        caller = Caller(url=f"http://127.0.0.1:{bound.getsockname()[1]}/", deadline_minutes=0.01, gap_s=0.05)
        error, took = ended(lambda: caller.read(Request("POST", caller.url), Reply.body))
    assert type(error) is SourceUnavailable
    assert 0.1 < took < 1
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) >= 2


def test_row_01_pauses_grow_and_are_drawn_in_full() -> None:
    caller, fault = Caller(url="http://x"), SourceUnavailable("x")
    drawn = {attempt: [caller._gap(fault, attempt) for _ in range(300)] for attempt in (0, 3, 1_000_000)}
    for attempt, longest in ((0, 1), (3, 8), (1_000_000, 60)):
        assert 0 <= min(drawn[attempt]) < longest * 0.1
        assert longest * 0.9 < max(drawn[attempt]) <= longest


SLOW = [Answer(status=502), Answer(status=504), Answer(delay_s=9)]


@pytest.mark.parametrize("slow", SLOW, ids=["502", "504", "timeout"])
def test_row_02_a_slow_answer_is_asked_for_once_more_and_then_for_less(slow: Answer) -> None:
    with calling(slow, timeout_s=0.1) as (ask, script):
        error, _ = ended(ask)
        assert type(error) is AnswerTooHeavy
        assert len(script.asked) == 2
    with calling(slow, GOOD, timeout_s=0.1) as (ask, _):
        assert ask() == b"[]"


@pytest.mark.parametrize("slow", SLOW, ids=["502", "504", "timeout"])
def test_row_02_where_less_cannot_be_asked_slow_answers_are_waited_for(slow: Answer) -> None:
    with calling(slow, slow, slow, GOOD, timeout_s=0.1, deadline_minutes=1) as (ask, _):
        assert ask(least=True) == b"[]"
    with calling(slow, timeout_s=0.1, deadline_minutes=0.008) as (ask, script):
        error, took = ended(ask, least=True)
        assert (type(error), len(script.asked) > 2, took < 1) == (AnswerTooHeavy, True, True)


def test_row_02_a_body_that_stops_is_slow() -> None:
    with calling(Answer(body=b"[1,2,3]", drip_s=0.5), timeout_s=0.1) as (ask, script):
        assert type(ended(ask)[0]) is AnswerTooHeavy
        assert len(script.asked) == 2


def test_row_03_no_memory_is_told_at_once() -> None:
    with calling(Answer(status=500, body=bodies.NO_MEMORY.encode()), deadline_minutes=1) as (ask, script):
        assert type(ended(ask)[0]) is AnswerTooHeavy
        assert len(script.asked) == 1


@pytest.mark.parametrize("answer", [
    Answer(status=500, body=bodies.exception(bodies.NO_LICENCE)), Answer(status=406),
    Answer(body=json.dumps({"error": bodies.NO_LICENCE}).encode())], ids=["500", "406", "200"])
def test_row_04_row_05_without_a_licence_pauses_are_long_and_one_word_each(
        answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    with calling(answer, answer, GOOD, gap_s=0.02, deadline_minutes=1) as (ask, script):
        assert ask(decode=no_rows) == b"[]"
    gaps = [after - before for before, after in zip(script.at, script.at[1:], strict=False)]
    assert all(gap >= 0.2 for gap in gaps)
    assert len(gaps) == len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 2


def no_rows(reply: Reply) -> bytes:
    """A body that is a list, as any source would have it."""
    if not (body := reply.body()).startswith(b"["):
        raise AnswerMalformed("no rows")
    return body


def test_row_04_pauses_end_at_ten_minutes() -> None:
    caller = Caller(url="http://x")
    drawn = [caller._gap(SourceBusy("x"), attempt) for attempt in range(200)]
    assert drawn[0] == 10
    assert min(drawn) >= 10
    assert 500 < max(drawn) <= 600


def test_row_04_one_connection_is_kept() -> None:
    ports: list[int] = []
    with calling(GOOD) as (ask, script):
        for _ in range(3):
            ask()
        assert {asked.headers.get("connection") for asked in script.asked} == {"keep-alive"}
    with listening(ports) as url:
        caller = Caller(url=url, deadline_minutes=0.1)
        assert [caller.read(Request("GET", url), Reply.body) for _ in range(3)] == [b"[]"] * 3
    assert len(ports) == 1


def test_row_04_a_session_that_1c_has_ended_is_given_up_once() -> None:
    cookie = Answer(body=b"[]", headers={"Set-Cookie": "ibsession=1; Path=/"})
    with calling(cookie, Answer(status=404), GOOD) as (ask, script):
        ask()
        assert ask() == b"[]"
    assert [asked.headers.get("cookie") for asked in script.asked] == [None, "ibsession=1", None]


@contextmanager
def listening(ports: list[int]) -> Iterator[str]:
    """A bare server that answers each request of a connection, and notes the connections."""
    def serve(server: socket.socket) -> None:
        with server, server.accept()[0] as connection:
            ports.append(connection.getpeername()[1])
            while connection.recv(65536):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.parametrize("answer", [
    Answer(status=403, body=bodies.exception(bodies.CLOSED)), Answer(status=409),
    Answer(status=500, body=bodies.OTHER_VERSION.encode())], ids=["row 6", "row 7", "row 7 in words"])
def test_row_06_row_07_maintenance_is_waited_for_and_then_told(answer: Answer,
                                                               caplog: pytest.LogCaptureFixture) -> None:
    with calling(answer, GOOD, deadline_minutes=1) as (ask, _):
        assert ask() == b"[]"
    with caplog.at_level(logging.INFO), calling(answer, deadline_minutes=0.01) as (ask, _):
        assert type(ended(ask)[0]) is SourceClosed
    assert "Stack" not in caplog.text


@pytest.mark.parametrize("status", [401, 403])
def test_row_08_a_refusal_is_not_tried_again(status: int) -> None:
    with calling(Answer(status=status), deadline_minutes=1) as (ask, script):
        assert type(ended(ask)[0]) is SourceRefused
        assert len(script.asked) == 1


@pytest.mark.parametrize("answer", [
    Answer(body=b'{"data": "[1,2,3]"}', cut_at=10), Answer(body=b"[1,2,3]", cut_at=0),
    Answer(body=gzip.compress(b"[" + b" " * 9_000 + b"]"), cut_at=20, headers={"Content-Encoding": "gzip"})])
def test_row_11_a_short_answer_is_asked_for_again(answer: Answer) -> None:
    with calling(answer, GOOD) as (ask, script):
        assert ask() == b"[]"
    assert len(script.asked) == 2


def test_row_15_a_gzip_bomb_is_stopped_before_it_fills_the_memory() -> None:
    bomb = Answer(body=bodies.gzip_bomb(200), headers={"Content-Encoding": "gzip"})
    with calling(bomb, largest_mb=4, deadline_minutes=1) as (ask, script):
        tracemalloc.start()
        error, took = ended(ask)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert type(error) is AnswerTooHeavy
        assert "4 MB" in str(error)
        assert len(script.asked) == 1
    assert peak < 20_000_000
    assert took < 2


def test_row_15_a_length_beyond_the_cap_is_not_even_read() -> None:
    with calling(Answer(body=b" " * 2_000_000, drip_s=1), largest_mb=1, deadline_minutes=1) as (ask, _):
        error, took = ended(ask)
        assert type(error) is AnswerTooHeavy
    assert took < 0.5


@pytest.mark.parametrize("with_length", [True, False])
def test_a_drip_is_ended_by_the_deadline(with_length: bool) -> None:
    with calling(Answer(body=b" " * 900, drip_s=0.05, with_length=with_length), deadline_minutes=0.01) as (ask, _):
        error, took = ended(ask)
    assert "too slowly" in str(error)
    assert took < 1


@pytest.mark.parametrize("pause_s", sampled([0.02, 0], 2))
@pytest.mark.parametrize("part", DRIPS)
def test_no_part_of_an_answer_outlives_the_deadline_by_dripping(part: str, pause_s: float) -> None:
    with dripping(*DRIPS[part], pause_s) as url:
        caller = Caller(url=url, timeout_s=2, deadline_minutes=0.01, gap_s=0.02)
        error, took = ended(lambda: caller.read(Request("POST", url, b"{}"), Reply.body))
    assert isinstance(error, SourceUnavailable | AnswerMalformed | AnswerTooHeavy)
    assert took < 2


def test_the_deadline_is_of_the_whole_fetch() -> None:
    with calling(GOOD, GOOD, Answer(status=500), deadline_minutes=0.005) as (ask, script):
        ask()
        time.sleep(0.35)
        error, _ = ended(ask)
        assert type(error) is SourceUnavailable
        assert "too slowly" in str(error)
        assert len(script.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_row_31_a_redirect_is_never_followed(status: int) -> None:
    elsewhere = Script(GOOD)
    with LocalServer(elsewhere) as login, calling(
            Answer(status=status, headers={"Location": f"{login.base_url}/login?t=x"}), token=TOKEN) as (ask, script):
        error, _ = ended(ask)
        assert type(error) is SourceRefused
        assert "127.0.0.1" in str(error)
        assert len(script.asked) == 1
    assert not elsewhere.asked


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "1"}), (503, {
    "Retry-After": "Wed, 21 Oct 2026 07:28:01 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"})])
def test_row_32_retry_after_is_obeyed(status: int, headers: dict[str, str]) -> None:
    with calling(Answer(status=status, headers=headers), GOOD, deadline_minutes=1) as (ask, script):
        assert ask() == b"[]"
    assert 1 <= script.at[1] - script.at[0] < 1.6


def test_row_32_a_wait_beyond_the_deadline_is_not_begun() -> None:
    for asked_for in ("4000", "9" * 400):
        with calling(Answer(status=429, headers={"Retry-After": asked_for}), deadline_minutes=60) as (ask, _):
            assert ended(ask)[1] < 0.5


def test_an_optional_question_may_be_unknown() -> None:
    with calling(Answer(status=500), deadline_minutes=1) as (ask, script):
        assert type(ended(ask, optional=True)[0]) is SourceRefused
        assert len(script.asked) == 1
    busy = Answer(status=500, body=bodies.NO_LICENCE.encode())
    with calling(busy, Answer(status=503), GOOD, deadline_minutes=1) as (ask, _):
        assert ask(optional=True) == b"[]"


@pytest.mark.parametrize("token", [TOKEN + "\n", "a\r\nX: y канарейка"])
def test_a_token_that_no_header_can_hold(token: str) -> None:
    with calling(GOOD, token=token) as (ask, script):
        error, _ = ended(ask)
    assert "source.token" in str(error)
    assert error.__context__ is None
    assert not script.asked


def test_a_fault_of_our_own_is_not_laid_on_1c() -> None:
    def broken(reply: Reply) -> bytes:
        raise ValueError("ours")

    with calling(GOOD) as (ask, _), pytest.raises(ValueError, match="ours"):
        ask(decode=broken)


@pytest.mark.parametrize("wrong", [
    {"url": "ftp://x"}, {"url": "http://u:p@x/"}, {"proxy": "socks5://x"}, {"proxy": "http://u:p@x"}, {"gap_s": 0},
    {"timeout_s": float("nan")}, {"verify": False}])
def test_settings_that_are_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Caller(**{"url": "http://x", **wrong})


def test_the_voice_of_the_terminal_is_used() -> None:
    assert calling_module.log.name.startswith("rfm_service.sources.")
