"""A sign of life to whoever watches from outside, at a healthchecks-style address: start, well, failed."""

from __future__ import annotations

import logging
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import urllib3

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


def _of(url: str, event: Event) -> str:
    """The address of an event: its name behind the path, before any `?create=1`."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/") + ("" if event == "well" else f"/{event}")
    return urlunsplit(parts._replace(path=path))
