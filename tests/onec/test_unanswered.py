"""Why nothing answered: told in words for people, from what real sockets do."""

from __future__ import annotations

import errno
import socket
import struct
import threading
from collections.abc import Callable

import pytest
import requests

from rfm_service import unanswered
from rfm_service.texts.catalogue import Catalogue

BROKE, LONG = "the connection broke off", "it took too long"


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


def told(url: str) -> object:
    with pytest.raises(requests.RequestException) as failure:
        requests.get(url, timeout=0.5)
    return unanswered.reason(failure.value)


@pytest.mark.parametrize(("behaviour", "scheme", "words"), [
    (reset, "http", BROKE), (hang_up, "http", BROKE), (half_an_answer, "http", BROKE),
    (no_tls, "https", "no trusted connection (TLS) came about")])
def test_a_server_that_answers_badly(behaviour: Callable[[socket.socket], None], scheme: str, words: str) -> None:
    def serve() -> None:
        peer, _ = server.accept()
        with peer:
            behaviour(peer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        assert str(told(f"{scheme}://127.0.0.1:{server.getsockname()[1]}/")) == words
        thread.join()


def test_a_server_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert str(told(f"http://127.0.0.1:{server.getsockname()[1]}/")) == LONG


@pytest.mark.parametrize(("url", "words"), [
    ("http://127.0.0.1:1/", "the server is there, but nothing listens at that port"),
    ("http://nosuch.invalid/", "no server of that name is known here"), ("http://[bad/", "InvalidURL")])
def test_no_server(url: str, words: str) -> None:
    assert str(told(url)) == words


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH, 10051])
def test_no_way(number: int) -> None:
    lost = requests.ConnectionError()
    lost.__context__ = OSError(number, "no way")
    found = unanswered.reason(lost)
    assert not isinstance(found, str)
    assert found.sentence(Catalogue("ru", "RUB")) == "по сети туда нет пути"
