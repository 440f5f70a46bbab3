"""As much of a mail server on 127.0.0.1 as Apprise needs: it keeps what it takes, or refuses a mailbox."""

from __future__ import annotations

import base64
import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import policy
from email.message import EmailMessage
from typing import Any


class Mail(socketserver.StreamRequestHandler):
    """One conversation by SMTP."""

    def handle(self) -> None:
        self._say("220 local")
        while line := self.rfile.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"EHLO":
                self._say("250-local\r\n250 AUTH PLAIN")
            elif verb == b"AUTH":
                self.server.logins.append(base64.b64decode(line.split()[2]).decode())
                self._say("235 fine")
            elif verb == b"RCPT" and any(each.encode() in line for each in self.server.refused):
                self._say("550 5.1.1 no such mailbox")
            elif verb == b"DATA":
                self._say("354 go on")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.server.answers.wait(30)
                self._say("250 taken")
            elif verb == b"QUIT":
                self._say("221 bye")
            else:
                self._say("250 fine")

    def _say(self, line: str) -> None:
        # Who waits for it may have been killed.
        with suppress(OSError):
            self.wfile.write(line.encode() + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    """A mail server; another one may listen at its port once it is closed."""

    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def mail_server(port: int = 0) -> Iterator[Any]:
    """A server with its `mails`, its `logins` and the mailboxes that are `refused`; it says that it has a mail once it
    `answers`.
    """
    server: Any = Server(("127.0.0.1", port), Mail)
    server.mails, server.logins, server.refused, server.answers = [], [], set(), threading.Event()
    server.answers.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def opened(mail: bytes) -> EmailMessage:
    """A mail as its reader sees it."""
    # Lines that begin with a point travel with a second one.
    return email.message_from_bytes(mail.replace(b"\r\n..", b"\r\n."), policy=policy.default)  # type: ignore[arg-type]
