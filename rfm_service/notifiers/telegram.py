"""Telegram by pyTelegramBotAPI, pointed at `api_url`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from telebot import TeleBot
from telebot.types import InputMediaPhoto

from rfm_service.botapi import Caller, upload
from rfm_service.domain.values import Message
from rfm_service.texts.parting import CAPTION_UNITS, TEXT_UNITS, clipped

T = TypeVar("T")

ALBUM = 10


class Notifier(BaseModel):
    """Sends as the bot of `token`; `timeout_s` for one call."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    token: str
    api_url: str
    timeout_s: float = 30

    def send(self, message: Message) -> str:
        """Deliver a text, a file or a picture with a caption, or an album of up to ten. Raises NotifyError."""
        return str(self._ask(lambda bot: _send(bot, message)))

    def amend(self, receipt: str, message: Message) -> None:
        """Edit a text that was sent. Raises NotifyError."""
        self._ask(lambda bot: bot.edit_message_text(clipped(message.text, TEXT_UNITS), message.chat, int(receipt)))

    def check(self) -> str:
        """The name of the bot. Raises NotifyError."""
        return str(self._ask(lambda bot: bot.get_me().username))

    def reach(self, chat: str) -> None:
        """Look whether the bot is in a chat. Raises NotifyError."""
        self._ask(lambda bot: bot.get_chat(chat))

    def _ask(self, question: Callable[[TeleBot], T]) -> T:
        return Caller(self.token, self.api_url, self.timeout_s).ask(question)


def _send(bot: TeleBot, message: Message) -> int:
    """Send; the number of the (first) message."""
    pictures, silent = message.pictures[:ALBUM], message.silent or None
    text = clipped(message.text, CAPTION_UNITS if pictures or message.file else TEXT_UNITS)
    if message.file:
        return int(bot.send_document(message.chat, upload(message.file.name, message.file.content), caption=text,
                                     disable_notification=silent).message_id)
    if not pictures:
        return int(bot.send_message(message.chat, text, disable_notification=silent).message_id)
    if len(pictures) == 1:
        return int(bot.send_photo(message.chat, upload(pictures[0].name, pictures[0].content), caption=text,
                                  disable_notification=silent).message_id)
    album: list[Any] = [InputMediaPhoto(upload(each.name, each.content), caption=None if at else text)
                        for at, each in enumerate(pictures)]
    return int(bot.send_media_group(message.chat, album, disable_notification=silent)[0].message_id)
