"""A sign of life to whoever watches from outside, at a healthchecks-style address: start, well, failed."""

from __future__ import annotations

import logging
import socket
import ssl
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import urllib3

from rfm_service import unanswered
from rfm_service.domain.errors import NotifyError

log = logging.getLogger(__name__)

TRIES, TIMEOUT_S = 3, 5
Event = Literal["start", "well", "fail"]


def ping(url: str, event: Event) -> bool:
    """Tell the watch at `url` ("": there is none); whether it heard. It never raises: the address is a secret."""
    if not url:
        return False
    reason = ""
    for _ in range(TRIES):
        try:
            answer = urllib3.request("POST", _of(url, event), timeout=TIMEOUT_S, retries=False)
        except Exception as error:
            reason = type(error).__name__
            continue
        if 200 <= answer.status < 300:
            return True
        reason = f"HTTP {answer.status}"
    log.warning("The watch from outside was not told (%s): %s", event, reason)
    return False


def reach(url: str) -> None:
    """Open a connection to the watch at `url`, and no request, which would count as a ping. Raises NotifyError."""
    try:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        with socket.create_connection((host, parts.port or (443 if secure else 80)), TIMEOUT_S) as plain:
            if secure:
                ssl.create_default_context().wrap_socket(plain, server_hostname=host).close()
        return
    except (OSError, ValueError) as error:
        reason = unanswered.reason(error)
    raise NotifyError("The service at watch.ping_url cannot be reached ({reason}). Nights go on without it; look at "
                      "RFM_WATCH__PING_URL and at the way out of this network.", reason=reason)


def _of(url: str, event: Event) -> str:
    """The address of an event: its name behind the path, before any `?create=1`."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/") + ("" if event == "well" else f"/{event}")
    return urlunsplit(parts._replace(path=path))
