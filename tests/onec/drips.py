"""A server that never ends what it has begun: every part of an answer can drip for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
DRIPS = {
    "status line": (b"HTTP/1.1 2", b"0"),
    "a header": (HEAD + b"X-A: ", b"a"),
    "headers": (HEAD, b"X-A: a\r\n"),
    "100 continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "length of a chunk": (CHUNKED + b"\r\n", b"0"),
    "trailers": (CHUNKED + b"\r\n2\r\n[]\r\n0\r\n", b"X-A: a\r\n"),
    "gzip that unpacks to nothing": (CHUNKED + b"Content-Encoding: gzip\r\n\r\n"
                                     b"a\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\r\n",
                                     b"5\r\n\x00\x00\x00\xff\xff\r\n"),
    "a body": (HEAD + b"Content-Length: 200000000\r\n\r\n", b" "),
    "a body without a length": (HEAD + b"Connection: close\r\n\r\n[]", b" "),
}
"""How an answer begins, and what of it comes again and again."""


@contextmanager
def dripping(opening: bytes, drop: bytes, pause_s: float) -> Iterator[str]:
    """The address of a server that sends an opening, and then a drop after every pause."""
    stopping = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(opening)
            while not stopping.wait(pause_s):
                connection.sendall(drop)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            stopping.set()
