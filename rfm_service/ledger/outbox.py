"""Messages that wait until they are delivered; each is a row, so that a crash loses none.

A row is `waiting`, then `sent`, `refused` (for good), `doubted` (twice nobody knows whether it arrived) or `dropped` (a
list that is out of date, has no address any more or may name somebody who was forgotten). `begun` is set while it is
being sent: a row found so was cut off by a crash, and may have arrived.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from rfm_service.domain.values import Message, Picture
from rfm_service.ledger.dialect import NUMBERS
from rfm_service.ledger.stores import AnyWarehouse
from rfm_service.texts.parting import CAPTION_UNITS, MARK_UNITS, TEXT_UNITS, parted

TOLD_BY_SECOND, WANTS_SECOND = "told", "wanted"


class Waiting(NamedTuple):
    """A message that was not delivered yet, to be tried not before `due` (unix seconds).

    `doubted`: so many times nobody knew whether it arrived; `begun`: a crash cut its sending off; `second`: whether
    the second channel shall tell it, or has.
    """

    number: int
    key: str
    kind: str
    chat: str
    attempts: int
    due: int
    doubted: int
    begun: bool
    second: str

    @property
    def doubtful(self) -> bool:
        """Whether it may have arrived already."""
        return self.begun or self.doubted > 0


class Untold(NamedTuple):
    """A message that the second channel shall tell, and why the first one did not."""

    number: int
    text: str
    problem: str


@dataclass(frozen=True)
class Outbox:
    """The messages of the warehouse, and what is known of chats. Every method is a transaction; raises LedgerError."""

    warehouse: AnyWarehouse

    def queue(self, messages: Iterable[Message], tries: Callable[[int], str] | None = None) -> int:
        """Queue messages, long ones in parts; the number of new ones. One whose key was queued before is passed over.

        With `tries` (how many -> a sentence) a message folds into the newest one of its `fold`: that counts one more
        and takes the new text and the sentence; where it was sent already, it is due to be amended.
        """
        with self.warehouse.rows() as connection:
            return sum(_queued(connection, message, tries) for message in messages)

    def waiting(self) -> list[Waiting]:
        """The messages to deliver, oldest first."""
        with self.warehouse.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT message_no, key, kind, chat, attempts, due, doubted, begun = 1, second FROM outbox "
                "WHERE state = 'waiting' ORDER BY message_no").all()
        return [Waiting(*row) for row in rows]

    def message(self, number: int) -> Message:
        """One message, with its pictures and its file."""
        with self.warehouse.reading() as connection:
            row = connection.execute(sa.text("SELECT key, chat, text, kind, fold FROM outbox WHERE message_no = "
                                             ":number"), {"number": number}).one()
            carried = connection.execute(
                sa.text("SELECT name, content, document FROM outbox_pictures WHERE message_no = :number "
                        "ORDER BY ordinal"), {"number": number}).all()
        pictures = tuple(Picture(each.name, each.content) for each in carried if not each.document)
        files = [Picture(each.name, each.content) for each in carried if each.document]
        return Message(row.key, row.chat, row.text, pictures, row.kind, row.fold, files[0] if files else None)

    def begin(self, number: int) -> None:
        """Note that a message is being sent: a crash from here on leaves it doubtful."""
        self._set("begun = 1", number=number)

    def sent(self, number: int, receipt: str = "", chat: str = "") -> None:
        """Mark a message as delivered: its pictures are no longer needed, and the chat can be reached."""
        with self.warehouse.rows() as connection:
            _end(connection, {"number": number, "state": "sent", "problem": "", "receipt": receipt})
            connection.execute(sa.text("UPDATE chats SET refused = '' WHERE chat = :chat AND refused <> ''"),
                               {"chat": chat})

    def ended(self, number: int, state: str, problem: str) -> None:
        """Give a message up, `refused` or `doubted`."""
        with self.warehouse.rows() as connection:
            _end(connection, {"number": number, "state": state, "problem": problem, "receipt": ""})

    def keep(self, number: int, problem: str, due: int = 0, *, doubtful: bool = False) -> None:
        """Note a try that delivered nothing; the message waits on. `doubtful`: an earlier one may have."""
        self._set("attempts = attempts + 1, problem = :problem, due = :due, begun = :doubtful",
                  number=number, problem=problem, due=due, doubtful=int(doubtful))

    def doubt(self, number: int, problem: str) -> None:
        """Note a try of which nobody knows whether it delivered; the message waits on."""
        self._set("attempts = attempts + 1, problem = :problem, begun = 0, doubted = doubted + 1",
                  number=number, problem=problem)

    def hold(self, number: int, problem: str) -> None:
        """Count a try for a message that could not even be tried."""
        self._set("attempts = attempts + 1, problem = :problem", number=number, problem=problem)

    def stale(self) -> list[tuple[int, str, Message]]:
        """Number, receipt and newest form of the messages that were sent and said something else then."""
        with self.warehouse.reading() as connection:
            moved = _moved(connection)
            rows = connection.exec_driver_sql("SELECT message_no, receipt, key, chat, text, kind FROM outbox WHERE "
                                              "state = 'sent' AND stale = 1 AND receipt <> '' ORDER BY message_no"
                                              ).all()
        return [(row.message_no, row.receipt, Message(row.key, moved.get(row.chat, row.chat), row.text, kind=row.kind))
                for row in rows]

    def amended(self, number: int) -> None:
        """Note that a message says the newest."""
        self._set("stale = 0", number=number)

    def want_second(self, number: int, problem: str) -> None:
        """Ask for a message to be told by the second channel, and why the first one did not."""
        self._set(f"second = '{WANTS_SECOND}', problem = :problem", number=number, problem=problem)

    def second_told(self, number: int) -> None:
        """Note that the second channel told a message."""
        self._set(f"second = '{TOLD_BY_SECOND}'", number=number)

    def for_second(self) -> list[Untold]:
        """What the second channel shall tell, oldest first."""
        with self.warehouse.reading() as connection:
            rows = connection.exec_driver_sql(f"SELECT message_no, text, problem FROM outbox "
                                              f"WHERE second = '{WANTS_SECOND}' AND state <> 'sent' "
                                              f"ORDER BY message_no").all()
        return [Untold(*row) for row in rows]

    def unsettled(self) -> int:
        """How many messages somebody still waits for: those that wait, and those given up that nobody heard of yet."""
        with self.warehouse.reading() as connection:
            return int(connection.exec_driver_sql(
                f"SELECT count(*) FROM outbox WHERE state = 'waiting' OR (state <> 'sent' AND second = "
                f"'{WANTS_SECOND}')").scalar_one())

    def moved(self) -> dict[str, str]:
        """Old number -> new number of the chats that have another one now."""
        with self.warehouse.reading() as connection:
            return _moved(connection)

    def move(self, chat: str, to: str) -> None:
        """Remember that a chat has another number from now on."""
        with self.warehouse.rows() as connection:
            connection.execute(sa.text("UPDATE chats SET moved_to = :to WHERE moved_to = :chat AND chat <> :to"),
                               {"chat": chat, "to": to})
            connection.execute(sa.text("UPDATE chats SET moved_to = '' WHERE chat = :to"), {"to": to})
            _note(connection, chat, "moved_to", to)

    def unreachable(self, chat: str, problem: str) -> bool:
        """Note that a chat takes no messages; whether that is new."""
        with self.warehouse.rows() as connection:
            known = connection.execute(sa.text("SELECT 1 FROM chats WHERE chat = :chat AND refused <> ''"),
                                       {"chat": chat}).first()
            _note(connection, chat, "refused", problem)
        return known is None

    def mute(self, chat: str, until: int) -> None:
        """Let messages to a chat make no sound until then (unix seconds)."""
        with self.warehouse.rows() as connection:
            _note(connection, chat, "muted_until", until)

    def muted_until(self, chat: str) -> int:
        """Until when (unix seconds) messages to a chat make no sound; 0 where they do."""
        with self.warehouse.reading() as connection:
            return int(connection.execute(sa.text("SELECT coalesce(max(muted_until), 0) FROM chats WHERE chat = :chat"),
                                          {"chat": chat}).scalar_one())

    def close(self, account: str, until: int, problem: str) -> None:
        """Remember that a channel refuses an account, which is not tried again until then (unix seconds)."""
        with self.warehouse.rows() as connection:
            connection.execute(
                sa.text("INSERT INTO channels VALUES (:account, :until, :problem) ON CONFLICT (account) DO UPDATE SET "
                        "closed_until = excluded.closed_until, problem = excluded.problem"),
                {"account": account, "until": until, "problem": problem})

    def closed(self, account: str, now: int) -> str:
        """Why an account is not to be tried now; empty where it may be."""
        with self.warehouse.reading() as connection:
            problem = connection.execute(
                sa.text("SELECT problem FROM channels WHERE account = :account AND closed_until > :now"),
                {"account": account, "now": now}).scalar_one_or_none()
        return "" if problem is None else str(problem)

    def _set(self, change: str, **values: object) -> None:
        with self.warehouse.rows() as connection:
            connection.execute(sa.text(f"UPDATE outbox SET {change} WHERE message_no = :number"), values)


def carrying_lists(connection: sa.Connection) -> list[int]:
    """The lists for sales managers whose files, or the wait for them, are kept: each may name any customer."""
    return list(connection.exec_driver_sql(
        "SELECT message_no FROM outbox WHERE kind = 'list' AND (state = 'waiting' OR message_no IN "
        "(SELECT message_no FROM outbox_pictures)) ORDER BY message_no").scalars())


def drop_lists(connection: sa.Connection) -> list[int]:
    """Drop the lists that wait, and the files of all; their numbers. The next night sends them anew."""
    found = carrying_lists(connection)
    among = (json.dumps(found),)
    connection.exec_driver_sql("UPDATE outbox SET state = 'dropped', begun = 0 WHERE state = 'waiting' AND "
                               f"message_no IN ({NUMBERS})", among)
    connection.exec_driver_sql(f"DELETE FROM outbox_pictures WHERE message_no IN ({NUMBERS})", among)
    return found


def _end(connection: sa.Connection, row: dict[str, object]) -> None:
    connection.execute(sa.text("UPDATE outbox SET state = :state, attempts = attempts + 1, problem = :problem, receipt "
                               "= :receipt, begun = 0 WHERE message_no = :number"), row)
    connection.execute(sa.text("DELETE FROM outbox_pictures WHERE message_no = :number"), row)


def _queued(connection: sa.Connection, message: Message, tries: Callable[[int], str] | None) -> bool:
    """Queue one message; whether it is new."""
    seen = connection.execute(sa.text("SELECT 1 FROM outbox WHERE key = :key OR folded = :key"), {"key": message.key})
    if seen.first() is not None or (tries and message.fold and _folded(connection, message, tries)):
        return False
    for part in _parts(message):
        _insert(connection, part)
    return True


def _folded(connection: sa.Connection, message: Message, tries: Callable[[int], str]) -> bool:
    """Count a message in the newest one of its fold, where there is one."""
    row = connection.execute(sa.text("SELECT message_no, times FROM outbox WHERE fold = :fold ORDER BY message_no DESC "
                                     "LIMIT 1"), {"fold": message.fold}).first()
    if row is None:
        return False
    connection.execute(
        sa.text("UPDATE outbox SET times = times + 1, folded = :key, text = :text, "
                "stale = CASE WHEN state = 'sent' OR begun = 1 THEN 1 ELSE 0 END WHERE message_no = :number"),
        {"key": message.key, "text": f"{_storable(message.text)}\n{tries(row.times + 1)}", "number": row.message_no})
    return True


def _parts(message: Message) -> Iterator[Message]:
    """The message as chats take it: what is carried with the first part, the rest of a long text behind it."""
    carries = bool(message.pictures or message.file)
    first = (CAPTION_UNITS if carries else TEXT_UNITS) - MARK_UNITS
    texts = parted(_storable(message.text), first, TEXT_UNITS - MARK_UNITS)
    yield replace(message, text=texts[0], fold=message.fold if len(texts) == 1 else "")
    for at, text in enumerate(texts[1:], 2):
        yield Message(f"{message.key}#{at}", message.chat, text, kind=message.kind)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _insert(connection: sa.Connection, message: Message) -> None:
    number = connection.execute(
        sa.text("INSERT INTO outbox (message_no, key, chat, text, kind, fold) VALUES ((SELECT coalesce(max("
                "message_no), 0) + 1 FROM outbox), :key, :chat, :text, :kind, :fold) RETURNING message_no"),
        {name: getattr(message, name) for name in ("key", "chat", "text", "kind", "fold")}).scalar_one()
    carried: list[Any] = [*message.pictures, *filter(None, [message.file])]
    for ordinal, each in enumerate(carried):
        connection.execute(
            sa.text("INSERT INTO outbox_pictures (message_no, ordinal, name, content, document) "
                    "VALUES (:number, :ordinal, :name, :content, :document)"),
            {"number": number, "ordinal": ordinal, "name": each.name, "content": each.content,
             "document": int(each is message.file)})


def _moved(connection: sa.Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT chat, moved_to FROM chats WHERE moved_to <> ''").all()
    return {row.chat: row.moved_to for row in rows}


def _note(connection: sa.Connection, chat: str, column: str, value: object) -> None:
    """Set one column of a chat."""
    connection.execute(sa.text(f"INSERT INTO chats (chat, {column}) VALUES (:chat, :value) ON CONFLICT (chat) "
                               f"DO UPDATE SET {column} = excluded.{column}"), {"chat": chat, "value": value})
