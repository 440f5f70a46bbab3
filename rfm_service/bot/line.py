"""What the bot says and hears, in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telebot import apihelper
from telebot.types import BotCommand, BotCommandScopeChat

from rfm_service.botapi import Caller, upload
from rfm_service.domain.errors import NotifyError
from rfm_service.texts.parting import CAPTION_UNITS, TEXT_UNITS, clipped

PHOTO_BYTES = 10_000_000
UPLOAD_BYTES = 50_000_000


@dataclass(frozen=True)
class Line:
    """Speaks as the bot of a caller, whose `timeout_s` holds for all but a wait for updates."""

    caller: Caller

    def name(self) -> str:
        """The username of the bot. Raises NotifyError."""
        return str(self.caller.ask(lambda bot: bot.get_me().username))

    def updates(self, offset: int, patience_s: int) -> list[Any]:
        """What was written to the bot, as it came, acknowledging all before `offset`. Raises NotifyError.

        The library's objects are not made of it: one update that they cannot hold would stop all that follow.
        """
        found = self.caller.ask(lambda bot: apihelper.get_updates(  # type: ignore[no-untyped-call]
            bot.token, offset, timeout=self.caller.timeout_s, allowed_updates=["message"],
            long_polling_timeout=patience_s))
        if not isinstance(found, list):
            raise NotifyError("Telegram answered with something that is no list of updates.")
        return found

    def menu(self, chat: str, commands: Mapping[str, str]) -> None:
        """Show commands and what they do in the menu of one chat. Raises NotifyError."""
        listed = [BotCommand(command, told) for command, told in commands.items()]
        scope = BotCommandScopeChat(int(chat) if re.fullmatch(r"-?\d+", chat) else chat)
        self.caller.ask(lambda bot: bot.set_my_commands(listed, scope))

    def say(self, chat: str, text: str) -> None:
        """Send a plain text. Raises NotifyError."""
        self.caller.ask(lambda bot: bot.send_message(chat, clipped(text, TEXT_UNITS)))

    def picture(self, chat: str, name: str, content: bytes, caption: str) -> None:
        """Send a picture to be looked at in the chat. Raises NotifyError."""
        under = clipped(caption, CAPTION_UNITS)
        self.caller.ask(lambda bot: bot.send_photo(chat, upload(name, content), caption=under))

    def document(self, chat: str, name: str, content: bytes, caption: str) -> None:
        """Send a file. Raises NotifyError."""
        under = clipped(caption, CAPTION_UNITS)
        self.caller.ask(lambda bot: bot.send_document(chat, upload(name, content), caption=under))
