"""What every refusal means; each answer of the table of failures as a body of bytes."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
import requests

from rfm_service.domain.errors import (
    AnswerMalformed,
    AnswerTooHeavy,
    SourceBusy,
    SourceClosed,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from rfm_service.emulator import fault_bodies as bodies
from rfm_service.onec.refusals import Refusal, passing, refusal, retry_after, unreachable

URL = "http://1c.example/base/hs/rfm/sales"
BOM = b"\xef\xbb\xbf"
MISSING = "Не найдена лицензия. Не обнаружен ключ защиты программы"
NAME = "Тайный Клиент"


def refused(status: int, body: bytes = b"", what: str = "", **headers: str) -> Refusal:
    return refusal(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, URL, what)


def error_of(status: int, body: bytes | str = b"", what: str = "", **headers: str) -> SourceError:
    return refused(status, body.encode() if isinstance(body, str) else body, what, **headers).error


@pytest.mark.parametrize("status", [400, 500, 502])
@pytest.mark.parametrize("body", [bodies.NO_MEMORY, bodies.DISK_FULL, "out of memory",
                                  json.dumps({"odata.error": {"code": "-1", "message": {"value": bodies.NO_MEMORY}}})])
def test_row_03_too_much_for_the_memory_of_1c_is_asked_in_less_at_once(status: int, body: str) -> None:
    error = error_of(status, body)
    assert isinstance(error, AnswerTooHeavy) == (status >= 500)
    assert not isinstance(error, AnswerTooHeavy) or error.wait_s is None


@pytest.mark.parametrize("status", [403, 500, 503, 404])
@pytest.mark.parametrize("text", [bodies.NO_LICENCE, MISSING, MISSING.lower()])
def test_row_04_no_licence_is_a_pause_whatever_the_status(status: int, text: str) -> None:
    for body in (text.encode(), BOM + text.encode(), text.encode("cp1251"), bodies.page("Ошибка", text),
                 bodies.exception(text), bodies.odata_error("-1", text), b64encode(text.encode()),
                 json.dumps({"error": text}).encode()):
        assert type(error_of(status, body)) is SourceBusy


def test_row_04_no_licence_with_200() -> None:
    assert type(passing(json.dumps({"error": bodies.NO_LICENCE}).encode())) is SourceBusy
    assert type(passing(bodies.page("1C", MISSING))) is SourceBusy
    assert passing(b'{"error":"x"}') is None


def test_row_05_an_exhausted_pool() -> None:
    assert type(error_of(406)) is SourceBusy


@pytest.mark.parametrize("body", [
    bodies.exception(bodies.CLOSED), bodies.exception("Ведутся технические работы"), bodies.CLOSED.encode("cp1251"),
    bodies.page("1С", "На сервере ведутся ТЕХНИЧЕСКИЕ РАБОТЫ"), bodies.base64_text(bodies.CLOSED)])
@pytest.mark.parametrize("status", [403, 500, 503])
def test_row_06_maintenance_is_closed_and_no_refusal(status: int, body: bytes) -> None:
    error = error_of(status, body)
    assert type(error) is SourceClosed
    assert not error.permanent


def test_row_06_only_the_chain_of_descriptions_is_said() -> None:
    said = refused(403, bodies.exception(bodies.CLOSED)).said
    assert said == "HTTP: Forbidden / Начало сеанса с информационной базой запрещено / Ведутся технические работы"
    assert "ОбщийМодуль" not in said


@pytest.mark.parametrize(("status", "body"), [(409, ""), (500, bodies.OTHER_VERSION), (400, bodies.OTHER_VERSION)])
def test_row_07_an_update_of_the_platform_passes(status: int, body: str) -> None:
    assert type(error_of(status, body)) is SourceClosed


@pytest.mark.parametrize("status", [401, 403])
def test_row_08_other_refusals_of_access_are_lasting(status: int) -> None:
    error = error_of(status, bodies.page("401", "Unauthorized"))
    assert type(error) is SourceRefused
    assert error.permanent
    assert "source.password" in str(error)


def test_row_08_rights_to_rows() -> None:
    error = error_of(401, bodies.odata_error("20", f"Недостаточно прав: {NAME}"), what="Document_Продажа")
    assert "Document_Продажа" in str(error)
    assert "code 20" in str(error)
    assert NAME not in str(error)


@pytest.mark.parametrize("body", [
    bodies.odata_error("8", "Набор сущностей не найден"),
    b'<?xml version="1.0"?><m:error xmlns:m="x"><m:code>8</m:code><m:message>x</m:message></m:error>'])
def test_row_09_an_entity_that_is_not_published_is_named(body: bytes) -> None:
    error = error_of(404, body, what="Document_Продажа")
    assert type(error) is SourceRefused
    assert "Document_Продажа" in str(error)


def test_row_09_a_field_that_is_not_there() -> None:
    error = error_of(400, bodies.odata_error("6", f"Сегмент пути {NAME} не найден!"), what="Document_Продажа")
    assert (type(error), error.values["status"], error.values["code"]) == (SourceRefused, 400, "6")
    assert NAME not in str(error)


@pytest.mark.parametrize("body", [bodies.HTML_PAGE, bodies.page("404", "IIS"), BOM + bodies.HTML_PAGE])
def test_row_10_a_page_for_an_address(body: bytes) -> None:
    assert type(error_of(404, body)) is AnswerMalformed
    assert type(error_of(404)) is SourceRefused


@pytest.mark.parametrize("wrap", [bodies.base64_text, lambda text: bodies.exception(b64encode(text.encode()).decode())])
def test_row_14_base64_is_read_before_it_is_judged(wrap: object) -> None:
    assert type(error_of(500, wrap(bodies.NO_LICENCE))) is SourceBusy  # type: ignore[operator]


@pytest.mark.parametrize(("location", "host"), [
    ("https://login.example/?t=x", "login.example"), ("/login", "1c.example"), ("", "1c.example"),
    ("http://[bad", "?"), ("https://a:b@login.example:99/", "login.example")])
def test_row_31_a_redirect_names_its_target_and_no_more(location: str, host: str) -> None:
    for status in (301, 302, 303, 307, 308):
        error = error_of(status, Location=location)
        assert (type(error), error.values["host"]) == (SourceRefused, host)


DATE = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(("headers", "seconds"), [
    ({"Retry-After": "120"}, 120), ({"Retry-After": " 5 "}, 5), ({"Retry-After": DATE}, None),
    ({"Retry-After": DATE, "Date": "Wed, 21 Oct 2026 07:27:30 GMT"}, 30),
    ({"Retry-After": DATE, "Date": "Wed, 21 Oct 2026 08:00:00 GMT"}, 0), ({"Retry-After": "soon", "Date": DATE}, None),
    ({"Retry-After": f"Sat, 21 Nov {'9' * 20} 10:00:00 GMT", "Date": DATE}, None),
    ({"Retry-After": "-1"}, None), ({"Retry-After": "²"}, None), ({}, None), ({"Retry-After": "1.5"}, None)])
def test_row_32_retry_after_as_seconds_and_as_a_time(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
    error = refusal(503, headers, b"", URL).error
    assert isinstance(error, SourceUnavailable)
    assert error.wait_s == seconds


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503, 599])
def test_other_faults_of_a_server_pass(status: int) -> None:
    assert type(error_of(status, NAME)) is SourceUnavailable


@pytest.mark.parametrize("status", [204, 400, 405, 410, 413, 501, 505])
def test_what_else_is_refused_is_lasting(status: int) -> None:
    assert type(error_of(status, NAME)) is SourceRefused


@pytest.mark.parametrize("status", [502, 504])
def test_row_02_a_gateway_that_gave_up_is_worth_one_more_try(status: int) -> None:
    error = error_of(status, bodies.page("Bad Gateway", "nginx"), Retry_After="7")
    assert isinstance(error, AnswerTooHeavy)
    assert (error.wait_s, error_of(status).wait_s) == (7, 0)  # type: ignore[attr-defined]


XML = "<m:error><m:code>-1</m:code><m:message xml:lang='ru'>Сбой «{}</m:message></m:error>"
SAYING = {
    bodies.odata_error("14", f'Ошибка в "{NAME}" и «{NAME}» и \'{NAME}\''): "code 14",
    bodies.odata_error("9", "Ссылка 0d4a79cb-0000-11ee-aaaa-0050569e1234 не та"): "code 9",
    bodies.odata_error("20", f"Мало прав: {NAME}. Обратитесь, x@y.ru"): "code 20",
    bodies.odata_error("x" * 50, "Ошибка"): "",
    XML.format(NAME).encode(): "code -1",
    f"{{HTTPСервис.rfm.Модуль(41)}}: {NAME}".encode(): "{HTTPСервис.rfm.Модуль(41)}",
    f"{NAME}".encode(): "", json.dumps({"error": NAME}).encode(): "", b"": "", b"{": "", b"\xff\xfe\x00": "",
    bodies.odata_error("1", "а" * 900): "code 1",
    b"[" * 60_000: "", b'{"a":' * 900 + b"1" + b"}" * 900: "",
    b'{"odata.error":[],"exception":[]}': "", b'{"odata.error":{"code":{},"message":[["x"]]}}': "",
    bodies.odata_error("9", f"{NAME}: Экземпляр сущности не найден ({NAME.lower()})"):
        "code 9: Экземпляр сущности не найден"}


@pytest.mark.parametrize("body", SAYING)
def test_what_1c_says_is_scrubbed(body: bytes) -> None:
    assert refused(500, body).said == SAYING[body]
    assert NAME not in repr(refused(500, body).error.args)


@pytest.mark.parametrize(("error", "kind"), [
    (requests.exceptions.ConnectTimeout(), SourceUnavailable), (requests.exceptions.ReadTimeout(), AnswerTooHeavy),
    (requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED]"), SourceRefused),
    (requests.exceptions.SSLError("[SSL: WRONG_VERSION_NUMBER]"), SourceRefused),
    (requests.exceptions.SSLError("EOF occurred in violation of protocol"), SourceUnavailable),
    (requests.exceptions.ProxyError(), SourceUnavailable),
    (requests.exceptions.InvalidURL(), SourceRefused), (UnicodeError(), SourceRefused),
    (ConnectionResetError(), SourceUnavailable), (requests.exceptions.ConnectionError(), SourceUnavailable)])
def test_why_no_answer_came(error: Exception, kind: type[SourceError]) -> None:
    assert type(unreachable(error, "http://u:secret@h/")) is kind
    assert "secret" not in str(unreachable(error, "http://u:secret@h/"))
