"""What an update says: who wrote, where, and which command. Anything may come here: nothing of it is believed."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

LETTERS_READ = 200
COMMAND = re.compile(r"/([a-z]{1,32})(?:@([a-z0-9_]{1,64}))?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL | re.ASCII)


class Written(NamedTuple):
    """A message to the bot.

    `names`: the id and, where it has one, the @name of the chat; `ours`: whether a person wrote it there, not a
    channel or another bot; `moved_to`: the new id of a group that became a supergroup.
    """

    names: tuple[str, ...]
    user: str
    at: float
    private: bool
    ours: bool
    text: str
    moved_to: str = ""

    @property
    def chat(self) -> str:
        """The id of the chat."""
        return self.names[0]


class Command(NamedTuple):
    """A command as it was written; `addressed` where it names this bot."""

    word: str
    rest: str
    addressed: bool


def number_of(update: object) -> int | None:
    """The number of an update, None where it has none."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def written(update: object) -> Written | None:
    """The message of an update, None where there is none that a chat can be told of."""
    message = _table(_table(update).get("message"))
    chat, sender = _table(message.get("chat")), _table(message.get("from"))
    if not isinstance(chat.get("id"), int):
        return None
    name, at, text = chat.get("username"), message.get("date"), message.get("text")
    names = (str(chat["id"]), f"@{name}") if isinstance(name, str) and name else (str(chat["id"]),)
    # Who writes as the group itself is one of its admins, behind a bot of Telegram's.
    as_group = _table(message.get("sender_chat")).get("id") == chat["id"]
    person = isinstance(sender.get("id"), int) and not sender.get("is_bot")
    moved = message.get("migrate_to_chat_id")
    ours = (as_group or (person and "sender_chat" not in message)) and "forward_origin" not in message
    return Written(names, str(sender.get("id", chat["id"]))[:32], at if isinstance(at, int) else 0,
                   chat.get("type") == "private", ours, text if isinstance(text, str) else "",
                   str(moved) if isinstance(moved, int) else "")


def command(text: str, bot: str) -> Command | None:
    """The command of a text; None where there is none, or another bot is meant."""
    found = COMMAND.fullmatch(text[:LETTERS_READ].strip())
    if not found or (found[2] and found[2].lower() != bot.lower()):
        return None
    return Command(found[1].lower(), (found[3] or "").strip(), bool(found[2]))


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
