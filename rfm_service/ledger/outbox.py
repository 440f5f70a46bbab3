"""Messages that wait until they are delivered; each is a row, so that a crash loses none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from rfm_service.domain.values import Message, Picture


class Waiting(NamedTuple):
    """A message that was not delivered yet."""

    number: int
    message: Message


def queue(connection: sa.Connection, messages: Iterable[Message]) -> int:
    """Queue messages; one whose key was queued before is passed over. The number of new ones."""
    queued = 0
    for message in messages:
        number = connection.execute(
            sa.text("INSERT INTO outbox (key, chat, text) VALUES (:key, :chat, :text) ON CONFLICT DO NOTHING "
                    "RETURNING message_no"),
            {"key": message.key, "chat": message.chat, "text": message.text}).scalar_one_or_none()
        if number is not None:
            queued += 1
            for ordinal, picture in enumerate(message.pictures):
                connection.execute(sa.text("INSERT INTO outbox_pictures VALUES (:number, :ordinal, :name, :content)"),
                                   {"number": number, "ordinal": ordinal, **picture.__dict__})
    return queued


def waiting(connection: sa.Connection) -> list[Waiting]:
    """The messages to deliver, oldest first."""
    rows = connection.exec_driver_sql(
        "SELECT message_no, key, chat, text FROM outbox WHERE state = 'waiting' ORDER BY message_no").all()
    return [Waiting(row.message_no, Message(row.key, row.chat, row.text, _pictures(connection, row.message_no)))
            for row in rows]


def sent(connection: sa.Connection, number: int) -> None:
    """Mark a message as delivered; its pictures are no longer needed."""
    connection.execute(sa.text("UPDATE outbox SET state = 'sent', attempts = attempts + 1, problem = '' "
                               "WHERE message_no = :number"), {"number": number})
    connection.execute(sa.text("DELETE FROM outbox_pictures WHERE message_no = :number"), {"number": number})


def refused(connection: sa.Connection, number: int, problem: str, *, permanent: bool) -> None:
    """Note why a message was not delivered; a permanent refusal ends its waiting."""
    connection.execute(
        sa.text("UPDATE outbox SET state = :state, attempts = attempts + 1, problem = :problem "
                "WHERE message_no = :number"),
        {"number": number, "problem": problem, "state": "refused" if permanent else "waiting"})


def _pictures(connection: sa.Connection, number: int) -> tuple[Picture, ...]:
    rows = connection.execute(sa.text("SELECT name, content FROM outbox_pictures WHERE message_no = :number "
                                      "ORDER BY ordinal"), {"number": number})
    return tuple(Picture(name, content) for name, content in rows)
