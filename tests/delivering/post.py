"""A post office for tests: a real ledger, the local Bot API, a second channel that keeps what it is told, a clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rfm_service.delivering import Channels, deliver
from rfm_service.domain.errors import NotifyError
from rfm_service.domain.values import Message
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.http_server import Answer, Request
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.outbox import Outbox
from rfm_service.notifiers.telegram import Notifier
from rfm_service.texts.catalogue import Catalogue
from tests.ledger.books import ledger_in

TOKEN = "1234567:canary-bot-token-0123456789abcdef"
TEXTS = Catalogue("en", "RUB")
ADMIN, OTHER_ADMIN, REPORTS = "1001", "1002", "-2002"


class WatchedBotApi(BotApi):
    """A Bot API that keeps what it was asked, refused or not."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        super().__init__()

    def _answered(self, request: Request) -> Answer:
        self.requests.append(request)
        return super()._answered(request)


@dataclass
class Second:
    """A second channel: keeps what it is told, or fails."""

    told: list[str] = field(default_factory=list)
    fails: bool = False

    def send(self, message: Message) -> str:
        if self.fails:
            raise NotifyError("The mail server is away.")
        self.told.append(message.text)
        return ""

    def amend(self, receipt: str, message: Message) -> None: ...

    def check(self) -> str:
        return "second"


@dataclass
class Post:
    """One outbox and its ways out; `now` moves by hand."""

    ledger: Ledger
    chat: WatchedBotApi
    second: Second | None = field(default_factory=Second)
    admins: tuple[str, ...] = (ADMIN,)
    token: str = TOKEN
    now: datetime = datetime(2026, 6, 11, 2, 0, tzinfo=UTC)
    after: int = 3
    api_url: str = ""
    managers: dict[str, object] = field(default_factory=dict)

    @property
    def outbox(self) -> Outbox:
        return self.ledger.outbox

    @property
    def channels(self) -> Channels:
        bot = Notifier(token=self.token, api_url=self.api_url or self.chat.api_url, timeout_s=1) if self.token else None
        return Channels(bot, self.token, self.second, self.after, frozenset(self.admins), self.managers)

    def queue(self, *texts: str, chat: str = ADMIN, kind: str = "failure") -> None:
        self.outbox.queue(Message(f"{kind}:{text}:{chat}", chat, text, kind=kind) for text in texts)

    def deliver(self, minutes: float = 5) -> dict[str, int]:
        self.now += timedelta(minutes=minutes)
        return deliver(self.outbox, self.channels, TEXTS, lambda: self.now)

    def told(self, chat: str = ADMIN) -> list[str]:
        return [sent.text for sent in self.chat.sent if sent.chat_id == chat]

    def states(self) -> dict[str, str]:
        with self.ledger.warehouse.reading() as connection:
            rows = connection.exec_driver_sql("SELECT text, state FROM outbox ORDER BY message_no").all()
        return {row.text: row.state for row in rows}


@contextmanager
def post_in(folder: Path, **changes: object) -> Iterator[Post]:
    with WatchedBotApi() as chat:
        yield replace(Post(ledger_in(folder), chat), **changes)
