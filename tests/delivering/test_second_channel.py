"""Admins hear by the second channel what Telegram does not take; nobody hears one text twice from it."""

from __future__ import annotations

from rfm_service.delivering import straight, tell
from rfm_service.domain.values import Message
from rfm_service.emulator import refusals
from rfm_service.ports import SECOND_CHANNEL
from tests.delivering.post import ADMIN, OTHER_ADMIN, REPORTS, TEXTS, Post

ALERT = Message("failure:r:1001", ADMIN, "alert", kind="failure")


def said(post: Post) -> list[str]:
    return [text.splitlines()[-1] for text in post.second.told]


def test_after_so_many_tries_once_and_telegram_all_the_same(post: Post) -> None:
    post.admins = (ADMIN, OTHER_ADMIN)
    post.chat.refusals.push(refusals.SERVER_ERROR.always())
    post.queue("went well", kind="success")
    post.queue("alert")
    post.queue("alert", chat=OTHER_ADMIN)
    post.queue("figures", chat=ADMIN, kind="report")
    told = []
    for _ in range(5):
        post.deliver()
        told.append(said(post))
    assert told == [[], [], *[["went well", "alert"]] * 3]
    assert "500 Internal Server Error" in post.second.told[0]
    post.chat.refusals.clear()
    assert post.deliver() == {"sent": 4, "waiting": 0}
    assert len(post.second.told) == 2


def test_its_own_failure_is_tried_again(post: Post) -> None:
    post.second.fails = True
    post.chat.refusals.push(refusals.BLOCKED.to(ADMIN).always())
    post.queue("alert")
    assert post.deliver() == {"sent": 0, "waiting": 1}
    assert post.deliver() == {"sent": 0, "waiting": 1}
    post.second.fails = False
    assert post.deliver() == {"sent": 0, "waiting": 0}
    assert post.deliver() == {"sent": 0, "waiting": 0}
    assert said(post) == ["alert"]


def test_without_a_bot_it_is_the_only_way(post: Post) -> None:
    post.token = ""
    post.queue("alert", chat=SECOND_CHANNEL)
    post.second.fails = True
    assert post.deliver() == {"sent": 0, "waiting": 1}
    post.second.fails = False
    assert post.deliver() == {"sent": 1, "waiting": 0}
    assert post.second.told == ["alert"]


def test_a_bot_that_was_taken_away_leaves_its_messages_to_it(post: Post) -> None:
    post.token = ""
    post.queue("alert")
    post.queue("figures", chat=REPORTS, kind="report")
    for _ in range(3):
        assert post.deliver() == {"sent": 0, "waiting": 2}
    assert said(post) == ["alert"]
    assert "RFM_TELEGRAM__TOKEN" in post.second.told[0]


def test_without_a_second_channel_messages_wait_or_end(post: Post) -> None:
    post.second = None
    post.chat.refusals.push(refusals.BLOCKED.to(ADMIN))
    post.queue("refused", "later", chat=ADMIN)
    post.deliver()
    assert set(post.states().values()) == {"refused"}
    assert post.deliver() == {"sent": 0, "waiting": 0}


def test_a_broken_ledger_is_told_straight(post: Post) -> None:
    post.admins = (ADMIN, OTHER_ADMIN)
    other = Message("failure:r:1002", OTHER_ADMIN, "alert", kind="failure")
    post.ledger.warehouse.path.write_bytes(b"no database" * 1000)
    assert tell([ALERT, other], post.outbox, post.channels, TEXTS) == {"sent": 2}
    assert (post.told(), post.told(OTHER_ADMIN), post.second.told) == (["alert"], ["alert"], [])
    post.chat.refusals.push(refusals.SERVER_ERROR.always())
    assert tell([ALERT, other], post.outbox, post.channels, TEXTS) == {"sent": 2}
    assert said(post) == ["alert"]
    post.second.fails = True
    assert tell([ALERT, other], post.outbox, post.channels, TEXTS) == {}


def test_straight_follows_a_group_that_moved(post: Post) -> None:
    post.chat.refusals.push(refusals.migrated(-100777).to(ADMIN).always())
    assert straight([ALERT], post.channels, TEXTS) == 1
    assert post.told("-100777") == ["alert"]


def test_a_ledger_that_takes_it_is_enough(post: Post) -> None:
    assert tell([ALERT], post.outbox, post.channels, TEXTS) == {"queued": 1}
    assert tell([], post.outbox, post.channels, TEXTS) == {"queued": 0}
    assert post.told() == []
