"""Mail, Matrix, ntfy and many more by the library Apprise: one address each."""

from __future__ import annotations

import logging
import socket
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rfm_service import unanswered
from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message
from rfm_service.texts.parting import clipped

TITLE = "rfm-service"
TITLE_UNITS = 120
REACH_S = 10
PORTS = {True: 443, False: 80}


class Notifier(BaseModel):
    """Sends texts to every address of `urls`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    urls: Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
                    Field(min_length=1)]

    def send(self, message: Message) -> str:
        """Deliver the text to every address, pictures and files left out. Raises NotifyError."""
        services, (first, *_) = self._services(), message.text.split("\n")
        refused = [service for service in services if not _taken(service, clipped(first, TITLE_UNITS), message.text)]
        if refused:
            raise NotifyError("The second channel does not take the message ({kinds}). Check second_channel.urls.",
                              kinds=", ".join(_kind(service) for service in refused))
        return ""

    def amend(self, receipt: str, message: Message) -> None:
        """Do nothing: what was sent stays."""

    def reach(self, chat: str) -> None:
        """Do nothing: its addresses are its chats."""

    def check(self) -> str:
        """The kinds of the addresses, after a connection to each that names its server. Raises NotifyError."""
        services = self._services()
        for service in services:
            _reach(service)
        return ", ".join(_kind(service) for service in services)

    def _services(self) -> list[Any]:
        # Whatever the library says may hold an address, and with it a password.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        from apprise import Apprise

        made = [Apprise.instantiate(url, suppress_exceptions=True) for url in self.urls]
        if not all(made):
            raise NotifyError("The address {number} of second_channel.urls is none that Apprise knows.",
                              number=[bool(each) for each in made].index(False) + 1, permanent=True)
        return made


def _taken(service: Any, title: str, text: str) -> bool:
    try:
        return bool(service.notify(body=text, title=f"{TITLE}: {title}", body_format="text"))
    except Exception:
        # Its message may hold the address.
        return False


def _kind(service: Any) -> str:
    return str(service.service_name)


def _reach(service: Any) -> None:
    """Open a connection to the server of an address, where it names one. Raises NotifyError."""
    host = getattr(service, "smtp_host", None) or getattr(service, "host", None)
    if not host:
        return
    try:
        with socket.create_connection((host, service.port or PORTS[bool(service.secure)]), REACH_S):
            return
    except OSError as error:
        reason = unanswered.reason(error)
    raise NotifyError("The server of {kind} in second_channel.urls does not answer ({reason}).", kind=_kind(service),
                      reason=reason)
