"""A server whose answer is as long as asked for, made while it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CELLS = {f"Колонка {at} о продаже": f"Значение «{at}» \"x\" строки" for at in range(8)}


def rows(megabytes: int) -> Iterator[bytes]:
    """`{"data": "[...]"}` of about so many megabytes."""
    row = json.dumps(json.dumps(CELLS, ensure_ascii=False), ensure_ascii=False)[1:-1].encode()
    batch = 1_000_000 // len(row)
    yield b'{"data":"[' + row
    for _ in range(megabytes):
        yield (b"," + row) * batch
    yield b']"}'


class Flood(BaseHTTPRequestHandler):
    """Answers with so many megabytes as the query says, in chunks."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in rows(int(self.path.partition("?")[2])):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def flooding() -> Iterator[str]:
    """The address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flood)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
