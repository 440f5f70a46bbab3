"""Why nothing answered: told in words for people, from what real sockets do."""

from __future__ import annotations

import errno
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
import requests
import urllib3

from rfm_service import unanswered
from rfm_service.texts.catalogue import Catalogue

NOWHERE = "http://127.0.0.1:1/"
BROKE = "the connection broke off"
PATIENCE_S = 30


@pytest.fixture
def web() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(peer: socket.socket) -> None:
    peer.recv(999)


def half_an_answer(peer: socket.socket) -> None:
    peer.recv(999)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def no_tls(peer: socket.socket) -> None:
    peer.recv(999)
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def told(web: requests.Session, url: str, timeout_s: float = PATIENCE_S) -> str:
    with pytest.raises(requests.RequestException) as failure:
        web.get(url, timeout=timeout_s)
    return str(unanswered.reason(failure.value))


@pytest.mark.parametrize(("behaviour", "scheme", "words"), [
    (reset, "http", BROKE), (hang_up, "http", BROKE), (half_an_answer, "http", BROKE),
    (no_tls, "https", "no trusted connection (TLS) came about")])
def test_a_server_that_answers_badly(web: requests.Session, behaviour: Callable[[socket.socket], None], scheme: str,
                                     words: str) -> None:
    def serve() -> None:
        peer, _ = server.accept()
        with peer:
            behaviour(peer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert told(web, f"{scheme}://127.0.0.1:{server.getsockname()[1]}/") == words
        thread.join(PATIENCE_S)


def test_a_server_that_is_silent(web: requests.Session) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert told(web, f"http://127.0.0.1:{server.getsockname()[1]}/", 0.3) == "it took too long"


@pytest.mark.parametrize(("url", "words"), [
    (NOWHERE, "the server is there, but nothing listens at that port"), ("http://[bad/", "InvalidURL")])
def test_no_server(web: requests.Session, url: str, words: str) -> None:
    assert told(web, url) == words


def test_a_proxy_that_is_away_is_not_taken_for_the_server(web: requests.Session) -> None:
    web.proxies = {"http": NOWHERE}
    assert told(web, "http://127.0.0.1:9/") == "the proxy on the way does not let it through"


def test_an_address_of_this_computer_that_it_has_not_got() -> None:
    with pytest.raises(urllib3.exceptions.NewConnectionError) as failure:
        urllib3.PoolManager(source_address=("203.0.113.1", 0)).request("GET", NOWHERE, retries=False)
    assert str(unanswered.reason(failure.value)) == "no connection came about"


@pytest.mark.parametrize(("inner", "words"), [
    (OSError(errno.ENETUNREACH, "x"), "по сети туда нет пути"), (OSError(10051, "x"), "по сети туда нет пути"),
    (socket.gaierror(socket.EAI_NONAME, "x"), "сервер с таким именем отсюда не найден"),
    (socket.gaierror(socket.EAI_AGAIN, "x"), "сейчас нельзя узнать адрес сервера по имени (DNS)"),
    (PermissionError(errno.EACCES, "x"), "этот компьютер или его межсетевой экран не выпускает наружу")])
def test_what_a_system_says_of_it(inner: OSError, words: str) -> None:
    """By the error alone: what a name or a way is like depends on the network that the tests run in."""
    try:
        try:
            raise inner
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPConnection("h"), "x") from error
    except urllib3.exceptions.NewConnectionError as error:
        found = unanswered.reason(requests.ConnectionError(urllib3.exceptions.MaxRetryError(
            urllib3.HTTPConnectionPool("h"), "/", error)))
    assert not isinstance(found, str)
    assert found.sentence(Catalogue("ru", "RUB")) == words
