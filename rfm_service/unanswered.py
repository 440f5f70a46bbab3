"""Why nothing answered at an address, in a few words that hold nothing of the address or of what was sent."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Sequence

from requests import exceptions as http
from urllib3 import exceptions as wire

from rfm_service.domain.errors import RfmError

NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, 10051, 10065})
"""How systems say that no way leads there; Windows has numbers of its own."""
KINDS: tuple[tuple[tuple[type[Exception], ...], RfmError], ...] = (
    ((socket.gaierror, wire.NameResolutionError), RfmError("no server of that name is known here")),
    ((ConnectionRefusedError,), RfmError("the server is there, but nothing listens at that port")),
    ((PermissionError,), RfmError("this computer or its firewall does not let it out")),
    # To urllib3 this one is a kind of timeout.
    ((wire.NewConnectionError,), RfmError("no connection came about")),
    ((TimeoutError, http.Timeout, wire.TimeoutError), RfmError("it took too long")),
    ((ssl.SSLError, http.SSLError, wire.SSLError), RfmError("no trusted connection (TLS) came about")),
    ((ConnectionError, http.ChunkedEncodingError, wire.ProtocolError), RfmError("the connection broke off")))
"""Kinds of errors and their words; of an error the first kind counts."""


def reason(error: Exception) -> RfmError | str:
    """Why a call got no answer, as words of the catalogue; of an error of another kind the name of its class."""
    led = _within(error)
    if any(isinstance(each, http.ProxyError | wire.ProxyError) for each in led):
        return RfmError("the proxy on the way does not let it through")
    for each in led:
        if isinstance(each, socket.gaierror) and each.errno == socket.EAI_AGAIN:
            return RfmError("names cannot be looked up now")
        if isinstance(each, OSError) and each.errno in NO_WAY:
            return RfmError("no way through the network leads there")
        for kinds, words in KINDS:
            if isinstance(each, kinds):
                return words
    return type(error).__name__


def _within(error: BaseException) -> Sequence[BaseException]:
    """An error and all that led to it, the innermost first."""
    seen: list[BaseException] = [error]
    for each in seen:
        led = (*each.args, getattr(each, "reason", None), each.__cause__, each.__context__)
        seen += [inner for inner in led if isinstance(inner, BaseException) and inner not in seen]
    return seen[::-1]
