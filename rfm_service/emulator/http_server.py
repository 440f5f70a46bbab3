"""HTTP plumbing of the local servers: keep-alive, no Nagle, one write an answer, clean start and stop."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from rfm_service.emulator.traffic import Traffic

_REASONS = BaseHTTPRequestHandler.responses
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_CHUNK = 8_192


class Request(NamedTuple):
    """What a client asked; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What goes back, and how it misbehaves on the way; delays are in seconds."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    with_length: bool = True
    cut_at: int | None = None
    delay_s: float = 0.0
    drip_s: float = 0.0
    drip_bytes: int = 1
    chunked: bool = False
    reset: bool = False

    @property
    def closes(self) -> bool:
        """Whether the connection cannot be used after this answer."""
        return not self.with_length or self.cut_at is not None

    def head(self) -> bytes:
        """Return the status line and the headers; a cut body keeps its full Content-Length."""
        headers = {"Server": "emulator", "Content-Type": self.content_type}
        if self.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif self.with_length:
            headers["Content-Length"] = str(len(self.body))
        if self.closes:
            headers["Connection"] = "close"
        reason = _REASONS.get(self.status, ("Unknown", ""))[0]
        fields = (f"{name}: {value}" for name, value in (headers | self.headers).items())
        lines = [f"HTTP/1.1 {self.status} {reason}", *fields]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")

    def sent_body(self) -> bytes:
        """Return the body as it goes over the wire: in chunks where it is chunked, cut where it is cut."""
        whole = b"".join(_chunks(self.body)) if self.chunked else self.body
        return whole[: self.cut_at]


def _chunks(body: bytes) -> Iterator[bytes]:
    for at in range(0, len(body), _CHUNK):
        part = body[at : at + _CHUNK]
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


class LocalServer:
    """Serves one function from request to answer on 127.0.0.1, each connection in a thread of its own."""

    def __init__(self, answer: Callable[[Request], Answer], port: int = 0) -> None:
        """Bind at once (port 0: any free one) and answer after `start` or within `serve_forever`."""
        self.traffic = Traffic()
        self._server = _Server(answer, port, self.traffic)
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The address of the server, without a slash at the end."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Answer in a background thread."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def serve_forever(self) -> None:
        """Answer in this thread until it is interrupted, then close everything."""
        try:
            self._server.serve_forever()
        finally:
            self._server.close()

    def stop(self) -> None:
        """Stop answering and cut the connections that are still open."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answer: Callable[[Request], Answer], port: int, traffic: Traffic) -> None:
        self.answer, self.traffic = answer, traffic
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close(self) -> None:
        self.stopping.set()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._open.discard(connection)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def serve(self) -> None:
        """Read one request and send its answer."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.traffic.request(parts.path) as counted:
            self._send(self.server.answer(Request(self.command, parts.path, parts.query, headers, body)), counted)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = serve  # noqa: N815 (the names that http.server calls)

    def log_message(self, *args: Any) -> None:
        """Stay silent: a server keeps what it was asked in its own record."""

    def _send(self, answer: Answer, counted: Callable[[int], None]) -> None:
        self.close_connection = self.close_connection or answer.closes
        if answer.delay_s and self.server.stopping.wait(answer.delay_s):
            return
        if answer.reset:
            self._reset()
            return
        body = b"" if self.command == "HEAD" else answer.sent_body()
        if answer.drip_s:
            self.connection.sendall(answer.head())
            self._drip(body, answer, counted)
        else:
            counted(len(body))  # before the client, who may ask for the count, has the body
            self.connection.sendall(answer.head() + body)

    def _drip(self, body: bytes, answer: Answer, counted: Callable[[int], None]) -> None:
        for at in range(0, len(body), answer.drip_bytes):
            if self.server.stopping.wait(answer.drip_s):
                return
            drop = body[at : at + answer.drip_bytes]
            counted(len(drop))
            self.connection.sendall(drop)

    def _reset(self) -> None:
        # Closing the bare descriptor skips the polite FIN, so that the client sees a reset.
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        os.close(self.connection.detach())
