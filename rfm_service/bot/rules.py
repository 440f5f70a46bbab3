"""Whose commands count: the listed admin chats under every name they have, and how long each wants no sound."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, suppress

from rfm_service import wiring
from rfm_service.domain.errors import LedgerError
from rfm_service.settings import Settings


def listed(settings: Settings, seen: Mapping[str, str]) -> dict[str, str]:
    """The admin chats as written in the settings, by each id or @name that they go by; a group that moved by both.

    `seen`: groups that the ledger may not know yet to have moved, old ids and new.
    """
    by_name = {str(chat).strip().lower(): str(chat) for chat in settings.telegram.admin_chats}
    moved = {new: by_name[old.lower()] for old, new in (*seen.items(), *_moved(settings))
             if old.lower() in by_name}
    return moved | by_name


def chat_of(names: Collection[str], chats: Mapping[str, str]) -> str | None:
    """The listed chat that goes by one of the names, None for a stranger."""
    return next((chats[name.lower()] for name in names if name.lower() in chats), None)


def mute(settings: Settings, chat: str, until: int) -> None:
    """Let messages to a listed chat make no sound until then, in unix seconds; 0 ends it. Raises LedgerError."""
    wiring.ledger(settings).outbox.mute(chat, until)


def _moved(settings: Settings) -> Iterator[tuple[str, str]]:
    """The old and new ids of groups that became supergroups; none where the ledger cannot tell.

    Read without the ledger's own libraries, which would make the bot's small process a large one.
    """
    if not settings.ledger.in_file:
        with suppress(LedgerError):
            yield from wiring.ledger(settings).outbox.moved().items()
    if not settings.warehouse.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{settings.warehouse.as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT chat, moved_to FROM chats WHERE moved_to <> ''").fetchall()
    except (sqlite3.Error, ValueError):
        return
    yield from ((str(old), str(new)) for old, new in rows)
