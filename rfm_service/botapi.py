"""The Bot API by pyTelegramBotAPI, for who sends and who polls: no error holds the token, an address or a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

from requests import exceptions as http
from telebot import TeleBot, apihelper
from telebot.apihelper import ApiHTTPException, ApiTelegramException
from telebot.types import InputFile
from urllib3 import exceptions as wire

from rfm_service import unanswered
from rfm_service.domain.errors import ChatMoved, NotifyError

T = TypeVar("T")

OF_THE_MESSAGE = frozenset({400, 413})
OF_THE_CHANNEL = frozenset({401, 404})
CHAT_IS_GONE = ("chat not found", "user not found", "peer_id_invalid", "chat_id_invalid", "group chat was deactivated",
                "chat_write_forbidden", "not enough rights", "have no rights", "need administrator rights")
"""What Telegram says with 400 of a chat that no message can reach."""
UNSENT = (http.ConnectTimeout, http.SSLError, http.ProxyError, http.InvalidURL, http.MissingSchema, http.InvalidSchema,
          http.InvalidHeader, wire.LocationParseError)
"""Errors that come before anything was sent."""


@dataclass(frozen=True)
class Caller:
    """Speaks as the bot of `token` at `url`; `timeout_s` for one call."""

    token: str
    url: str
    timeout_s: float

    def ask(self, question: Callable[[TeleBot], T]) -> T:
        """What a call of the library tells. Raises NotifyError."""
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
        vars(apihelper).update(API_URL=self.url.rstrip("/") + "/bot{0}/{1}", CONNECT_TIMEOUT=self.timeout_s,
                               READ_TIMEOUT=self.timeout_s)
        return TeleBot(self.token, threaded=False)


def upload(name: str, content: bytes) -> InputFile:
    """A file as the library sends it."""
    return InputFile(BytesIO(content), file_name=name)


def _refusal(error: Exception) -> NotifyError:
    """What went wrong, without the address: it holds the token and the text of the message."""
    if isinstance(error, ApiTelegramException):
        return _answered(error)
    if isinstance(error, ApiHTTPException):
        status = error.result.status_code
        # A proxy on the way refuses with 4xx and passes nothing on; of the rest nobody knows.
        return NotifyError("Telegram answers with the error {status} and no JSON.", status=status,
                           doubtful=not 300 <= status < 500)
    if isinstance(error, KeyError) and error.args[:1] in (("error_code",), ("description",)):
        return NotifyError("Telegram refuses without a reason.")
    unsent = _unsent(error)
    return NotifyError("Telegram does not answer ({reason}).", reason=unanswered.reason(error),
                       scope="channel" if unsent else "message", doubtful=not unsent)


def _unsent(error: Exception) -> bool:
    if isinstance(error, UNSENT):
        return True
    retried = error.args[0] if isinstance(error, http.ConnectionError) and error.args else None
    return isinstance(retried, wire.MaxRetryError) and isinstance(
        retried.reason, wire.NewConnectionError | wire.ConnectTimeoutError | wire.SSLError | wire.ProxyError)


def _answered(error: ApiTelegramException) -> NotifyError:
    """What a refusal in Telegram's own words means."""
    code, said = error.error_code if isinstance(error.error_code, int) else 0, str(error.description)
    asked = error.result_json.get("parameters")
    asked = asked if isinstance(asked, Mapping) else {}
    if isinstance(asked.get("migrate_to_chat_id"), int):
        return ChatMoved("Telegram refuses: {code} {reason}.", code=code, reason=said,
                         moved_to=str(asked["migrate_to_chat_id"]))
    if code in OF_THE_CHANNEL:
        return NotifyError("Telegram refuses the bot: {code} {reason}. Check RFM_TELEGRAM__TOKEN.", code=code,
                           reason=said, permanent=True, scope="channel")
    if code == 403 or (code == 400 and any(sign in said.lower() for sign in CHAT_IS_GONE)):
        return NotifyError("Telegram refuses: {code} {reason}.", code=code, reason=said, permanent=True, scope="chat")
    wait_s = asked.get("retry_after")
    return NotifyError("Telegram refuses: {code} {reason}.", code=code, reason=said, permanent=code in OF_THE_MESSAGE,
                       wait_s=float(wait_s) if isinstance(wait_s, int | float) and wait_s >= 0 else None)
