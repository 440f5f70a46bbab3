"""The Bot API by pyTelegramBotAPI as the bot's own process calls it: no error holds the token, an address or a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import requests
from telebot import TeleBot, apihelper
from telebot.apihelper import ApiTelegramException
from telebot.types import BotCommand, BotCommandScopeChat, InputFile
from urllib3.exceptions import NewConnectionError

from rfm_service.domain.errors import RfmError
from rfm_service.texts.parting import CAPTION_UNITS, TEXT_UNITS, clipped

PHOTO_BYTES = 10_000_000
UPLOAD_BYTES = 50_000_000
TOO_MANY = 429
SERVER_FAULTS = 500


class BotApiError(RfmError):
    """A call that was not answered well.

    `code` is 0 where Telegram itself did not answer, `wait_s` what it asked to wait, `again` whether nothing of the
    call took effect, so that it may be made again.
    """

    def __init__(self, template: str, *, code: int = 0, wait_s: float = 0, again: bool = False,
                 **values: object) -> None:
        super().__init__(template, **values)
        self.code, self.wait_s, self.again = code, wait_s, again


@dataclass(frozen=True)
class Line:
    """Speaks as the bot of `token`; `timeout_s` for one call, a wait for updates apart."""

    token: str
    api_url: str
    timeout_s: float

    def name(self) -> str:
        """The username of the bot. Raises BotApiError."""
        return str(self._asked(lambda bot: bot.get_me().username))

    def updates(self, offset: int, patience_s: int) -> list[Any]:
        """What was written to the bot, as it came, acknowledging all before `offset`. Raises BotApiError.

        The library's objects are not made of it: one update that they cannot hold would stop all that follow.
        """
        found = self._asked(lambda bot: apihelper.get_updates(  # type: ignore[no-untyped-call]
            bot.token, offset, timeout=self.timeout_s, allowed_updates=["message"], long_polling_timeout=patience_s))
        if not isinstance(found, list):
            raise BotApiError("Telegram answered with something that is no list of updates.")
        return found

    def menu(self, chat: str, commands: Mapping[str, str]) -> None:
        """Show commands and what they do in the menu of one chat. Raises BotApiError."""
        listed = [BotCommand(command, told) for command, told in commands.items()]
        scope = BotCommandScopeChat(int(chat) if re.fullmatch(r"-?\d+", chat) else chat)
        self._asked(lambda bot: bot.set_my_commands(listed, scope))

    def say(self, chat: str, text: str) -> None:
        """Send a plain text. Raises BotApiError."""
        self._asked(lambda bot: bot.send_message(chat, clipped(text, TEXT_UNITS)))

    def picture(self, chat: str, name: str, content: bytes, caption: str) -> None:
        """Send a picture to be looked at in the chat. Raises BotApiError."""
        self._asked(lambda bot: bot.send_photo(chat, _file(name, content), caption=clipped(caption, CAPTION_UNITS)))

    def document(self, chat: str, name: str, content: bytes, caption: str) -> None:
        """Send a file. Raises BotApiError."""
        self._asked(lambda bot: bot.send_document(chat, _file(name, content), caption=clipped(caption, CAPTION_UNITS)))

    def _asked(self, question: Callable[[TeleBot], Any]) -> Any:
        # The library keeps these for the whole process.
        vars(apihelper).update(API_URL=self.api_url.rstrip("/") + "/bot{0}/{1}", CONNECT_TIMEOUT=self.timeout_s,
                               READ_TIMEOUT=self.timeout_s)
        try:
            return question(TeleBot(self.token, threaded=False))
        except Exception as error:
            problem = _problem(error)
        # Raised out here, so that the library's error, which holds the token and the text, is not even its context.
        raise problem


def _file(name: str, content: bytes) -> InputFile:
    return InputFile(BytesIO(content), file_name=name)


def _problem(error: Exception) -> BotApiError:
    if isinstance(error, ApiTelegramException):
        code = error.error_code if isinstance(error.error_code, int) else 0
        told = error.result_json.get("parameters")
        wait_s = told.get("retry_after", 0) if isinstance(told, dict) else 0
        return BotApiError("Telegram refuses: {reason}.", reason=f"{code} {error.description}", code=code,
                           wait_s=wait_s if isinstance(wait_s, int | float) else 0,
                           again=code == TOO_MANY or code >= SERVER_FAULTS)
    if type(error) is ValueError:
        return BotApiError("The bot token is malformed. Write it into RFM_TELEGRAM__TOKEN as BotFather gave it.")
    return BotApiError("Telegram does not answer ({kind}).", kind=type(error).__name__, again=_unheard(error))


def _unheard(error: Exception) -> bool:
    """Whether not even a connection came about."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)
