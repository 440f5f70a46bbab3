import json
import time
from base64 import b64decode
from collections.abc import Iterator
from datetime import date
from inspect import isfunction

import pytest
import requests

from rfm_service.emulator import faults
from rfm_service.emulator.faults import BOM, HTML_PAGE, Fault, Rules
from rfm_service.emulator.onec import OnecServer
from tests.emulator.asking import posted, rows_of, small_shop


@pytest.fixture
def server() -> Iterator[OnecServer]:
    with OnecServer(small_shop()) as running:
        yield running


@pytest.mark.parametrize("status", [401, 403, 404, 406, 409, 500, 502])
def test_a_status_comes_as_often_as_it_was_pushed(server: OnecServer, status: int) -> None:
    server.faults.push(Fault(status=status, body=b"{}", times=2))
    assert [posted(server).status_code for _ in range(3)] == [status, status, 200]


def test_for_ever_lasts_until_cleared(server: OnecServer) -> None:
    server.faults.push(Fault(status=500, times=None))
    assert {posted(server).status_code for _ in range(5)} == {500}
    server.faults.clear()
    assert posted(server).status_code == 200


def test_html_with_200(server: OnecServer) -> None:
    server.faults.push(Fault(body=HTML_PAGE, content_type="text/html"))
    response = posted(server)
    assert (response.status_code, response.content, response.headers["Content-Type"]) == (
        200,
        HTML_PAGE,
        "text/html",
    )


@pytest.mark.parametrize("body", [b'{"data":null}', b'{"data":"[]"}', b'{"error":"x"}'])
def test_a_body_replaces_the_answer(server: OnecServer, body: bytes) -> None:
    server.faults.push(Fault(body=body))
    assert posted(server).content == body


def test_an_empty_answer_keeps_its_form(server: OnecServer) -> None:
    server.faults.push(Fault(empty=True))
    assert rows_of(posted(server)) == []


def test_a_cut_body_with_its_length_breaks_the_read(server: OnecServer) -> None:
    server.faults.push(Fault(cut_at=100))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        posted(server)


def test_a_cut_body_without_a_length_looks_whole(server: OnecServer) -> None:
    server.faults.push(Fault(cut_at=100, with_length=False))
    response = posted(server)
    assert len(response.content) == 100
    assert "Content-Length" not in response.headers


def test_a_whole_body_may_come_without_a_length(server: OnecServer) -> None:
    server.faults.push(Fault(with_length=False))
    assert len(rows_of(posted(server))) == 2


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"Retry-After": "7"}), (503, {"Retry-After": "1"}), (302, {"Location": "https://login.invalid/"})],
)
def test_headers_are_given(server: OnecServer, status: int, headers: dict[str, str]) -> None:
    server.faults.push(Fault(status=status, headers=headers))
    response = posted(server)
    assert response.status_code == status
    assert headers.items() <= dict(response.headers).items()


def test_a_reset_is_a_broken_connection(server: OnecServer) -> None:
    server.faults.push(Fault(reset=True))
    with pytest.raises(requests.ConnectionError, match="reset"):
        posted(server)
    assert posted(server).status_code == 200


def test_a_delay_comes_before_the_answer(server: OnecServer) -> None:
    server.faults.push(Fault(delay_s=0.2))
    started = time.monotonic()
    assert posted(server).status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_drip_never_trips_a_read_timeout_but_takes_its_time(server: OnecServer) -> None:
    server.faults.push(Fault(body=b"0123456789", drip_s=0.02))
    started = time.monotonic()
    assert posted(server).content == b"0123456789"
    assert time.monotonic() - started >= 0.2


def test_stopping_does_not_wait_for_a_slow_answer() -> None:
    with OnecServer(small_shop()) as server:
        server.faults.push(Fault(delay_s=60))
        with pytest.raises(requests.ReadTimeout):
            requests.post(server.url, json={"algoritm": "totals"}, timeout=0.1)
        started = time.monotonic()
    assert time.monotonic() - started < 5


def test_a_bom_goes_before_the_body(server: OnecServer) -> None:
    server.faults.push(Fault(prefix=BOM))
    response = posted(server)
    assert response.content.startswith(BOM)
    assert len(rows_of(response)) == 2


def test_columns_are_dropped_and_renamed(server: OnecServer) -> None:
    server.faults.push(Fault(drop_column="Сумма"), Fault(rename_column=("Партнер", "Клиент")))
    dropped, renamed = rows_of(posted(server))[0], rows_of(posted(server))[0]
    assert "Сумма" not in dropped
    assert "Партнер" in dropped
    assert (renamed["Клиент"], "Партнер" in renamed) == ("Ателье «Ёлка»", False)


def test_a_rule_may_wait_for_one_algoritm(server: OnecServer) -> None:
    server.faults.push(Fault(status=500, algoritm="partnersdata"))
    assert posted(server).status_code == 200
    assert posted(server, "partnersdata").status_code == 500
    assert json.loads(posted(server, "partnersdata").content)["data"]


def test_rules_are_used_in_turn_and_counted() -> None:
    rules: Rules[Fault] = Rules()
    rules.push(Fault(status=500, times=2), Fault(status=503))
    taken = [rules.take(lambda rule: True) for _ in range(4)]
    assert [rule.status if rule else None for rule in taken] == [500, 500, 503, None]
    assert len(rules) == 0


def test_a_rule_may_let_requests_through_first_or_be_for_one_path(server: OnecServer) -> None:
    server.faults.push(faults.licence().later(2), faults.no_page().on(faults.ODATA).again())
    assert [posted(server).status_code for _ in range(4)] == [200, 200, 500, 200]
    assert requests.get(server.odata_url + "/?$format=json", timeout=10).status_code == 404
    assert len(server.faults) == 1


def test_a_rule_may_be_met_by_chance_the_same_for_the_same_seed() -> None:
    def met(seed: int) -> list[bool]:
        rules: Rules[Fault] = Rules()
        rules.push(faults.reset().sometimes(3_000, seed))
        return [rules.take(lambda rule: True) is not None for _ in range(1_000)]

    assert met(1) == met(1) != met(2)
    assert 250 < sum(met(1)) < 350


def test_a_chance_that_is_missed_leaves_the_request_to_the_next_rule() -> None:
    rules: Rules[Fault] = Rules()
    rules.push(faults.reset().sometimes(0), faults.licence())
    assert rules.take(lambda rule: True) == faults.licence()
    assert rules.waiting() == [faults.reset().sometimes(0)]


SAID = {
    "licence": (500, "Не обнаружено свободной лицензии!"),
    "no_memory": (500, "Недостаточно памяти"),
    "disk_full": (500, "device is full"),
    "pool_exhausted": (406, "сеансов"),
    "maintenance": (403, "Ведутся технические работы"),
    "updating": (409, "Различаются версии клиента и сервера"),
    "unauthorized": (401, ""),
    "no_rights": (401, '"code": "20"'),
    "unpublished": (404, '"code": "8"'),
    "no_page": (404, "/erp/hs/rfm/sales"),
    "login_page": (200, "Введите пароль"),
    "said_in_json": (200, '{"error":'),
    "too_many": (429, ""),
    "unavailable": (503, ""),
    "bad_gateway": (502, "nginx"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_1c_and_its_proxies_say(server: OnecServer, name: str) -> None:
    server.faults.push(faults.NAMED[name]())
    response = posted(server)
    status, text = SAID[name]
    assert response.status_code == status
    assert text in response.content.decode("utf-8-sig")
    assert posted(server).status_code == 200


def test_row_06_maintenance_is_json_with_a_bom_and_base64(server: OnecServer) -> None:
    server.faults.push(faults.maintenance())
    body = posted(server).content
    assert body.startswith(BOM)
    said = json.loads(body.decode("utf-8-sig"))
    inner = said["exception"]["inner"]
    assert "#exception" in said
    assert "Начало сеанса с информационной базой запрещено" in inner["descr"]
    assert b64decode(inner["creationStack"]).decode().startswith("ОбщийМодуль")


def test_row_14_an_error_may_be_base64(server: OnecServer) -> None:
    server.faults.push(faults.in_base64("Нет места"))
    assert b64decode(posted(server).content).decode() == "Нет места"


def test_row_13_texts_may_begin_with_a_control_character(server: OnecServer) -> None:
    server.faults.push(faults.control_chars())
    body = posted(server).content
    assert b"\x02" in body
    rows = json.loads(json.loads(body, strict=False)["data"], strict=False)
    assert rows[0]["Партнер"] == "\x02Ателье «Ёлка»"
    assert rows[0]["ДатаРегистратора"] == "2026-03-02T10:20:30+00:00"


def test_row_27_sums_may_be_texts_with_a_comma(server: OnecServer) -> None:
    server.faults.push(faults.decimal_comma())
    row = rows_of(posted(server))[0]
    assert (row["Сумма"], row["Количество"], row["ИдНаСайте"]) == ("12\u00a0345,67", "2,5", 77)


def test_row_11_chunks_break_off(server: OnecServer) -> None:
    server.faults.push(Fault(chunked=True), faults.cut_chunks(100))
    whole = posted(server)
    assert (whole.headers["Transfer-Encoding"], len(rows_of(whole))) == ("chunked", 2)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        posted(server)


def test_row_15_a_small_gzip_may_unpack_to_a_lot(server: OnecServer) -> None:
    server.faults.push(faults.bomb(3))
    response = posted(server)
    assert len(response.content) == 3 << 20
    assert int(response.headers["Content-Length"]) < 10_000


def test_row_29_one_day_may_be_missing(server: OnecServer) -> None:
    server.faults.push(faults.empty_day(date(2026, 3, 2)), faults.empty())
    assert [row["ВидДвижения"] for row in rows_of(posted(server))] == ["Возврат"]
    assert rows_of(posted(server)) == []


def test_a_body_may_drip_in_larger_drops(server: OnecServer) -> None:
    server.faults.push(faults.drip(0.01, 100))
    assert len(rows_of(posted(server))) == 2


def test_every_maker_makes_a_fault() -> None:
    arguments = {"cut": [1], "cut_unseen": [1], "cut_chunks": [1], "empty_day": [date(2026, 1, 1)], "dropped": ["x"],
                 "renamed": ["x", "y"], "redirect": ["http://127.0.0.1/"], "slow": [1], "drip": [1], "deep_skip": [1]}
    made = [make(*arguments.get(name, [])) for name, make in faults.NAMED.items()]
    assert all(isinstance(fault, Fault) and fault != Fault() for fault in made)
    assert {make.__name__ for make in faults.NAMED.values()} == {
        name for name, make in vars(faults).items()
        if isfunction(make) and make.__module__ == faults.__name__ and not name.startswith("_")}
