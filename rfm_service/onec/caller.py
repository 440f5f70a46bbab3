"""Asking 1C over HTTP: one session, one question at a time, asked again after what passes, until a deadline."""

from __future__ import annotations

import base64
import logging
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

import requests
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo
from urllib3.exceptions import HTTPError

from rfm_service.domain.errors import (
    AnswerMalformed,
    AnswerTooHeavy,
    SourceBusy,
    SourceClosed,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from rfm_service.onec import refusals
from rfm_service.onec.cutting import CuttingAdapter
from rfm_service.onec.reply import Limits, Reply, too_long
from rfm_service.setting_types import from_home

# What sources warn of is said at the terminal too; this is the voice of both 1C sources.
log = logging.getLogger("rfm_service.sources.onec")

T = TypeVar("T")
PROOF_MINUTES = 10
"""So long control totals are waited for: the report of a night must not."""

LONGEST = 60
"""The longest pause, in first pauses."""
SELDOM = 10
"""How much longer pauses are where 1C has no free licence or is being maintained."""
STALE = frozenset({400, 404, 500})
"""How 1C answers to a cookie of a session that it has ended."""


class Request(NamedTuple):
    """A question; `what` names what is asked for where 1C does not know it.

    `least`: nothing smaller can be asked, so slow answers are asked for until the deadline. `optional`: 1C may not
    know the question, so a status of 500 is a refusal.
    """

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str | bytes] = {}
    what: str = ""
    least: bool = False
    optional: bool = False


def _of_home(written: str, known: ValidationInfo) -> str:
    return str(from_home(Path(written), known)) if written else ""


class Caller(BaseModel):
    """The settings of a connection to 1C and the asking itself; sources inherit from it.

    `timeout_s` is for one read, `deadline_minutes` for the whole fetch, which begins with the first question;
    `gap_s` is the first pause between two tries.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    url: str = Field(pattern=r"^https?://[^\s@/]+(/[^\s]*)?$")
    token: str = ""
    user: str = ""
    password: str = ""
    timeout_s: float = Field(120, gt=0, le=86_400)
    deadline_minutes: float = Field(240, gt=0)
    largest_mb: float = Field(256, gt=0)
    gap_s: float = Field(1, gt=0, le=600)
    ca_bundle: Annotated[str, AfterValidator(_of_home)] = ""
    proxy: str = Field("", pattern=r"^(https?://[^\s@/]+/?)?$")
    _deadline: float | None = PrivateAttr(None)
    _session: requests.Session | None = PrivateAttr(None)
    _adapter: CuttingAdapter | None = PrivateAttr(None)

    def read(self, request: Request, decode: Callable[[Reply], T]) -> T:
        """What `decode` makes of the answer, asked for again after faults that pass until the deadline.

        `decode` reads the whole body: it is closed then. Raises SourceError; AnswerTooHeavy where less should be
        asked for: at once, or, where the answer was only slow, after one more try.
        """
        attempt, slow = 0, False
        met: SourceUnavailable | None = None
        while True:
            try:
                return self._once(request, decode)
            except SourceUnavailable as problem:
                if met and self._left() <= 0:
                    # What was met before says more than that time ran out in the next try.
                    raise met from None
                met = problem
                if isinstance(problem, AnswerTooHeavy):
                    # Only a slow answer, which has a `wait_s`, may come in time when asked for again.
                    if problem.wait_s is None or (slow and not request.least):
                        raise
                    slow = True
                wait = problem.wait_s or self._gap(problem, attempt)
                if wait >= self._left():
                    raise
                log.warning("%s Trying again in %.0f s.", problem, wait)
                time.sleep(wait)
                attempt += 1

    def _left(self) -> float:
        """Seconds to the deadline of the fetch, which begins with the first question."""
        self._deadline = self._deadline or time.monotonic() + self.deadline_minutes * 60
        return self._deadline - time.monotonic()

    def _gap(self, problem: SourceUnavailable, attempt: int) -> float:
        """The pause before another try: full jitter, so that many clients do not come back at once."""
        growing = self.gap_s * min(LONGEST, 2 ** min(attempt, 10))
        if isinstance(problem, SourceBusy | SourceClosed):
            return random.uniform(self.gap_s, growing) * SELDOM
        return random.uniform(0, growing)

    @contextmanager
    def _hurried(self, minutes: float) -> Iterator[None]:
        """With no more than so many minutes to the deadline."""
        whole = self._left() + time.monotonic()
        self._deadline = min(whole, time.monotonic() + minutes * 60)
        try:
            yield
        finally:
            self._deadline = whole

    def _once(self, request: Request, decode: Callable[[Reply], T]) -> T:
        """What `decode` makes of one answer, cut at the deadline however it drips. Raises SourceError."""
        with self._connections().cut_after(self._left()) as was_cut:
            try:
                found = self._attempt(request, decode)
            except SourceError:
                if not was_cut.is_set():
                    raise
        # An answer without a length looks whole where it was cut.
        if was_cut.is_set():
            raise too_long(self.url, self.deadline_minutes)
        return found

    def _attempt(self, request: Request, decode: Callable[[Reply], T]) -> T:
        try:
            with self._answer(request) as reply:
                if reply.status != 200:
                    raise self._refusal(request, reply)
                try:
                    return decode(reply)
                except AnswerMalformed as error:
                    raise refusals.passing(reply.opening) or error from None
        except (HTTPError, OSError) as error:
            problem = self._broken(error)
        # Raised out here, so that the library's error, which may hold a secret, is not even its context.
        raise problem

    def _refusal(self, request: Request, reply: Reply) -> SourceError:
        refusal = refusals.refusal(reply.status, reply.headers, reply.begin(), reply.url, request.what)
        if refusal.said:
            log.info("1C answers %d and says: %s", reply.status, refusal.said)
        if request.optional and reply.status == 500 and type(refusal.error) is SourceUnavailable:
            return SourceRefused(refusal.error.template, **refusal.error.values)
        return refusal.error

    @contextmanager
    def _answer(self, request: Request) -> Iterator[Reply]:
        response = self._sent(request)
        if response.status_code in STALE and self._opened().cookies:
            # 1C has ended the session that the cookie names.
            response.close()
            self._opened().cookies.clear()
            response = self._sent(request)
        with response:
            yield Reply(response, Limits(self.largest_mb, time.monotonic() + self._left(), self.deadline_minutes))

    def _sent(self, request: Request) -> requests.Response:
        left = self._left()
        if left <= 0:
            raise too_long(self.url, self.deadline_minutes)
        try:
            return self._opened().request(
                request.method, request.url, data=request.body or None, stream=True, allow_redirects=False,
                headers={**self._credentials(), **request.headers}, timeout=min(self.timeout_s, left))
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            problem = self._broken(error)
        raise problem

    def _broken(self, error: Exception) -> SourceError:
        """What a fault of the connection, which is given up, means."""
        if self._session is not None:
            self._session.close()
        self._session = None
        return refusals.unreachable(error, self.url)

    def _opened(self) -> requests.Session:
        """The session of this run: 1C counts sessions and licences."""
        if self._session is None:
            session = requests.Session()
            # Proxies, .netrc and certificates of the environment would act behind the administrator's back.
            session.trust_env = False
            session.verify = self._trusted() or True
            session.mount("http://", self._connections())
            session.mount("https://", self._connections())
            session.proxies = {"http": self.proxy, "https": self.proxy} if self.proxy else {}
            self._session = session
        return self._session

    def _connections(self) -> CuttingAdapter:
        """The connections of every session of this run."""
        self._adapter = self._adapter or CuttingAdapter()
        return self._adapter

    def _trusted(self) -> str:
        """The file of the certificates that are trusted. Raises SourceRefused where it is none."""
        try:
            if self.ca_bundle:
                ssl.create_default_context(cafile=self.ca_bundle)
        except OSError:
            raise SourceRefused("The file of certificates {path} cannot be read as PEM. Check source.ca_bundle.",
                                path=self.ca_bundle) from None
        return self.ca_bundle

    def _credentials(self) -> dict[str, str | bytes]:
        """Basic in UTF-8, as 1C wants it; the token verbatim, beside Basic in a header of its own."""
        token = self.token.encode()
        if not self.user:
            return {"Authorization": token} if token else {}
        basic = b"Basic " + base64.b64encode(f"{self.user}:{self.password}".encode())
        return {"Authorization": basic, **({"X-Token": token} if token else {})}
