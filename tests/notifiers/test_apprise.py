"""The second channel by Apprise over real loopback: a web hook and a mail server; no password anywhere."""

from __future__ import annotations

import base64
import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from apprise import Apprise
from pydantic import ValidationError

from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message, Picture
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.notifiers.apprise import Notifier, faults, server_of
from tests.notifiers.mail import mail_server, opened

SECRET = "canary-password"
MESSAGE = Message("failure:r:1", "1001", "The night of <b>2026-11-20</b> stopped & “fetch”\nЗапуск r 😀")


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
    read = opened(mail)
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


LIST = Picture("ольга-2f39ce.xlsx", bytes(range(256)) * 50 + b"\r\n.\r\n")
WITH_LIST = Message("list:x", "manager:x/1", "12 customers to contact", file=LIST, kind="list")


def test_s2_19_a_mail_carries_the_file_as_it_is() -> None:
    with mail_server() as server:
        Notifier(urls=[f"mailto://127.0.0.1:{server.server_address[1]}?from=rfm@firm.example&to=olga@firm.example"]
                 ).send(WITH_LIST)
    [mail] = server.mails
    [carried] = opened(mail).iter_attachments()
    assert (carried.get_filename(), carried.get_content()) == (LIST.name, LIST.content)
    assert carried.get_content_type() == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_s2_19_a_web_hook_carries_the_file_as_it_is() -> None:
    with hook() as (url, taken):
        Notifier(urls=url).send(WITH_LIST)
    [carried] = json.loads(taken[0].body)["attachments"]
    assert (carried["filename"], base64.b64decode(carried["base64"])) == (LIST.name, LIST.content)


def test_an_address_that_takes_no_files_is_not_told_of_one() -> None:
    channel = Notifier.model_validate({"urls": ["syslog://"]}, context={"key": "managers.3.urls", "number": 2})
    with pytest.raises(NotifyError, match=r"An address of managers\.3\.urls \(Syslog\) takes no files") as failure:
        channel.send(WITH_LIST)
    assert failure.value.permanent


def test_faults_of_addresses_are_told_by_their_number() -> None:
    urls = ["json://127.0.0.1", "nosuch://host", "syslog://", "tgram://no token/1"]
    assert [number for number, _ in faults(urls, files=True)] == [1, 2, 3]
    assert [number for number, _ in faults(urls, files=False)] == [1, 3]


@pytest.mark.parametrize(("url", "server"), [
    (f"tgram://123456789:{'a' * 35}/12315544/", ("api.telegram.org", 443)),
    ("mailtos://u:p@firm.example?to=a@b.example", ("firm.example", 587)),
    ("mailto://u:p@gmail.com", ("smtp.gmail.com", 587)), ("json://127.0.0.1:8080", ("127.0.0.1", 8080)),
    ("ntfys://ntfy.example/topic", ("ntfy.example", 443)), ("ntfy://topic", None),
    ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", None)])
def test_no_token_is_taken_for_the_name_of_a_server(url: str, server: tuple[str, int] | None) -> None:
    assert server_of(Apprise.instantiate(url)) == server
