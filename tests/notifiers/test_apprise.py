"""The second channel by Apprise over real loopback: a web hook and a mail server; no password anywhere."""

from __future__ import annotations

import base64
import email
import json
import logging
import socketserver
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from typing import Any

import pytest
from pydantic import ValidationError

from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.notifiers.apprise import Notifier

SECRET = "canary-password"
MESSAGE = Message("failure:r:1", "1001", "The night of <b>2026-11-20</b> stopped & “fetch”\nЗапуск r 😀")


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    def handle(self) -> None:
        self._say("220 local")
        while line := self.rfile.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"EHLO":
                self._say("250-local\r\n250 AUTH PLAIN")
            elif verb == b"AUTH":
                self.server.logins.append(base64.b64decode(line.split()[2]).decode())
                self._say("235 fine")
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self._say("250 taken")
            elif verb == b"QUIT":
                self._say("221 bye")
            else:
                self._say("250 fine")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def mail_server() -> Iterator[Any]:
    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
    server.mails, server.logins, server.daemon_threads = [], [], True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def hook(status: int = 200) -> Iterator[tuple[str, list[Request]]]:
    taken: list[Request] = []

    def answer(request: Request) -> Answer:
        taken.append(request)
        return Answer(status)

    with LocalServer(answer) as server:
        yield server.base_url.replace("http://", f"json://rfm:{SECRET}@"), taken


def test_a_web_hook_gets_the_text_as_it_is() -> None:
    with hook() as (url, taken):
        Notifier(urls=url).send(MESSAGE)
    told = json.loads(taken[0].body)
    assert told["message"] == MESSAGE.text
    assert told["title"].startswith("rfm-service: The night of")
    assert taken[0].headers["authorization"].startswith("Basic ")


def test_a_mail_server_gets_a_mail() -> None:
    with mail_server() as server:
        port = server.server_address[1]
        channel = Notifier(urls=[f"mailto://rfm:{SECRET}@127.0.0.1:{port}?from=rfm@firm.example&to=admin@firm.example"])
        assert channel.check() == "E-Mail"
        channel.send(MESSAGE)
    [mail] = server.mails
    read = email.message_from_bytes(mail, policy=policy.default)
    assert read["subject"].startswith("rfm-service: The night of <b>2026-11-20</b>")
    assert "admin@firm.example" in read["to"]
    body = read.get_body(("plain",)) or read.get_body(("html",))
    assert "Запуск r 😀" in body.get_content()
    assert server.logins == [f"\0rfm\0{SECRET}"]


def test_every_address_is_told_and_one_that_fails_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with hook() as (good, taken), hook(500) as (bad, _), caplog.at_level(logging.DEBUG):
        with pytest.raises(NotifyError, match="JSON") as failure:
            Notifier(urls=[bad, good]).send(MESSAGE)
        assert not failure.value.permanent
        assert len(taken) == 1
    shown = caplog.text + "".join(traceback.format_exception(failure.value))
    assert SECRET not in shown
    assert MESSAGE.text not in shown


def test_a_server_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    channel = Notifier(urls=[f"mailto://rfm:{SECRET}@127.0.0.1:1?from=a@firm.example&to=b@firm.example"])
    for attempt in (lambda: channel.send(MESSAGE), channel.check):
        with pytest.raises(NotifyError) as failure, caplog.at_level(logging.DEBUG):
            attempt()
        assert SECRET not in caplog.text + "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize("url", ["no address", "nosuch://host", "mailto://", ""])
def test_an_address_that_is_none_is_told_by_its_number(url: str) -> None:
    for attempt in (Notifier(urls=["json://127.0.0.1", url]).check, lambda: Notifier(
            urls=["json://127.0.0.1", url]).send(MESSAGE)):
        with pytest.raises(NotifyError, match="address 2 of") as failure:
            attempt()
        assert failure.value.permanent


def test_no_address_at_all_is_a_fault_of_the_settings() -> None:
    with pytest.raises(ValidationError):
        Notifier(urls=[])
