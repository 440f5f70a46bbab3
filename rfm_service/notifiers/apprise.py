"""Mail, Matrix, ntfy and many more by the library Apprise: one address each."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

from rfm_service import unanswered
from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message, Picture
from rfm_service.texts.parting import clipped

TITLE = "rfm-service"
TITLE_UNITS = 120
REACH_S = 10
PORTS = {True: 443, False: 80}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEY = "second_channel.urls"


class Notifier(BaseModel):
    """Sends texts, and the file of a message, to every address of `urls`.

    The context of a validation may tell the `key` of the settings where they stand, and the `number` of the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    urls: Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given),
                    Field(min_length=1)]
    _key: str = PrivateAttr(KEY)
    _number: int = PrivateAttr(1)

    def model_post_init(self, context: Any) -> None:
        """Note where the addresses stand."""
        self._key, self._number = (context or {}).get("key", KEY), (context or {}).get("number", 1)

    def send(self, message: Message) -> str:
        """Deliver the text to every address, with its file and without pictures. Raises NotifyError."""
        services = self._services()
        mute = [service for service in services if message.file and not service.attachment_support]
        if mute:
            raise NotifyError("An address of {key} ({kinds}) takes no files, and a message with one waited for it.",
                              key=self._key, kinds=_kinds(mute), permanent=True)
        refused = [service for service in services if not _taken(service, message)]
        if refused:
            raise NotifyError("An address of {key} does not take the message ({kinds}). Look at that address.",
                              key=self._key, kinds=_kinds(refused))
        return ""

    def amend(self, receipt: str, message: Message) -> None:
        """Do nothing: what was sent stays."""

    def reach(self, chat: str) -> None:
        """Do nothing: its addresses are its chats."""

    def check(self) -> str:
        """The kinds of the addresses, after a connection to each that names its server. Raises NotifyError."""
        services = self._services()
        for service in services:
            self._reach(service)
        return _kinds(services)

    def _services(self) -> list[Any]:
        made = [_service(url) for url in self.urls]
        if not all(made):
            unknown = [bool(each) for each in made].index(False)
            raise NotifyError("The address {number} of {key} is none that Apprise knows.",
                              number=self._number + unknown, key=self._key, permanent=True)
        return made

    def _reach(self, service: Any) -> None:
        """Open a connection to the server of an address, where it names one. Raises NotifyError."""
        server = server_of(service)
        if server is None:
            return
        try:
            with socket.create_connection(server, REACH_S):
                return
        except OSError as error:
            reason = unanswered.reason(error)
        raise NotifyError("The server of {kind} in {key} does not answer ({reason}).", kind=_kind(service),
                          key=self._key, reason=reason)


def faults(urls: Sequence[str], *, files: bool) -> Iterator[tuple[int, str]]:
    """Number from 0, and what is wrong, of each address that Apprise does not know, or that cannot carry `files`."""
    for number, url in enumerate(urls):
        service = _service(url)
        if service is None:
            yield number, "no address that Apprise knows; its documentation lists how they are written"
        elif files and not service.attachment_support:
            yield number, "messages of this kind carry no files; write attach = false, or another address"


def server_of(service: Any) -> tuple[str, int] | None:
    """Host and port of the server that an address names or is known for; None where Apprise does not tell it."""
    # Of some kinds the place of the host holds a token, and they have a server of their own.
    own = "host" in service.template_tokens and getattr(service, "mode", "") != "cloud"
    host = getattr(service, "smtp_host", None) or (service.host if own else None)
    if host:
        return host, service.port or PORTS[bool(service.secure)]
    known = urlsplit(str(getattr(service, "notify_url", "")))
    return (known.hostname, known.port or PORTS[known.scheme == "https"]) if known.hostname else None


def _service(url: str) -> Any | None:
    # Whatever the library says may hold an address, and with it a password.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    from apprise import Apprise

    return Apprise.instantiate(url, suppress_exceptions=True)


def _taken(service: Any, message: Message) -> bool:
    first, *_ = message.text.split("\n")
    try:
        return bool(service.notify(body=message.text, title=f"{TITLE}: {clipped(first, TITLE_UNITS)}",
                                   body_format="text", attach=_carried(message.file)))
    except Exception:
        # Its message may hold the address.
        return False


def _carried(file: Picture | None) -> Any | None:
    """The file as the library takes it, from memory: nothing of it ever lies on a disk."""
    if file is None:
        return None
    from apprise import AppriseAttachment
    from apprise.attachment.memory import AttachMemory

    return AppriseAttachment([AttachMemory(file.content, file.name, XLSX)])  # type: ignore[no-untyped-call]


def _kind(service: Any) -> str:
    return str(service.service_name)


def _kinds(services: Sequence[Any]) -> str:
    return ", ".join(map(_kind, services))
