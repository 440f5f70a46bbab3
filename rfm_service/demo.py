"""A company in a box: a local 1C and a local Bot API on loopback, settings for them, and what they saw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rfm_service.domain.errors import RfmError
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.people import OWN_COMPANIES
from rfm_service.emulator.replay import ReplayShop
from rfm_service.emulator.shop import Shop
from rfm_service.ports import Texts
from rfm_service.tabular.table import TableError

SALES_DAYS = 730
TOKEN = "local-demo"  # noqa: S105 - the local 1C's, made for the demo
BOT_TOKEN = "100000001:local-demo-bot-token-000000000"  # noqa: S105 - the local Bot API takes any
MARK = "# Made by `rfm-service demo`; made anew by the next one."
SETTINGS = MARK + """
language = "{language}"
timezone = "Europe/Moscow"

[source]
kind = "onec_http"
url = "{url}"
token = "{token}"
start = {start}

[rfm]
gift_below = 10
own_companies = {own}

[[publish]]
path = "reports"

[telegram]
token = "{bot_token}"
admin_chats = [1001]
report_chats = [2002]
api_url = "{api_url}"
"""


@dataclass(frozen=True)
class Demo:
    """The two servers at work and the settings that point at them."""

    settings: Path
    last_day: date
    chat: BotApi

    @classmethod
    @contextmanager
    def started(cls, folder: Path, language: str, today: date) -> Iterator[Demo]:
        """Start both servers, write the settings, stop the servers at the end."""
        last_day = today - timedelta(days=1)
        with local_onec(port=0, token=TOKEN, shop=made_shop(1, 20_000, SALES_DAYS, last_day)) as onec, BotApi() as chat:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "settings.toml"
            _forget(path)
            path.write_text(SETTINGS.format(
                language=language, url=onec.url, token=TOKEN, start=last_day - timedelta(days=SALES_DAYS - 1),
                own=list(OWN_COMPANIES), bot_token=BOT_TOKEN, api_url=chat.api_url), encoding="utf-8")
            yield cls(path, last_day, chat)

    def nights(self, count: int) -> list[date]:
        """The nights to run, oldest first, the last one yesterday's."""
        return [self.last_day - timedelta(days=back) for back in reversed(range(count))]

    def told(self, texts: Texts) -> Iterator[str]:
        """Where the report is, and what the chats got."""
        yield texts("Open: {place}", place=(self.settings.parent / "reports" / "latest" / "summary.html").resolve())
        yield texts("Telegram got {count} messages:", count=len(self.chat.sent))
        for sent in self.chat.sent:
            files = texts.plural("{count} picture", "{count} pictures", len(sent.files))
            yield f"— {sent.chat_id} ({files}): {sent.text}"


def _forget(settings: Path) -> None:
    """Take away the ledger of an earlier demo and its copies, so that this one loads anew; the reports stay."""
    if settings.exists() and settings.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        for pattern in ("warehouse.db*", "backups/warehouse-*.db", "backups/before-*.db"):
            for file in (settings.parent / "data").glob(pattern):
                file.unlink()


def made_shop(seed: int, lines: int, days: int, last_day: date) -> Shop:
    """A made-up wholesale firm. Raises RfmError."""
    try:
        return GeneratedShop(seed, lines, days, last_day=last_day)
    except ValueError as error:
        raise RfmError("The local 1C cannot be made: {reason}.", reason=str(error)) from None


def replayed_shop(path: Path, ends: date | None) -> Shop:
    """The sale lines of a file. Raises RfmError."""
    try:
        return ReplayShop.read(path, ends)
    except (TableError, OSError) as error:
        raise RfmError("The file {path} cannot be replayed: {reason}", path=str(path), reason=str(error)) from None


def local_onec(*, port: int, token: str, shop: Shop) -> OnecServer:
    """The local 1C, bound to its port. Raises RfmError where the port is taken."""
    try:
        return OnecServer(shop, port=port, token=token)
    except OSError:
        raise RfmError("The port {port} of 127.0.0.1 is taken; choose another with --port.", port=port) from None


def shop(seed: int, lines: int, days: int, replay: Path | None, last_day: date, *, shift: bool) -> Shop:
    """The sales of the local 1C: made up, or those of a file. Raises RfmError."""
    if replay is not None:
        return replayed_shop(replay, last_day if shift else None)
    return made_shop(seed, lines, days, last_day)
