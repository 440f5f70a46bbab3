"""What people write to the bot: updates that wait until they are asked for and acknowledged, as Telegram keeps them."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from rfm_service.emulator.refusals import Refusal, bad_request

CONFLICT = Refusal(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is "
                        "running")
MOST_AT_ONCE = 100
LONGEST_WAIT_S = 50
USUAL = frozenset({"message", "edited_message", "channel_post", "edited_channel_post", "callback_query",
                   "my_chat_member", "inline_query"})
"""The kinds of updates that a bot gets that never said which it wants."""

_SUPERGROUPS = -1_000_000_000_000
_CHANNEL_KINDS = ("channel_post", "edited_channel_post")


class UpdateBox:
    """The updates of one bot; a later getUpdates ends an earlier one that still waits."""

    def __init__(self, stopping: threading.Event) -> None:
        """Start without updates; a wait ends early when the server stops."""
        self._stopping = stopping
        self._changed = threading.Condition()
        self._waiting: list[dict[str, Any]] = []
        self._allowed = USUAL
        self._newest = 1000
        self._asked = 0

    @property
    def waiting(self) -> int:
        """How many updates are not acknowledged."""
        with self._changed:
            return len(self._waiting)

    def put(self, kind: str, what: Mapping[str, Any]) -> int:
        """Add an update unless the bot does not want its kind; the id it has, or would have."""
        with self._changed:
            self._newest += 1
            if kind in self._allowed:
                self._waiting.append({"update_id": self._newest, kind: dict(what)})
                self._changed.notify_all()
            return self._newest

    def take(self, fields: Mapping[str, str]) -> list[dict[str, Any]] | Refusal:
        """Answer getUpdates: forget those before `offset`, wait up to `timeout` seconds where there are none."""
        try:
            offset, limit = int(fields.get("offset") or 0), int(fields.get("limit") or MOST_AT_ONCE)
            patience = min(int(fields.get("timeout") or 0), LONGEST_WAIT_S)
            allowed = json.loads(fields.get("allowed_updates") or "null")
        except ValueError:
            return bad_request("can't parse getUpdates parameters")
        with self._changed:
            self._asked += 1
            turn = self._asked
            self._changed.notify_all()
            if isinstance(allowed, list):
                self._allowed = frozenset(map(str, allowed)) or USUAL
            self._forget(offset)
            self._wait(patience, lambda: bool(self._waiting) or self._asked != turn)
            return CONFLICT if self._asked != turn else self._waiting[:max(1, min(limit, MOST_AT_ONCE))]

    def _forget(self, offset: int) -> None:
        if offset < 0:
            self._waiting = self._waiting[offset:]
        else:
            self._waiting = [each for each in self._waiting if each["update_id"] >= offset]

    def _wait(self, seconds: int, enough: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while not enough() and not self._stopping.is_set() and (left := end - time.monotonic()) > 0:
            self._changed.wait(min(left, 0.1))


def written(chat_id: int, text: str | None, *, user: int, at: int, kind: str = "message") -> dict[str, Any]:
    """Return what Telegram would tell of a text written in a chat: a message, a post, or a pressed button."""
    chat: dict[str, Any] = {"id": chat_id, "type": "private", "first_name": "Somebody"}
    if chat_id < 0:
        channel = "channel" if kind in _CHANNEL_KINDS else "supergroup"
        chat = {"id": chat_id, "type": channel if chat_id <= _SUPERGROUPS else "group", "title": "A chat"}
    sender = {"id": user, "is_bot": False, "first_name": "Somebody", "language_code": "ru"}
    message: dict[str, Any] = {"message_id": 1, "date": at, "chat": chat}
    if kind in _CHANNEL_KINDS:
        message["sender_chat"] = chat
    else:
        message["from"] = sender
    if kind == "callback_query":
        return {"id": "1", "from": sender, "message": message, "chat_instance": "1", "data": text or ""}
    if kind.startswith("edited"):
        message["edit_date"] = at
    if text is not None:
        message["text"] = text
        if text.startswith("/"):
            command = text.split(maxsplit=1)[0]
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
    return message
