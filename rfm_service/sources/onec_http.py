"""The custom HTTP protocol of 1C: a POST a window, JSON inside a JSON string (docs/1c.md)."""

from __future__ import annotations

import base64
import json
import logging
import random
import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.response import BaseHTTPResponse

from rfm_service.domain.errors import AnswerMalformed, SourceError, SourceRefused, SourceUnavailable
from rfm_service.domain.values import Answer, Partner, Period, Rejected, SaleLine
from rfm_service.ports import Known
from rfm_service.tabular.sale_rows import Row, SaleRows, partners

log = logging.getLogger(__name__)

WINDOW_DAYS = 31
FIRST_GAP_S = 1.0
LONGEST_GAP_S = 60.0
CHUNK = 1 << 18
CUT = "The answer of 1C was cut short."
BUSY = frozenset({406, 408, 409, 425, 429})
PARTNERS_SINCE = date(2021, 12, 31)
"""From when `partnersdata` is asked: 1C answers with all partners whatever the dates."""


class Fields(BaseModel):
    """Our field -> its name in the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)
    date: str = "ДатаРегистратора"
    sale_id: str = "НомерРегистратора"
    order_date: str = "ДатаЗаказаКлиента"
    order_id: str = "НомерЗаказаКлиента"
    buyer: str = "Партнер"
    contractor: str = "Контрагент"
    site_id: str = "ИдНаСайте"
    product: str = "Номенклатура"
    feature: str = "Характеристика"
    quantity: str = "Количество"
    sum: str = "Сумма"
    address: str = "АдресДоставки"
    cash_flow_type: str = "ВидДвижения"
    organisation: str = "Организация"
    currency: str = "Валюта"
    cost: str = "Себестоимость"
    product_category: str = "ВидНоменклатуры"
    channel: str = "Канал"
    email: str = "Почта"
    category: str = "Категория"
    manager: str = "Менеджер"
    ref: str = "Ссылка"
    tax_id: str = "ИНН"
    tax_code: str = "КПП"
    phone: str = "Телефон"
    do_not_contact: str = "НеБеспокоить"


class Source(BaseModel):
    """1C behind an HTTP service of its own; `timeout_s` for one read, `deadline_minutes` for the whole fetch."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    url: str = Field(pattern=r"^https?://[^\s@/]+(/[^\s]*)?$")
    currency: str = "RUB"
    token: str = ""
    user: str = ""
    password: str = ""
    timeout_s: float = Field(120, gt=0, le=86_400)
    deadline_minutes: float = Field(240, gt=0)
    largest_mb: float = Field(256, gt=0)
    return_values: tuple[str, ...] = ("Возврат",)
    fields_: Fields = Field(Fields(), alias="fields")
    _deadline: float | None = PrivateAttr(None)

    def lines(self, periods: Sequence[Period], known: Known) -> Answer:
        """All lines of the periods, asked in windows of at most 31 days. Raises SourceError."""
        reader = SaleRows(self.fields_.model_dump(), frozenset(map(str.casefold, self.return_values)), self.currency)
        lines: list[SaleLine] = []
        rejected: list[Rejected] = []
        for window in (window for period in periods for window in period.windows(WINDOW_DAYS)):
            read, aside = reader.read(self._rows("clasterclients", window), window)
            lines += read
            rejected += aside
        return Answer(tuple(periods), lines, rejected)

    def customers(self, through: date) -> list[Partner]:
        """What 1C knows of the customers up to a day. Raises SourceError."""
        period = Period(min(PARTNERS_SINCE, through), through + timedelta(days=1))
        return partners(self._rows("partnersdata", period), self.fields_.model_dump())

    def _left(self) -> float:
        """Seconds to the deadline of the fetch, which begins with the first question."""
        self._deadline = self._deadline or time.monotonic() + self.deadline_minutes * 60
        return self._deadline - time.monotonic()

    def _rows(self, algoritm: str, window: Period) -> list[Row]:
        """The rows of one question, asked again after transient faults until the deadline."""
        attempt = 0
        while True:
            try:
                return _decoded(self._ask(algoritm, window))
            except SourceUnavailable as problem:
                wait = problem.wait_s or random.uniform(0.5, 1) * min(LONGEST_GAP_S, FIRST_GAP_S * 2**attempt)
                if wait >= self._left():
                    raise
                log.warning("%s Trying again in %.0f s.", problem, wait)
                time.sleep(wait)
                attempt += 1

    def _ask(self, algoritm: str, window: Period) -> bytes:
        question = {"datefrom": f"{window.first.isoformat()}T00:00:00",
                    "datebefore": f"{window.last.isoformat()}T23:59:59", "algoritm": algoritm}
        try:
            with requests.Session() as session:
                # Proxies, .netrc and certificates of the environment would act behind the administrator's back.
                session.trust_env = False
                with session.post(self.url, data=json.dumps(question).encode(), headers=self._headers(), stream=True,
                                  timeout=max(0.01, min(self.timeout_s, self._left())),
                                  allow_redirects=False) as response:
                    _accept(response)
                    return self._body(response.raw)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            problem = _unreachable(error, self.url)
        # Raised out here, so that the library's error, which may hold a secret, is not even its context.
        raise problem

    def _headers(self) -> dict[str, str | bytes]:
        headers: dict[str, str | bytes] = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = self.token.encode("utf-8")
        elif self.user:
            headers["Authorization"] = b"Basic " + base64.b64encode(f"{self.user}:{self.password}".encode())
        return headers

    def _body(self, raw: BaseHTTPResponse) -> bytes:
        """The whole body, within the byte cap and the deadline of the fetch, however slowly it drips."""
        parts, size = [], 0
        while part := _part(raw):
            parts.append(part)
            size += len(part)
            if size > self.largest_mb * 1_000_000:
                raise AnswerMalformed("The answer of 1C is larger than {size} MB. Raise source.largest_mb if that is "
                                      "right.", size=f"{self.largest_mb:g}")
            if self._left() < 0:
                raise SourceUnavailable("1C at {host} answers too slowly: the fetch took longer than {minutes} "
                                        "minutes.", host=_host(self.url), minutes=f"{self.deadline_minutes:g}")
        if raw.length_remaining:
            raise SourceUnavailable(CUT)
        return b"".join(parts)


def _part(raw: BaseHTTPResponse) -> bytes:
    try:
        return raw.read1(CHUNK, decode_content=True)
    except ProtocolError:
        raise SourceUnavailable(CUT) from None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def _unreachable(error: Exception, url: str) -> SourceError:
    """Why no answer came; only the kind of the error is told: its text may hold the address or the token."""
    unsendable = isinstance(error, ValueError) and not isinstance(error, OSError | HTTPError)
    if unsendable or isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return SourceRefused("1C cannot be asked ({kind}). Check source.url, and source.token for spaces and line ends "
                             "around it.", kind=type(error).__name__)
    if isinstance(error, requests.exceptions.SSLError):
        return SourceRefused("The certificate of {host} is not trusted. Install it for this computer, or write the "
                             "name that it was made for into source.url.", host=_host(url))
    return SourceUnavailable("1C at {host} does not answer ({kind}). Check that the server and its web publication "
                             "work.", host=_host(url), kind=type(error).__name__)


def _accept(response: requests.Response) -> None:
    """Pass an answer with status 200. Raises SourceError for any other."""
    status = response.status_code
    if status == 200:
        return
    if status >= 500 or status in BUSY:
        raise SourceUnavailable("1C answers with the error {status}.", status=status, wait_s=_retry_after(response))
    raise _refusal(status, _target(response))


def _target(response: requests.Response) -> str:
    try:
        return urljoin(response.url, response.headers.get("Location", ""))
    except ValueError:
        return ""


def _refusal(status: int, target: str) -> SourceError:
    if 300 <= status < 400:
        return SourceRefused("1C sends the request on to {host}. Write the final address into source.url; a login "
                             "page means that the publication wants other credentials.", host=_host(target))
    if status in (401, 403):
        return SourceRefused("1C refuses access ({status}). Check source.token, or source.user and source.password, "
                             "and the rights of that user.", status=status)
    if status == 404:
        return SourceRefused("1C knows no such address (404). Check source.url and that the HTTP service is "
                             "published.")
    return SourceRefused("1C refuses the request ({status}). Check source.url.", status=status)


def _retry_after(response: requests.Response) -> float | None:
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else None


def _decoded(body: bytes) -> list[Row]:
    """The rows of an answer: JSON in a JSON string, or plain JSON. Raises SourceError."""
    text = _text(body).lstrip()
    if not text.startswith(("{", "[")):
        raise AnswerMalformed("1C answered with a web page or other text instead of JSON. Open source.url in a "
                              "browser: it may be a login page, maintenance, or a wrong address.")
    del body
    found: Any = _json(text)
    if isinstance(found, dict):
        if "data" not in found and "error" in found:
            raise AnswerMalformed("1C reports an error of its own instead of rows. Look at the event log of 1C.")
        found = found.get("data")
        found = _json(found) if isinstance(found, str) and found else found
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise AnswerMalformed("The answer of 1C holds no list of rows under `data`. Look at the HTTP service in 1C.")
    return found


def _text(body: bytes) -> str:
    problem: SourceError
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A letter takes several bytes: an answer may end in the middle of one.
        cut = error.end == len(body) and error.reason == "unexpected end of data"
        problem = SourceUnavailable(CUT) if cut else AnswerMalformed("The answer of 1C is not UTF-8 text.")
    raise problem


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 30 else digits


def _json(text: str) -> Any:
    """Numbers with a point stay text, so that no money passes through a float."""
    problem: SourceError
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_int=_whole, parse_float=str, parse_constant=str,
                          strict=False)
    except ValueError:
        problem = SourceUnavailable(CUT)
    except RecursionError:
        problem = AnswerMalformed("The answer of 1C is nested too deeply.")
    # Raised out here: as its context, the parser's error would carry the whole answer with its names.
    raise problem
