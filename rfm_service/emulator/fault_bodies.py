"""What 1C, its web server and the proxies before it write when something is wrong."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode

HTML_PAGE = "<!DOCTYPE html><html><head><title>Вход</title></head><body>Введите пароль</body></html>".encode()
"""A login page."""

NO_LICENCE = "Не обнаружено свободной лицензии!"
NO_MEMORY = "Недостаточно памяти для завершения операции"
DISK_FULL = "There is not enough space: device is full. c:/srvinfo/reg_1541/v8_7A13_2f.tmp"
OTHER_VERSION = "Различаются версии клиента и сервера (8.3.24.1467 - 8.3.27.1508)"
POOL_EXHAUSTED = "Превышено максимальное количество сеансов пула"
CLOSED = "Начало сеанса с информационной базой запрещено.\nВедутся технические работы"

_MIB = 1 << 20
_STACK = "ОбщийМодуль.РаботаССеансами.Модуль : 41 : ВызватьИсключение ТекстОшибки;"


def exception(message: str, said: str = "HTTP: Forbidden\nОшибка при выполнении запроса") -> bytes:
    """Return the JSON of an exception of 1C: a chain of descriptions, and where it was thrown in base64."""
    inner = {"descr": message, "creationStack": b64encode(_STACK.encode()).decode(), "inner": None}
    outer = {"descr": said, "creationStack": b64encode(b"Srv").decode(), "inner": inner}
    whole = {"#exception": "ВызватьИсключение", "exception": outer}
    return b"\xef\xbb\xbf" + json.dumps(whole, ensure_ascii=False, indent=1).encode()


def odata_error(code: str, message: str) -> bytes:
    """Return the JSON of an error of standard OData."""
    error = {"odata.error": {"code": code, "message": {"lang": "ru", "value": message}}}
    return b"\xef\xbb\xbf" + json.dumps(error, ensure_ascii=False).encode()


def base64_text(message: str) -> bytes:
    """Return a text as some publications write it: base64."""
    return b64encode(message.encode())


def page(title: str, text: str) -> bytes:
    """Return a page of a web server or a proxy."""
    return f"<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1>{text}</body></html>\r\n".encode()


def gzip_bomb(mebibytes: int) -> bytes:
    """Return a gzip file that unpacks to so many MiB of spaces, a thousandth of it in size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    # Members of a gzip file follow each other, so that one is packed and repeated.
    return (packer.compress(b" " * _MIB) + packer.flush()) * mebibytes
