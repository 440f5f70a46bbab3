"""The outbox as the ledger keeps it: keys, order, pictures, what is known of chats; and files of earlier releases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rfm_service.domain.values import Message, Picture
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from tests.ledger.books import ledger_in, query
from tests.ledger.test_migrations import of_0001

PICTURES = (Picture("b.png", b"\x00\xff"), Picture("a.png", b""))
FIRST, SECOND = Message("k2", "-100", "второе 🎉 'q' \ud800", PICTURES, "report"), Message("k1", "1", "x")


def test_a_message_is_queued_once_and_kept_in_order(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    outbox = ledger.outbox
    assert outbox.queue([FIRST, SECOND, FIRST]) == 2
    assert outbox.queue([Message("k1", "2", "other")]) == 0
    first, second = outbox.waiting()
    assert (first.key, first.kind, second.key, second.kind) == ("k2", "report", "k1", "notice")
    told = outbox.message(first.number)
    assert (told.text, told.pictures) == ("второе 🎉 'q' ?", PICTURES)
    outbox.keep(first.number, "429")
    outbox.ended(second.number, "refused", "403")
    assert [each.key for each in outbox.waiting()] == ["k2"]
    outbox.sent(first.number, "77", "-100")
    assert outbox.waiting() == []
    assert query(ledger, "SELECT * FROM outbox_pictures") == []
    assert query(ledger, "SELECT key, state, attempts, problem, receipt FROM outbox ORDER BY key") == [
        ("k1", "refused", 1, "403", ""), ("k2", "sent", 2, "", "77")]
    assert outbox.queue([FIRST]) == 0
    counts = ledger.counts()
    assert (counts["messages_sent"], counts["messages_refused"], counts["messages_doubted"]) == (1, 1, 0)


def test_a_chat_may_move_back_and_forth(tmp_path: Path) -> None:
    outbox = ledger_in(tmp_path).outbox
    for old, new in (("1", "2"), ("2", "3"), ("3", "1"), ("1", "1")):
        outbox.move(old, new)
        moved = outbox.moved()
        assert all(new not in moved or old == new for new in moved.values())
    outbox.mute("5", 99)
    assert (outbox.muted_until("5"), outbox.muted_until("6")) == (99, 0)


@pytest.mark.of_files
def test_messages_of_the_release_before_wait_on(tmp_path: Path) -> None:
    old = of_0001(tmp_path)
    with closing(sqlite3.connect(old.warehouse.path)) as connection:
        connection.executemany("INSERT INTO outbox (key, chat, text, state, problem) VALUES (?, '1', ?, ?, 'p')", [
            ("failure:run:1", "stopped", "waiting"), ("success:2026-01-01:1:h", "well", "sent")])
        connection.execute("INSERT INTO outbox_pictures VALUES (2, 0, 'a.png', x'00')")
        connection.commit()
    ledger = Ledger(Warehouse(old.warehouse.path), tmp_path / "backups")
    ledger.open()
    assert [(each.key, each.kind, each.doubtful) for each in ledger.outbox.waiting()] == [
        ("k", "notice", False), ("failure:run:1", "failure", False)]
    assert ledger.outbox.message(2).pictures == (Picture("a.png", b"\x00"),)
    assert ledger.outbox.stale() == []
    assert query(ledger, "SELECT kind, times FROM outbox WHERE state = 'sent'") == [("success", 1)]
