"""What comes back from 1C: read part by part, within a number of bytes and a moment, however slowly it drips."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ProtocolError

from rfm_service.domain.errors import AnswerTooHeavy, SourceUnavailable

CUT = "The answer of 1C was cut short."
CHUNK = 1 << 18
OPENING = 1 << 16
"""So many bytes tell why an answer is none."""


@dataclass(frozen=True)
class Limits:
    """How many MB of an answer are taken, and until which moment (monotonic) of a fetch of so many minutes."""

    largest_mb: float
    until: float
    minutes: float


class Reply:
    """An answer: its body comes once, as `body` or as `chunks`; `opening` keeps how it began."""

    def __init__(self, response: requests.Response, limits: Limits) -> None:
        self._response = response
        self._limits = limits
        self.opening = b""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; case does not matter."""
        return self._response.headers

    @property
    def url(self) -> str:
        """The address that answered."""
        return self._response.url or ""

    def body(self) -> bytes:
        """The whole body, unzipped. Raises SourceError."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives, unzipped. Raises SourceError where it is cut, too large or too slow."""
        raw, size = self._response.raw, 0
        self._check_size(self.length or 0)
        while part := self._part():
            size += len(part)
            self._check_size(size)
            if len(self.opening) < OPENING:
                self.opening += part[:OPENING]
            self._check_time()
            yield part
        if raw.length_remaining:
            raise SourceUnavailable(CUT)

    def begin(self) -> bytes:
        """The first bytes of a body that is no answer, as far as they come."""
        with suppress(SourceUnavailable, HTTPError, OSError):  # What came before it broke off says enough.
            any(len(self.opening) >= OPENING for _ in self.chunks())
        return self.opening

    @property
    def length(self) -> int | None:
        """Bytes that the answer says it will have on the wire."""
        written = self.headers.get("Content-Length", "")
        return int(written) if written.isdecimal() and len(written) < 20 else None

    @property
    def measured(self) -> bool:
        """Whether the connection itself shows that the body is whole."""
        return self.length is not None or "chunked" in self.headers.get("Transfer-Encoding", "").lower()

    def _part(self) -> bytes:
        try:
            return self._response.raw.read1(CHUNK, decode_content=True)
        except ProtocolError:
            pass
        # Raised out here, so that the library's error is not even its context.
        raise SourceUnavailable(CUT)

    def _check_size(self, size: int) -> None:
        if size > self._limits.largest_mb * 1_000_000:
            raise AnswerTooHeavy("The answer of 1C is larger than {size} MB. Raise source.largest_mb if that is "
                                 "right.", size=f"{self._limits.largest_mb:g}")

    def _check_time(self) -> None:
        if time.monotonic() > self._limits.until:
            raise too_long(self.url, self._limits.minutes)


def too_long(url: str, minutes: float) -> SourceUnavailable:
    """The error of a fetch that took longer than its deadline."""
    return SourceUnavailable("1C at {host} answers too slowly: the fetch took longer than {minutes} minutes.",
                             host=host(url), minutes=f"{minutes:g}")


def host(url: str) -> str:
    """The computer of an address; nothing else of an address may be told."""
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"
