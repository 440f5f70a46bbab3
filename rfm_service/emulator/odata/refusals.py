"""How 1C's OData refuses: its own codes in JSON or XML with a BOM, and the pages of the web server before it."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from rfm_service.emulator.http_server import Answer

BOM = b"\xef\xbb\xbf"
JSON = "application/json;charset=utf-8"
XML = "application/xml;charset=utf-8"
METADATA_NAMESPACE = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"


class Refused(Exception):
    """A request that 1C refuses: the HTTP status, the code of its own and what it says, in Russian as it does."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text

    def answer(self, *, as_json: bool) -> Answer:
        """Return the refusal in the format that was asked for; a BOM comes first in both."""
        if as_json:
            said = {"code": str(self.code), "message": {"lang": "ru", "value": self.text}}
            body = json.dumps({"odata.error": said}, ensure_ascii=False)
            return Answer(self.status, BOM + body.encode("utf-8", "replace"), JSON)
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><m:error xmlns:m="{METADATA_NAMESPACE}">'
            f"<m:code>{self.code}</m:code><m:message>{escape(self.text)}</m:message></m:error>"
        )
        return Answer(self.status, BOM + body.encode("utf-8", "replace"), XML)


def no_segment(name: str) -> Refused:
    """Return the refusal of a field that is not there."""
    return Refused(400, 6, f"Сегмент пути {name} не найден!")


def no_set(name: str) -> Refused:
    """Return the refusal of a set that is unknown or not published."""
    return Refused(404, 8, f'Сущность "{name}" не найдена')


def no_instance(name: str) -> Refused:
    """Return the refusal of a key that nothing has."""
    return Refused(404, 9, f'Экземпляр сущности "{name}" не найден по переданному ключу.')


def no_key(name: str) -> Refused:
    """Return the refusal of a key that lacks a part."""
    return Refused(400, 7, f"Не хватает элемента ключа сущности: {name}")


def unreadable(option: str) -> Refused:
    """Return the refusal of a query option that cannot be read; it repeats what was asked, as 1C does."""
    return Refused(400, 14, f"Ошибка разбора опций запроса: {option}")


def no_function(name: str) -> Refused:
    """Return the refusal of a function that 1C has not got."""
    return Refused(400, 21, f"Вызов нереализованной функции: {name}")


def failed(why: str) -> Refused:
    """Return the refusal of a query that 1C made of the request and could not run."""
    return Refused(500, -1, f"Ошибка при выполнении запроса: {why}")


def forbidden() -> Refused:
    """Return the refusal of an answer that would hold rows hidden from the user."""
    return Refused(401, 20, "Ошибка прав доступа: у пользователя недостаточно прав на исполнение операции")


def page(status: int, title: str) -> Answer:
    """Return a page of the web server, which never heard of OData."""
    body = f'<!DOCTYPE html><html><head><title>{title}</title></head><body><h2>{title}</h2></body></html>\r\n'
    return Answer(status, body.encode(), "text/html; charset=us-ascii")
