"""Telegram by pyTelegramBotAPI, pointed at `api_url`."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from pydantic import BaseModel, ConfigDict
from telebot import TeleBot, apihelper
from telebot.apihelper import ApiTelegramException
from telebot.types import InputFile, InputMediaPhoto

from rfm_service.announcements import CAPTION_UNITS
from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message

TEXT_UNITS = 4096
ALBUM = 10
PERMANENT = frozenset({400, 401, 403, 404, 413})


class Notifier(BaseModel):
    """Sends as the bot of `token`; `timeout_s` for one call."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    token: str
    api_url: str
    timeout_s: float = 30

    def send(self, message: Message) -> None:
        """Deliver a text, a picture with a caption, or an album of up to ten. Raises NotifyError."""
        pictures = [(picture.name, picture.content) for picture in message.pictures[:ALBUM]]
        text = clip(message.text, CAPTION_UNITS if pictures else TEXT_UNITS)
        if not pictures:
            self._asked(lambda bot: bot.send_message(message.chat, text))
        elif len(pictures) == 1:
            self._asked(lambda bot: bot.send_photo(message.chat, _file(*pictures[0]), caption=text))
        else:
            self._asked(lambda bot: bot.send_media_group(message.chat, [
                InputMediaPhoto(_file(name, content), caption=None if at else text)
                for at, (name, content) in enumerate(pictures)]))

    def check(self) -> str:
        """The name of the bot. Raises NotifyError."""
        return str(self._asked(lambda bot: bot.get_me().username))

    def _asked(self, question: Callable[[TeleBot], object]) -> object:
        try:
            return question(self._bot())
        except Exception as error:
            problem = _refusal(error)
        # Raised out here, so that the library's error, which holds the token and the text, is not even its context.
        raise problem

    def _bot(self) -> TeleBot:
        # The library keeps these for the whole process.
        vars(apihelper).update(API_URL=self.api_url.rstrip("/") + "/bot{0}/{1}", CONNECT_TIMEOUT=self.timeout_s,
                               READ_TIMEOUT=self.timeout_s)
        return TeleBot(self.token, threaded=False)


def clip(text: str, units: int) -> str:
    """The text cut to at most `units` UTF-16 units, as Telegram counts."""
    encoded = text.encode("utf-16-le", "replace")
    if len(encoded) <= units * 2:
        return encoded.decode("utf-16-le")
    return encoded[: (units - 1) * 2].decode("utf-16-le", "ignore") + "…"


def _file(name: str, content: bytes) -> InputFile:
    opened = BytesIO(content)
    opened.name = name
    return InputFile(opened)


def _refusal(error: Exception) -> NotifyError:
    """What went wrong, without the address: it holds the token and the text of the message."""
    if isinstance(error, ApiTelegramException):
        return NotifyError("Telegram refuses: {reason}.", reason=f"{error.error_code} {error.description}",
                           permanent=error.error_code in PERMANENT)
    if type(error) is ValueError:
        return NotifyError("The bot token is malformed. Write it into RFM_TELEGRAM__TOKEN as BotFather gave it.",
                           permanent=False)
    return NotifyError("Telegram does not answer ({kind}).", kind=type(error).__name__, permanent=False)
