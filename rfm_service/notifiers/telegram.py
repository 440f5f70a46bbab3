"""Telegram by pyTelegramBotAPI, pointed at `api_url`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from pydantic import BaseModel, ConfigDict
from requests import exceptions as http
from telebot import TeleBot, apihelper
from telebot.apihelper import ApiHTTPException, ApiTelegramException
from telebot.types import InputFile, InputMediaPhoto
from urllib3 import exceptions as wire

from rfm_service.domain.errors import ChatMoved, NotifyError
from rfm_service.domain.values import Message
from rfm_service.texts.parting import CAPTION_UNITS, TEXT_UNITS, clipped

ALBUM = 10
OF_THE_MESSAGE = frozenset({400, 413})
OF_THE_CHANNEL = frozenset({401, 404})
CHAT_IS_GONE = ("chat not found", "user not found", "peer_id_invalid", "chat_id_invalid", "group chat was deactivated",
                "chat_write_forbidden", "not enough rights", "have no rights", "need administrator rights")
"""What Telegram says with 400 of a chat that no message can reach."""
UNSENT = (http.ConnectTimeout, http.SSLError, http.ProxyError, http.InvalidURL, http.MissingSchema, http.InvalidSchema,
          http.InvalidHeader, wire.LocationParseError)
"""Errors that come before anything was sent."""


class Notifier(BaseModel):
    """Sends as the bot of `token`; `timeout_s` for one call."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    token: str
    api_url: str
    timeout_s: float = 30

    def send(self, message: Message) -> str:
        """Deliver a text, a file or a picture with a caption, or an album of up to ten. Raises NotifyError."""
        told: Any = self._asked(lambda bot: _send(bot, message))
        return str(told)

    def amend(self, receipt: str, message: Message) -> None:
        """Edit a text that was sent. Raises NotifyError."""
        self._asked(lambda bot: bot.edit_message_text(clipped(message.text, TEXT_UNITS), message.chat, int(receipt)))

    def check(self) -> str:
        """The name of the bot. Raises NotifyError."""
        return str(self._asked(lambda bot: bot.get_me().username))

    def reach(self, chat: str) -> None:
        """Look whether the bot is in a chat. Raises NotifyError."""
        self._asked(lambda bot: bot.get_chat(chat))

    def _asked(self, question: Callable[[TeleBot], object]) -> object:
        try:
            bot = self._bot()
        except Exception:
            problem = NotifyError("The bot token is malformed. Write it into RFM_TELEGRAM__TOKEN as BotFather gave it.",
                                  permanent=True, scope="channel")
        else:
            try:
                return question(bot)
            except Exception as error:
                problem = _refusal(error)
        # Raised out here, so that the library's error, which holds the token and the text, is not even its context.
        raise problem

    def _bot(self) -> TeleBot:
        # The library keeps these for the whole process.
        vars(apihelper).update(API_URL=self.api_url.rstrip("/") + "/bot{0}/{1}", CONNECT_TIMEOUT=self.timeout_s,
                               READ_TIMEOUT=self.timeout_s)
        return TeleBot(self.token, threaded=False)


def _send(bot: TeleBot, message: Message) -> int:
    """Send; the number of the (first) message."""
    pictures, silent = message.pictures[:ALBUM], message.silent or None
    text = clipped(message.text, CAPTION_UNITS if pictures or message.file else TEXT_UNITS)
    if message.file:
        return int(bot.send_document(message.chat, _file(message.file.name, message.file.content), caption=text,
                                     disable_notification=silent).message_id)
    if not pictures:
        return int(bot.send_message(message.chat, text, disable_notification=silent).message_id)
    if len(pictures) == 1:
        return int(bot.send_photo(message.chat, _file(pictures[0].name, pictures[0].content), caption=text,
                                  disable_notification=silent).message_id)
    album: list[Any] = [InputMediaPhoto(_file(each.name, each.content), caption=None if at else text)
                        for at, each in enumerate(pictures)]
    return int(bot.send_media_group(message.chat, album, disable_notification=silent)[0].message_id)


def _file(name: str, content: bytes) -> InputFile:
    opened = BytesIO(content)
    opened.name = name
    return InputFile(opened)


def _refusal(error: Exception) -> NotifyError:
    """What went wrong, without the address: it holds the token and the text of the message."""
    if isinstance(error, ApiTelegramException):
        return _answered(error)
    if isinstance(error, ApiHTTPException):
        status = error.result.status_code
        # A proxy on the way refuses with 4xx and passes nothing on; of the rest nobody knows.
        return NotifyError("Telegram answers with the error {status} and no JSON.", status=status,
                           doubtful=not 300 <= status < 500)
    if _unsent(error):
        return NotifyError("Telegram does not answer ({kind}).", kind=type(error).__name__, scope="channel")
    if isinstance(error, KeyError) and error.args[:1] in (("error_code",), ("description",)):
        return NotifyError("Telegram refuses without a reason.")
    return NotifyError("Telegram does not answer ({kind}).", kind=type(error).__name__, doubtful=True)


def _unsent(error: Exception) -> bool:
    if isinstance(error, UNSENT):
        return True
    retried = error.args[0] if isinstance(error, http.ConnectionError) and error.args else None
    return isinstance(retried, wire.MaxRetryError) and isinstance(
        retried.reason, wire.NewConnectionError | wire.ConnectTimeoutError | wire.SSLError | wire.ProxyError)


def _answered(error: ApiTelegramException) -> NotifyError:
    """What a refusal in Telegram's own words means."""
    code, said = error.error_code, str(error.description)
    asked = error.result_json.get("parameters")
    asked = asked if isinstance(asked, Mapping) else {}
    reason = f"{code} {said}"
    if isinstance(asked.get("migrate_to_chat_id"), int):
        return ChatMoved("Telegram refuses: {reason}.", reason=reason, moved_to=str(asked["migrate_to_chat_id"]))
    if code in OF_THE_CHANNEL:
        return NotifyError("Telegram refuses the bot: {reason}. Check RFM_TELEGRAM__TOKEN.", reason=reason,
                           permanent=True, scope="channel")
    if code == 403 or (code == 400 and any(sign in said.lower() for sign in CHAT_IS_GONE)):
        return NotifyError("Telegram refuses: {reason}.", reason=reason, permanent=True, scope="chat")
    wait_s = asked.get("retry_after")
    return NotifyError("Telegram refuses: {reason}.", reason=reason, permanent=code in OF_THE_MESSAGE,
                       wait_s=float(wait_s) if isinstance(wait_s, int | float) and wait_s >= 0 else None)
