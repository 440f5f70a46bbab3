"""What becomes of messages when Telegram misbehaves: the cases 41 to 45 of the battery over real HTTP."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from rfm_service.domain.values import Message, Picture
from rfm_service.emulator import refusals
from rfm_service.emulator.refusals import Refusal
from tests.delivering.post import ADMIN, OTHER_ADMIN, REPORTS, TOKEN, Post

REPEAT = "(possible repeat)\n"
OUTAGE = 48 * 12 if os.environ.get("TEST_SOAK") else 4
"""Passes that meet an outage: one every five minutes of two days, or a few."""
FREE = {"502 as JSON": Refusal(502, "Bad Gateway"), "500": refusals.SERVER_ERROR, "429": refusals.too_many(3600),
        "a proxy": Refusal(407, html=b"<html>")}
DOUBTFUL = {"reset after": refusals.RESET_AFTER, "reset before": refusals.RESET_BEFORE,
            "502 as a page": refusals.BAD_GATEWAY, "no answer": Refusal(delay_s=1.5)}


def passes(post: Post, count: int) -> None:
    for _ in range(count):
        post.deliver()


@contextmanager
def dead_port() -> Iterator[str]:
    """An address where nobody answers."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_messages_go_in_order_once(post: Post) -> None:
    post.queue("one", "two")
    post.queue("figures", chat=REPORTS, kind="report")
    assert post.deliver() == {"sent": 3, "waiting": 0}
    assert post.deliver() == {"sent": 0, "waiting": 0}
    assert (post.told(), post.told(REPORTS)) == (["one", "two"], ["figures"])


@pytest.mark.parametrize("how", ["no connection", *(pytest.param(name, marks=pytest.mark.slow) for name in FREE)])
def test_case_41_down_for_two_days_and_every_message_arrives_in_order(post: Post, how: str) -> None:
    with dead_port() as nowhere:
        post.api_url = nowhere if how == "no connection" else ""
        post.chat.refusals.push(*([FREE[how].always()] if how in FREE else ()))
        post.queue("night 1", "night 2")
        post.queue("figures 1", chat=REPORTS, kind="report")
        passes(post, 3)
        post.queue("night 3")
        passes(post, OUTAGE)
    assert post.chat.sent == ()
    assert len(post.second.told) == 3
    post.chat.refusals.clear()
    post.api_url = ""
    assert post.deliver(minutes=61)["waiting"] == 0
    assert (post.told(), post.told(REPORTS)) == (["night 1", "night 2", "night 3"], ["figures 1"])


def test_case_41_two_days_of_pages_in_place_of_answers_lose_and_double_nothing(post: Post) -> None:
    post.chat.refusals.push(refusals.BAD_GATEWAY.always())
    for night in (1, 2):
        post.queue(f"night {night}")
        post.queue(f"figures {night}", chat=REPORTS, kind="report")
        passes(post, OUTAGE)
    post.chat.refusals.clear()
    passes(post, 2)
    assert set(post.states().values()) == {"sent"}
    # The first of each chat was tried once without a word from Telegram: it says so.
    assert post.told() == [REPEAT + "night 1", "night 2"]
    assert post.told(REPORTS) == ["figures 1", "figures 2"]


@pytest.mark.parametrize("refusal", [refusals.BLOCKED, refusals.KICKED, refusals.CHAT_NOT_FOUND])
def test_case_42_a_chat_that_refuses_for_good(post: Post, refusal: Refusal) -> None:
    post.admins = (ADMIN, OTHER_ADMIN)
    post.chat.refusals.push(refusal.to(ADMIN).always())
    post.queue("alert 1", "alert 2")
    post.queue("alert 1", chat=OTHER_ADMIN)
    post.queue("figures", chat=REPORTS, kind="report")
    passes(post, 3)
    assert [text.splitlines()[-1] for text in post.second.told] == ["alert 1", "alert 2"]
    assert refusal.description in post.second.told[0]
    assert (len(post.told(OTHER_ADMIN)), post.told(REPORTS)) == (2, ["figures"])
    assert f"The chat {ADMIN} takes no messages" in post.told(OTHER_ADMIN)[1]
    assert post.ledger.counts()["messages_waiting"] == 0
    assert sum(request.path.endswith("/sendMessage") for request in post.chat.requests) == 4


def test_case_42_admins_hear_of_a_lost_report_chat_once_until_it_is_back(post: Post) -> None:
    for night in range(3):
        if night == 2:
            post.chat.refusals.clear()
        else:
            post.chat.refusals.push(refusals.BLOCKED.to(REPORTS).always())
        post.queue(f"figures {night}", chat=REPORTS, kind="report")
        post.deliver()
    assert [REPORTS in text for text in post.told()] == [True]
    post.chat.refusals.push(refusals.BLOCKED.to(REPORTS).always())
    post.queue("figures 4", chat=REPORTS, kind="report")
    post.deliver()
    assert [REPORTS in text for text in post.told()] == [True, True]
    assert post.second.told == []


def test_case_42_a_refused_token_is_tried_again_a_day_later_or_when_it_is_another(post: Post) -> None:
    post.chat.refusals.push(refusals.UNAUTHORIZED.always())
    post.queue("alert")
    post.queue("figures", chat=REPORTS, kind="report")
    passes(post, 12)
    assert len(post.chat.requests) == 1
    assert [text.splitlines()[-1] for text in post.second.told] == ["alert"]
    post.deliver(minutes=24 * 60)
    assert len(post.chat.requests) == 2
    post.chat.refusals.clear()
    assert post.deliver()["waiting"] == 2
    post.token = TOKEN.replace("canary", "newest")
    assert post.deliver() == {"sent": 2, "waiting": 0}
    assert (post.told(), post.told(REPORTS)) == (["alert"], ["figures"])


def test_case_43_a_short_wait_is_kept_at_once_and_a_long_one_later(post: Post) -> None:
    post.chat.refusals.push(refusals.too_many(1), refusals.too_many(600).to(REPORTS))
    post.queue("alert")
    post.queue("figures 1", "figures 2", chat=REPORTS, kind="report")
    assert post.deliver() == {"sent": 1, "waiting": 2}
    passes(post, 1)
    asked = len(post.chat.requests)
    assert post.told(REPORTS) == []
    post.deliver(minutes=6)
    assert post.told(REPORTS) == ["figures 1", "figures 2"]
    assert len(post.chat.requests) == asked + 2


@pytest.mark.parametrize("how", DOUBTFUL)
def test_case_44_what_may_have_arrived_is_sent_once_more_and_says_so(post: Post, how: str) -> None:
    post.chat.refusals.push(DOUBTFUL[how])
    post.queue("alert", "later")
    assert post.deliver() == {"sent": 0, "waiting": 2}
    assert post.deliver() == {"sent": 2, "waiting": 0}
    assert [text for text in post.told() if text != "alert"] == [REPEAT + "alert", "later"]
    assert post.told().count("alert") == (how in ("reset after", "no answer"))


def test_case_44_doubtful_twice_is_given_up_and_told_elsewhere(post: Post) -> None:
    post.chat.refusals.push(Refusal(reset="after", method="sendMessage", times=2))
    post.queue("alert", "later")
    passes(post, 3)
    assert post.states() == {"alert": "doubted", "later": "sent"}
    assert [text.splitlines()[-1] for text in post.second.told] == ["alert"]
    assert post.ledger.counts()["messages_doubted"] == 1
    assert post.told() == ["alert", REPEAT + "alert", "later"]


def test_case_44_nothing_is_repeated_before_the_bot_answers(post: Post) -> None:
    post.chat.refusals.push(refusals.RESET_AFTER)
    post.queue("alert")
    post.deliver()
    post.chat.refusals.push(Refusal(502, "Bad Gateway", method="getMe").always())
    passes(post, 5)
    assert post.told() == ["alert"]
    post.chat.refusals.clear()
    post.deliver()
    assert post.told() == ["alert", REPEAT + "alert"]


def test_case_45_a_group_that_became_a_supergroup(post: Post) -> None:
    post.chat.refusals.push(refusals.migrated(-100777).to(REPORTS).always())
    post.queue("figures 1", "figures 2", chat=REPORTS, kind="report")
    assert post.deliver() == {"sent": 3, "waiting": 0}
    post.queue("figures 3", chat=REPORTS, kind="report")
    post.deliver()
    assert post.told("-100777") == ["figures 1", "figures 2", "figures 3"]
    [told] = post.told()
    assert REPORTS in told
    assert "-100777" in told
    assert post.outbox.moved() == {REPORTS: "-100777"}
    assert sum("chat_id=-2002" in request.query for request in post.chat.requests) == 1


def test_case_45_the_admins_own_group_moves_twice(post: Post) -> None:
    post.chat.refusals.push(refusals.migrated(-100777).to(ADMIN).always(),
                            refusals.migrated(-100888).to(-100777).always())
    post.queue("alert")
    post.deliver()
    post.queue("later")
    post.deliver()
    told = post.told("-100888")
    assert (told[0], told[-1], len(told)) == ("alert", "later", 4)
    assert post.outbox.moved() == {ADMIN: "-100888", "-100777": "-100888"}


def test_one_message_that_is_refused_keeps_no_other(post: Post) -> None:
    post.chat.refusals.push(refusals.bad_request("message text is empty"))
    post.queue("odd", "fine")
    assert post.deliver() == {"sent": 1, "waiting": 0}
    assert post.states() == {"odd": "refused", "fine": "sent"}
    assert [text.splitlines()[-1] for text in post.second.told] == ["odd"]


def test_a_message_cut_off_by_a_crash_says_that_it_may_repeat(post: Post) -> None:
    post.queue("alert")
    [waiting] = post.outbox.waiting()
    post.outbox.begin(waiting.number)
    post.deliver()
    assert post.told() == [REPEAT + "alert"]


def test_a_long_text_goes_on_with_the_part_that_did_not_arrive(post: Post) -> None:
    text = "\n".join(f"строка {at} 🎉" for at in range(900))
    post.outbox.queue([Message("report:x", REPORTS, text, (Picture("a.png", b"\x89PNG"),), kind="report")])
    post.chat.refusals.push(Refusal(502, "Bad Gateway", method="sendMessage"))
    assert post.deliver()["sent"] == 1
    post.deliver()
    told = post.told(REPORTS)
    assert "\n".join(told) == text
    assert [sent.method for sent in post.chat.sent] == ["sendPhoto"] + ["sendMessage"] * (len(told) - 1)
    assert max(len(part.encode("utf-16-le")) // 2 for part in told) <= 4096


def test_a_file_goes_with_its_message(post: Post) -> None:
    post.outbox.queue([Message("log", ADMIN, "the log", file=Picture("run.log", b"line"))])
    post.deliver()
    [sent] = post.chat.sent
    assert (sent.method, sent.text, sent.files[0].content) == ("sendDocument", "the log", b"line")


def test_a_muted_chat_gets_everything_without_a_sound(post: Post) -> None:
    post.outbox.mute(ADMIN, int((post.now + timedelta(hours=1)).timestamp()))
    post.queue("quiet")
    post.deliver()
    post.queue("loud")
    post.deliver(minutes=60)
    assert ["disable_notification=True" in request.query for request in post.chat.requests] == [True, False]
    assert post.outbox.muted_until(ADMIN) > 0



def test_another_thread_that_queues_meanwhile_loses_nothing(post: Post) -> None:
    post.queue(*(f"{at}" for at in range(3)))
    queueing = threading.Thread(target=lambda: post.queue(*(f"late {at}" for at in range(3))))
    queueing.start()
    post.deliver()
    queueing.join()
    post.deliver()
    assert [text for text in post.told() if not text.startswith("late")] == ["0", "1", "2"]
    assert [text for text in post.told() if text.startswith("late")] == ["late 0", "late 1", "late 2"]


def test_no_token_and_no_text_reach_the_log(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="rfm_service"), dead_port() as nowhere:
        post.api_url = nowhere
        post.queue("secret words")
        passes(post, 3)
    assert caplog.records
    assert TOKEN not in caplog.text
    assert "secret words" not in caplog.text


