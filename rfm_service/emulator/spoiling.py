"""A fault at work: on what is asked, before it is served, and on what is answered."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, unquote

from rfm_service.emulator.faults import Fault
from rfm_service.emulator.http_server import Answer, Request

_SPACE = "\u00a0"

# Both protocols: quotes are escaped where JSON lies in a JSON string.
_TEXT_BEGINS = re.compile(rb'(?<=[^\\"])(\\?":\s?\\?")(?=[\xd0\xd1])')
_SUM = re.compile(
    '(\\\\?")(Сумма\\w*|Количество|Цена|Стоимость|Себестоимость)\\1:(\\s?)(-?\\d+(?:\\.\\d+)?)(?=[,}\\]])'
)


def asked_as(request: Request, fault: Fault) -> Request:
    """Return the request as a server that is at fault takes it: without its page, or with that page shifted."""
    without = ("$top", "$skip") if fault.ignore_top else ("$skip",) if fault.same_page else ()
    parts = [part for part in request.query.split("&") if unquote(part.partition("=")[0]) not in without]
    if fault.shift and (skipped := rows_skipped(request)):
        parts = [part for part in parts if unquote(part.partition("=")[0]) != "$skip"]
        parts.append(f"%24skip={max(0, skipped - fault.shift)}")
    return request._replace(query="&".join(parts))


def rows_skipped(request: Request) -> int:
    """Return how many rows $skip leaves out."""
    told = dict(parse_qsl(request.query)).get("$skip", "")
    return int(told) if told.isascii() and told.isdecimal() else 0


def spoiled(answer: Answer, request: Request, fault: Fault) -> Answer:
    """Return the answer with everything that the fault does to it."""
    body = _spoiled_rows(answer.body, fault) if fault.body is None else _filled(fault.body, request)
    return replace(
        answer,
        status=answer.status if fault.status == 200 else fault.status,
        body=fault.prefix + body,
        content_type=fault.content_type or answer.content_type,
        headers=answer.headers | fault.headers,
        with_length=answer.with_length and fault.with_length,
        chunked=answer.chunked or fault.chunked,
        cut_at=fault.cut_at,
        delay_s=answer.delay_s + fault.delay_s + fault.deep_skip_s * rows_skipped(request) / 1000,
        drip_s=fault.drip_s,
        drip_bytes=fault.drip_bytes,
        reset=fault.reset,
    )


def _filled(body: bytes, request: Request) -> bytes:
    return body.replace(b"{path}", unquote(request.path).encode())


def _spoiled_rows(body: bytes, fault: Fault) -> bytes:
    if fault.control_chars:
        body = _TEXT_BEGINS.sub(rb"\1" + b"\x02", body)
    if fault.decimal_comma:
        body = _SUM.sub(_with_comma, body.decode("utf-8")).encode()
    return body


def _with_comma(found: re.Match[str]) -> str:
    quote, name, space, number = found.groups()
    whole, _, part = number.partition(".")
    grouped = f"{int(whole):,}".replace(",", _SPACE)
    sign = "-" if number.startswith("-0") else ""
    return f"{quote}{name}{quote}:{space}{quote}{sign}{grouped}{',' + part if part else ''}{quote}"
