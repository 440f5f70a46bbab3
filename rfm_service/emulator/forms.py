"""Parameters and files of a request, however a client packs them: query, form, JSON or multipart."""

import json
import re
from email import message_from_bytes
from email.message import Message
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from rfm_service.emulator.http_server import Request

_FIELD = re.compile(r'(?:^|;)\s*name=(?:"([^"]*)"|([^;]*))')
_FILE = re.compile(r'(?:^|;)\s*filename=(?:"([^"]*)"|([^;]*))')
_FILE_ENCODED = re.compile(r"filename\*=utf-8''([^;]*)", re.IGNORECASE)


class File(NamedTuple):
    """A file as it was sent."""

    name: str
    content: bytes


class Form(NamedTuple):
    """Parameters as text, files by the name of their part."""

    fields: dict[str, str]
    files: dict[str, File]


def read_form(request: Request) -> Form:
    """Return everything that the request carries; what the body says wins over the query string.

    Raises:
        ValueError: a JSON body is not JSON.
    """
    fields = dict(parse_qsl(request.query, keep_blank_values=True))
    kind = request.headers.get("content-type", "")
    files: dict[str, File] = {}
    if kind.startswith("multipart/form-data"):
        parts, files = _multipart(kind, request.body)
        fields |= parts
    elif kind.startswith("application/json"):
        fields |= _json_fields(request.body)
    elif kind.startswith("application/x-www-form-urlencoded"):
        fields |= dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    return Form(fields, files)


def _json_fields(body: bytes) -> dict[str, str]:
    values = json.loads(body or b"{}")
    fields = values if isinstance(values, dict) else {}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}


def _multipart(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, File]]:
    fields: dict[str, str] = {}
    files: dict[str, File] = {}
    whole = message_from_bytes(f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n".encode("latin-1") + body)
    for part in whole.get_payload() if whole.is_multipart() else ():
        if not isinstance(part, Message):
            continue
        disposition = _disposition(part)
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        name, file_name = _named(_FIELD, disposition) or "", _file_name(disposition)
        if file_name is None:
            fields[name] = content.decode("utf-8", "replace")
        else:
            files[name] = File(file_name, content)
    return fields, files


def _disposition(part: Message) -> str:
    # Clients send names in raw UTF-8, which the parser of mail headers would replace.
    for name, value in part.raw_items():
        if name.lower() == "content-disposition":
            return str(value).encode("ascii", "surrogateescape").decode("utf-8", "replace")
    return ""


def _file_name(disposition: str) -> str | None:
    encoded = _FILE_ENCODED.search(disposition)
    return unquote(encoded[1]) if encoded else _named(_FILE, disposition)


def _named(pattern: re.Pattern[str], disposition: str) -> str | None:
    found = pattern.search(disposition)
    return None if found is None else found[1] if found[1] is not None else found[2].strip()
