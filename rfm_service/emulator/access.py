"""Who may ask the local 1C: a token verbatim, or a user and a password in UTF-8."""

from __future__ import annotations

from base64 import b64encode

from rfm_service.emulator.http_server import Answer, Request


class Access:
    """What requests must carry in `Authorization`; nothing where neither a token nor a user is given."""

    def __init__(self, token: str = "", user: str = "", password: str = "") -> None:
        """Accept the token, and the user with the password, where they are given."""
        basic = b"Basic " + b64encode(f"{user}:{password}".encode())
        self._accepted = {text for given, text in ((token, token.encode()), (user, basic)) if given}

    def refusal(self, request: Request) -> Answer | None:
        """Return what a stranger gets; None where the request may be served."""
        carried = request.headers.get("authorization", "").encode("latin-1")
        if not self._accepted or carried in self._accepted:
            return None
        html = "text/html; charset=utf-8"
        return Answer(401, content_type=html, headers={"WWW-Authenticate": 'Basic realm="1C"'})
