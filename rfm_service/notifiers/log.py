"""The log as a channel, for who has nothing else: each message is a WARNING line."""

from __future__ import annotations

import logging

from pydantic import BaseModel, ConfigDict

from rfm_service.domain.values import Message

log = logging.getLogger(__name__)


class Notifier(BaseModel):
    """Writes messages into logs/service.log, where something else may look for them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def send(self, message: Message) -> str:
        """Write the text as a line."""
        log.warning("%s", message.text)
        return ""

    def amend(self, receipt: str, message: Message) -> None:
        """Do nothing: what is written stays."""

    def reach(self, chat: str) -> None:
        """Do nothing: there are no chats."""

    def check(self) -> str:
        """Where it writes."""
        return "logs/service.log"
