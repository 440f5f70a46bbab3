"""How Telegram refuses: the real bodies of its errors, as rules that a test pushes."""

import json
from dataclasses import dataclass, field, replace

from rfm_service.emulator.http_server import Answer

_HTML_502 = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


@dataclass(frozen=True)
class Refusal:
    """One way to refuse; `times` None means for ever, `method` and `chat_id` narrow it to some requests.

    `reset` "before" breaks the connection with nothing delivered, "after" delivers first and then breaks it.
    `html` answers with that page instead of JSON; `delay_s` comes before the answer, in seconds.
    """

    status: int = 200
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)
    times: int | None = 1
    method: str | None = None
    chat_id: str | None = None
    reset: str = ""
    html: bytes = b""
    delay_s: float = 0.0

    def always(self) -> "Refusal":
        """Return the same refusal for ever."""
        return replace(self, times=None)

    def to(self, chat_id: str | int) -> "Refusal":
        """Return the same refusal for one chat only."""
        return replace(self, chat_id=str(chat_id))

    def applies(self, nth: int) -> bool:
        """Return that it applies to the first request and each after it."""
        return nth > 0

    @property
    def delivers(self) -> bool:
        """Whether the request takes effect all the same."""
        return self.reset == "after" or (self.status == 200 and not self.reset)

    def answer(self) -> Answer:
        """Return what the client gets instead of a result."""
        if self.html or self.reset:
            html = "text/html; charset=utf-8"
            return Answer(self.status, self.html, html, reset=bool(self.reset), delay_s=self.delay_s)
        said: dict[str, object] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.parameters:
            said["parameters"] = self.parameters
        body = json.dumps(said).encode()
        wait = self.parameters.get("retry_after")
        headers = {} if wait is None else {"Retry-After": str(wait)}
        return Answer(self.status, body, "application/json", headers, delay_s=self.delay_s)


UNAUTHORIZED = Refusal(401, "Unauthorized")
BLOCKED = Refusal(403, "Forbidden: bot was blocked by the user")
KICKED = Refusal(403, "Forbidden: bot was kicked from the group chat")
CHAT_NOT_FOUND = Refusal(400, "Bad Request: chat not found")
NOT_FOUND = Refusal(404, "Not Found")
SERVER_ERROR = Refusal(500, "Internal Server Error")
TOO_LARGE = Refusal(413, "Request Entity Too Large")
BAD_GATEWAY = Refusal(502, html=_HTML_502)
RESET_BEFORE = Refusal(reset="before")
RESET_AFTER = Refusal(reset="after")


def too_many(retry_after: int) -> Refusal:
    """Return the flood refusal that asks to wait so many seconds."""
    text = f"Too Many Requests: retry after {retry_after}"
    return Refusal(429, text, {"retry_after": retry_after})


def migrated(to: int) -> Refusal:
    """Return the refusal of a group that became a supergroup with the id `to`."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return Refusal(400, text, {"migrate_to_chat_id": to})


def bad_request(text: str) -> Refusal:
    """Return a refusal with 400 and the text after `Bad Request: `."""
    return Refusal(400, f"Bad Request: {text}")
