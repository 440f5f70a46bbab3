"""Lists on their way: each to its own address or nowhere, over a real mail server and a real web hook."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from rfm_service import mailing
from rfm_service.domain.values import Message, Picture
from rfm_service.emulator.http_server import Answer, LocalServer, Request
from rfm_service.mailing import Addressee
from rfm_service.notifiers.apprise import Notifier
from tests.delivering.post import ADMIN, OTHER_ADMIN, REPORTS, Post
from tests.notifiers.mail import mail_server, opened

SECRET = "canary-password"
[OLGA, OLGAS_OTHER], [PETR] = Addressee("Ольга", 2).chats, Addressee("Пётр").chats
FILE = Picture("olga-123456.xlsx", b"PK the list of =Romashka")
TEXT = "3 customers to contact on 11 June 2026"


def given(night: int, chat: str = OLGA, file: Picture | None = FILE) -> Message:
    return Message(f"list:2026-06-{night:02d}:{chat}:x", chat, f"{TEXT}, night {night}", kind="list", file=file)


def by_mail(port: int, key: str = "managers.0.urls") -> Notifier:
    url = f"mailto://rfm:{SECRET}@127.0.0.1:{port}?from=rfm@firm.example&to=olga@firm.example"
    return Notifier.model_validate({"urls": [url]}, context={"key": key})


@contextmanager
def hook() -> Iterator[tuple[Notifier, list[dict[str, str]]]]:
    told: list[dict[str, str]] = []

    def taken(request: Request) -> Answer:
        told.append(json.loads(request.body))
        return Answer()

    with LocalServer(taken) as server:
        yield Notifier(urls=[server.base_url.replace("http://", f"json://rfm:{SECRET}@")]), told


def states(post: Post) -> list[str]:
    with post.ledger.warehouse.reading() as connection:
        return [row.state for row in connection.exec_driver_sql(
            "SELECT state FROM outbox WHERE kind = 'list' ORDER BY message_no")]


def files(post: Post) -> int:
    with post.ledger.warehouse.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM outbox_pictures").scalar_one())


def nothing_elsewhere(post: Post) -> None:
    """No list, and no word of a customer, with the bot or the second channel."""
    everything = [*(sent.text for sent in post.chat.sent), *(post.second.told if post.second else ())]
    assert not [text for text in everything if TEXT in text or "Romashka" in text]
    assert not [sent for sent in post.chat.sent if sent.files]


def test_s2_19_each_list_goes_to_its_own_address_and_nowhere_else(post: Post) -> None:
    with mail_server() as server, hook() as (olgas_hook, at_olgas), hook() as (petrs_hook, at_petrs):
        post.managers = {OLGA: by_mail(server.server_address[1]), OLGAS_OTHER: olgas_hook, PETR: petrs_hook}
        post.queue("alert")
        post.outbox.queue([given(1), given(1, OLGAS_OTHER), given(1, PETR, None)])
        assert post.deliver() == {"sent": 4, "waiting": 0}
        assert post.deliver() == {"sent": 0, "waiting": 0}
        [mail] = server.mails
    [carried] = opened(mail).iter_attachments()
    assert (carried.get_filename(), carried.get_content()) == (FILE.name, FILE.content)
    assert [each["attachments"][0]["filename"] for each in at_olgas] == [FILE.name]
    assert [(each["message"], each["attachments"]) for each in at_petrs] == [(f"{TEXT}, night 1", [])]
    assert (post.told(), files(post)) == (["alert"], 0)
    nothing_elsewhere(post)


@pytest.mark.slow
def test_s2_19_a_dead_server_makes_it_wait_and_admins_hear_of_it_once(
        post: Post, caplog: pytest.LogCaptureFixture) -> None:
    with mail_server() as server:
        port = server.server_address[1]
    post.admins = (ADMIN, OTHER_ADMIN)
    post.managers = {OLGA: by_mail(port)}
    post.outbox.queue([given(1)])
    with caplog.at_level(logging.DEBUG):
        told = []
        for _ in range(6):
            assert post.deliver(minutes=60)["waiting"] == 1
            told.append(len(post.told()))
    assert told == [0, 0, 1, 1, 1, 1]
    assert post.told() == post.told(OTHER_ADMIN)
    assert "managers.0.urls does not take the message (E-Mail)" in post.told()[0]
    assert post.ledger.counts()["messages_waiting"] == 1
    nothing_elsewhere(post)
    shown = caplog.text + post.told()[0]
    assert [each for each in (SECRET, "firm.example", "Romashka", "Ольга", TEXT) if each in shown] == []
    with mail_server(port) as server:
        assert post.deliver(minutes=60) == {"sent": 1, "waiting": 0}
        assert len(server.mails) == 1
    post.outbox.queue([given(2)])
    for _ in range(3):
        post.deliver(minutes=60)
    assert len(post.told()) == 2


def test_a_list_waits_longer_after_each_try_and_is_given_up(post: Post) -> None:
    with mail_server() as server:
        server.refused = {"olga"}
        post.managers = {OLGA: by_mail(server.server_address[1])}
        post.outbox.queue([given(1)])
        tried = []
        for _ in range(10):
            post.deliver(minutes=5)
            tried.append(post.outbox.waiting()[0].attempts)
        assert tried == [1, 2, 3, 3, 3, 4, 4, 4, 4, 4]
        assert server.mails == []
        with post.ledger.warehouse.rows() as connection:
            connection.exec_driver_sql("UPDATE outbox SET attempts = ? WHERE kind = 'list'", (mailing.MOST_TRIES - 2,))
        post.deliver(minutes=60)
        assert states(post) == ["waiting"]
        post.deliver(minutes=60)
    assert (states(post), files(post)) == (["refused"], 0)
    assert len(post.told()) == 1
    nothing_elsewhere(post)


def test_a_mailbox_that_is_refused_keeps_nobody_else(post: Post) -> None:
    with mail_server() as server, hook() as (petrs, told):
        server.refused = {"olga"}
        post.managers = {OLGA: by_mail(server.server_address[1]), PETR: petrs}
        post.queue("alert")
        post.outbox.queue([given(1), given(1, PETR)])
        assert post.deliver() == {"sent": 2, "waiting": 1}
    assert (len(told), post.told()) == (1, ["alert"])


def test_an_address_that_apprise_does_not_know_is_given_up_at_once(post: Post) -> None:
    post.managers = {OLGA: Notifier.model_validate({"urls": ["nosuch://x"]}, context={"key": "managers.0.urls"})}
    post.outbox.queue([given(1)])
    assert post.deliver() == {"sent": 1, "waiting": 0}
    assert states(post) == ["refused"]
    assert "The address 1 of managers.0.urls is none that Apprise knows." in post.told()[0]


def test_s2_19_a_sales_manager_who_left_the_settings_is_sent_nothing(
        post: Post, caplog: pytest.LogCaptureFixture) -> None:
    with hook() as (petrs, told):
        post.managers = {PETR: petrs}
        post.outbox.queue([given(1), given(1, OLGAS_OTHER), given(1, PETR)])
        with caplog.at_level(logging.INFO):
            assert post.deliver() == {"sent": 1, "waiting": 0}
    assert (states(post), files(post), len(told)) == (["dropped", "dropped", "sent"], 0, 1)
    assert caplog.text.count("is dropped: the address is no longer in the settings") == 2
    assert post.chat.sent == ()
    nothing_elsewhere(post)


def test_a_newer_list_takes_the_place_of_one_that_waits(post: Post) -> None:
    with mail_server() as server:
        port = server.server_address[1]
    post.managers = {OLGA: by_mail(port)}
    post.outbox.queue([given(1)])
    post.deliver()
    post.outbox.queue([given(2)])
    with mail_server(port) as server:
        assert post.deliver() == {"sent": 1, "waiting": 0}
        [mail] = server.mails
    assert "night 2" in opened(mail)["subject"]
    assert states(post) == ["dropped", "sent"]


def test_a_list_cut_off_by_a_crash_says_that_it_may_repeat_once_somebody_answers(post: Post) -> None:
    with mail_server() as server:
        port = server.server_address[1]
    post.managers = {OLGA: by_mail(port)}
    post.outbox.queue([given(1)])
    [waiting] = post.outbox.waiting()
    post.outbox.begin(waiting.number)
    for _ in range(4):
        assert post.deliver(minutes=60)["waiting"] == 1
    assert len(post.told()) == 1
    with mail_server(port) as server:
        server.refused = {"olga"}
        post.deliver(minutes=60)
        server.refused = set()
        assert post.deliver(minutes=60)["waiting"] == 0
        [mail] = server.mails
    assert "(possible repeat)" in opened(mail)["subject"]


def test_without_a_bot_admins_hear_by_the_second_channel(post: Post) -> None:
    post.token = ""
    post.managers = {OLGA: Notifier(urls=["nosuch://x"])}
    post.outbox.queue([given(1)])
    post.queue("figures", chat=REPORTS, kind="report")
    assert post.deliver() == {"sent": 1, "waiting": 1}
    assert [text.partition(".")[0] for text in post.second.told] == ["A sales manager does not get the list of the day"]
    nothing_elsewhere(post)


def test_an_unknown_bot_stops_no_list_and_the_bot_is_never_asked_for_one(post: Post) -> None:
    with hook() as (petrs, told):
        post.managers = {PETR: petrs}
        post.token = ""
        post.outbox.queue([given(1, PETR)])
        assert post.deliver() == {"sent": 1, "waiting": 0}
    assert len(told) == 1
    assert post.chat.requests == []


def test_chats_of_addresses_tell_no_name_and_follow_the_name_in_any_case() -> None:
    assert Addressee("  ОЛЬГА\u200b ", 2).chats == [OLGA, OLGAS_OTHER]
    assert len({OLGA, OLGAS_OTHER, PETR}) == 3
    assert all(mailing.is_list(chat) and chat.isascii() for chat in (OLGA, PETR))
    assert replace(Addressee("Ольга"), attach=False).chats == [OLGA]
