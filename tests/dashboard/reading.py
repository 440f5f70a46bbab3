"""A reader of the page's binary that shares no code with the one that packs it nor with the page's own."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from rfm_service.dashboard.sealing import unsealed

Section = dict[str, list[Any]]


def opened(page: bytes, password: str = "") -> tuple[dict[str, Any], dict[str, Section]]:
    """Facts and sections of a dashboard.html."""
    content = embedded(page, "findings")
    return read(unsealed(content, password) if password else content)


def words_of(page: bytes) -> dict[str, Any]:
    """The words that a dashboard.html holds."""
    return json.loads(gzip.decompress(embedded(page, "words")))


def embedded(page: bytes, name: str) -> bytes:
    found = re.search(rf'<script type="application/octet-stream" id="{name}"[^>]*>([^<]*)</script>', page.decode())
    assert found
    return base64.b64decode(found[1], validate=True)


def read(content: bytes) -> tuple[dict[str, Any], dict[str, Section]]:
    plain = gzip.decompress(content)
    assert plain[:4] == b"RFM1"
    size = int.from_bytes(plain[4:8], "little")
    header, body = json.loads(plain[8:8 + size]), plain[8 + size:]
    return header["facts"], {name: {column: list(values(form, body, section["rows"]))
                                    for column, form in section["columns"].items()}
                             for name, section in header["sections"].items()}


def values(form: dict[str, Any], body: bytes, rows: int) -> Iterator[Any]:
    match form["kind"]:
        case "numbers":
            return numbers(form, body, rows)
        case "lines":
            return iter(lines(form, body) if rows else [])
        case "words":
            different = lines(form, body)
            return (different[code] for code in numbers(form["codes"], body, rows))
        case "hex":
            return hexes(form, body, rows)
        case "numbered":
            return numbered(form, body, rows)
    raise AssertionError(form["kind"])


def numbers(form: dict[str, Any], body: bytes, rows: int) -> Iterator[int]:
    start, size = form["at"]
    assert size == rows * form["width"]
    raw = [sum(body[start + plane * rows + row] << 8 * plane for plane in range(form["width"])) for row in range(rows)]
    told = [form["base"] + form["step"] * value for value in raw]
    found = list(accumulate(told)) if form["delta"] else told
    assert not found or (min(found), max(found)) == (form["low"], form["high"])
    return iter(found)


def lines(form: dict[str, Any], body: bytes) -> list[str]:
    start, size = form["at"]
    return body[start:start + size].decode().split("\n")


def hexes(form: dict[str, Any], body: bytes, rows: int) -> Iterator[str]:
    digits, start = body[form["at"][0]:][:form["at"][1]].hex(), form["digits"]
    for row in range(rows):
        text = digits[row * start:(row + 1) * start]
        for place in form["hyphens"]:
            text = f"{text[:place]}-{text[place:]}"
        yield text


def numbered(form: dict[str, Any], body: bytes, rows: int) -> Iterator[str]:
    for template, number in zip(values(form["templates"], body, rows), numbers(form["numbers"], body, rows),
                                strict=True):
        before, width, after = template.split("\x00")
        yield f"{before}{number:0{width}d}{after}" if width else before
