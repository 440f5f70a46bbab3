"""Why 1C, its web server or a proxy gave no rows: every refusal as an error that says whether to ask again.

What 1C says echoes what it was asked and whom it sold to: none of it gets into an error, and only scrubbed into the
log.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from rfm_service import unanswered
from rfm_service.domain.errors import (
    AnswerMalformed,
    AnswerTooHeavy,
    SourceBusy,
    SourceClosed,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from rfm_service.onec.reply import host

NO_LICENCE = re.compile(r"Не обнаружено свободной лицензии|Не найдена лицензия|No free licen[cs]e|Licen[cs]e not found",
                        re.IGNORECASE)
MAINTENANCE = re.compile(r"Начало сеанса с информационной базой запрещено|(?:ведутся )?технические работы"
                         r"|Различаются версии клиента и сервера", re.IGNORECASE)
NO_ROOM = re.compile(r"Недостаточно памяти|not enough memory|out of memory|device is full|v8_\w+\.tmp", re.IGNORECASE)

CODE = re.compile(r"<(?:\w+:)?code>\s*(-?\d{1,4})\s*</")
MESSAGE = re.compile(r"<(?:\w+:)?message[^>]*>([^<]*)<")
WHERE = re.compile(r"\{(?:\w+\.)+\w+\(\d{1,6}(?:,\s?\d{1,4})?\)\}")
"""The line of a module of 1C."""
BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}\s*")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
SPOKEN = re.compile("|".join((
    NO_LICENCE.pattern, MAINTENANCE.pattern, NO_ROOM.pattern, r"HTTP: \w+", r"Ошибка при вызове метода контекста",
    r"Экземпляр сущности не найден", r"Сегмент пути", r"Нарушение прав доступа", r"Недостаточно прав",
    r"Ошибка разбора", r"Обнаружена ошибка", r"Превышено время ожидания", r"Конфликт блокировок")), re.IGNORECASE)
"""What 1C says of itself: nothing else that it says is told on, for it may name somebody."""
MOST_SAID = 160
LONGEST_HOST = 100


class Refusal(NamedTuple):
    """The error of a refusal, and what 1C said, fit for the log."""

    error: SourceError
    said: str = ""


class Spoken(NamedTuple):
    """The body of a refusal: all of its text, the code of OData, and the sentences that are meant for people."""

    text: str
    code: str = ""
    sentences: tuple[str, ...] = ()


def refusal(status: int, headers: Mapping[str, str], body: bytes, url: str, what: str = "") -> Refusal:
    """What an answer other than 200 means; `body` may be its beginning, `what` names what was asked for."""
    spoken = _spoken(body)
    wait_s = retry_after(headers)
    error = (_passing(spoken, status, wait_s) or _passing_status(status, wait_s)
             or _lasting(status, headers, url, spoken, what))
    return Refusal(error, _said(spoken))


def passing(body: bytes) -> SourceError | None:
    """Why a body that came with 200 holds no rows, where it says that this will pass."""
    return _passing(_spoken(body), 200, None)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that 1C asks to wait: as a number, or as a time, which is read by the clock of the answer itself."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        until, now = (parsedate_to_datetime(written) for written in (asked, headers.get("Date", "")))
        return max(0.0, (until.replace(tzinfo=UTC) - now.replace(tzinfo=UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None


def unreachable(error: Exception, url: str) -> SourceError:
    """Why no answer came; of the error itself only its kind is told: its text may hold the address or the token."""
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return SourceRefused("The certificate of {host} is not trusted. Write the file of your company's certificate "
                             "authority (PEM) into source.ca_bundle, or the name that the certificate was made for "
                             "into source.url.", host=host(url))
    if _is_unsendable(error):
        return SourceRefused("1C cannot be asked ({kind}). Check source.url, and source.token for spaces and line ends "
                             "around it.", kind=type(error).__name__)
    if isinstance(error, requests.exceptions.ReadTimeout | ReadTimeoutError):
        return AnswerTooHeavy("1C at {host} takes longer than source.timeout_s for an answer. Raise it if 1C needs "
                              "more time.", host=host(url), wait_s=0.0)
    if isinstance(error, requests.exceptions.ProxyError):
        return SourceUnavailable("The proxy of source.proxy does not let through to {host}.", host=host(url))
    return SourceUnavailable("1C at {host} does not answer ({reason}). Check that the server and its web publication "
                             "work.", host=host(url), reason=unanswered.reason(error))


def _is_unsendable(error: Exception) -> bool:
    """Whether the fault lies in the address or a header, or no HTTPS is spoken there."""
    if isinstance(error, requests.exceptions.SSLError):
        return "EOF" not in str(error)  # That is how a server which is being restarted hangs up.
    return isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader) or (
        isinstance(error, ValueError) and not isinstance(error, OSError | HTTPError))


def _passing(spoken: Spoken, status: int, wait_s: float | None) -> SourceError | None:
    if status == 406 or NO_LICENCE.search(spoken.text):
        return SourceBusy("1C has no free licence or session ({status}). Free a licence, or "
                          "raise the session pool of the publication.", status=status, wait_s=wait_s)
    if status == 409 or MAINTENANCE.search(spoken.text):
        return SourceClosed("1C is closed for maintenance or an update ({status}).", status=status, wait_s=wait_s)
    if (status == 200 or status >= 500) and NO_ROOM.search(spoken.text):
        return AnswerTooHeavy("1C lacks memory or disk for an answer so large ({status}). If one day is too much "
                              "already, its server needs more.", status=status)
    return None


def _passing_status(status: int, wait_s: float | None) -> SourceError | None:
    if status in (502, 504):
        return AnswerTooHeavy("The web server or proxy before 1C gave up waiting for it ({status}). Raise its "
                              "timeout if 1C needs more time.", status=status, wait_s=wait_s or 0.0)
    if status in (408, 425, 429) or (status >= 500 and status not in (501, 505)):
        return SourceUnavailable("1C answers with the error {status}.", status=status, wait_s=wait_s)
    return None


def _lasting(status: int, headers: Mapping[str, str], url: str, spoken: Spoken, what: str) -> SourceError:
    if 300 <= status < 400:
        return SourceRefused("1C sends the request on to {host}. Write the final address into source.url; a login "
                             "page means that the publication wants other credentials.", host=_target(headers, url))
    if status in (401, 403):
        return _no_access(status, spoken, what)
    if status == 404:
        return _not_found(spoken, what)
    if spoken.code and what:
        return SourceRefused("1C refuses the question for {what} ({status}, code {code}). The log has its words.",
                             what=what, status=status, code=spoken.code)
    return SourceRefused("1C refuses the request ({status}). Check source.url.", status=status)


def _no_access(status: int, spoken: Spoken, what: str) -> SourceError:
    if what and spoken.code == "20":
        return SourceRefused("1C refuses the right to read {what} ({status}, code 20). Give its user the right to read "
                             "all of it, without restrictions of access to records.", status=status, what=what)
    return SourceRefused("1C refuses access ({status}). Check source.token, or source.user and source.password, "
                         "and the rights of that user.", status=status)


def _not_found(spoken: Spoken, what: str) -> SourceError:
    if what and spoken.code == "8":
        return SourceRefused("1C does not publish {what} (404). Tick it in 1C under the settings of synchronisation, "
                             "composition of the standard OData interface; an update of 1C may have cleared it.",
                             what=what)
    if _is_page(spoken.text):
        return AnswerMalformed("The web server answers 404 with a page of its own. Check source.url and that 1C is "
                               "published there.")
    return SourceRefused("1C knows no such address (404). Check source.url and that the HTTP service, or OData, is "
                         "published there.")


def _target(headers: Mapping[str, str], url: str) -> str:
    try:
        return host(urljoin(url, headers.get("Location", "")))[:LONGEST_HOST]
    except ValueError:
        return "?"


def _is_page(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:9].lower().startswith(("<!doctype", "<html", "<?xml"))


def _spoken(body: bytes) -> Spoken:
    text = _plain(_text(body))
    try:
        found = json.loads(text, strict=False)
        strings = [_plain(each) for each in _strings(found)]
    except (ValueError, RecursionError):
        # Not JSON, or the beginning of one.
        code, message = CODE.search(text), MESSAGE.search(text)
        unescaped = ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        return Spoken(unescaped, code[1] if code else "", (message[1],) if message else ())
    return Spoken("\n".join(strings), _code(found), tuple(map(_plain, _sentences(found))))


def _text(body: bytes) -> str:
    """Bytes of UTF-8, as far as they are whole, else of Windows-1251."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data"
    return body.decode("utf-8-sig", "ignore") if cut else body.decode("cp1251", "replace")


def _plain(text: str) -> str:
    """A text, or what it says in base64."""
    if not BASE64.fullmatch(text):
        return text
    try:
        return base64.b64decode(text).decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError):
        return text


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict | list):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from _strings(inner)


def _odata(found: Any) -> dict[str, Any]:
    error = found.get("odata.error") if isinstance(found, dict) else None
    return error if isinstance(error, dict) else {}


def _code(found: Any) -> str:
    written = str(_odata(found).get("code", ""))
    return written if re.fullmatch(r"-?\d{1,4}", written) else ""


def _sentences(found: Any) -> Iterator[str]:
    """The message of OData; the chain of `descr` of an exception."""
    message = _odata(found).get("message")
    yield from _strings(message.get("value") if isinstance(message, dict) else message)
    inner = found.get("exception") if isinstance(found, dict) else None
    while isinstance(inner, dict):
        yield from _strings(inner.get("descr"))
        inner = inner.get("inner")


def _said(spoken: Spoken) -> str:
    """What 1C said in one short line, without what may name somebody."""
    line = " / ".join(dict.fromkeys(found[0] for told in spoken.sentences for found in SPOKEN.finditer(told)))
    where = WHERE.search(spoken.text)
    parts = [f"code {spoken.code}" if spoken.code else "", where[0] if where else "",
             line if len(line) <= MOST_SAID else line[:MOST_SAID] + "…"]
    return ": ".join(filter(None, parts))
