import json
import time
from collections.abc import Iterator

import pytest
import requests

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
