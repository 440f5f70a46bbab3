import threading
import time
from collections.abc import Iterator

import pytest
import requests

from rfm_service.emulator.http_server import Request
from rfm_service.emulator.onec import OnecServer
from tests.emulator.asking import posted, small_shop

START, FINISH = {"IBSession": "start"}, {"IBSession": "finish"}


@pytest.fixture
def server() -> Iterator[OnecServer]:
    with OnecServer(small_shop()) as running:
        yield running


def cookie_of(response: requests.Response) -> dict[str, str]:
    return {"Cookie": f"ibsession={response.cookies['ibsession']}"}


def test_a_session_is_kept_by_its_cookie_and_freed_at_the_end(server: OnecServer) -> None:
    assert "Set-Cookie" not in posted(server).headers
    cookie = cookie_of(posted(server, headers=START))
    assert server.sessions.open == 1
    assert posted(server, headers=cookie).status_code == 200
    assert server.sessions.open == 1
    assert posted(server, headers=cookie | FINISH).status_code == 200
    assert server.sessions.open == 0


def test_a_stale_cookie_is_refused_once(server: OnecServer) -> None:
    stale = {"Cookie": "other=1; ibsession=0d4a79cb"}
    assert [posted(server, headers=stale).status_code for _ in range(2)] == [400, 200]


def test_an_idle_session_is_dropped(server: OnecServer) -> None:
    server.sessions.longest_idle_s = 0.05
    cookie = cookie_of(posted(server, headers=START))
    time.sleep(0.1)
    assert server.sessions.open == 0
    assert posted(server, headers=cookie).status_code == 400


def test_row_05_a_pool_runs_dry_until_a_session_is_finished(server: OnecServer) -> None:
    server.sessions.pool = 2
    first = cookie_of(posted(server, headers=START))
    posted(server, headers=START)
    assert posted(server).status_code == 406
    assert posted(server, headers=first).status_code == 200
    posted(server, headers=first | FINISH)
    assert posted(server).status_code == 200


def test_row_04_licences_run_out_before_the_pool(server: OnecServer) -> None:
    server.sessions.licences = 1
    posted(server, headers=START)
    refused = posted(server)
    assert (refused.status_code, refused.content.decode()) == (500, "Не обнаружено свободной лицензии!")


def test_a_request_without_a_session_holds_one_while_it_lasts(server: OnecServer) -> None:
    server.sessions.pool = 1
    with server.sessions.entered(Request("GET", "/", "", {}, b"")):
        assert posted(server).status_code == 406
    assert posted(server).status_code == 200


def test_many_at_once_leave_nothing_behind(server: OnecServer) -> None:
    server.sessions.pool = 3
    threads = [threading.Thread(target=posted, args=(server,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert posted(server).status_code == 200
    assert server.sessions.open == 0
